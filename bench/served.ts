// The real server as a person runs it, set up with an owner, and the way behind it for the bench: a signed-in session and the database.
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { removeDataDir, setupCode, startProgram } from '../e2e/harness.ts'
import type { Program } from '../e2e/harness.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'

export interface Served {
  program: Program
  workspaceId: string
  cookie: string
  /** The superuser, who sees every row. */
  root: pg.Pool
  rootUrl: string
  /** Asks the API as the owner; throws where it does not answer with JSON and 200. */
  get(path: string): Promise<unknown>
  close(): Promise<void>
}

export async function serveAndSetUp(): Promise<Served> {
  const dataDir = temporaryFolder('bench')
  chmodSync(dataDir, 0o755)
  const program = await startProgram({ dataDir, env: { LOG_LEVEL: 'warn' } })
  const post = (path: string, body: unknown) =>
    fetch(`${program.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: program.url },
      body: JSON.stringify(body),
    })
  const setUp = await post('/setup', {
    code: setupCode(program),
    name: 'The owner',
    email: 'owner@bench.example',
    password: 'a long enough password',
    workspaceName: 'Bench',
  })
  if (!setUp.ok) throw new Error(`The set-up answered ${setUp.status}: ${await setUp.text()}`)
  const cookie = setUp.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const rootUrl = superUrl(dataDir)
  const root = rootOf(dataDir)
  const { rows } = await root.query<{ id: string }>('select id from workspaces')
  return {
    program,
    workspaceId: rows[0]?.id ?? '',
    cookie,
    root,
    rootUrl,
    get: async (path) => {
      const answer = await fetch(`${program.url}/api/v1${path}`, { headers: { cookie } })
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
      return answer.json()
    },
    close: async () => {
      await root.end()
      await program.stop()
      removeDataDir(program)
    },
  }
}

export type Root = pg.Pool

/** The database of a data folder, as the superuser. */
export function rootOf(dataDir: string): Root {
  const root = new pg.Pool({ connectionString: superUrl(dataDir), max: 4 })
  root.on('error', () => undefined)
  return root
}

/** The address of the superuser of a data folder's database, which the product itself gives to nobody. */
function superUrl(dataDir: string): string {
  const { superuser } = JSON.parse(readFileSync(join(dataDir, 'postgres-passwords.json'), 'utf8')) as {
    superuser: string
  }
  const port = readFileSync(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8').split('\n')[3] ?? ''
  return `postgres://guestlist_superuser:${superuser}@127.0.0.1:${port}/guestlist`
}
