// Whole runs against a database: a workspace with a connection, and a check for updates that reads a world and applies what it saw.
import { randomUUID } from 'node:crypto'
import type { AppliedResult } from '../../model/job.ts'
import { loadInventory } from '../../store/inventory.ts'
import { read } from '../../store/db.ts'
import type { TestDb } from '../../store/testing/test-db.ts'
import { compareAndApply } from '../apply.ts'
import type { AppliedReader } from '../apply.ts'
import { collect } from '../collect.ts'
import type { Collected } from '../collect.ts'
import type { Inventory } from '../../model/inventory.ts'
import { OURS } from './world.ts'
import { contextFor, worldConnector } from './world-connector.ts'
import type { Script } from './world-connector.ts'

export interface Bench {
  workspaceId: string
  connectionId: string
  newJob(): Promise<string>
  collect(script: Script, jobId: string, partner: string | null, signal?: AbortSignal): Promise<Collected>
  apply(script: Script, jobId: string, readers: AppliedReader[], now?: Date): Promise<AppliedResult>
  /** Reads and applies; partners that are not stored yet are left out, as a check for updates does. */
  check(script: Script, partners?: string[], now?: Date): Promise<AppliedResult>
  stored(): Promise<Inventory>
  partnerId(externalId: string): Promise<string | null>
}

export async function bench(t: TestDb): Promise<Bench> {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  await t.root.query('update connections set external_id = $1 where id = $2', [OURS, connectionId])
  const self: Bench = {
    workspaceId,
    connectionId,
    newJob: async () => {
      const id = randomUUID()
      await t.root.query(
        `insert into jobs (id, workspace_id, connection_id, kind, trigger, status) values ($1, $2, $3, 'check', 'person', 'complete')`,
        [id, workspaceId, connectionId],
      )
      return id
    },
    collect: (script, jobId, partner, signal) =>
      collect({
        connector: worldConnector(script),
        ctx: contextFor(script, partner, signal),
        db: t.db,
        workspaceId,
        connectionId,
        jobId,
        reader: partner ?? 'own',
        report: () => undefined,
      }),
    apply: (script, jobId, readers, now = new Date()) =>
      compareAndApply({
        db: t.db,
        connector: worldConnector(script),
        workspaceId,
        connectionId,
        jobId,
        actor: { kind: 'system', id: `job:${jobId}`, address: null },
        now,
        readers,
      }),
    check: async (script, partners = [], now = new Date()) => {
      const jobId = await self.newJob()
      const readers: AppliedReader[] = []
      for (const partner of [null, ...partners]) {
        const partnerId = partner === null ? null : await self.partnerId(partner)
        if (partner !== null && partnerId === null) continue
        const { skipped, failures } = await self.collect(script, jobId, partner)
        readers.push({ reader: partner ?? 'own', partnerId, complete: failures.length === 0, skipped })
      }
      return self.apply(script, jobId, readers, now)
    },
    stored: () => read(t.db, workspaceId, (tx) => loadInventory(tx, connectionId)),
    partnerId: async (externalId) => {
      const { rows } = await t.root.query<{ id: string }>(
        'select id from partners where connection_id = $1 and external_id = $2',
        [connectionId, externalId],
      )
      return rows[0]?.id ?? null
    },
  }
  return self
}
