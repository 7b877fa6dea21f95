// The part of a check for updates that reads pages: lists of our own business that the API refused in this run (or all, where they are to be
// compared), in one browser, staged like any other reader's.
import type { PagesContext, PagesPart, PagesReading } from '../connectors/connector.ts'
import { connectorOf } from '../connectors/registry.ts'
import type { Failure } from '../model/error.ts'
import { PagesError } from '../model/recipe.ts'
import { automationOf } from '../store/automations.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { scopesInUse } from '../store/inventory.ts'
import { outcomeOfStep, putStep, stepLabel } from '../store/jobs.ts'
import { PAGES, failScopes, scopesBy, sealScopes, stageRows } from '../store/staging.ts'
import { onPages } from './pages-session.ts'
import { stops } from './pages-task.ts'
import { outcomeOfRead } from './problems.ts'
import { isCancelled } from './read-business.ts'
import { pagesStep, readStepName } from './steps.ts'
import type { Parts, Run } from './work.ts'

const refusals: readonly Failure['kind'][] = ['denied', 'gone']

/** The parts of a connector's pages that a check reads; none where it is switched off. */
export async function pagesParts(tx: Tx, connectionId: string): Promise<readonly PagesPart[]> {
  const { connector } = await loadCheckedConnection(tx, connectionId)
  const { enabled, reading } = await automationOf(tx, connectionId)
  return enabled && reading !== 'off' ? (connectorOf(connector).pages?.parts ?? []) : []
}

/**
 * Reads these parts in one browser, one after the other. Each is staged as soon as it was read: cut off and begun again, it goes on with the
 * next one. What failed stands in the part's step of the job.
 */
export async function readPages(
  parts: Parts,
  run: Run,
  connectionId: string,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await run.step('pages', () => readParts(parts, run, connectionId, names))
}

async function readParts(
  parts: Parts,
  run: Run,
  connectionId: string,
  names: readonly string[],
): Promise<null> {
  const { workspaceId, jobId } = run.input
  if (await isCancelled(parts, run)) return null
  const inWork = <T>(fn: (tx: Tx) => Promise<T>) => work(parts.db, workspaceId, fn)
  const wanted = await inWork((tx) => wantedParts(tx, run, connectionId, names))
  const [first] = wanted.left
  if (first === undefined) return null
  const at = { workspaceId, jobId, connectionId, step: pagesStep(first.name) }
  let current = first
  const open = new Set(wanted.left)
  const failed = async (part: PagesPart, error: PagesError) => {
    await inWork((tx) => failPart(tx, run, part, wanted.business, error))
    open.delete(part)
  }
  try {
    await onPages(parts, at, run.signal, async (_, ctx) => {
      for (const part of [...open]) {
        if (await isCancelled(parts, run)) return
        at.step = pagesStep(part.name)
        current = part
        await inWork((tx) => putStep(tx, run.input, { name: at.step, status: 'running' }))
        try {
          const reading = await believed(part, ctx, wanted.inUse)
          await inWork((tx) => stagePart(tx, run, part, reading))
          open.delete(part)
        } catch (error) {
          // Of a browser that ended by itself another one is opened.
          if (!(error instanceof PagesError) || error.problem === 'gone') throw error
          await failed(part, error)
          if (stops.includes(error.problem)) return
        }
      }
    })
  } catch (error) {
    if (run.signal.aborted) return null
    if (!(error instanceof PagesError)) throw error
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
    // Those that were staged before this step was cut off are done.
    else if (!scopes.every((scope) => pages.sealed.has(scope))) left.push(part)
  }
  return { business, left, inUse: await scopesInUse(tx, connectionId, null) }
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

/** A list that turned from full to empty is read a second time before it is believed. */
async function believed(
  part: PagesPart,
  ctx: PagesContext,
  inUse: ReadonlySet<string>,
): Promise<PagesReading> {
  const first = await part.read(ctx, inUse)
  const doubtful = first.seals.some(({ scope, rows }) => rows === 0 && inUse.has(scope))
  return doubtful ? part.read(ctx, inUse) : first
}

/** Stages all of a part at once. What the API could not read and the pages did is no problem of this run any more. */
async function stagePart(
  tx: Tx,
  run: Run,
  part: PagesPart,
  { observations, seals }: PagesReading,
): Promise<void> {
  const { workspaceId, jobId } = run.input
  await putStep(tx, run.input, { name: pagesStep(part.name), status: 'done' })
  const at = { workspaceId, jobId, reader: PAGES }
  await stageRows(tx, at, observations)
  await sealScopes(
    tx,
    at,
    seals.map((seal) => ({ ...seal, skipped: 0 })),
  )
  const name = readStepName(null)
  const outcome = await outcomeOfStep(tx, jobId, name)
  if (outcome?.failures === undefined) return
  const { sealed } = await scopesBy(tx, at)
  const left = outcome.failures
    .map((one) => ({ ...one, scopes: one.scopes.filter((scope) => !sealed.has(scope)) }))
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
