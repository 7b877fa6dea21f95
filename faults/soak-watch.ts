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

export function watchOver(root: pg.Pool, { sim, connectionId }: Business): Watch {
  const partners = new Set(sim.partners.map(({ id }) => id))
  const expected = () => trueLines(sim.control.world, partners)
  const ever = expected()
  /** Was seen stored, and has been true ever since. */
  let kept = new Set<string>()
  let stirred = 0
  return {
    expected,
    stir: (chance) => {
      stirred += 1
      stir(sim, chance)
      const now = expected()
      for (const line of now) ever.add(line)
      kept = new Set([...kept].filter((line) => now.has(line)))
    },
    look: async () => {
      const since = stirred
      const stored = await storedLines(root, connectionId)
      // What went on meanwhile may be told of either way.
      if (since !== stirred) return []
      const wrong = [
        ...[...kept]
          .filter((line) => !stored.live.has(line) && !lostAll(line, kept))
          .map((line) => `wrongly ended: ${line}`),
        ...[...stored.live].filter((line) => !ever.has(line)).map((line) => `was never true: ${line}`),
      ]
      const now = expected()
      kept = new Set([...stored.live].filter((line) => now.has(line)))
      return wrong
    },
  }
}
