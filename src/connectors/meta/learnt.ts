// What was learnt about an app and its edges, so that a refusal is not provoked again on every run: an app with many errors loses its tier.
// Everything is asked again after a week. What depends on the token's rights is kept per token.
import type { Context } from '../connector.ts'
import { tokenMark } from './pace.ts'

const WEEK = 7 * 24 * 60 * 60_000

const keep = (ctx: Context, key: string, value: string): void =>
  ctx.memory.set(key, value, ctx.clock() + WEEK)

/** Fields that Meta said do not exist, by place: an edge, or `assigned/<type>`, `agencies/<type>`, `groups`. */
export function droppedFields(ctx: Context, place: string): Set<string> {
  return new Set((ctx.memory.get(`drop/${place}`) ?? '').split(',').filter((name) => name !== ''))
}

export function dropField(ctx: Context, place: string, field: string): void {
  keep(ctx, `drop/${place}`, [...droppedFields(ctx, place), field].join(','))
}

/** The level that an edge is read at, and the largest page that Meta gave. */
export function edgeLevel(ctx: Context, edge: string): 0 | 1 | 2 {
  const level = Number(ctx.memory.get(`level/${edge}`) ?? 0)
  return level === 1 || level === 2 ? level : 0
}

export function lowerEdge(ctx: Context, edge: string, level: 1 | 2): void {
  keep(ctx, `level/${edge}`, String(level))
}

export function edgeLimit(ctx: Context, edge: string, usual: number): number {
  return Math.min(usual, remembered(ctx, `limit/${edge}`))
}

export function shrinkEdge(ctx: Context, edge: string, limit: number): void {
  keep(ctx, `limit/${edge}`, String(limit))
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
  const refused = (ctx.memory.get(rootKey(ctx)) ?? '').split(',').filter((edge) => edge !== '')
  if (refused.length > 0 && refused.every((edge) => edges.includes(edge))) return 0
  const scale = Number(ctx.memory.get(`root/scale/${ctx.target.kind}`) ?? 1)
  return scale > 0 && scale <= 1 ? scale : 1
}

export function scaleRoot(ctx: Context, scale: number): void {
  keep(ctx, `root/scale/${ctx.target.kind}`, String(scale))
}

/** The expanded read failed with these edges; with fewer it may be tried. */
export function refuseRoot(ctx: Context, edges: readonly string[]): void {
  keep(ctx, rootKey(ctx), edges.toSorted().join(','))
}

const rootKey = (ctx: Context): string =>
  ctx.target.kind === 'own' ? `root/refused/${tokenMark(ctx.token)}` : 'root/refused/partner'

/** An edge that this token may not read: told without asking, until a week is over or the token changes. */
export function refusedCode(ctx: Context, place: string): string | undefined {
  return ctx.memory.get(`refused/${place}/${tokenMark(ctx.token)}`)
}

export function refuse(ctx: Context, place: string, code: string | null): void {
  keep(ctx, `refused/${place}/${tokenMark(ctx.token)}`, code ?? '?')
}

/** An edge that may be asked together with others: it was answered before. */
export function provenEdge(ctx: Context, edge: string): boolean {
  return ctx.memory.get(`proven/${edge}/${tokenMark(ctx.token)}`) !== undefined
}

export function prove(ctx: Context, edge: string): void {
  if (!provenEdge(ctx, edge)) keep(ctx, `proven/${edge}/${tokenMark(ctx.token)}`, 'yes')
}
