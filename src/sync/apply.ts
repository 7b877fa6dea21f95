// Compares what a run staged with what is stored and writes the difference: rows, history, held removals, statuses, the job's counts
// and the activity log, all in one transaction, once per job.
import type { Connector } from '../connectors/connector.ts'
import { newId } from '../lib/ids.ts'
import type { Actor } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import type { AppliedResult } from '../model/job.ts'
import { allPartners, appliedOf, holdConnection, markApplied } from '../store/applied.ts'
import { read, write } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { countTouched } from '../store/held.ts'
import { partnersWithPeople } from '../store/inventory.ts'
import type { Where } from '../store/inventory-write.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { addProposals, replaceProposals } from '../store/proposals.ts'
import { countStaged, endedReaders, scopesBy, stagedBy } from '../store/staged.ts'
import { PAGES, dropRows, dropStaging } from '../store/staging.ts'
import { compareGround } from './compare-ground.ts'
import { comparePeople, noPeople, partsOf } from './compare-people.ts'
import { noChange } from './diff.ts'
import { settlePaths } from './paths.ts'
import type { Held } from './safeguard.ts'
import { rankBy } from './scope.ts'
import { learnScopes } from './seen-scopes.ts'
import type { Outcome } from './seen-scopes.ts'
import { countsOf, noGrants } from './tally.ts'
import type { Ids } from './tally.ts'
import { knownParts } from './unchanged.ts'
import type { KnownParts, PartName } from './unchanged.ts'
import { endGround, idsIn } from './write-rows.ts'

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
  const where = { workspaceId, connectionId, jobId, now }
  const own = connection.business
  const differences = await settle(tx, input)
  const outcome = await outcomeOf(tx, input)
  const known = await knownParts(tx, where, {
    business: own,
    resourceTypes: input.connector.manifest.resourceTypes,
    readers: input.readers.map(({ reader }) => reader),
    cutShort: outcome.cutShort,
    complete: isComplete(input),
  })
  const seen = await countStaged(tx, jobId)
  const businesses = await businessesOf(tx, input, own, seen)
  const parts: PartName[] = ['ground', ...businesses.flatMap((b) => [`people/${b}`, `invited/${b}`] as const)]
  const allSame = parts.every((part) => known.same(part) !== null)
  const { total, held, ids } = allSame
    ? await confirmAll(tx, input, own, businesses, known)
    : await compareAll(tx, input, { business: own, businesses, seen, outcome }, known)
  if (differences !== null) total.differences = differences
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
): Promise<NonNullable<AppliedResult['differences']> | null> {
  const pages = { workspaceId, jobId, reader: PAGES }
  const own = { ...pages, reader: OWN }
  const { sealed } = await scopesBy(tx, pages)
  // A read of pages that was not completed has staged what it saw, too.
  const seen = await stagedBy(tx, pages)
  if (sealed.size === 0 && seen.length === 0) return null
  const { superseded, differences } = settlePaths({
    api: await stagedBy(tx, own),
    pages: seen,
    sealed: { api: (await scopesBy(tx, own)).sealed, pages: sealed },
  })
  await dropRows(tx, pages, superseded)
  return { total: differences.length, first: differences.slice(0, MOST_DIFFERENCES) }
}

type Compared = { total: AppliedResult; held: Held[]; ids: Ids }

/** Everything is what it was: only who was read is told. */
async function confirmAll(
  tx: Tx,
  input: ApplyInput,
  own: string,
  businesses: readonly string[],
  known: KnownParts,
): Promise<Compared> {
  const partners = await allPartners(tx, input.connectionId)
  const total = emptyTotal()
  total.sharesUnlike = known.same('ground') ?? 0
  const unlisted = new Map(
    businesses.map((business) => [business === own ? null : business, known.same(`people/${business}`) ?? 0]),
  )
  const readers = readersOf(input, own, businesses, unlisted)
  addTo(total, countsOf(noChange(), noGrants(), [], readers, namesIn(partners)))
  return { total, held: [], ids: idsIn(partners) }
}

/** Compares and writes the difference; parts that are what they were are passed over. */
async function compareAll(
  tx: Tx,
  input: ApplyInput,
  what: {
    business: string
    businesses: readonly string[]
    seen: ReadonlyMap<string, number>
    outcome: Outcome
  },
  known: KnownParts,
): Promise<Compared> {
  const { connectionId, jobId } = input
  const { business: own, businesses, seen, outcome } = what
  const where = { workspaceId: input.workspaceId, connectionId, jobId, now: input.now }
  const ours = await learnScopes(tx, jobId, outcome, { readers: [OWN, PAGES] })
  const ground = await compareGround(tx, where, {
    seen: { ...ours, readers: new Set(input.readers.map(({ reader }) => partnerOf(reader))) },
    rules: { business: own, rankOf: rankBy(input.connector.manifest.resourceTypes) },
    complete: isComplete(input),
  })
  const { ids, partner: names, touched } = ground
  const total = emptyTotal()
  for (const counts of ground.counts) addTo(total, counts)
  total.sharesUnlike = ground.unlike
  const held = ground.held === null ? [] : [ground.held]
  // What is written below makes all of it what is stored, but for what is held.
  const grounded = ground.held === null
  // Who stands on what is as it was, and was seen as before, has the same rights.
  const sameGround = grounded && !ground.differs
  const same = new Map<PartName, number>(grounded ? [['ground', ground.unlike]] : [])
  const { parts, moved } = await partsOf(tx, input, { own, businesses, seen })
  const asBefore = (part: PartName) => !moved && sameGround && known.same(part) !== null
  /** Of whom anything may be another than what is stored. */
  const differing = (business: string): 'everybody' | 'invited' | 'nobody' =>
    !asBefore(`people/${business}`) ? 'everybody' : asBefore(`invited/${business}`) ? 'nobody' : 'invited'
  for (const part of parts) {
    for (const [who, businesses] of Map.groupBy(part.businesses, differing)) {
      const people =
        who === 'nobody'
          ? noPeople()
          : await comparePeople(
              tx,
              where,
              ground,
              { ...part, businesses, own, who },
              await (moved ? learnScopes(tx, jobId, outcome) : ours.and({ readers: businesses })),
            )
      held.push(...people.held)
      for (const id of people.touched) touched.add(id)
      const unlisted = new Map(people.unlisted)
      for (const business of businesses) {
        const partner = business === own ? null : business
        if (who === 'nobody') unlisted.set(partner, known.same(`people/${business}`) ?? 0)
        if (moved || !grounded || people.held.some((h) => h.partner === partner)) continue
        same.set(`people/${business}`, unlisted.get(partner) ?? 0)
        same.set(`invited/${business}`, 0)
      }
      const readers = readersOf(input, own, businesses, unlisted)
      addTo(
        total,
        countsOf(
          { ...noChange(), principals: people.principals },
          people.grants,
          people.held,
          readers,
          names,
        ),
      )
    }
  }
  total.partners.sort((a, b) => Number(a.partnerId !== null) - Number(b.partnerId !== null))
  await endGround(tx, where, ground.ended)
  await countTouched(tx, touched)
  await known.keep(same)
  return { total, held, ids }
}

async function outcomeOf(tx: Tx, { jobId, readers }: ApplyInput): Promise<Outcome> {
  const ended = await endedReaders(tx, jobId)
  return {
    cutShort: readers.some(({ reader }) => !ended.has(reader)),
    own: readers.some(({ reader }) => reader === OWN),
  }
}

/** True where everything of our own was read. */
const isComplete = ({ readers }: ApplyInput): boolean =>
  readers.some(({ reader, complete }) => reader === OWN && complete)

/** The readers of some businesses, where they ran. */
function readersOf(
  { readers }: ApplyInput,
  own: string,
  businesses: readonly string[],
  unlisted: ReadonlyMap<string | null, number>,
) {
  return readers
    .filter(({ reader }) => businesses.includes(partnerOf(reader) ?? own))
    .map(({ reader, skipped }) => {
      const partner = partnerOf(reader)
      return { partner, skipped, unlisted: unlisted.get(partner) ?? 0 }
    })
}

/** Businesses whose people are compared: ours first, then those whose readers ran, then the rest. */
async function businessesOf(
  tx: Tx,
  input: ApplyInput,
  own: string,
  seen: ReadonlyMap<string, number>,
): Promise<string[]> {
  const read = input.readers.map(({ reader }) => partnerOf(reader) ?? own)
  return [...new Set([own, ...read, ...seen.keys(), ...(await partnersWithPeople(tx, input.connectionId))])]
}

function namesIn(partners: ReadonlyMap<string, { id: string; name: string | null }>) {
  return (partner: string) => {
    const row = partners.get(partner)
    return { id: row?.id ?? null, name: row?.name ?? null }
  }
}

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
