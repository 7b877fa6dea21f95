// A database of its own, copied from the migrated template, with the product's real roles: for tests, and for programs that need one.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { openPool } from '../db.ts'
import type { Db } from '../db.ts'
import type { TestCluster } from './cluster.ts'

export interface TestDb {
  db: Db
  ownerUrl: string
  appUrl: string
  /** The superuser, who sees every row: for looking at the database from outside of the product. */
  root: pg.Pool
  rootUrl: string
  /** A person; returns the id. */
  makeUser(): Promise<string>
  /** A workspace with an owner of its own; returns the workspace's id. */
  makeWorkspace(environment?: 'live' | 'simulator'): Promise<string>
  /** A connection in a workspace; returns the id. */
  makeConnection(workspaceId: string, connector?: string): Promise<string>
  /** Closes it and removes the database. */
  drop(): Promise<void>
}

/** Makes it; whoever opens it calls `drop` in the end. `empty`: without tables, as a server gives it on the first day. */
export async function openTestDb(cluster: TestCluster, { empty = false } = {}): Promise<TestDb> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const on = (url: string, database: string) => {
    const address = new URL(url)
    address.pathname = `/${database}`
    return address.href
  }
  const admin = async (query: string) => {
    const client = new pg.Client(on(cluster.superUrl, 'postgres'))
    await client.connect()
    await client.query(query).finally(() => client.end())
  }
  const template = empty ? 'template0' : 'guestlist'
  await admin(`create database ${name} template ${template} owner guestlist_owner strategy file_copy`)
  const [ownerUrl, appUrl] = [on(cluster.ownerUrl, name), on(cluster.appUrl, name)]
  const errors: Error[] = []
  const db = openPool(appUrl, { onError: (error) => errors.push(error) })
  const rootUrl = on(cluster.superUrl, name)
  const root = new pg.Pool({ connectionString: rootUrl, max: 2 })
  root.on('error', (error) => errors.push(error))
  const drop = async () => {
    await db.close()
    await root.end()
    await admin(`drop database ${name} with (force)`)
  }
  const makeUser = async () => {
    const id = randomUUID()
    await root.query(
      `insert into auth_user (id, name, email, email_verified) values ($1, 'A person of the test', $2, true)`,
      [id, `${id}@example.test`],
    )
    return id
  }
  return {
    db,
    ownerUrl,
    appUrl,
    root,
    rootUrl,
    makeUser,
    makeWorkspace: async (environment = 'live') => {
      const [id, owner] = [randomUUID(), await makeUser()]
      await root.query(
        `insert into workspaces (id, name, environment) values ($1, 'A workspace of the test', $2)`,
        [id, environment],
      )
      await root.query(`insert into members (workspace_id, user_id, role) values ($1, $2, 'owner')`, [
        id,
        owner,
      ])
      return id
    },
    makeConnection: async (workspaceId, connector = 'meta') => {
      const id = randomUUID()
      await root.query(
        `insert into connections (id, workspace_id, connector, label, external_id) values ($1, $2, $3, 'A connection of the test', $4)`,
        [id, workspaceId, connector, String(Math.floor(Math.random() * 1e15))],
      )
      return id
    },
    drop,
  }
}
