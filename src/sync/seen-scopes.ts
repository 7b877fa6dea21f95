// What became of scopes in a run, of as many as comparing a part needs: a large run reads some for each asset of each partner.
import type { Tx } from '../store/db.ts'
import { stagedScopes } from '../store/staged.ts'
import type { OfScopes, StagedScopes } from '../store/staged.ts'
import type { SeenScopes } from './observed.ts'

/** How the run went as a whole. */
export interface Outcome {
  /** A reader did not come to its end. */
  cutShort: boolean
  /** Our own reader ran. */
  own: boolean
}

export interface LearntScopes extends SeenScopes {
  /** Afterwards what became of the scopes of these rows is known, too. */
  learn: (rows: Iterable<{ scope: string }>) => Promise<void>
  /** The same, and what these readers read besides. */
  and: (of: OfScopes) => Promise<LearntScopes>
}

/** Of all scopes where none are named. */
export async function learnScopes(
  tx: Tx,
  jobId: string,
  outcome: Outcome,
  of?: OfScopes,
  earlier: readonly StagedScopes[] = [],
): Promise<LearntScopes> {
  const staged = [...earlier, await stagedScopes(tx, jobId, of)]
  const asked = new Set<string>()
  const told = (scope: string) => staged.some((s) => s.sealed.has(scope) || s.failed.has(scope))
  const sealed = { has: (scope: string) => staged.some((s) => s.sealed.has(scope)) }
  return {
    sealed,
    onPages: {
      has: (scope) => sealed.has(scope) && staged.every((s) => !s.sealed.has(scope) || s.onPages.has(scope)),
    },
    open: (scope) =>
      !sealed.has(scope) && (staged.some((s) => s.failed.has(scope)) || outcome.cutShort || !outcome.own),
    learn: async (rows) => {
      if (of === undefined) return
      const scopes = new Set<string>()
      for (const { scope } of rows) if (!asked.has(scope) && !told(scope)) scopes.add(scope)
      if (scopes.size === 0) return
      for (const scope of scopes) asked.add(scope)
      staged.push(await stagedScopes(tx, jobId, { scopes: [...scopes] }))
    },
    and: (more) => learnScopes(tx, jobId, outcome, more, staged),
  }
}
