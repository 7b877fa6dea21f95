// What may never happen at any moment of the soak: something that is known and has been true ever since ends, or something is stored that was
// never true. Looked at again and again while everything goes on, since a run may mend what an earlier one broke.
import type pg from 'pg'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { lostAll, storedLines, trueLines } from './oracle.ts'
import { stir } from './stir.ts'

/** A business that is connected. */
export interface Business {
  sim: Simulator
  workspaceId: string
  connectionId: string
  /** Calls of its last undisturbed check. */
  calls: number
}

export interface Watch {
  /** Something goes on in the business's world. */
  stir(chance: Random): void
  /** Looks at what is stored; gives what is wrong now. */
  look(): Promise<string[]>
  expected(): Set<string>
}

/** How far the clocks of the soak may be apart. */
const APART_MS = 60_000

/** `now`: of the fast clock. */
export function watchOver(root: pg.Pool, now: () => number, { sim, connectionId }: Business): Watch {
  const partners = new Set(sim.partners.map(({ id }) => id))
  const expected = () => trueLines(sim.control.world, partners)
  const ever = expected()
  /** Was seen stored, and has been true since before any check began that was not over then. */
  let kept = new Set<string>()
  /** When what was not true at first became so. */
  const since = new Map<string, number>()
  let stirred = 0
  return {
    expected,
    stir: (chance) => {
      stirred += 1
      const before = expected()
      stir(sim, chance)
      const after = expected()
      for (const line of after) {
        ever.add(line)
        if (!before.has(line)) since.set(line, now())
      }
      kept = new Set([...kept].filter((line) => after.has(line)))
    },
    look: async () => {
      const count = stirred
      // A check that read a right in the moment in which it was taken and not yet given back may still end it.
      const { rows } = await root.query<{ began: Date | null }>(
        'select min(created_at) as began from jobs where connection_id = $1 and finished_at is null',
        [connectionId],
      )
      const settled = (rows[0]?.began?.getTime() ?? Infinity) - APART_MS
      const stored = await storedLines(root, connectionId)
      // What went on meanwhile may be told of either way.
      if (count !== stirred) return []
      const wrong = [
        ...[...kept]
          .filter((line) => !stored.live.has(line) && !lostAll(line, kept))
          .map((line) => `wrongly ended: ${line}`),
        ...[...stored.live].filter((line) => !ever.has(line)).map((line) => `was never true: ${line}`),
      ]
      const trueNow = expected()
      kept = new Set(
        [...stored.live].filter(
          (line) => trueNow.has(line) && (kept.has(line) || (since.get(line) ?? -Infinity) < settled),
        ),
      )
      return wrong
    },
  }
}
