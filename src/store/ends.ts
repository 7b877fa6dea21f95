// When something with a lifetime has not ended, in SQL: an end further off than any lifetime was written while a clock was ahead, or is read
// by one that went back. It would let a link or a session live for as long as the clock was wrong.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** Clocks of the program and of its database may differ by so much. */
export const CLOCKS_DIFFER_MS = 3_600_000

/** True where the end of `column` (of a query of ours) is to come, within the lifetime. */
export function notEnded(column: string, lifetimeMs: number): RawBuilder<boolean> {
  const most = (lifetimeMs + CLOCKS_DIFFER_MS) / 1_000
  return sql<boolean>`(${sql.raw(column)} > now() and ${sql.raw(column)} <= now() + make_interval(secs => ${sql.lit(most)}))`
}
