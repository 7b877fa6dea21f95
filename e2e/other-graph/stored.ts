// A whole check for updates against a Graph server, as the product does it, but for the job around it: judge the tokens, read our own business
// and each partner with a good token, compare, apply.
import { randomUUID } from 'node:crypto'
import { connectorOf, makeContext } from '../../src/connectors/registry.ts'
import type { MemoryRows } from '../../src/connectors/registry.ts'
import type { Target } from '../../src/connectors/connector.ts'
import type { Verdict } from '../../src/model/credential.ts'
import type { Inventory } from '../../src/model/inventory.ts'
import { Redacted } from '../../src/model/redacted.ts'
import { loadShared } from '../../src/store/checks.ts'
import { read } from '../../src/store/db.ts'
import { loadInventory } from '../../src/store/inventory.ts'
import type { TestDb } from '../../src/store/testing/test-db.ts'
import { compareAndApply } from '../../src/sync/apply.ts'
import type { AppliedReader } from '../../src/sync/apply.ts'
import { collect } from '../../src/sync/collect.ts'
import type { Collected } from '../../src/sync/collect.ts'
import { APP } from './server.ts'
import type { OtherGraph } from './server.ts'
import { tokenOf } from './world.ts'

const meta = connectorOf('meta')

export interface Checked {
  stored: Inventory
  /** Partners that were read. */
  read: string[]
  verdicts: Map<string, Verdict>
  failures: Collected['failures']
  skipped: number
  /** Lists that were asked again, since they told less than what is stored. */
  askedAgain: number
}

export interface Shop {
  /** One check for updates. Throws what a reader throws that concerns the whole token. */
  check(how?: { readPartners?: boolean }): Promise<Checked>
  /** Judges every partner's token, as it is done when it is connected. */
  judge(): Promise<void>
  stored(): Promise<Inventory>
  /** From now on the connector's clock is so many days ahead. */
  later(days: number): void
  /** Everything that any table holds of this connection, as text. */
  text(): Promise<string>
}

export async function openShop(t: TestDb, graph: OtherGraph): Promise<Shop> {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  const brand = graph.world.brand.id
  await t.root.query('update connections set external_id = $1 where id = $2', [brand, connectionId])
  const memory: MemoryRows = new Map()
  const verdicts = new Map<string, Verdict>()
  let ahead = 0

  const contextOf = (business: string, target: Target, run: string) =>
    makeContext({
      address: graph.url,
      settings: { app_id: APP.id, version: 'v26.0' },
      secrets: { app_secret: new Redacted(APP.secret) },
      token: new Redacted(tokenOf(business)),
      target,
      run,
      memory,
      signal: new AbortController().signal,
      clock: () => Date.now() + ahead,
      log: () => undefined,
      scopes: verdicts.get(business)?.scopes ?? [],
      lastVerdict: verdicts.get(business) ?? null,
    })

  async function partners(): Promise<{ id: string; externalId: string }[]> {
    const { rows } = await t.root.query<{ id: string; external_id: string }>(
      'select id, external_id from partners where connection_id = $1 and ended_at is null order by external_id',
      [connectionId],
    )
    return rows.map((row) => ({ id: row.id, externalId: row.external_id }))
  }

  async function targetOf(
    jobId: string,
    partner: { id: string; externalId: string } | null,
  ): Promise<Target> {
    if (partner === null) return { kind: 'own', business: brand }
    const shared = await read(t.db, workspaceId, (tx) => loadShared(tx, { connectionId, partner, jobId }))
    return { kind: 'partner', business: brand, partner: partner.externalId, sharedOnly: false, shared }
  }

  async function readOne(jobId: string, partner: { id: string; externalId: string } | null) {
    const business = partner?.externalId ?? brand
    const target = await targetOf(jobId, partner)
    const verdict = await meta.check(contextOf(business, target, jobId))
    verdicts.set(business, verdict)
    if (verdict.outcome !== 'ok' && verdict.outcome !== 'confirm') return null
    const ctx = contextOf(business, target, jobId)
    const reader = partner === null ? 'own' : business
    return collect({
      connector: meta,
      ctx,
      db: t.db,
      workspaceId,
      connectionId,
      jobId,
      reader,
      report: () => undefined,
    })
  }

  const stored = () => read(t.db, workspaceId, (tx) => loadInventory(tx, connectionId))
  return {
    stored,
    later: (days) => {
      ahead += days * 24 * 60 * 60_000
    },
    judge: async () => {
      for (const partner of await partners()) {
        const run = randomUUID()
        const target = await targetOf(run, partner)
        verdicts.set(partner.externalId, await meta.check(contextOf(partner.externalId, target, run)))
      }
    },
    check: async ({ readPartners = true } = {}) => {
      const jobId = randomUUID()
      await t.root.query(
        `insert into jobs (id, workspace_id, connection_id, kind, trigger, status) values ($1, $2, $3, 'check', 'person', 'complete')`,
        [jobId, workspaceId, connectionId],
      )
      const failures: Collected['failures'] = []
      const readers: AppliedReader[] = []
      let skipped = 0
      let askedAgain = 0
      const take = (reader: string, partnerId: string | null, found: Collected | null) => {
        if (found === null) return
        failures.push(...found.failures)
        skipped += found.skipped
        askedAgain += found.askedAgain
        readers.push({ reader, partnerId, complete: found.failures.length === 0, skipped: found.skipped })
      }
      take('own', null, await readOne(jobId, null))
      for (const partner of readPartners ? await partners() : [])
        take(partner.externalId, partner.id, await readOne(jobId, partner))
      await compareAndApply({
        db: t.db,
        connector: meta,
        workspaceId,
        connectionId,
        jobId,
        actor: { kind: 'system', id: `job:${jobId}`, address: null },
        now: new Date(),
        readers,
      })
      return {
        stored: await stored(),
        read: readers.flatMap((r) => (r.partnerId === null ? [] : [r.reader])),
        verdicts,
        failures,
        skipped,
        askedAgain,
      }
    },
    text: async () => {
      const parts: string[] = []
      for (const table of [
        'partners',
        'principals',
        'resources',
        'shares',
        'grants',
        'changes',
        'connector_memory',
        'staged_rows',
      ]) {
        const { rows } = await t.root
          .query(`select * from ${table} where connection_id = $1`, [connectionId])
          .catch(() => ({ rows: [] }))
        parts.push(JSON.stringify(rows))
      }
      return parts.join('\n')
    },
  }
}
