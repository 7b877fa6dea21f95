// Collecting into staging: what is sealed, what is left open, what a retry asks again, and what of a partner is never written.
import { describe, expect, test } from 'vitest'
import { observationKey } from '../model/snapshot.ts'
import { unpack } from '../store/staged-piece.ts'
import { testDb } from '../store/testing/test-db.ts'
import { collect } from './collect.ts'
import type { CollectInput } from './collect.ts'
import { bench } from './testing/runs.ts'
import type { Bench } from './testing/runs.ts'
import { smallWorld } from './testing/world.ts'
import type { World } from './testing/world.ts'
import { contextFor, worldConnector } from './testing/world-connector.ts'
import type { Script } from './testing/world-connector.ts'

const t = await testDb()

/** Our own business, read by whatever connector. */
const ownReader = (b: Bench, script: Script, jobId: string): Omit<CollectInput, 'connector'> => ({
  ctx: contextFor(script, null),
  db: t.db,
  workspaceId: b.workspaceId,
  connectionId: b.connectionId,
  jobId,
  reader: 'own',
  report: () => undefined,
})

const world: World = {
  ...smallWorld,
  people: [
    ...smallWorld.people,
    { id: 'boss', business: 'P', admin: true, name: 'Boss', unlisted: false },
    { id: 'ghost', business: 'P', admin: false, name: 'Ghost', unlisted: true },
    { id: 'stranger', business: 'P', admin: false, name: 'Stranger Danger', unlisted: false },
    { id: 'other', business: 'P', admin: false, name: 'Stranger Elsewhere', unlisted: false },
  ],
  grants: [
    ...smallWorld.grants,
    { person: 'ghost', asset: '1', rights: ['ANALYZE'] },
    // On an asset that is not shared with P: whoever reads P must not keep it.
    { person: 'other', asset: '2', rights: ['MANAGE'] },
  ],
}
const script = (more: Partial<Script> = {}): Script => ({ world, asked: [], ...more })

async function staged(jobId: string) {
  const scopes = await t.root.query<{ scope: string; state: string; skipped: number }>(
    `select scope, state, skipped from staged_scopes where job_id = $1 and scope <> '' order by scope`,
    [jobId],
  )
  const pieces = await t.root.query<{ data: string }>('select data from staged_rows where job_id = $1', [
    jobId,
  ])
  const lines = pieces.rows.flatMap(({ data }) => unpack(data).map((o) => `${o.scope}\n${observationKey(o)}`))
  const rows = [...new Set(lines)].sort().map((line) => {
    const [scope = '', key = ''] = line.split('\n')
    return { scope, key }
  })
  return { scopes: scopes.rows, rows }
}

describe('our own reader', () => {
  test('seals every scope that it read to the end', async () => {
    const b = await bench(t)
    const job = await b.newJob()
    const result = await b.collect(script(), job, null)
    expect(result).toMatchObject({ skipped: 0, failures: [], askedAgain: 0, resumed: false })
    expect((await staged(job)).scopes).toEqual(
      [
        'B/agencies',
        'B/assigned/page/1',
        'B/assigned/page/2',
        'B/owned_ad_accounts',
        'B/owned_pages',
        'B/people',
      ].map((scope) => ({ scope, state: 'sealed', skipped: 0 })),
    )
  })

  test('leaves a failed scope open, and a second try asks nothing else', async () => {
    const b = await bench(t)
    const job = await b.newJob()
    const failing = script({ fails: (scope) => (scope === 'B/people' ? { kind: 'transient' } : null) })
    const { failures } = await b.collect(failing, job, null)
    expect(failures).toMatchObject([
      { scopes: ['B/people'], failure: { kind: 'transient' }, optional: false },
    ])
    const again = script()
    expect((await b.collect(again, job, null)).failures).toEqual([])
    expect([...new Set(again.asked)]).toEqual(['B/people'])
    expect((await staged(job)).scopes.map((s) => s.state)).toEqual(Array(6).fill('sealed'))
  })

  test('tells a second try what the lists named that were sealed', async () => {
    const b = await bench(t)
    const job = await b.newJob()
    const failing = script({ fails: (scope) => (scope === 'B/people' ? { kind: 'transient' } : null) })
    await b.collect(failing, job, null)
    const again = script()
    const told: string[][] = []
    const connector = worldConnector(again)
    await collect({
      connector: {
        ...connector,
        plan: (ctx) => {
          for (const scope of ['B/owned_pages', 'B/people'])
            told.push([...(ctx.listed?.(scope) ?? [])].sort())
          return connector.plan(ctx)
        },
      },
      ...ownReader(b, again, job),
    })
    expect(told).toEqual([['1', '2'], []])
  })

  test('tells of what is optional that it is', async () => {
    const b = await bench(t)
    const fails = (scope: string) => (scope === 'B/owned_pages' ? { code: 'optional' } : null)
    const { failures } = await b.collect(script({ fails }), await b.newJob(), null)
    expect(failures).toMatchObject([{ scopes: ['B/owned_pages'], optional: true }])
  })

  test('told a check that lacked what a list had told before as complete: what was lost is missed, whoever asks for it', async () => {
    const b = await bench(t)
    await b.check(script())
    // What the first page tells of it is not all that was there.
    const fails = (scope: string) =>
      scope === 'B/owned_pages' || scope === 'B/owned_ad_accounts' ? { code: 'optional' } : null
    const { failures } = await b.collect(script({ fails, rowsPerPage: 10 }), await b.newJob(), null)
    expect(failures.map(({ scopes, optional }) => [scopes, optional]).sort()).toEqual([
      [['B/owned_ad_accounts'], true],
      [['B/owned_pages'], false],
    ])
  })

  test('keeps what it sealed when the token dies, throws, and a second try reads the rest from its start', async () => {
    const b = await bench(t)
    const job = await b.newJob()
    // One row per page: the list of pages has begun and not ended when the token dies.
    const dying = script({ dies: 'B/assigned/page/2', rowsPerPage: 1 })
    await expect(b.collect(dying, job, null)).rejects.toMatchObject({ failure: { kind: 'auth' } })
    const left = await staged(job)
    expect(left.scopes.map((s) => s.scope)).toContain('B/agencies')
    expect(left.scopes.map((s) => s.scope)).not.toContain('B/owned_pages')
    expect(left.rows.map((r) => r.scope)).toContain('B/owned_pages')
    const smaller = { ...world, assets: world.assets.slice(0, 1), grants: [], shares: [] }
    await b.collect(script({ world: smaller }), job, null)
    const rows = (await staged(job)).rows.filter((r) => r.scope === 'B/owned_pages')
    expect(rows).toEqual([{ scope: 'B/owned_pages', key: 'page|1' }])
  })

  test('stops between answers when it is told to', async () => {
    const b = await bench(t)
    const stop = new AbortController()
    const job = await b.newJob()
    const s = script({ rowsPerPage: 1 })
    Object.defineProperty(s, 'fails', {
      value: () => {
        stop.abort(new Error('stopped'))
        return null
      },
    })
    await expect(b.collect(s, job, null, stop.signal)).rejects.toThrow('stopped')
    expect(s.asked.length).toBeLessThan(3)
  })

  test('ends a list that never ends', async () => {
    const b = await bench(t)
    const endless = script()
    const connector = {
      ...worldConnector(endless),
      async *read() {
        await Promise.resolve()
        yield { observations: [], seals: [], next: [{ unit: 'lists', query: null }] }
      },
    }
    const job = await b.newJob()
    await expect(
      collect({
        connector,
        ...ownReader(b, endless, job),
      }),
    ).rejects.toMatchObject({ failure: { kind: 'changed' } })
  })
})

describe('a full list that turns empty', () => {
  test('is read again before it is believed', async () => {
    const b = await bench(t)
    await b.check(script())
    const once = script({ emptyAtFirst: new Set(['B/people', 'B/assigned/page/2']) })
    await b.check(once)
    expect(once.asked.filter((s) => s === 'B/people').length).toBeGreaterThan(1)
    const { principals, grants } = await b.stored()
    expect([...principals.values()].map((p) => [p.externalId, p.confirmed])).toEqual([
      ['ada', true],
      ['bo', true],
    ])
    expect(grants.get('bo|page|2|direct|')?.confirmed).toBe(true)
  })

  test('is read again too where it only ends with an empty page: its rest may not have been given', async () => {
    const b = await bench(t)
    await b.check(script({ rowsPerPage: 1 }))
    const before = await b.stored()
    const cut = script({ rowsPerPage: 1, cutAtFirst: new Set(['B/people', 'B/owned_pages']) })
    await b.check(cut)
    expect(cut.cutAtFirst?.size).toBe(0)
    const after = await b.stored()
    expect([...after.principals.keys()]).toEqual([...before.principals.keys()])
    expect([...after.resources.keys()]).toEqual([...before.resources.keys()])
  })

  test('is believed the second time, and one that was never full at once', async () => {
    const b = await bench(t)
    await b.check(script())
    const empty = script({ world: { ...world, grants: [] } })
    await b.check(empty)
    expect(empty.asked.filter((s) => s === 'B/assigned/page/2')).toHaveLength(2)
    expect(empty.asked.filter((s) => s === 'B/assigned/page/1')).toHaveLength(1)
    expect((await b.stored()).grants.has('bo|page|2|direct|')).toBe(false)
  })
})

describe("a partner's reader", () => {
  test('writes only who touches our assets, counts the rest, and names them nowhere', async () => {
    const b = await bench(t)
    await b.check(script())
    const job = await b.newJob()
    // Another connection's view: the reader may see more than what is shared with us.
    const result = await b.collect(script(), job, 'P')
    expect(result).toMatchObject({ skipped: 2, failures: [], askedAgain: 0, resumed: false })
    const { rows, scopes } = await staged(job)
    expect(rows.map((r) => `${r.scope} ${r.key}`)).toEqual([
      'P/assigned/page/1 ghost',
      'P/assigned/page/1 ghost|page|1|direct|',
      'P/assigned/page/1 pat',
      'P/assigned/page/1 pat|page|1|direct|',
      'P/people boss',
      'P/people pat',
    ])
    expect(scopes).toContainEqual({ scope: 'P/people', state: 'sealed', skipped: 2 })
    // In any cut into pages the same: who is assigned may be told before what they hold.
    const other = await b.newJob()
    await b.collect(script({ rowsPerPage: 1 }), other, 'P')
    expect((await staged(other)).rows).toEqual(rows)
    const everything = await t.root.query<{ found: number }>(
      `select count(*)::int as found from staged_rows where data::text like '%Stranger%'`,
    )
    expect(everything.rows[0]?.found).toBe(0)
    // A second try of a reader that came to its end asks nothing and still knows how many were skipped.
    const again = script()
    expect(await b.collect(again, job, 'P')).toMatchObject({
      skipped: 2,
      failures: [],
      askedAgain: 0,
      resumed: true,
    })
    expect(again.asked).toEqual([])
  })

  test('drops grants on assets that are not shared, also where the token shows them', async () => {
    const b = await bench(t)
    await b.check(script())
    const job = await b.newJob()
    const wide = script({
      world: { ...world, shares: world.shares.flatMap((s) => [s, { ...s, asset: '2' }]) },
    })
    const narrow = script()
    await collect({
      connector: worldConnector(wide),
      ctx: contextFor(narrow, 'P'),
      db: t.db,
      workspaceId: b.workspaceId,
      connectionId: b.connectionId,
      jobId: job,
      reader: 'P',
      report: () => undefined,
    })
    expect(wide.asked).toContain('P/assigned/page/2')
    expect((await staged(job)).rows.map((r) => r.key)).not.toContain('other')
  })

  test('keeps whom it knows when it is cut off, without sealing the list of people', async () => {
    const b = await bench(t)
    await b.check(script())
    const job = await b.newJob()
    const two: World = {
      ...world,
      shares: [...world.shares, { partner: 'P', asset: '2', rights: [], pending: true }],
    }
    await expect(
      b.collect(script({ world: two, dies: 'P/assigned/page/2', rowsPerPage: 9 }), job, 'P'),
    ).rejects.toThrow('dead')
    const { rows, scopes } = await staged(job)
    expect(scopes.map((s) => s.scope)).toEqual(['P/assigned/page/1'])
    expect(rows.filter((r) => r.scope === 'P/people').map((r) => r.key)).toEqual(['boss', 'pat'])
  })

  test('leaves an admin alone while no share is in force', async () => {
    const b = await bench(t)
    const waiting: World = {
      ...world,
      shares: [{ partner: 'P', asset: '1', rights: [], pending: true }],
      grants: [],
    }
    await b.check(script({ world: waiting }))
    const job = await b.newJob()
    expect(await b.collect(script({ world: waiting }), job, 'P')).toMatchObject({ skipped: 4 })
    expect((await staged(job)).rows).toEqual([])
  })
})
