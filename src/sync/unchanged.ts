// Which parts of a run are, in everything that comparing looks at, what was compared and written before. Asking the same question of the same
// rows again would give the same answer: nothing.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { comparedParts, keepCompared, stagedDigests } from '../store/compared.ts'
import type { StagedDigests } from '../store/compared.ts'
import type { Tx } from '../store/db.ts'
import { PAGES } from '../store/staging.ts'
import type { PeoplePart } from '../store/staged-piece.ts'

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

/** What is compared with one digest: a part of staging, or all of its ground. */
export type PartName = 'ground' | PeoplePart

/**
 * A digest for what partners, assets and shares are made of, and for each business one for its people, who stand on these as they are stored, and
 * one for whom it has invited. Null where our own reader did not run: such a run looks at a part of the whole.
 */
function digestsOf(run: Compared, staged: StagedDigests): ((part: PartName) => string) | null {
  if (!run.readers.includes('own')) return null
  const ground = Array.from(staged.parts)
    .filter(([part]) => !/^(people|invited)\//.test(part))
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
    const business = part.slice(part.indexOf('/') + 1)
    const reader = business === run.business ? 'own' : business
    const scopes = run.readers.includes(reader) ? (staged.scopes.get(reader) ?? '') : 'not read'
    return digest(all, part, scopes, staged.parts.get(part) ?? '')
  }
}

export interface KnownParts {
  /**
   * What comparing told of a part that is what is stored, as it was compared and written before; null where it is another one. Of people it holds
   * where what they stand on is what is stored, too.
   */
  same(part: PartName): number | null
  /** Keeps that these parts are what is stored now, and what comparing told of each. */
  keep(parts: ReadonlyMap<PartName, number>): Promise<void>
}

/** What this run has staged beside what was compared before. */
export async function knownParts(
  tx: Tx,
  where: { workspaceId: string; connectionId: string; jobId: string },
  run: Compared,
): Promise<KnownParts> {
  const staged = await stagedDigests(tx, where.jobId)
  const digest = digestsOf(run, staged)
  // What pages told stands beside what the API told: such a run is always compared.
  if (digest === null || staged.scopes.has(PAGES)) return { same: () => null, keep: () => Promise.resolve() }
  const before = await comparedParts(tx, where.connectionId)
  // Most businesses have invited nobody: of that nothing is kept.
  const isNobody = (part: PartName) => part.startsWith('invited/') && !staged.parts.has(part)
  return {
    same: (part) => {
      const known = before.get(part)
      if (known === undefined && isNobody(part)) return 0
      return known?.digest === digest(part) ? known.told : null
    },
    keep: (parts) =>
      keepCompared(
        tx,
        where,
        Array.from(parts)
          .filter(([part]) => !isNobody(part))
          .map(([part, told]) => ({ part, digest: digest(part), told })),
      ),
  }
}
