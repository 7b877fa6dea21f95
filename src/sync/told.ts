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
  /** It was answered before. */
  answered?: boolean
}

/** When lists were asked again: those that are asked together have one number. */
export interface Asked {
  turn: number
  turns: Map<string, number[]>
}

/** What left a list may have come to another one while that was read: so often that one is asked afterwards. One answer's word is not enough. */
const LOOKS_BESIDE = 2

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
  /** Read to their end, and what left them may stand in another list: nothing ends by them before it is known what became of that one. */
  held: Map<string, Seal>
  asked: Asked
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
    const { error, optional = false, answered = false } = result
    if (scopes.length > 0) notRead(run, scopes, { failure: error.failure, optional, answered })
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
function notRead(run: Try, scopes: string[], why: Omit<NotRead, 'scopes'>): void {
  const { failure, optional } = why
  for (const [missed, some] of Map.groupBy(scopes, (scope) => !optional || run.look.misses(scope)))
    run.failures.push({ ...why, scopes: some, optional: !missed })
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
    return askAgain(run, [seal])
  }
  if (!run.look.waits(seal)) settle(run, seal)
  return []
}

/** When everything else was read: asks again the lists that lost something, or believes them. */
export function lookAgain(run: Try): Read[] {
  const { again, believed } = run.look.next()
  for (const seal of believed) settle(run, seal)
  const reads =
    again.length > 0
      ? askAgain(run, again)
      : Array.from(run.held.values(), (seal) => besides(run, seal)).flat()
  if (reads.length === 0) letGo(run)
  return reads
}

/** Nothing is left to ask: what is held is read, unless the list beside it is not, which may be held as well. */
function letGo(run: Try): void {
  const { held } = run
  const unread = () => Array.from(held.values()).find((seal) => whyOpen(run, seal) !== null)
  for (let seal = unread(); seal !== undefined; seal = unread()) {
    held.delete(seal.scope)
    conclude(run, seal)
  }
  for (const seal of held.values()) conclude(run, seal)
  held.clear()
}

function askAgain(run: Try, seals: readonly Seal[]): Read[] {
  run.asked.turn += 1
  for (const { scope } of seals) noteAsked(run, scope)
  return seals.flatMap((seal) => [seal.again, ...besides(run, seal)])
}

function noteAsked({ asked: { turn, turns } }: Try, scope: string): void {
  turns.set(scope, [...(turns.get(scope) ?? []), turn])
}

/** The list that what left this one may have come to, where it was not asked often enough since that is known. */
function besides(run: Try, { scope, beside }: Seal): Read[] {
  const { asked, sealed, held, finished } = run
  if (beside === undefined || !run.look.hasLeft(scope)) return []
  const [first = 0] = asked.turns.get(scope) ?? []
  const since = asked.turns.get(beside.scope)?.filter((turn) => turn >= first) ?? []
  if (since.length >= LOOKS_BESIDE || !(sealed.has(beside.scope) || held.has(beside.scope))) return []
  sealed.delete(beside.scope)
  held.delete(beside.scope)
  finished.delete(beside.scope)
  noteAsked(run, beside.scope)
  return [beside.again]
}

/** Does not keep what a list told. */
export function disown(run: Try, scope: string, untrue: readonly Observation[]): void {
  run.untrue.push(...untrue)
  for (const o of untrue) if (o.of === 'principal') run.people.get(scope)?.delete(o.externalId)
}

/** A list is at rest. Where something left it, it is held until the list that this may have come to is at rest as well, or could not be read. */
function settle(run: Try, seal: Seal): void {
  if (seal.beside !== undefined && run.look.hasLeft(seal.scope)) run.held.set(seal.scope, seal)
  else conclude(run, seal)
}

/** The scope is read, unless it lost what it was not asked for, or what may stand where nobody could look. */
function conclude(run: Try, seal: Seal): void {
  const why = whyOpen(run, seal)
  if (why !== null) return notRead(run, [seal.scope], { failure: why, optional: false })
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
 * Why the end of a list proves no absence: it was read without the field that tells what it lost, or what left it may stand in the other one, which
 * could not be read, as it may be the next time. Null where that was read, or is refused and was never answered.
 */
function whyOpen({ failures, look }: Try, { scope, beside, untold }: Seal): Failure | null {
  if (untold !== undefined && look.lostOf(scope, untold.types)) return untold.error.failure
  if (beside === undefined || !look.hasLeft(scope)) return null
  const found = failures.find(({ scopes }) => scopes.includes(beside.scope))
  if (found === undefined) return null
  const { kind } = found.failure
  const refused = (kind === 'denied' || kind === 'gone') && found.answered !== true
  return refused && !look.misses(beside.scope) ? null : found.failure
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
