// Answers that look good and tell less than the truth, or something else: HTTP 200, the right form, once in a check, in worlds of the second Graph
// server. Nothing that is still true may end, narrow or go blank, and nothing that was made up may stay.
import { lies, narrower, shuffles } from '../e2e/other-graph/lies.ts'
import { playLie, TRIES } from '../e2e/other-graph/lying.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { runOnDatabase } from './on-database.ts'
import type { Case, Family } from './cases.ts'

const all = Object.entries({ ...lies, ...narrower, ...shuffles })

/** Of a world, so that what goes before has been played once for them. */
const PLACES = 4

function liesFamily(t: TestDb, seed: number, count: number): Family {
  return {
    name: 'lies',
    seed,
    about: [`${all.length} lies in random worlds, at up to ${PLACES} places of each (sampling)`],
    cases: Array.from({ length: count }, (_, n): Case => {
      const [name, lie] = all[n % all.length] as (typeof all)[number]
      return { name, run: () => playLie(t, seed + TRIES * n, lie, PLACES) }
    }),
    planted: Object.entries(narrower)
      .filter(([name]) => ['nobody has rights', 'every role falls'].includes(name))
      .map(([name, lie]) => ({
        name: `${name}, in every answer`,
        run: () => playLie(t, seed, lie, 'every'),
      })),
  }
}

if (import.meta.main)
  await runOnDatabase({ cases: 2 * all.length }, (t, seed, count) =>
    Promise.resolve({ family: liesFamily(t, seed, count), close: () => Promise.resolve() }),
  )
