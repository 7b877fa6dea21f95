// How many rows are asked of the lists inside an edge's rows, where the edge is asked in smaller parts than usual: a list that goes on costs a call,
// so fewer rows with more in each may be cheaper, and what Meta refuses of that is not tried again for a week.
import type { Context } from '../connector.ts'
import { keep } from './learnt.ts'

const insideKey = (edge: string): string => `inside/${edge}`

/** Rows that are asked of the lists inside an edge's rows, where it is asked in pages of so many: at least as many as that. */
export function rowsInside(ctx: Context, edge: string, limit: number): number {
  const [most = 0, rows = 0] = (ctx.memory.get(insideKey(edge)) ?? '').split('/').map(Number)
  return limit <= most ? Math.max(limit, rows) : limit
}

export const askInside = (ctx: Context, edge: string, limit: number, rows: number): void =>
  keep(ctx, insideKey(edge), `${limit}/${rows}`)

/** True where more was never tried: what was refused once is not tried again for a while. */
export const mayAskInside = (ctx: Context, edge: string): boolean =>
  ctx.memory.get(insideKey(edge)) !== 'less'

export const askLessInside = (ctx: Context, edge: string): void => keep(ctx, insideKey(edge), 'less')
