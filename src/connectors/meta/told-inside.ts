// Whether Meta tells the lists that are asked for inside the rows of others: it leaves an empty one out as it leaves out what it does not expand.
import type { Context } from '../connector.ts'
import { keep, rights, WEEK } from './learnt.ts'
import { tokenMark } from './pace.ts'

/** Where it holds that lists inside the rows of an edge are told: for every token with these permissions, or of this one's own lists. */
const toldKeys = (ctx: Context, edge: string, inside: string): [seen: string, empty: string] => [
  `told/${edge}/${inside}/${rights(ctx)}`,
  `told/${edge}/${inside}/${tokenMark(ctx.token)}`,
]

/** True where a row of the edge that has no such list in it has none, and not because Meta left it out. */
export function isTold(ctx: Context, edge: string, inside: string): boolean {
  return toldKeys(ctx, edge, inside).some((key) => ctx.memory.get(key) !== undefined)
}

/**
 * They were there, or (`empty`, which proves little) some of them are empty also where they are asked by themselves: kept for `ms`, after which some
 * are asked again.
 */
export function noteTold(ctx: Context, edge: string, inside: string, as: 'seen' | 'empty', ms = WEEK): void {
  const [seen, empty] = toldKeys(ctx, edge, inside)
  const key = as === 'seen' ? seen : empty
  if (ctx.memory.get(key) === undefined) ctx.memory.set(key, 'yes', ctx.clock() + ms)
}

/**
 * True where such a list was not told to a partner's token the time before, either; takes note that it was not. The first time others who read beside
 * it may be told of it, which spares asking: told of none, every partner of a brand would ask at once.
 */
export function stillSilent(ctx: Context, edge: string, inside: string): boolean {
  const key = `silent/${edge}/${inside}/${tokenMark(ctx.token)}`
  if (ctx.memory.get(key) !== undefined) return true
  keep(ctx, key, 'yes')
  return false
}

/** Meta leaves out what a member of a group may do with a kind of asset where that is nothing. */
export const leavesEmptyOut = (ctx: Context): boolean => ctx.memory.get('groups/empty') !== undefined

export function noteEmptyLeftOut(ctx: Context): void {
  if (!leavesEmptyOut(ctx)) keep(ctx, 'groups/empty', 'left out')
}
