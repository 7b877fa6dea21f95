// Applying against a real database: what is written and what is not, once and for all, for every source of trouble in between.
import { describe, expect, test } from 'vitest'
import { work, write } from '../store/db.ts'
import { lastConfirmed } from '../store/inventory.ts'
import { applyProposal, discardProposal, openProposals } from '../store/proposals.ts'
import { testDb } from '../store/testing/test-db.ts'
import { sql } from 'kysely'
import { bench } from './testing/runs.ts'
import type { Bench } from './testing/runs.ts'
import { listed, OURS } from './testing/world.ts'
import type { World } from './testing/world.ts'
import type { Script } from './testing/world-connector.ts'

const t = await testDb()
const actor = { kind: 'person', id: 'somebody', address: null } as const

const world: World = {
  people: [
    listed('ada', OURS, true),
    listed('bo', OURS),
    listed('pat', 'P'),
    listed('boss', 'P', true),
    listed('far', 'P'),
  ],
  assets: [
    { id: '1', type: 'page' },
    { id: '2', type: 'ad_account' },
  ],
  shares: [{ partner: 'P', asset: '1', rights: ['ADVERTISE'], pending: false }],
  grants: [
    { person: 'bo', asset: '2', rights: ['MANAGE'] },
    { person: 'pat', asset: '1', rights: ['ADVERTISE'] },
  ],
}
const script = (w: World = world, more: Partial<Script> = {}): Script => ({ world: w, asked: [], ...more })
const day = (n: number) => new Date(Date.UTC(2026, 0, n))

describe('roles that reach more than is compared at once', () => {
  const admins = Array.from({ length: 70 }, (_, n) => listed(`admin-${n}`, OURS, true))
  const assets = Array.from({ length: 150 }, (_, n) => ({ id: String(n), type: 'page' }))
  const wide: World = { people: [...admins, listed('bo', OURS)], assets, shares: [], grants: [] }
  const held = async (b: Bench) => {
    const { grants } = await b.stored()
    return Object.fromEntries(
      [...Map.groupBy(grants.values(), (g) => g.principal)].map(([who, list]) => [who, list.length]),
    )
  }
  const everyAdmin = (of: typeof admins, count: number) => Object.fromEntries(of.map(({ id }) => [id, count]))

  test('are written whole, found again, and ended where the role or the asset ends', async () => {
    const b = await bench(t)
    expect(await b.check(script(wide))).toMatchObject({ grantsAdded: 70 * 150, grantsRemoved: 0 })
    expect(await held(b)).toEqual(everyAdmin(admins, 150))
    // Asked anew, by another reader's list of what was compared.
    await t.root.query('delete from compared where connection_id = $1', [b.connectionId])
    expect(await b.check(script(wide))).toMatchObject({ grantsAdded: 0, grantsRemoved: 0, grantsChanged: 0 })
    const people = wide.people.map((p, n) => (n < 2 || n === 69 ? listed(p.id, OURS) : p))
    const less = await b.check(script({ ...wide, people, assets: assets.slice(1) }))
    expect(less).toMatchObject({ grantsAdded: 0, grantsRemoved: 3 * 150 + 67, grantsChanged: 0 })
    expect(await held(b)).toEqual(everyAdmin(admins.slice(2, 69), 149))
    const sums = await rows<{ assets: number; people: number }>(
      b,
      'select held_assets as assets, count(*)::int as people from principals where connection_id = $1 group by 1 order by 1',
    )
    expect(sums).toEqual([
      { assets: 0, people: 4 },
      { assets: 149, people: 67 },
    ])
  })
})

async function rows<T extends object>(b: Bench, query: string): Promise<T[]> {
  return (await t.root.query<T>(query, [b.connectionId])).rows
}

describe('people in no list of people', () => {
  test('are kept, marked and counted for the business that they belong to', async () => {
    const b = await bench(t)
    const hidden = (id: string) => ['bo', 'pat'].includes(id)
    const people = world.people.map((p) => ({ ...p, unlisted: hidden(p.id) }))
    await b.check(script({ ...world, people }), [], day(1))
    const result = await b.check(script({ ...world, people }), ['P'], day(2))
    expect(result.partners.map((p) => [p.name, p.unlisted])).toEqual([
      [null, 1],
      ['Agency P', 1],
    ])
    const { principals } = await b.stored()
    const marked = [...principals.values()].filter((p) => p.source === 'assigned')
    expect(marked.map((p) => p.externalId).sort()).toEqual(['bo', 'pat'])
    const mended = await b.check(script(), ['P'], day(3))
    expect(mended.partners.map((p) => p.unlisted)).toEqual([0, 0])
  })
})

describe('a first check and a second one', () => {
  test('stores what there is, with history, counts and the activity log', async () => {
    const b = await bench(t)
    await b.check(script(), [], day(1))
    const result = await b.check(script(), ['P'], day(2))
    const { principals, grants, partners, resources, shares } = await b.stored()
    expect([...principals.keys()].sort()).toEqual(['ada', 'bo', 'boss', 'pat'])
    expect([partners.size, resources.size, shares.size]).toEqual([1, 2, 1])
    expect([...grants.keys()].sort()).toEqual([
      'ada|ad_account|2|role|',
      'ada|page|1|role|',
      'boss|page|1|role|',
      'bo|ad_account|2|direct|',
      'pat|page|1|direct|',
    ])
    expect(grants.get('boss|page|1|role|')).toMatchObject({
      rank: 'edit',
      entitlements: ['ADMIN'],
      partner: 'P',
    })
    expect(result.partners).toMatchObject([
      { partnerId: null, peopleAdded: 0, skipped: 0 },
      { partnerId: await b.partnerId('P'), name: 'Agency P', peopleAdded: 2, peopleRemoved: 0, skipped: 1 },
    ])
    expect(result).toMatchObject({ grantsAdded: 2, assetsAdded: 0, heldRemovals: 0, sharesUnlike: 0 })
    const audit = await t.root.query<{ action: string; text: string }>(
      `select action, data::text as text from audit_events where workspace_id = $1 order by id`,
      [b.workspaceId],
    )
    expect(audit.rows.map((r) => r.action)).toEqual(['sync.apply', 'sync.apply'])
    // Ids and counts, never a name.
    expect(audit.rows[1]?.text).not.toContain('Agency')
    const added = await rows<{ noun: string; n: number }>(
      b,
      `select noun, count(*)::int as n from changes where connection_id = $1 and kind = 'added' group by 1 order by 1`,
    )
    expect(added).toEqual([
      { noun: 'grant', n: 5 },
      { noun: 'partner', n: 1 },
      { noun: 'principal', n: 4 },
      { noun: 'resource', n: 2 },
      { noun: 'share', n: 1 },
    ])
    // What came stands in history as it was told, and hangs on the rows that were written.
    const rights = await rows<{ line: string; told: boolean }>(
      b,
      `select concat_ws(' ', o.external_id, r.external_id, c.after->>'how', c.after->>'entitlements', c.after->>'rank') as line,
          c.before is null and c.after->>'through' = '' and c.partner_id is not distinct from o.partner_id and c.job_id is not null as told
        from changes c join principals o on o.id = c.principal_id join resources r on r.id = c.resource_id
        where c.connection_id = $1 and c.noun = 'grant' order by 1`,
    )
    expect(rights.every(({ told }) => told)).toBe(true)
    expect(rights.map(({ line }) => line)).toEqual([
      'ada 1 role ["ADMIN"] full',
      'ada 2 role ["ADMIN"] full',
      'bo 2 direct ["MANAGE"] full',
      'boss 1 role ["ADMIN"] edit',
      'pat 1 direct ["ADVERTISE"] edit',
    ])
    const [partner] = await rows<{ status: string; people_confirmed_at: Date }>(
      b,
      'select status, people_confirmed_at from partners where connection_id = $1',
    )
    expect(partner).toEqual({ status: 'pending', people_confirmed_at: day(2) })
    expect(
      await rows(b, 'select 1 from staged_rows r join jobs j on j.id = r.job_id where j.connection_id = $1'),
    ).toEqual([])
  })

  test('writes a row per reader and nothing else where nothing changed, and yet confirms every row', async () => {
    const b = await bench(t)
    const many: World = {
      ...world,
      people: [...world.people, ...Array.from({ length: 300 }, (_, i) => listed(`o${i}`, OURS))],
      grants: [
        ...world.grants,
        ...Array.from({ length: 300 }, (_, i) => ({ person: `o${i}`, asset: '2', rights: ['ANALYZE'] })),
      ],
    }
    await b.check(script(many, { rowsPerPage: 500 }), [], day(1))
    await b.check(script(many, { rowsPerPage: 500 }), ['P'], day(2))
    const xmins = () =>
      rows<{ x: string }>(
        b,
        ['partners', 'principals', 'resources', 'shares', 'grants', 'changes']
          .map((table) => `select '${table}' || id || xmin::text as x from ${table} where connection_id = $1`)
          .join(' union all ') + ' order by 1',
      )
    const before = await xmins()
    expect(before.length).toBeGreaterThan(1000)
    await b.check(script(many, { rowsPerPage: 500 }), ['P'], day(3))
    const after = await xmins()
    const differing = after.filter((row, i) => row.x !== before[i]?.x)
    // The partner's own row carries its reader's time.
    expect(differing).toHaveLength(1)
    const confirmed = await work(t.db, b.workspaceId, async (tx) => {
      const { rows: found } = await sql<{
        at: Date
      }>`select distinct ${lastConfirmed('g', 'either')} as at from grants g
        union select ${lastConfirmed('r', 'own')} from resources r union select ${lastConfirmed('s', 'own')} from shares s
        union select ${lastConfirmed('o', 'either')} from principals o union select ${lastConfirmed('p', 'own')} from partners p`.execute(
        tx,
      )
      return found.map((r) => r.at)
    })
    expect(confirmed).toEqual([day(3)])
  })

  test('writes only what differs, and tells what it was', async () => {
    const b = await bench(t)
    await b.check(script(), [], day(1))
    const now: World = {
      ...world,
      people: world.people.map((p) => (p.id === 'bo' ? { ...p, name: 'Bobby' } : p)),
      grants: world.grants.map((g) => (g.person === 'bo' ? { ...g, rights: ['ANALYZE'] } : g)),
    }
    const result = await b.check(script(now), [], day(2))
    expect(result.partners).toMatchObject([{ peopleChanged: 1 }])
    expect(
      await rows(
        b,
        `select noun, before, after from changes where connection_id = $1 and kind = 'changed' order by noun`,
      ),
    ).toEqual([
      {
        noun: 'grant',
        before: { entitlements: ['MANAGE'], rank: 'full' },
        after: { entitlements: ['ANALYZE'], rank: 'view' },
      },
      { noun: 'principal', before: { name: 'bo' }, after: { name: 'Bobby' } },
    ])
  })

  test('brings back what had ended, as new', async () => {
    const b = await bench(t)
    await b.check(script(), [], day(1))
    await b.check(script({ ...world, people: world.people.filter((p) => p.id !== 'bo') }), [], day(2))
    expect((await b.stored()).principals.has('bo')).toBe(false)
    await b.check(script(), [], day(3))
    expect(
      await rows(
        b,
        `select first_seen_at, ended_at from principals where connection_id = $1 and external_id = 'bo'`,
      ),
    ).toEqual([{ first_seen_at: day(3), ended_at: null }])
    expect(
      await rows(
        b,
        `select c.kind from changes c join principals o on o.id = c.principal_id
        where c.connection_id = $1 and o.external_id = 'bo' and c.noun = 'principal' order by c.at`,
      ),
    ).toEqual([{ kind: 'added' }, { kind: 'removed' }, { kind: 'added' }])
  })
})

describe('what could not be read', () => {
  test('stays, says since when it is not confirmed, and keeps when it last was', async () => {
    const b = await bench(t)
    await b.check(script(), [], day(1))
    await b.check(script(), [], day(2))
    const gone: World = { ...world, people: [], grants: [] }
    const fails = (scope: string) =>
      scope === 'B/people' || scope.startsWith('B/assigned') ? { code: '10' } : null
    for (const n of [3, 4]) {
      await b.check(script(gone, { fails }), [], day(n))
      const found = await work(t.db, b.workspaceId, async (tx) => {
        const q =
          await sql`select external_id, not_confirmed_since, ${lastConfirmed('o', 'either')} as at from principals o
          where ended_at is null order by 1`.execute(tx)
        return q.rows
      })
      expect(found).toEqual(
        ['ada', 'bo'].map((externalId) => ({ externalId, notConfirmedSince: day(3), at: day(2) })),
      )
    }
    await b.check(script(), [], day(5))
    expect([...(await b.stored()).principals.values()].every((p) => p.confirmed)).toBe(true)
  })

  test('a dead partner token ends nobody, and another partner is not touched', async () => {
    const two: World = {
      ...world,
      people: [...world.people, listed('quin', 'Q')],
      shares: [...world.shares, { partner: 'Q', asset: '2', rights: ['ANALYZE'], pending: false }],
      grants: [...world.grants, { person: 'quin', asset: '2', rights: ['ANALYZE'] }],
    }
    const b = await bench(t)
    await b.check(script(two), [], day(1))
    await b.check(script(two), ['P', 'Q'], day(2))
    const jobId = await b.newJob()
    await b.collect(script(two), jobId, null)
    await expect(b.collect(script(two, { dies: 'P/people' }), jobId, 'P')).rejects.toThrow('dead')
    const dead = { reader: 'P', partnerId: await b.partnerId('P'), complete: false, skipped: 0 }
    await b.apply(
      script(two),
      jobId,
      [{ reader: 'own', partnerId: null, complete: true, skipped: 0 }, dead],
      day(3),
    )
    const { principals } = await b.stored()
    expect([...principals.values()].map((p) => [p.externalId, p.confirmed]).sort()).toEqual([
      ['ada', true],
      ['bo', true],
      ['boss', false],
      ['pat', false],
      ['quin', true],
    ])
  })
})

describe('applying a job a second time', () => {
  test('changes nothing and gives the same counts', async () => {
    const b = await bench(t)
    const jobId = await b.newJob()
    await b.collect(script(), jobId, null)
    const readers = [{ reader: 'own', partnerId: null, complete: true, skipped: 0 }]
    const [first, second] = await Promise.all([
      b.apply(script(), jobId, readers, day(1)),
      b.apply(script(), jobId, readers, day(2)),
    ])
    expect(second).toEqual(first)
    expect(await b.apply(script(), jobId, readers, day(3))).toEqual(first)
    expect((await b.stored()).principals.size).toBe(2)
    const audit = await t.root.query('select 1 from audit_events where workspace_id = $1', [b.workspaceId])
    expect(audit.rowCount).toBe(1)
  })
})

describe('a partner that shares nothing any more', () => {
  test('is gone, and its people with it', async () => {
    const b = await bench(t)
    await b.check(script(), [], day(1))
    await b.check(script(), ['P'], day(2))
    await b.check(script({ ...world, shares: [] }), [], day(3))
    const { partners, principals, grants } = await b.stored()
    expect([partners.size, [...principals.keys()].sort(), grants.size]).toEqual([0, ['ada', 'bo'], 3])
    expect(await rows(b, 'select status from partners where connection_id = $1')).toEqual([
      { status: 'gone' },
    ])
    await b.check(script(), ['P'], day(4))
    expect(await rows(b, 'select status from partners where connection_id = $1')).toEqual([
      { status: 'pending' },
    ])
    expect([...(await b.stored()).principals.keys()].sort()).toEqual(['ada', 'bo', 'boss', 'pat'])
  })
})

describe('hostile text', () => {
  test('NUL and halves of characters do not stop a check', async () => {
    const b = await bench(t)
    const name = 'a\u0000b\ud800c\\u0000'
    const odd: World = { ...world, people: world.people.map((p) => (p.id === 'bo' ? { ...p, name } : p)) }
    await b.check(script(odd), [], day(1))
    expect((await b.stored()).principals.get('bo')?.name).toBe('ab\ufffdc\\u0000')
  })
})

describe('held removals', () => {
  const crowd: World = {
    ...world,
    people: [...world.people, ...Array.from({ length: 20 }, (_, i) => listed(`o${i}`, OURS))],
    grants: [
      ...world.grants,
      ...Array.from({ length: 20 }, (_, i) => ({ person: `o${i}`, asset: '2', rights: ['ANALYZE'] })),
    ],
  }
  const fewer: World = {
    ...crowd,
    people: crowd.people.slice(0, 13),
    grants: crowd.grants.filter((g) => crowd.people.slice(0, 13).some((p) => p.id === g.person)),
  }
  const held = async () => {
    const b = await bench(t)
    await b.check(script(crowd), [], day(1))
    const result = await b.check(script(fewer), [], day(2))
    const proposals = await work(t.db, b.workspaceId, (tx) => openProposals(tx, b.connectionId))
    return { b, result, proposals }
  }

  test('stay until a person applies them; then they end with what was theirs', async () => {
    const { b, result, proposals } = await held()
    expect(result).toMatchObject({ heldRemovals: 12, grantsRemoved: 0 })
    expect(proposals).toMatchObject([
      { group: 'own_people', partnerId: null, count: 12, total: 22, status: 'open' },
    ])
    expect(proposals[0]?.sample).toHaveLength(12)
    expect((await b.stored()).principals.size).toBe(22)
    const id = proposals[0]?.id ?? ''
    const decided = await write(t.db, { workspaceId: b.workspaceId, actor }, (tx, audit) =>
      applyProposal(tx, audit, { id, actor, now: day(3) }),
    )
    expect(decided.status).toBe('applied')
    const { principals, grants } = await b.stored()
    expect([principals.size, [...grants.values()].filter((g) => g.how === 'direct').length]).toEqual([10, 9])
    expect(
      await rows(
        b,
        `select noun, count(*)::int as n from changes where connection_id = $1 and kind = 'removed' group by 1 order by 1`,
      ),
    ).toEqual([
      { noun: 'grant', n: 12 },
      { noun: 'principal', n: 12 },
    ])
    await expect(
      write(t.db, { workspaceId: b.workspaceId, actor }, (tx, audit) =>
        applyProposal(tx, audit, { id, actor, now: day(3) }),
      ),
    ).rejects.toMatchObject({ code: 'conflict' })
    const audit = await t.root.query<{ action: string }>(
      'select action from audit_events where workspace_id = $1 order by id desc limit 1',
      [b.workspaceId],
    )
    expect(audit.rows[0]?.action).toBe('proposal.apply')
  })

  test('are proposed anew by a newer check, which takes the place of the older proposal', async () => {
    const { b, proposals } = await held()
    await b.check(script({ ...fewer, people: fewer.people.slice(0, 12) }), [], day(3))
    const open = await work(t.db, b.workspaceId, (tx) => openProposals(tx, b.connectionId))
    expect(open).toMatchObject([{ count: 13 }])
    await expect(
      write(t.db, { workspaceId: b.workspaceId, actor }, (tx, audit) =>
        applyProposal(tx, audit, { id: proposals[0]?.id ?? '', actor, now: day(3) }),
      ),
    ).rejects.toMatchObject({ code: 'conflict' })
    // All are there again: nothing is left to decide about.
    await b.check(script(crowd), [], day(4))
    expect(await work(t.db, b.workspaceId, (tx) => openProposals(tx, b.connectionId))).toEqual([])
  })

  test('end only where they are still missing when the person applies them', async () => {
    const { b, proposals } = await held()
    // One of them has been seen since by another run that did not judge the group.
    await t.root.query(
      `update principals set not_confirmed_since = null where connection_id = $1 and external_id = 'o15'`,
      [b.connectionId],
    )
    await write(t.db, { workspaceId: b.workspaceId, actor }, (tx, audit) =>
      applyProposal(tx, audit, { id: proposals[0]?.id ?? '', actor, now: day(3) }),
    )
    const { principals } = await b.stored()
    expect([principals.size, principals.has('o15')]).toEqual([11, true])
  })

  test('stay as they are when they are discarded', async () => {
    const { b, proposals } = await held()
    const decided = await write(t.db, { workspaceId: b.workspaceId, actor }, (tx, audit) =>
      discardProposal(tx, audit, { id: proposals[0]?.id ?? '', actor, now: day(3) }),
    )
    expect(decided.status).toBe('discarded')
    expect((await b.stored()).principals.size).toBe(22)
  })

  test("of assets take shares, rights and a partner's people along when applied", async () => {
    const b = await bench(t)
    const assets = Array.from({ length: 10 }, (_, i) => ({ id: `${i}`, type: 'page' }))
    const wide: World = {
      people: [listed('ada', OURS), listed('pat', 'P')],
      assets,
      shares: assets.map((a) => ({ partner: 'P', asset: a.id, rights: ['ANALYZE'], pending: false })),
      grants: [{ person: 'pat', asset: '0', rights: ['ANALYZE'] }],
    }
    await b.check(script(wide), [], day(1))
    await b.check(script(wide), ['P'], day(2))
    await b.check(script({ ...wide, assets: [], shares: [], grants: [] }), ['P'], day(3))
    let now = await b.stored()
    expect([now.resources.size, now.shares.size, now.grants.size, now.principals.size]).toEqual([
      10, 10, 1, 2,
    ])
    const [proposal] = await work(t.db, b.workspaceId, (tx) => openProposals(tx, b.connectionId))
    expect(proposal).toMatchObject({ group: 'assets', count: 10, total: 10 })
    await write(t.db, { workspaceId: b.workspaceId, actor }, (tx, audit) =>
      applyProposal(tx, audit, { id: proposal?.id ?? '', actor, now: day(4) }),
    )
    now = await b.stored()
    expect([now.resources.size, now.shares.size, now.grants.size, [...now.principals.keys()]]).toEqual([
      0,
      0,
      0,
      ['ada'],
    ])
    expect(await rows(b, 'select status from partners where connection_id = $1')).toEqual([
      { status: 'gone' },
    ])
  })
})
