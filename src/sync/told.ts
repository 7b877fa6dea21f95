// What one try of one reader has been told, answer by answer: what of it is kept, which lists are read, which are asked again, and what of a
// partner's touches our assets.
import type { Context, Read, ReadResult, Seal } from '../connectors/connector.ts'
import type { Observation, PrincipalObservation } from '../model/snapshot.ts'
import type { Failure } from '../model/error.ts'
import type { Stage } from '../store/staging.ts'
import type { standingIn } from '../store/standing.ts'
import { grantTouches, principalTouches } from './scope.ts'
import type { SecondLook } from './second-look.ts'
import type { Writes } from './writes.ts'

/** What could not be read; it stays open, and nothing in it may end. */
export interface NotRead {
  scopes: string[]
  failure: Failure
  optional: boolean
}

/** One try of one reader. */
export interface Try {
  ctx: Context
  stage: Stage
  /** What a partner's reader may let through; null for our own, which lets everything through. */
  filter: { shared: Set<string>; inForce: Set<string>; stored: Set<string>; holders: Set<string> } | null
  sealed: Set<string>
  /** An earlier try has sealed something. */
  resumed: boolean
  look: SecondLook
  /** What stands, asked for while the first answers are waited for; null once `look` knows it. */
  standing: ReturnType<typeof standingIn> | null
  /** Told by an answer that was wrong, and by no other: not to be kept. */
  untrue: Observation[]
  /** Scopes that reported rows in this try. */
  begun: Set<string>
  /** Sealed or failed. */
  finished: Set<string>
  failures: NotRead[]
  skipped: number
  unit: string
  /** Waiting to be written. */
  rows: Observation[]
  seals: Seal[]
  failed: { scope: string; failure: Failure }[]
  /** A partner's people wait here, in memory alone, until it is known who of them touches our assets. Scope → id → who. */
  people: Map<string, Map<string, PrincipalObservation>>
  peopleSeals: Seal[]
  writes: Writes
  grounded: boolean
}

/** Takes in one answer; returns the reads that it asks for. What an earlier try has sealed is as it was then. */
export function take(run: Try, result: ReadResult): Read[] {
  if ('error' in result) {
    const scopes = result.scopes.filter((scope) => !run.sealed.has(scope))
    if (scopes.length > 0) notRead(run, scopes, result.error.failure, result.optional === true)
    return []
  }
  const fresh = result.observations.filter((o) => !run.sealed.has(o.scope))
  for (const o of fresh) run.begun.add(o.scope)
  keep(
    run,
    fresh.filter((o) => run.look.see(o)),
  )
  return [...result.next, ...result.seals.flatMap((seal) => takeSeal(run, seal))]
}

/** What a list told before and may not be asked for is missed, also where the guide does not ask for the permission that it wants. */
function notRead(run: Try, scopes: string[], failure: Failure, optional: boolean): void {
  for (const [missed, some] of Map.groupBy(scopes, (scope) => !optional || run.look.misses(scope)))
    run.failures.push({ scopes: some, failure, optional: !missed })
  for (const scope of scopes) {
    run.failed.push({ scope, failure })
    run.finished.add(scope)
    disown(run, scope, run.look.giveUp(scope))
  }
}

function keep(run: Try, told: readonly Observation[]): void {
  if (run.filter === null) for (const o of told) run.rows.push(o)
  else takeOfPartner(run, run.filter, told)
}

/** Of a partner, grants on shared assets and who holds them. Its own assets, shares and partners are none of our business. */
function takeOfPartner(run: Try, filter: NonNullable<Try['filter']>, fresh: readonly Observation[]): void {
  for (const o of fresh) {
    if (o.of !== 'grant' || !grantTouches(o, filter.shared)) continue
    filter.holders.add(o.principal)
    run.rows.push(o)
  }
  for (const o of fresh) {
    if (o.of !== 'principal') continue
    const people = run.people.get(o.scope) ?? new Map<string, PrincipalObservation>()
    run.people.set(o.scope, people.set(o.externalId, o))
  }
}

/**
 * A scope that was full and is empty, that ends with an empty page where stored rows are at stake, or that does not tell of something that stands, is
 * not believed at once: what an answer leaves out it does not deny.
 */
function takeSeal(run: Try, seal: Seal): Read[] {
  if (run.sealed.has(seal.scope)) return []
  const { doubted } = run.look
  const bare = seal.rows === 0 || seal.doubtful === true
  if (bare && run.look.stands(seal.scope) && !doubted.has(seal.scope)) {
    doubted.add(seal.scope)
    return [seal.again, ...besides(run, seal)]
  }
  if (!run.look.waits(seal)) settle(run, seal)
  return []
}

/** When everything else was read: asks again the lists that lost something, or believes them. */
export function lookAgain(run: Try): Read[] {
  const { again, believed } = run.look.next()
  for (const seal of believed) settle(run, seal)
  return again.flatMap((seal) => [seal.again, ...besides(run, seal)])
}

/** The list that what left this one may have come to: it was read before. */
function besides({ look, sealed, finished }: Try, { scope, beside }: Seal): Read[] {
  if (beside === undefined || !sealed.has(beside.scope) || !look.hasLeft(scope)) return []
  sealed.delete(beside.scope)
  finished.delete(beside.scope)
  return [beside.again]
}

/** Does not keep what a list told. */
export function disown(run: Try, scope: string, untrue: readonly Observation[]): void {
  run.untrue.push(...untrue)
  for (const o of untrue) if (o.of === 'principal') run.people.get(scope)?.delete(o.externalId)
}

/** The scope is read, unless it lost what it was not asked for. */
function settle(run: Try, seal: Seal): void {
  const { untold } = seal
  if (untold !== undefined && run.look.lostOf(seal.scope, untold.types))
    return notRead(run, [seal.scope], untold.error.failure, false)
  const elsewhere = whyUnseen(run, seal)
  if (elsewhere !== null) return notRead(run, [seal.scope], elsewhere, false)
  run.sealed.add(seal.scope)
  run.finished.add(seal.scope)
  const { untrue, less } = run.look.settle(seal.scope)
  disown(run, seal.scope, untrue)
  keep(run, less)
  const people = run.people.get(seal.scope) ?? new Map<string, PrincipalObservation>()
  if (Array.from(people.values()).some((p) => p.source === 'list')) {
    run.peopleSeals.push(seal)
    return
  }
  // An asset's own list tells of everybody's grants on it, so now it is known who of them holds one.
  for (const p of people.values()) if (run.filter?.holders.has(p.externalId) === true) run.rows.push(p)
  run.people.delete(seal.scope)
  run.seals.push(seal)
}

/**
 * Why what left a list may stand in the other one: that one could not be read, as it may be the next time. Null where it was, or is refused and
 * never told of anything.
 */
function whyUnseen({ failures, look }: Try, { scope, beside }: Seal): Failure | null {
  if (beside === undefined || !look.hasLeft(scope)) return null
  const found = failures.find(({ scopes }) => scopes.includes(beside.scope))?.failure ?? null
  const refused = found?.kind === 'denied' || found?.kind === 'gone'
  return refused && !look.misses(beside.scope) ? null : found
}

/** Of a partner's listed people those who touch our assets. */
export function touching(run: Try): PrincipalObservation[] {
  const { filter } = run
  if (filter === null) return []
  const touch = { shared: filter.inForce, stored: filter.stored, holders: filter.holders }
  return Array.from(run.people.values()).flatMap((people) =>
    Array.from(people.values()).filter((p) => principalTouches(p, touch)),
  )
}

/** Scopes that told of something and neither came to their end nor failed. */
export const openScopes = (run: Try): string[] =>
  Array.from(run.begun).filter((scope) => !run.finished.has(scope))
