// What must be stored, read from the simulated world itself and never through its API, laid beside what is stored: the judge of every fault.
import type pg from 'pg'
import { truth } from '../src/connectors/meta/simulator/truth.ts'
import {
  assetKinds,
  assetOf,
  businessOf,
  groupOf,
  heldAssets,
  partnersOf,
  userOf,
} from '../src/connectors/meta/simulator/world.ts'
import type { Asset, World } from '../src/connectors/meta/simulator/world.ts'

/** Kinds whose permission the guide asks for; the others are told as not read. */
const readable = (kind: string): boolean => kind !== 'whatsapp_account'

/** Every fact of a world as a line: of our own business, of each partner the shares, and the people of those whose token is connected. */
export function trueLines(world: World, connected: ReadonlySet<string>): Set<string> {
  const lines = new Set<string>()
  for (const asset of heldAssets(world, world.own)) {
    if (!readable(asset.kind)) continue
    lines.add(`asset ${asset.kind} ${asset.id} ${asset.owner === world.own ? 'owned' : 'client'}`)
    for (const line of shareLines(world, asset)) lines.add(line)
  }
  const own = businessOf(world, world.own)
  for (const id of [...own.people, ...own.systemUsers, ...own.invitations]) lines.add(`principal ${id} own`)
  for (const line of groupLines(world)) lines.add(line)
  for (const row of truth(world, assetKinds)) {
    if (row.asset === world.app && row.business !== world.own) continue
    if (!readable(row.kind) || (row.business !== world.own && !connected.has(row.business))) continue
    if (row.business !== world.own) lines.add(`principal ${row.user} ${row.business}`)
    const what = row.how === 'role' ? userOf(world, row.user).role : row.tasks.join(',')
    lines.add(`grant ${row.user} ${row.kind} ${row.asset} ${row.how} ${row.through ?? ''} ${what}`)
  }
  return lines
}

/** Our groups of assets, their members, and our admins, who reach them as everything else. */
function groupLines(world: World): string[] {
  const own = businessOf(world, world.own)
  const admins = [...own.people].filter((id) => userOf(world, id).role === 'ADMIN')
  return [...own.groups].flatMap((id) => [
    `asset asset_group ${id} owned`,
    ...admins.map((user) => `grant ${user} asset_group ${id} role  ADMIN`),
    ...[...groupOf(world, id).members].map(([user, tasks]) => {
      const all = new Set([...tasks.adaccount_tasks, ...tasks.page_tasks, ...tasks.pixel_tasks])
      return `grant ${user} asset_group ${id} direct  ${[...all].sort().join(',')}`
    }),
  ])
}

function shareLines(world: World, asset: Asset): string[] {
  // The app of the connection itself is not something that is shared for work.
  if (asset.id === world.app) return []
  if (asset.owner !== world.own) return [`share ${asset.owner} ${asset.kind} ${asset.id} in`]
  return [...asset.shares]
    .filter(([partner]) => partnersOf(world, world.own).includes(partner))
    .map(([partner]) => `share ${partner} ${asset.kind} ${asset.id} out`)
}

export interface StoredLines {
  live: Set<string>
  ended: Set<string>
  /** Of the live ones those that are shown as not confirmed. */
  doubted: Set<string>
}

/** The same of a connection's rows, those that ended apart. */
export async function storedLines(root: pg.Pool, connectionId: string): Promise<StoredLines> {
  const { rows } = await root.query<{ line: string; live: boolean; doubted: boolean }>(
    `select format('asset %s %s %s', type, external_id, relation) as line, ended_at is null as live, not_confirmed_since is not null as doubted
       from resources where connection_id = $1
     union all
     select format('share %s %s %s %s', p.external_id, r.type, r.external_id, s.direction), s.ended_at is null, s.not_confirmed_since is not null
       from shares s join partners p on p.id = s.partner_id join resources r on r.id = s.resource_id
       where s.connection_id = $1
     union all
     select format('principal %s %s', u.external_id, coalesce(p.external_id, 'own')), u.ended_at is null, u.not_confirmed_since is not null
       from principals u left join partners p on p.id = u.partner_id where u.connection_id = $1
     union all
     select format('grant %s %s %s %s %s %s', u.external_id, r.type, r.external_id, g.how, g.through,
         array_to_string(g.entitlements, ',')), g.ended_at is null, g.not_confirmed_since is not null
       from grants g join principals u on u.id = g.principal_id join resources r on r.id = g.resource_id
       where g.connection_id = $1`,
    [connectionId],
  )
  const lines: StoredLines = { live: new Set(), ended: new Set(), doubted: new Set() }
  for (const { line, live, doubted } of rows) {
    lines[live ? 'live' : 'ended'].add(line)
    if (live && doubted) lines.doubted.add(line)
  }
  return lines
}

/** Where the store is not what is true: a line for each difference. */
export function differences(expected: ReadonlySet<string>, stored: Pick<StoredLines, 'live'>): string[] {
  return [
    ...[...expected].filter((line) => !stored.live.has(line)).map((line) => `missing: ${line}`),
    ...[...stored.live].filter((line) => !expected.has(line)).map((line) => `not true: ${line}`),
  ].sort()
}

/**
 * A partner's person who lost every right that was known of them: they are ended, even where another one was given that could not be read.
 * Who is stored has to touch something of ours, as far as anybody knows (src/sync/merge.test.ts).
 */
export function lostAll(line: string, stillTrue: Iterable<string>): boolean {
  const [what, id, business] = line.split(' ')
  if (what !== 'principal' || business === 'own') return false
  return !Array.from(stillTrue).some((other) => other.startsWith(`grant ${id ?? ''} `))
}

/**
 * What a run that was not complete must keep: whatever was true before it and still is has not ended, and nothing is stored that was
 * never true.
 */
export function damage(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  stored: Pick<StoredLines, 'live'>,
): string[] {
  const still = [...before].filter((line) => after.has(line))
  return [
    ...still
      .filter((line) => !stored.live.has(line) && !lostAll(line, still))
      .map((line) => `wrongly ended: ${line}`),
    ...[...stored.live]
      .filter((line) => !before.has(line) && !after.has(line))
      .map((line) => `was never true: ${line}`),
  ].sort()
}

/** Rows that are there twice, whatever their ids: nothing may be. */
export async function duplicates(root: pg.Pool, connectionId: string): Promise<string[]> {
  const { rows } = await root.query<{ what: string }>(
    `select format('change %s %s twice in one job', noun, kind) as what from changes where connection_id = $1 and job_id is not null
       group by job_id, kind, noun, partner_id, principal_id, resource_id, before, after having count(*) > 1
     union all
     select format('job %s applied %s times', data ->> 'job', count(*)) from audit_events
       where action = 'sync.apply' and subject_id = $1::text group by data ->> 'job' having count(*) > 1
     union all
     select format('%s staged rows left', count(*)) from staged_rows r join jobs j on j.id = r.job_id
       where j.connection_id = $1 having count(*) > 0`,
    [connectionId],
  )
  return rows.map(({ what }) => what)
}

/** True where an asset is one of ours and may be read. */
export function isReadable(world: World, asset: string): boolean {
  const { kind } = assetOf(world, asset)
  return readable(kind) && kind !== 'app'
}
