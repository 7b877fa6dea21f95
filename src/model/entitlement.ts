// A right on a resource. Providers name rights in their own words; the rank makes them comparable.
import { z } from 'zod'

/** From strongest to weakest. `none`: a share or role is there but carries no right that we know of. */
export const ranks = ['full', 'edit', 'view', 'none'] as const
export const Rank = z.enum(ranks)
export type Rank = z.infer<typeof Rank>

/** The strongest of several ranks; `none` of an empty list. */
export function strongest(list: Iterable<Rank>): Rank {
  let best = ranks.length - 1
  for (const rank of list) best = Math.min(best, ranks.indexOf(rank))
  return ranks[best] ?? 'none'
}
