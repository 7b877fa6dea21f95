// The end of reading a part of the pages: which of its lists are believed. What they left out is looked for on pages of its own. A list that does
// not tell how many rows it has may have shown some of them alone, and twice the same: what it left out stays until the next check finds the same.
import { createHash } from 'node:crypto'
import type { Pages, PagesContext, PagesPart } from '../connectors/connector.ts'
import type { Failure } from '../model/error.ts'
import { PagesError } from '../model/recipe.ts'
import type { Observation } from '../model/snapshot.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { outcomeOfStep, putStep, stepLabel } from '../store/job-steps.ts'
import { shortBefore, standOnPages } from '../store/shown-on-pages.ts'
import { namedIn } from '../store/staged-items.ts'
import { scopesBy, stagedBy } from '../store/staged.ts'
import { PAGES, failScopes, sealScopes } from '../store/staging.ts'
import { nameOf } from '../store/standing.ts'
import { outcomeOfRead } from './problems.ts'
import { pagesStep, readStepName } from './steps.ts'
import type { Parts, Run } from './work.ts'

/** So many of those whom a list left out are looked for: one who is found is enough. */
const MOST_LOOKED_FOR = 20

export interface Reading {
  parts: Parts
  run: Run
  connectionId: string
  /** Our business, as the provider calls it. */
  business: string
  /** Scopes of our own business that have live rows. */
  inUse: ReadonlySet<string>
}

/** A browser that reads: what it has done so far. */
export interface Reader {
  pages: Pages
  ctx: PagesContext
  signedIn: boolean
  /** People and partners that it has looked at. */
  looked: number
  /** Parts whose items have their picture. */
  shown: Set<PagesPart>
}

export const inWork = <T>({ parts, run }: Reading, fn: (tx: Tx) => Promise<T>) =>
  work(parts.db, run.input.workspaceId, fn)

/** What pages told in this run. */
export const seenOn = (reading: Reading): Promise<Observation[]> =>
  inWork(reading, (tx) => stagedBy(tx, { ...reading.run.input, reader: PAGES }))

type Seals = ReturnType<PagesPart['seals']>

/** What lists of a part left out of what is stored. */
interface Missing {
  /** Each list, with a digest of what it left out. */
  short: Record<string, string>
  /** Lists that are not believed, since the check before did not find the same: with how much they left out. */
  open: Map<string, number>
  /** Who is missing from all lists of the part, or what it hangs on. */
  gone: Set<string>
}

/** Ends a part. Throws PagesError where somebody was left out of a list who is there. */
export async function endPart(
  reading: Reading,
  reader: Reader,
  part: PagesPart,
  seals: Seals,
): Promise<void> {
  const seen = await seenOn(reading)
  const missing = await inWork(reading, (tx) => missingIn(tx, reading, part, seals, seen))
  const gone = [...missing.gone].slice(0, MOST_LOOKED_FOR)
  const found = gone.length === 0 ? [] : ((await part.found?.(reader.ctx, gone)) ?? [])
  if (found.length > 0)
    await reader.ctx.hand.look('Look for what is missing from the list', () => {
      throw new PagesError(
        'missing',
        `Look for what is missing from the list: ${found.length} of those that it leaves out ${found.length === 1 ? 'has a page of its own' : 'have pages of their own'}, so the list was not whole.`,
        'The pages may have changed. Look for a newer release.',
      )
    })
  await inWork(reading, (tx) => settle(tx, reading, part, seals, missing))
}

/** What the API's lists told in this run is the API's to tell. */
async function missingIn(
  tx: Tx,
  { run, connectionId }: Reading,
  part: PagesPart,
  seals: Seals,
  seen: readonly Observation[],
): Promise<Missing> {
  const { workspaceId, jobId } = run.input
  const step = pagesStep(part.name)
  const missing: Missing = { short: {}, open: new Map(), gone: new Set() }
  const isCounted = (await outcomeOfStep(tx, jobId, step))?.uncounted !== true
  const { sealed } = await scopesBy(tx, { workspaceId, jobId, reader: 'own' })
  const scopes = seals.map(({ scope }) => scope).filter((scope) => !sealed.has(scope))
  const told = new Set(seen.map(nameOf))
  const named = await namedIn(tx, { workspaceId, jobId, part: part.name })
  const before = await shortBefore(tx, { connectionId, jobId, step })
  for (const [scope, names] of await standOnPages(tx, connectionId, scopes)) {
    const untold = names.filter((name) => !told.has(name))
    if (untold.length === 0) continue
    // A person, a holder of a right, a partner: it stands second in the name of each row.
    for (const [, id = ''] of untold.map((name) => name.split('|'))) if (!named.has(id)) missing.gone.add(id)
    if (isCounted) continue
    const digest = createHash('sha256').update(untold.join('\n')).digest('base64url').slice(0, 22)
    missing.short[scope] = digest
    if (before[scope] !== digest) missing.open.set(scope, untold.length)
  }
  return missing
}

/** Seals what is believed. What the API could not read and the pages did is no problem of this run any more. */
async function settle(
  tx: Tx,
  { run }: Reading,
  part: PagesPart,
  seals: Seals,
  missing: Missing,
): Promise<void> {
  const { workspaceId, jobId } = run.input
  const at = { workspaceId, jobId, reader: PAGES }
  const notes = missing.open.size === 0 ? [] : [await noteOf(tx, run, part, missing)]
  const outcome = { problems: [], notes, short: missing.short }
  await putStep(tx, run.input, { name: pagesStep(part.name), status: 'done', outcome })
  await sealScopes(
    tx,
    at,
    seals.filter(({ scope }) => !missing.open.has(scope)).map((seal) => ({ ...seal, skipped: 0 })),
  )
  const failure: Failure = {
    kind: 'changed',
    sentence: notes[0] ?? '',
    fix: '',
    code: null,
    trace: null,
    retryAt: null,
  }
  await failScopes(
    tx,
    at,
    Array.from(missing.open.keys(), (scope) => ({ scope, failure })),
  )
  const name = readStepName(null)
  const own = await outcomeOfStep(tx, jobId, name)
  if (own?.failures === undefined) return
  const { sealed } = await scopesBy(tx, at)
  const isRead = (scope: string) => sealed.has(scope) || missing.open.has(scope)
  const left = own.failures
    .map((one) => ({ ...one, scopes: one.scopes.filter((scope) => !isRead(scope)) }))
    .filter(({ scopes }) => scopes.length > 0)
  const mended = outcomeOfRead(await stepLabel(tx, jobId, name), left)
  const problem = mended.problems[0] ?? null
  await putStep(tx, run.input, {
    name,
    status: problem === null ? 'done' : 'failed',
    problem,
    outcome: { ...mended, failures: left },
  })
}

async function noteOf(tx: Tx, run: Run, part: PagesPart, { open }: Missing): Promise<string> {
  const rows = Array.from(open.values()).reduce((sum, count) => sum + count, 0)
  const label = await stepLabel(tx, run.input.jobId, pagesStep(part.name))
  const some = rows === 1 ? 'One row that is stored was' : `${rows} rows that are stored were`
  return `${label}. ${some} not shown, and the page does not say how many there are. What was not shown stays, not confirmed, and ends if the next check does not find it either.`
}
