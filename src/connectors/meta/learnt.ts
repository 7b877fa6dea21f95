// What was learnt about an app and its edges, so that a refusal is not provoked again and again: an app with many errors loses its tier.
// A form that was refused in one check may have met a moment's failure: it is tried once more in the next one, and believed after that. Everything
// is tried again after a week at last. What depends on the token's rights is kept per token. What keeps something from being told begins with
// `refused/`: a person's Retry forgets it.
import { createHash } from 'node:crypto'
import type { Context } from '../connector.ts'
import { tokenMark } from './pace.ts'
import type { Level } from './queries.ts'

export const DAY = 24 * 60 * 60_000
export const WEEK = 7 * DAY

/** Remembers for a week. */
export const keep = (ctx: Context, key: string, value: string): void =>
  ctx.memory.set(key, value, ctx.clock() + WEEK)

/** Of a word that was met in one run alone: `word@run`. */
const inOneRun = '@'

/** The words of a place that hold: what two runs have met, and what this one has. */
function held(ctx: Context, key: string): string[] {
  return (ctx.memory.get(key) ?? '').split(',').flatMap((entry) => {
    const [word = '', run] = entry.split(inOneRun)
    return word === '' || (run !== undefined && run !== ctx.run) ? [] : [word]
  })
}

/** Adds what was met now: it holds in this run, and for `ms` where another run has met it before, or where it is `sure`. */
function hold(ctx: Context, key: string, word: string, { ms = WEEK, sure = false } = {}): void {
  const before = ctx.memory.get(`met/${key}/${word}`)
  const twice = sure || ctx.run === undefined || (before !== undefined && before !== ctx.run)
  if (before === undefined && ctx.run !== undefined)
    ctx.memory.set(`met/${key}/${word}`, ctx.run, ctx.clock() + WEEK + DAY)
  const kept = (ctx.memory.get(key) ?? '').split(',')
  const others = kept.filter((entry) => entry !== '' && entry.split(inOneRun)[0] !== word)
  const entry = twice ? word : `${word}${inOneRun}${ctx.run}`
  ctx.memory.set(key, [...others, entry].join(','), ctx.clock() + ms)
}

/** Fields that Meta said do not exist, by place: an edge, or `assigned/<type>`, `agencies/<type>`, `groups`. */
export function droppedFields(ctx: Context, place: string): Set<string> {
  return new Set(held(ctx, `refused/field/${place}`))
}

export function dropField(ctx: Context, place: string, field: string): void {
  hold(ctx, `refused/field/${place}`, field)
}

/** The level that an edge is read at. */
export function edgeLevel(ctx: Context, edge: string): Level {
  const levels = held(ctx, `level/${edge}`)
  return levels.includes('2') ? 2 : levels.includes('1') ? 1 : 0
}

/** `sure`: it was tried in more than one form in this run. */
export function lowerEdge(ctx: Context, edge: string, level: Level, sure = false): void {
  if (level > edgeLevel(ctx, edge)) hold(ctx, `level/${edge}`, String(level), { sure })
}

/** The largest page that Meta gave of an edge. */
export function edgeLimit(ctx: Context, edge: string, usual: number): number {
  return Math.min(usual, remembered(ctx, `limit/${edge}`))
}

export function shrinkEdge(ctx: Context, edge: string, limit: number): void {
  keep(ctx, `limit/${edge}`, String(limit))
}

/** A page larger than usual was answered: from now on lists begin with such ones. */
export function takesLarge(ctx: Context): boolean {
  return ctx.memory.get('limit/large') !== undefined
}

export function noteLarge(ctx: Context): void {
  if (!takesLarge(ctx)) keep(ctx, 'limit/large', 'taken')
}

/** The largest page that may be asked of any list: Meta refused a larger one of a list without expansions. */
export function ceiling(ctx: Context): number {
  return remembered(ctx, 'limit/any')
}

export function lowerCeiling(ctx: Context, limit: number): void {
  if (limit < ceiling(ctx)) keep(ctx, 'limit/any', String(limit))
}

function remembered(ctx: Context, key: string): number {
  const limit = Number(ctx.memory.get(key) ?? Infinity)
  return limit >= 1 ? limit : Infinity
}

/** The share of the usual limits at which the one expanded read worked; 0 where it is not to be tried with these edges. */
export function rootScale(ctx: Context, edges: readonly string[]): number {
  const refused = held(ctx, rootKey(ctx)).map((word) => word.split('+'))
  if (refused.some((together) => together.every((edge) => edges.includes(edge)))) return 0
  const scale = Number(ctx.memory.get(`root/scale/${ctx.target.kind}`) ?? 1)
  return scale > 0 && scale <= 1 ? scale : 1
}

export function scaleRoot(ctx: Context, scale: number): void {
  keep(ctx, `root/scale/${ctx.target.kind}`, String(scale))
}

/** The expanded read failed with these edges; with fewer it may be tried. */
export function refuseRoot(ctx: Context, edges: readonly string[], sure: boolean): void {
  hold(ctx, rootKey(ctx), edges.toSorted().join('+'), { ms: DAY, sure })
}

/** Meta did not refuse next pages of several lists in one expanded read. */
export function mayGoOnTogether(ctx: Context): boolean {
  return held(ctx, 'root/next').length === 0
}

export function refuseGoingOn(ctx: Context): void {
  hold(ctx, 'root/next', 'refused')
}

const rootKey = (ctx: Context): string =>
  ctx.target.kind === 'own' ? `root/refused/${tokenMark(ctx.token)}` : 'root/refused/partner'

/** An edge that Meta does not expand in the business's node: it is asked by itself. */
export function isAlone(ctx: Context, edge: string): boolean {
  return held(ctx, `alone/${edge}`).length > 0
}

/** `sure`: it was answered together with others, and is cheaper by itself. */
export function askAlone(ctx: Context, edge: string, sure = false): void {
  hold(ctx, `alone/${edge}`, 'yes', { sure })
}

const ownerKey = (type: string, id: string): string => `owner/${type}/${id}`

/** Who owns a client's asset, where that takes a call of its own and was told less than a day ago: an owner hardly ever changes. */
export function knownOwner(
  ctx: Context,
  type: string,
  id: string,
): { id: string; name: string | null } | null {
  const [owner = '', name = ''] = (ctx.memory.get(ownerKey(type, id)) ?? '').split('\n')
  return owner === '' ? null : { id: owner, name: name === '' ? null : name }
}

export function rememberOwner(
  ctx: Context,
  type: string,
  id: string,
  owner: { id: string; name: string | null },
): void {
  ctx.memory.set(ownerKey(type, id), `${owner.id}\n${owner.name ?? ''}`, ctx.clock() + DAY)
}

/** Invitations that were there in the last check. */
export function waitingInvitations(ctx: Context): string[] {
  return (ctx.memory.get('carried/waiting') ?? '').split(',').filter((id) => id !== '')
}

/** Of very many the newest are kept: what is remembered stays small. */
export function setWaiting(ctx: Context, ids: readonly string[]): void {
  keep(ctx, 'carried/waiting', ids.slice(0, 200).join(','))
}

/** What the lists of an invitation told; null where they were not asked or not told. `due`: to be asked, for the first time or anew. */
export function carriedOf(ctx: Context, invitation: string): { words: string | null; due: boolean } {
  const kept = ctx.memory.get(`carried/${invitation}`)
  if (kept === undefined) return { words: null, due: true }
  const [until = '', ...words] = kept.split('|')
  return { words: words.length === 0 ? null : words.join('|'), due: Number(until) <= ctx.clock() }
}

/** `words`: null where it was not told. */
export function rememberCarried(ctx: Context, invitation: string, words: string | null): void {
  const until = String(ctx.clock() + DAY)
  keep(ctx, `carried/${invitation}`, words === null ? until : `${until}|${words}`)
}

/** Invitations that Meta did not show when their lists were asked. */
export function unseenInvitations(ctx: Context): Set<string> {
  return new Set((ctx.memory.get('carried/unseen') ?? '').split(','))
}

export function setUnseen(ctx: Context, ids: Iterable<string>): void {
  keep(ctx, 'carried/unseen', [...ids].slice(-50).join(','))
}

/** A token that may do other things than before counts as another one. */
const refusedKey = (ctx: Context, place: string): string => {
  const token = tokenMark(ctx.token)
  return rights(ctx) === token ? `refused/${place}/${token}` : `refused/${place}/${token}/${rights(ctx)}`
}

/** Until when a place is not asked, and Meta's code; null where it was not refused when it was last asked. */
function refusal(ctx: Context, place: string): { until: number; code: string } | null {
  const [until = '', code = ''] = (ctx.memory.get(refusedKey(ctx, place)) ?? '').split('|')
  return until === '' ? null : { until: Number(until), code }
}

/** Meta's code, where a place is not to be asked for now because this token was refused it; undefined where it may be. */
export function refusedCode(ctx: Context, place: string): string | undefined {
  const found = refusal(ctx, place)
  return found !== null && found.until > ctx.clock() ? found.code : undefined
}

/** True where this token was refused the place when it was last asked: it may not spoil an expanded read again. */
export function wasRefused(ctx: Context, place: string): boolean {
  return refusal(ctx, place) !== null
}

/** Place → how often it was refused in this run. */
const refusedNow = new WeakMap<Context, Map<string, number>>()

/**
 * Counts a refusal in this run. True where it is to be believed: one alone may be a moment's failure, so a place that was not refused
 * before is asked once more in a later round.
 */
export function refusedTwice(ctx: Context, place: string): boolean {
  const met = refusedNow.get(ctx) ?? new Map<string, number>()
  const times = (met.get(place) ?? 0) + 1
  refusedNow.set(ctx, met.set(place, times))
  return times > 1 || wasRefused(ctx, place)
}

/** Remembers a refusal, so that it is not provoked on every run: the place is asked again after a week, or at once with another token. */
export function refuse(ctx: Context, place: string, code: string | null): void {
  // Kept for longer than it is heeded: after the week one refusal is enough for the next one.
  ctx.memory.set(refusedKey(ctx, place), `${ctx.clock() + WEEK}|${code ?? '?'}`, ctx.clock() + 2 * WEEK)
}

const absentKey = (edge: string): string => `refused/absent/${edge}`

/**
 * An edge that Meta does not know at all, whatever the token. One check is believed where a partner is read: ours asks again in the next one, and
 * all partners of a brand, who are read at the same moment, would ask beside it.
 */
export function isAbsent(ctx: Context, edge: string): boolean {
  const met = ctx.memory.get(absentKey(edge)) ?? ''
  return ctx.target.kind === 'partner' ? met !== '' : held(ctx, absentKey(edge)).length > 0
}

export function noteAbsent(ctx: Context, edge: string): void {
  hold(ctx, absentKey(edge), 'yes')
}

/** It was answered: whoever said that there is no such edge was mistaken. */
export function notePresent(ctx: Context, edge: string): void {
  if ((ctx.memory.get(absentKey(edge)) ?? '') !== '') ctx.memory.set(absentKey(edge), '')
}

/** The edge was answered: earlier refusals count no more. */
export function allow(ctx: Context, place: string): void {
  if (wasRefused(ctx, place)) ctx.memory.set(refusedKey(ctx, place), '')
}

const answeredKey = (ctx: Context): string => `answered/${rights(ctx)}`
const answeredEdges = (ctx: Context): string[] => (ctx.memory.get(answeredKey(ctx)) ?? '').split(',')

/** True where a token with these permissions was answered by a list of ours: that it is refused is news. */
export const wasAnswered = (ctx: Context, edge: string): boolean => answeredEdges(ctx).includes(edge)

export function noteAnswered(ctx: Context, edge: string): void {
  if (ctx.target.kind !== 'own' || wasAnswered(ctx, edge)) return
  keep(ctx, answeredKey(ctx), [...answeredEdges(ctx).filter((name) => name !== ''), edge].join())
}

const rightsOf = new WeakMap<Context, string>()

/** Where a proof holds: for all tokens with these permissions, or for this one where they are not known. */
export function rights(ctx: Context): string {
  const known = rightsOf.get(ctx)
  if (known !== undefined) return known
  const scopes = ctx.scopes ?? []
  const found =
    scopes.length === 0
      ? tokenMark(ctx.token)
      : createHash('sha256').update(scopes.toSorted().join()).digest('base64url').slice(0, 8)
  rightsOf.set(ctx, found)
  return found
}

/** An edge that may be asked together with others: tokens with the same permissions were answered before. */
export function provenEdge(ctx: Context, edge: string): boolean {
  return ctx.memory.get(`proven/${edge}/${rights(ctx)}`) !== undefined
}

/** True where anybody's token was answered by an edge: it is worth asking together with others, and goes on by itself where it is refused. */
export function isKnownEdge(ctx: Context, edge: string): boolean {
  return ctx.memory.get(`known/${edge}`) !== undefined
}

export function prove(ctx: Context, edge: string): void {
  if (!provenEdge(ctx, edge)) keep(ctx, `proven/${edge}/${rights(ctx)}`, 'yes')
  if (!isKnownEdge(ctx, edge)) keep(ctx, `known/${edge}`, 'yes')
}
