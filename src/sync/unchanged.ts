// Which parts of a run are, in everything that comparing looks at, what was compared and written before. Asking the same question of the same
// rows again would give the same answer: nothing.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StagedDigests } from '../store/compared.ts'
import type { StagedPart } from '../store/staged-piece.ts'

/** The code that compares, with the words that it is written in: another release may find a difference where this one finds none. */
const rules = [
  ...[
    'merge',
    'merge-people',
    'observed',
    'scope',
    'safeguard',
    'diff',
    'cross-check',
    'paths',
    'seen-scopes',
    'compare-ground',
    'compare-people',
  ],
  ...['../model/entitlement', '../model/inventory', '../model/snapshot'],
]
  .map((name) => readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8'))
  .join()

export interface Compared {
  /** Our own business. */
  business: string
  /** Kinds of resources with their rights and ranks, as the connector declares them. */
  resourceTypes: unknown
  /** Whose readers ran: 'own', or a partner's external id. */
  readers: readonly string[]
  /** A reader did not come to its end. */
  cutShort: boolean
  /** Our own reader read everything. */
  complete: boolean
}

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')

/**
 * A digest for what partners, assets and shares are made of, and one for the people of each business, who stand on these as they are stored. Null
 * where our own reader did not run: such a run looks at a part of the whole.
 */
export function digestsOf(
  run: Compared,
  staged: StagedDigests,
): ((part: 'ground' | `people/${string}`) => string) | null {
  if (!run.readers.includes('own')) return null
  const ground = Array.from(staged.parts)
    .filter(([part]) => !part.startsWith('people/'))
    .map((entry) => entry.join(' '))
    .sort()
  const all = digest(
    rules,
    JSON.stringify(run.resourceTypes),
    run.business,
    String(run.cutShort),
    String(run.complete),
    staged.scopes.get('own') ?? '',
  )
  return (part) => {
    if (part === 'ground') return digest(all, ...ground)
    const business = part.slice('people/'.length)
    const reader = business === run.business ? 'own' : business
    const scopes = run.readers.includes(reader) ? (staged.scopes.get(reader) ?? '') : 'not read'
    return digest(all, part, scopes, staged.parts.get(part satisfies StagedPart) ?? '')
  }
}
