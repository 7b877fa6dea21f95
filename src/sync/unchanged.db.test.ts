// A run that is what was compared before is not compared again, another one is, and no order of runs leaves anything else than the last one saw;
// sums beside people and assets say what a count of the rights says.
import { expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { bench } from './testing/runs.ts'
import type { Bench } from './testing/runs.ts'
import { listed, OURS } from './testing/world.ts'
import type { World, WorldPerson } from './testing/world.ts'
import type { Script } from './testing/world-connector.ts'

const t = await testDb()

const world: World = {
  invites: true,
  people: [
    listed('ada', OURS, true),
    listed('bo', OURS),
    listed('cy', OURS),
    listed('pat', 'P'),
    listed('boss', 'P', true),
    listed('quin', 'Q'),
  ],
  assets: ['1', '2', '3'].map((id) => ({ id, type: id === '2' ? 'ad_account' : 'page' })),
  shares: ['P', 'Q'].map((partner) => ({ partner, asset: '1', rights: ['ADVERTISE'], pending: false })),
  grants: [
    { person: 'bo', asset: '2', rights: ['MANAGE'] },
    { person: 'bo', asset: '3', rights: ['ANALYZE'] },
    { person: 'cy', asset: '3', rights: ['ANALYZE'] },
    { person: 'pat', asset: '1', rights: ['ADVERTISE'] },
    { person: 'quin', asset: '1', rights: ['ANALYZE'] },
  ],
}
const script = (w: World): Script => ({ world: w, asked: [] })
const check = (b: Bench, w: World = world) => b.check(script(w), ['P', 'Q'])

async function ranks(b: Bench): Promise<string[]> {
  const { rows } = await t.root.query<{ rank: string }>(
    `select g.rank from grants g join principals p on p.id = g.principal_id where g.connection_id = $1 and p.external_id = 'pat'`,
    [b.connectionId],
  )
  return rows.map(({ rank }) => rank)
}

/** Damages what is stored, as nobody may; with the database's triggers or behind their back. */
async function damage(b: Bench, triggers: boolean): Promise<void> {
  const client = await t.root.connect()
  await client.query(`set session_replication_role = ${triggers ? 'origin' : 'replica'}`)
  await client.query(
    `update grants set rank = 'none' where connection_id = $1
       and principal_id = (select id from principals where connection_id = $1 and external_id = 'pat')`,
    [b.connectionId],
  )
  await client.query('set session_replication_role = origin')
  client.release()
}

test('what was compared and stored is not compared again, until anybody writes to it', async () => {
  const b = await bench(t)
  await check(b)
  await check(b)
  const [right] = await ranks(b)
  await damage(b, false)
  await check(b)
  expect(await ranks(b)).toEqual(['none'])
  await damage(b, true)
  await check(b)
  expect(await ranks(b)).toEqual([right])
})

test('people who stand on what is stored are not compared again because it was told in another order', async () => {
  const b = await bench(t)
  await check(b)
  await check(b)
  await damage(b, false)
  await check(b, { ...world, assets: world.assets.toReversed() })
  expect(await ranks(b)).toEqual(['none'])
})

const withInvited = (w: World, ...invited: WorldPerson[]): World => ({
  ...w,
  people: [...w.people, ...invited],
})
const ivy: WorldPerson = { ...listed('ivy', OURS), invited: 'Asset 1' }
const ken: WorldPerson = { ...listed('ken', OURS), invited: 'Asset 2' }
const facts = async (b: Bench) =>
  Array.from((await b.stored()).principals.values())
    .flatMap(({ externalId, facts: { willGet } }) =>
      willGet === undefined ? [] : [`${externalId} ${willGet}`],
    )
    .sort()

test('what becomes known of invitations is written, and nobody else is compared again', async () => {
  const b = await bench(t)
  await check(b, withInvited(world, ivy))
  await check(b, withInvited(world, ivy))
  await damage(b, false)
  await check(b, withInvited(world, { ...ivy, invited: 'Asset 3' }, ken))
  expect(await facts(b)).toEqual(['ivy Asset 3', 'ken Asset 2'])
  await check(b, withInvited(world, ken))
  expect(await facts(b)).toEqual(['ken Asset 2'])
  await check(b, world)
  expect(await facts(b)).toEqual([])
  expect(await ranks(b)).toEqual(['none'])
  await check(b, without(world, 0))
  await check(b, { ...world, people: [...world.people, listed('ken', OURS)] })
  expect((await b.stored()).principals.get('ken')?.kind).toBe('person')
})

test('who stands in the list of people and in that of invitations is compared where one of both ends', async () => {
  const b = await bench(t)
  const both = withInvited(world, listed('ivy', OURS), ivy)
  for (const w of [withInvited(world, ivy), both, withInvited(world, listed('ivy', OURS))]) await check(b, w)
  const stands = (await b.stored()).principals.get('ivy')
  expect([stands?.kind, stands?.scope]).toEqual(['person', `${OURS}/people`])
})

test('a check of one partner alone is compared, and forgets nothing that holds', async () => {
  const b = await bench(t)
  for (let i = 0; i < 3; i++) await check(b)
  const kept = () =>
    t.root.query('select part, digest from compared where connection_id = $1 order by part', [b.connectionId])
  const before = (await kept()).rows
  expect(before.map((row: { part: string }) => row.part)).toEqual([
    'ground',
    'people/B',
    'people/P',
    'people/Q',
  ])
  const jobId = await b.newJob()
  await b.collect(script(world), jobId, 'P')
  const reader = { reader: 'P', partnerId: await b.partnerId('P'), complete: true, skipped: 0 }
  await b.apply(script(world), jobId, [reader])
  expect((await kept()).rows).toEqual(before)
})

const without = (w: World, n: number): World => ({ ...w, grants: w.grants.filter((_, i) => i !== n) })
const worlds: World[] = [
  world,
  without(world, 0),
  without(world, 3),
  { ...world, shares: world.shares.slice(0, 1) },
  {
    ...world,
    people: world.people.filter(({ id }) => id !== 'cy'),
    grants: world.grants.filter(({ person }) => person !== 'cy'),
  },
  { ...world, assets: world.assets.slice(0, 2), grants: world.grants.filter(({ asset }) => asset !== '3') },
  // Nobody's own lists tell of it: it is in what those get whose role reaches everything.
  { ...world, shares: world.shares.map((share) => ({ ...share, rights: ['MANAGE'] })) },
  withInvited(world, ivy),
  withInvited(world, { ...ivy, invited: 'Asset 2' }, ken),
  // Named by the list of invitations and by an asset, or by both lists.
  {
    ...withInvited(world, ivy),
    grants: [...world.grants, { person: 'ivy', asset: '2', rights: ['MANAGE'] }],
  },
  withInvited(world, listed('ivy', OURS), { ...ivy, name: 'Ivy' }),
  withInvited(world, listed('ivy', OURS)),
]

const live = async (b: Bench): Promise<string[]> => {
  const { principals, grants, shares, resources } = await b.stored()
  const told = [...grants].map(([key, { rank, confirmed }]) => `${key} ${rank} ${confirmed}`)
  const people = [...principals].map(
    ([
      key,
      {
        kind,
        facts: { willGet = '' },
      },
    ]) => `${key} ${kind} ${willGet}`,
  )
  return [...told, ...people, ...shares.keys(), ...resources.keys()].sort()
}

/** Who last wrote to each row of the inventory. */
async function versions(b: Bench): Promise<string | undefined> {
  const of = (table: string) =>
    `select '${table}' || id || xmin::text as row from ${table} where connection_id = $1`
  const all = ['resources', 'shares', 'principals', 'grants'].map(of).join(' union all ')
  const { rows } = await t.root.query<{ all: string }>(
    `select string_agg(row, ' ' order by row) as all from (${all}) versions`,
    [b.connectionId],
  )
  return rows[0]?.all
}

test('whatever was seen before, a run leaves what it saw, and the sums agree with the rights', async () => {
  const fresh: string[][] = []
  for (const w of worlds) {
    const b = await bench(t)
    await check(b, w)
    await check(b, w)
    fresh.push(await live(b))
  }
  const b = await bench(t)
  await check(b)
  for (const n of [
    ...[0, 0, 1, 1, 1, 0, 2, 2, 0, 3, 3, 3, 0, 0, 4, 0, 4, 4, 5, 5, 1, 5, 0, 6, 6, 0],
    ...[7, 7, 8, 7, 0, 8, 8, 9, 9, 7, 7, 10, 10, 7, 10, 11, 7, 9, 8, 11, 10, 9, 0, 0],
  ]) {
    await check(b, worlds[n])
    expect([n, await live(b)]).toEqual([n, fresh[n]])
    // What was written is what was seen: comparing the same once more finds nothing to write.
    const before = await versions(b)
    await t.root.query('delete from compared where connection_id = $1', [b.connectionId])
    await check(b, worlds[n])
    expect([n, await versions(b)]).toEqual([n, before])
    const { rows } = await t.root.query<{ wrong: number }>(
      `select (select count(*)::int from principals p, lateral (
           select count(distinct resource_id)::int as assets, coalesce(array_agg(distinct how), '{}') as how,
             coalesce(min(array_position(array['full', 'edit', 'view', 'none'], rank)), 4) as rank
           from grants g where g.principal_id = p.id and g.ended_at is null) h
         where connection_id = $1 and (held_assets, held_rank::int, held_how) is distinct from (h.assets, h.rank, h.how))
       + (select count(*)::int from resources r, lateral (
           select count(distinct principal_id)::int as people from grants g where g.resource_id = r.id and g.ended_at is null) g, lateral (
           select count(distinct partner_id)::int as partners from shares s where s.resource_id = r.id and s.ended_at is null) s
         where connection_id = $1 and (touched_people, touched_partners) is distinct from (g.people, s.partners)) as wrong`,
      [b.connectionId],
    )
    expect([n, rows[0]?.wrong]).toEqual([n, 0])
  }
})
