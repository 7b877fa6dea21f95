// The part of a check for updates that reads pages: lists of our own business that the API refused in this run (or all, where they are to be
// compared), in one browser, staged like any other reader's.
import type { PagesPart } from '../connectors/connector.ts'
import { connectorOf } from '../connectors/registry.ts'
import type { Failure } from '../model/error.ts'
import { PagesError } from '../model/recipe.ts'
import { automationOf } from '../store/automations.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { scopesInUse } from '../store/inventory.ts'
import { putStep, stepLabel } from '../store/job-steps.ts'
import { scopesBy } from '../store/staged.ts'
import { PAGES, failScopes } from '../store/staging.ts'
import { onPages } from './pages-session.ts'
import { stops } from './pages-task.ts'
import { isCancelled } from './read-business.ts'
import type { Reader, Reading } from './end-of-part.ts'
import { nextMove } from './read-portion.ts'
import { pagesStep } from './steps.ts'
import type { Parts, Run } from './work.ts'

const refusals: readonly Failure['kind'][] = ['denied', 'gone']
const MORE = 'more'
/** People and partners that one browser looks at. */
const PORTION = 60
/** A browser begins nothing more after so long: what it has begun has the rest of its time. */
const PORTION_MS = 4 * 60_000

/** The parts of a connector's pages that a check reads; none where it is switched off. */
export async function pagesParts(tx: Tx, connectionId: string): Promise<readonly PagesPart[]> {
  const { connector } = await loadCheckedConnection(tx, connectionId)
  const { enabled, reading } = await automationOf(tx, connectionId)
  return enabled && reading !== 'off' ? (connectorOf(connector).pages?.parts ?? []) : []
}

/**
 * Reads these parts, one after the other, in portions: each is a step of its own with a browser of its own, so that neither its time nor its
 * memory grows with the business. What was read is staged as it comes: cut off and begun again, it goes on where it was. What failed stands
 * in the part's step of the job.
 */
export async function readPages(
  parts: Parts,
  run: Run,
  connectionId: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return
  for (let portion = 1; ; portion += 1) {
    const name = portion === 1 ? 'pages' : `pages ${portion}`
    const answer = await run.step(name, () => readPortion(parts, run, connectionId, names))
    if (answer !== MORE) return
  }
}

/** Opens one browser and reads as much as it may; gives MORE where something is left for the next one. */
async function readPortion(
  parts: Parts,
  run: Run,
  connectionId: string,
  names: readonly string[],
): Promise<typeof MORE | null> {
  const { workspaceId, jobId } = run.input
  if (await isCancelled(parts, run)) return null
  const inWork = <T>(fn: (tx: Tx) => Promise<T>) => work(parts.db, workspaceId, fn)
  const { left, business, inUse } = await inWork((tx) => wantedParts(tx, run, connectionId, names))
  let [current] = left
  if (current === undefined) return null
  const at = { workspaceId, jobId, connectionId, step: pagesStep(current.name) }
  const reading: Reading = { parts, run, connectionId, business, inUse }
  const open = new Set(left)
  let moves = 0
  const failed = async (part: PagesPart, error: PagesError) => {
    await inWork((tx) => failPart(tx, run, part, business, error))
    open.delete(part)
  }
  try {
    return await onPages(parts, at, run.signal, async (pages, ctx) => {
      const reader: Reader = { pages, ctx, signedIn: false, looked: 0, shown: new Set() }
      const until = performance.now() + PORTION_MS
      const isFull = () =>
        reader.looked >= (parts.pages.limits.portion ?? PORTION) || performance.now() > until
      for (const part of [...open]) {
        at.step = pagesStep(part.name)
        current = part
        await inWork((tx) => putStep(tx, run.input, { name: at.step, status: 'running' }))
        try {
          for (let isRead = false; !isRead; moves += 1) {
            if (await isCancelled(parts, run)) return null
            if (isFull()) return MORE
            isRead = await nextMove(reading, reader, part)
          }
          open.delete(part)
        } catch (error) {
          // Of a browser that ended by itself another one is opened; of one that grew too large, too.
          if (!(error instanceof PagesError) || error.problem === 'gone') throw error
          if (error.problem === 'limit' && moves > 0) throw error
          await failed(part, error)
          if (stops.includes(error.problem)) return null
        }
      }
      return null
    })
  } catch (error) {
    if (run.signal.aborted) return null
    if (!(error instanceof PagesError)) throw error
    if (error.problem === 'limit' && moves > 0) return MORE
    await failed(current, error)
  }
  return null
}

/** The parts that are to be read now; the steps of those that are not say so. */
async function wantedParts(tx: Tx, run: Run, connectionId: string, names: readonly string[]) {
  const { workspaceId, jobId } = run.input
  const { connector, externalId: business } = await loadCheckedConnection(tx, connectionId)
  const { enabled, reading } = await automationOf(tx, connectionId)
  const own = await scopesBy(tx, { workspaceId, jobId, reader: 'own' })
  const pages = await scopesBy(tx, { workspaceId, jobId, reader: PAGES })
  const left: PagesPart[] = []
  for (const name of names) {
    const part = connectorOf(connector).pages?.parts.find((one) => one.name === name)
    const scopes = part?.scopes(business) ?? []
    const reads = (scope: string) => scopes.includes(scope) || part?.covers?.(business, scope) === true
    const refused = [...own.failed].some(([scope, { kind }]) => refusals.includes(kind) && reads(scope))
    const wanted = enabled && (reading === 'always' || (reading === 'refused' && refused))
    if (part === undefined || !wanted)
      await putStep(tx, run.input, { name: pagesStep(name), status: 'skipped' })
    // Those that an earlier portion read, or could not read, are done.
    else if (!scopes.every((scope) => pages.sealed.has(scope) || pages.failed.has(scope))) left.push(part)
  }
  return { business, left, inUse: await scopesInUse(tx, connectionId) }
}

async function failPart(
  tx: Tx,
  run: Run,
  part: PagesPart,
  business: string,
  error: PagesError,
): Promise<void> {
  const { workspaceId, jobId } = run.input
  const name = pagesStep(part.name)
  const where = await stepLabel(tx, jobId, name)
  const problem = { where, sentence: error.message, fix: error.fix, code: null, trace: null }
  const failure: Failure = { ...problem, kind: 'changed', retryAt: null }
  const failures = part.scopes(business).map((scope) => ({ scope, failure }))
  await failScopes(tx, { workspaceId, jobId, reader: PAGES }, failures)
  const outcome = { problems: [problem], notes: [] }
  await putStep(tx, run.input, { name, status: 'failed', problem, outcome })
}
