// Compares what a run staged with what is stored and writes the difference: rows, history, held removals, statuses, the job's counts
// and the activity log, all in one transaction, once per job.
import type { Connector } from '../connectors/connector.ts'
import { newId } from '../lib/ids.ts'
import type { Actor } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import { resourceKey } from '../model/inventory.ts'
import type { Inventory, ShareRow } from '../model/inventory.ts'
import type { AppliedResult } from '../model/job.ts'
import type { Observation } from '../model/snapshot.ts'
import { allPartners, appliedOf, holdConnection, markApplied } from '../store/applied.ts'
import { read, write } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { loadGround, loadPeople, partnersWithPeople } from '../store/inventory.ts'
import type { Whose } from '../store/inventory.ts'
import { addChanges, addRows, changeRows, endRows } from '../store/inventory-write.ts'
import type { InventoryTable, Where, WrittenRow } from '../store/inventory-write.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { addProposals, replaceProposals } from '../store/proposals.ts'
import {
  PAGES,
  dropRows,
  dropStaging,
  movedBetweenBusinesses,
  scopesBy,
  stagedBusinesses,
  stagedBy,
  stagedRows,
  stagedScopes,
} from '../store/staging.ts'
import type { StagedScopes } from '../store/staging.ts'
import { unlikeShares, unlistedPeople } from './cross-check.ts'
import { diffGround, diffPeople, unchanged } from './diff.ts'
import type { Difference, Differences } from './diff.ts'
import { mergeGround, mergePeople } from './merge.ts'
import type { GroundRows, Merged } from './merge.ts'
import type { Seen } from './observed.ts'
import { settlePaths } from './paths.ts'
import type { Held } from './safeguard.ts'
import { rankBy } from './scope.ts'
import { countsOf, historyOf } from './tally.ts'
import type { Ids } from './tally.ts'

/** A reader whose staging is compared: 'own', or a partner's external id with our id of it. */
export interface AppliedReader {
  reader: string
  partnerId: string | null
  /** Everything that it had to read was read. */
  complete: boolean
  /** People counted and not stored. */
  skipped: number
}

export interface ApplyInput {
  db: Db
  connector: Connector
  workspaceId: string
  connectionId: string
  jobId: string
  actor: Actor
  now: Date
  readers: AppliedReader[]
}

/** Undoes a second apply of a job that another process has applied in the meantime. */
class AlreadyApplied extends Error {
  readonly applied: AppliedResult
  constructor(applied: AppliedResult) {
    super('This job has been applied.')
    this.applied = applied
  }
}

/**
 * Applies a job's staging and returns its counts. Called again for the same job it changes nothing and returns the same counts. Rows of
 * partners that are not among the readers are left as they are but for what hangs on something that ended. Throws `not_found` where the
 * connection has been removed.
 */
export async function compareAndApply(input: ApplyInput): Promise<AppliedResult> {
  const { db, workspaceId, actor, jobId } = input
  const before = await read(db, workspaceId, (tx) => appliedOf(tx, jobId))
  if (before !== null) return before
  try {
    return await write(db, { workspaceId, actor }, async (tx, audit) => {
      const { applied, proposals } = await apply(tx, input)
      const { partners, differences, ...counts } = applied
      await audit({
        action: 'sync.apply',
        subjectKind: 'connection',
        subjectId: input.connectionId,
        data: {
          ...counts,
          ...(differences === undefined ? {} : { differences: differences.total }),
          job: jobId,
          proposals,
          partners: partners.map(({ name: _, ...rest }) => rest),
        },
      })
      return applied
    })
  } catch (error) {
    if (error instanceof AlreadyApplied) return error.applied
    throw error
  }
}

async function apply(tx: Tx, input: ApplyInput): Promise<{ applied: AppliedResult; proposals: string[] }> {
  const { connectionId, jobId, now, workspaceId } = input
  const connection = await holdConnection(tx, connectionId)
  if (connection === null) throw new AppError('not_found', 'This app has been removed.')
  const earlier = await appliedOf(tx, jobId)
  if (earlier !== null) throw new AlreadyApplied(earlier)

  const before = await loadGround(tx, connectionId)
  const scopes = await stagedScopes(tx, jobId)
  const untoldTypes = new Set(input.connector.pages?.untoldTypes)
  const differences = await settle(tx, input, untoldTypes)
  const rankOf = rankBy(input.connector.manifest.resourceTypes)
  const rules = { business: connection.business, rankOf, untoldTypes }
  const ground = await stagedRows(tx, jobId, 'ground')
  const merged = mergeGround(before, seenBy(input, scopes, ground), rules)
  const where = { workspaceId, connectionId, jobId, now }
  const found = diffGround(before, merged.after)
  const { ids, partners } = await writeGround(tx, where, before, found)
  const total = { ...emptyTotal(), ...(differences === null ? {} : { differences }) }
  const names = (partner: string) => ({
    id: ids.partner(partner),
    name: merged.after.partners.get(partner)?.name ?? partners.get(partner)?.name ?? null,
  })
  addTo(
    total,
    countsOf({ ...found, principals: unchanged(), grants: unchanged() }, heldOf(merged), [], names),
  )
  await addChanges(tx, where, historyOf({ ...found, principals: unchanged(), grants: unchanged() }, ids))
  const held = heldOf(merged)
  for (const part of await partsOf(tx, input, connection.business, merged)) {
    const people = await comparePeople(tx, where, merged, part, ids)
    held.push(...people.held)
    const readers = input.readers
      .filter(({ reader }) => part.whose === 'all' || part.whose.partner === partnerOf(reader))
      .map(({ reader, skipped }) => {
        const partner = partnerOf(reader)
        return { partner, skipped, unlisted: people.unlisted.get(partner) ?? 0 }
      })
    addTo(total, countsOf({ ...noGround(), ...people.found }, people.held, readers, names))
  }
  const complete = input.readers.some(({ reader, complete: read }) => reader === OWN && read)
  total.sharesUnlike = unlikeShares(ground, merged.after.resources, rules.rankOf, complete)
  await endGround(tx, where, found)
  const proposals = await writeProposals(tx, where, input.readers, held, ids)
  await markApplied(tx, where, total, input.readers)
  await recomputePartnerStatuses(tx, connectionId, now)
  await dropStaging(tx, jobId)
  return { applied: total, proposals }
}

/** Lays what pages told beside what the API told, where both were read; what is superseded goes. Null where no page was read. */
async function settle(
  tx: Tx,
  { workspaceId, jobId }: ApplyInput,
  untoldTypes: ReadonlySet<string>,
): Promise<NonNullable<AppliedResult['differences']> | null> {
  const pages = { workspaceId, jobId, reader: PAGES }
  const own = { ...pages, reader: OWN }
  const { sealed } = await scopesBy(tx, pages)
  if (sealed.size === 0) return null
  const { superseded, differences } = settlePaths({
    api: await stagedBy(tx, own),
    pages: await stagedBy(tx, pages),
    sealed: { api: (await scopesBy(tx, own)).sealed, pages: sealed },
    untoldTypes,
  })
  await dropRows(tx, pages, superseded)
  return { total: differences.length, first: differences.slice(0, MOST_DIFFERENCES) }
}

const heldOf = (merged: Merged): Held[] => (merged.held === null ? [] : [merged.held])

/** People that are compared together, with the shares that their roles may reach. */
interface Part {
  whose: Whose
  staged: Parameters<typeof stagedRows>[2]
  shares: ReadonlyMap<string, ShareRow>
}

/**
 * Business by business, so that memory holds one at a time however many there are; all at once where somebody stands under two. Ours
 * first, then those whose readers ran, then the rest.
 */
async function partsOf(tx: Tx, input: ApplyInput, own: string, merged: Merged): Promise<Part[]> {
  const { shares } = merged.after
  if (await movedBetweenBusinesses(tx, { jobId: input.jobId, connectionId: input.connectionId, own }))
    return [{ whose: 'all', staged: 'people', shares }]
  const read = input.readers.map(({ reader }) => (reader === OWN ? own : reader))
  const all = [
    own,
    ...read,
    ...(await stagedBusinesses(tx, input.jobId)),
    ...(await partnersWithPeople(tx, input.connectionId)),
  ]
  const sharing = Map.groupBy(shares, ([, share]) => share.partner)
  return [...new Set(all)].map((business) => ({
    whose: { partner: business === own ? null : business },
    staged: { business },
    shares: business === own ? shares : new Map(sharing.get(business)),
  }))
}

async function comparePeople(
  tx: Tx,
  where: Where & { jobId: string },
  merged: Merged,
  part: Part,
  ids: Ids,
): Promise<{
  found: Pick<Differences, 'principals' | 'grants'>
  held: Held[]
  unlisted: ReturnType<typeof unlistedPeople>
}> {
  const before = await loadPeople(tx, where.connectionId, part.whose)
  const observations = await stagedRows(tx, where.jobId, part.staged)
  const { held, ...after } = mergePeople(merged, before, observations, part.shares)
  const found = diffPeople(before, after)
  const known = await writePeople(tx, where, before, found, ids)
  await addChanges(tx, where, historyOf({ ...noGround(), ...found }, known))
  return { found, held, unlisted: unlistedPeople(after.principals.values()) }
}

const noGround = (): Pick<Differences, 'partners' | 'resources' | 'shares'> => ({
  partners: unchanged(),
  resources: unchanged(),
  shares: unchanged(),
})

function emptyTotal(): AppliedResult {
  return {
    partners: [],
    assetsAdded: 0,
    assetsRemoved: 0,
    sharesAdded: 0,
    sharesRemoved: 0,
    grantsAdded: 0,
    grantsRemoved: 0,
    grantsChanged: 0,
    heldRemovals: 0,
  }
}

function addTo(
  total: AppliedResult,
  { partners, sharesUnlike: _, differences: __, ...counts }: AppliedResult,
): void {
  total.partners.push(...partners)
  for (const [name, count] of Object.entries(counts) as [keyof typeof counts, number][]) total[name] += count
}

const OWN = 'own'
/** Kept of what two paths told differently; more are counted. */
const MOST_DIFFERENCES = 100
const partnerOf = (reader: string): string | null => (reader === OWN ? null : reader)

function seenBy({ readers }: ApplyInput, scopes: StagedScopes, observations: Observation[]): Seen {
  const { sealed, onPages, failed, ended } = scopes
  const cutShort = readers.some(({ reader }) => !ended.has(reader))
  const own = readers.some(({ reader }) => reader === OWN)
  return {
    observations,
    sealed,
    onPages,
    open: (scope) => !sealed.has(scope) && (failed.has(scope) || cutShort || !own),
    readers: new Set(readers.map(({ reader }) => partnerOf(reader))),
  }
}

/** Writes in the order in which rows hang on each other, and ends in the opposite one. */
async function writeGround(
  tx: Tx,
  where: Where,
  before: GroundRows,
  found: Pick<Differences, 'partners' | 'resources' | 'shares'>,
) {
  const partners = await allPartners(tx, where.connectionId)
  const resources = idsOf(before.resources)
  const ids: Ids = {
    partner: (externalId) => (externalId === null ? null : (partners.get(externalId)?.id ?? null)),
    principal: () => null,
    resource: (type, externalId) => resources.get(resourceKey({ type, externalId })) ?? null,
  }
  for (const row of await put(tx, 'partners', where, found.partners, (p) => ({
    external_id: p.externalId,
    name: p.name,
    is_agency: p.isAgency,
    is_client: p.isClient,
    scopes: p.scopes,
    path: p.path ?? 'api',
  }))) {
    partners.set(row.externalId, { id: row.id, name: null })
  }
  for (const row of await put(tx, 'resources', where, found.resources, (r) => ({
    type: r.type,
    external_id: r.externalId,
    name: r.name,
    relation: r.relation,
    owner_business: r.ownerBusiness,
    facts: r.facts,
    scope: r.scope,
    path: r.path ?? 'api',
  }))) {
    resources.set(resourceKey({ type: row.type, externalId: row.externalId }), row.id)
  }
  await put(tx, 'shares', where, found.shares, (s) => ({
    partner_id: ids.partner(s.partner),
    resource_id: ids.resource(s.type, s.resource),
    direction: s.direction,
    entitlements: s.entitlements,
    rank: s.rank,
    status: s.status,
    scope: s.scope,
    path: s.path ?? 'api',
  }))
  return { ids, partners }
}

/** Ends partners, assets and shares, when what hung on them has ended. */
async function endGround(
  tx: Tx,
  where: Where,
  found: Pick<Differences, 'partners' | 'resources' | 'shares'>,
): Promise<void> {
  for (const table of ['shares', 'resources', 'partners'] as const)
    await endRows(tx, table, where, endedIds<{ id: string | null }>(found[table].ended))
}

const endedIds = <T extends { id: string | null }>(ended: readonly T[]): string[] =>
  ended.flatMap(({ id }) => (id === null ? [] : [id]))

/** Writes people and their grants; gives the ids with theirs. */
async function writePeople(
  tx: Tx,
  where: Where,
  before: Pick<Inventory, 'principals' | 'grants'>,
  found: Pick<Differences, 'principals' | 'grants'>,
  ground: Ids,
): Promise<Ids> {
  const principals = idsOf(before.principals)
  const ids: Ids = { ...ground, principal: (externalId) => principals.get(externalId) ?? null }
  for (const row of await put(tx, 'principals', where, found.principals, (p) => ({
    external_id: p.externalId,
    kind: p.kind,
    partner_id: ids.partner(p.partner),
    business: p.business,
    name: p.name,
    email: p.email,
    role: p.role,
    reaches_all: p.reachesAll,
    source: p.source,
    facts: p.facts,
    scope: p.scope,
    path: p.path ?? 'api',
  }))) {
    principals.set(row.externalId, row.id)
  }
  await put(tx, 'grants', where, found.grants, (g) => ({
    principal_id: ids.principal(g.principal),
    resource_id: ids.resource(g.type, g.resource),
    partner_id: ids.partner(g.partner),
    how: g.how,
    through: g.through,
    entitlements: g.entitlements,
    rank: g.rank,
    scope: g.scope,
  }))
  await endRows(tx, 'grants', where, endedIds(found.grants.ended))
  await endRows(tx, 'principals', where, endedIds(found.principals.ended))
  return ids
}

function idsOf(rows: ReadonlyMap<string, { id: string | null }>): Map<string, string> {
  return new Map(Array.from(rows).flatMap(([key, { id }]) => (id === null ? [] : [[key, id] as const])))
}

async function put<T extends { id: string | null; confirmed: boolean }>(
  tx: Tx,
  table: InventoryTable,
  where: Where,
  found: Difference<T>,
  columns: (row: T) => Record<string, unknown>,
): Promise<{ id: string; type: string; externalId: string }[]> {
  const written = (row: T): WrittenRow => ({ ...columns(row), id: row.id, confirmed: row.confirmed })
  await changeRows(
    tx,
    table,
    where,
    [...found.changed, ...found.touched].map(({ after }) => written(after)),
  )
  const added = await addRows(tx, table, where, found.added.map(written))
  return added.map(({ id, type, externalId }) => ({ id, type: type ?? '', externalId: externalId ?? '' }))
}

async function writeProposals(
  tx: Tx,
  where: Where & { jobId: string },
  readers: readonly AppliedReader[],
  held: readonly Held[],
  ids: Ids,
): Promise<string[]> {
  const judged = {
    own: readers.some(({ reader }) => reader === OWN),
    partnerIds: [
      ...readers.flatMap(({ partnerId }) => partnerId ?? []),
      ...held.flatMap(({ partner }) => ids.partner(partner) ?? []),
    ],
  }
  await replaceProposals(tx, where.connectionId, judged, where.now)
  const proposals = held.map(({ group, partner, ids: rows, total }) => ({
    id: newId(),
    group,
    partnerId: ids.partner(partner),
    ids: rows,
    total,
  }))
  await addProposals(tx, where, proposals)
  return proposals.map(({ id }) => id)
}
