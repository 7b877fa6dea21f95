// One move of reading a part of the pages: its lists, some of the people or partners that they named, or its end. Each is staged at once, so a
// read that is cut off anywhere goes on with the next one, in another browser or another process.
import type { Pages, PagesContext, PagesPart } from '../connectors/connector.ts'
import type { Hand } from '../model/recipe.ts'
import type { Observation } from '../model/snapshot.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { holdersIn } from '../store/inventory.ts'
import { outcomeOfStep, putStep, stepLabel } from '../store/jobs.ts'
import { addAgain, addItems, crossOff, itemsOf } from '../store/staged-items.ts'
import type { Items } from '../store/staged-items.ts'
import { PAGES, scopesBy, sealScopes, stageRows, stagedBy } from '../store/staging.ts'
import { outcomeOfRead } from './problems.ts'
import { pagesStep, readStepName } from './steps.ts'
import type { Parts, Run } from './work.ts'

/** What is looked at between two words about the progress. */
const AT_ONCE = 10

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

/** Does the next move of a part; true where the part is read to its end. Throws PagesError. */
export async function nextMove(reading: Reading, reader: Reader, part: PagesPart): Promise<boolean> {
  const { parts, run } = reading
  const most = Math.min(AT_ONCE, parts.pages.limits.portion ?? AT_ONCE)
  const items = await inWork(reading, (tx) => itemsOf(tx, { ...run.input, part: part.name }, most))
  if (items.round === 0) return readLists(reading, reader, part)
  if (items.next.length > 0) await lookAt(reading, reader, part, items)
  else return endOf(reading, reader, part, items)
  return false
}

const inWork = <T>({ parts, run }: Reading, fn: (tx: Tx) => Promise<T>) =>
  work(parts.db, run.input.workspaceId, fn)

/** Begins a part; one whose lists tell everything is read with them. */
async function readLists(reading: Reading, reader: Reader, part: PagesPart): Promise<boolean> {
  const { run, business, inUse } = reading
  const lists = () => listsOf(reader, part)
  let told = await lists()
  // A list that turned from full to empty is read a second time before it is believed.
  if (told.items.length === 0 && doubtful(part.seals(business, told.observations, inUse), inUse).length > 0)
    told = await lists()
  const { observations, items } = told
  const of = { ...run.input, part: part.name }
  await inWork(reading, async (tx) => {
    await stageRows(tx, { ...run.input, reader: PAGES }, observations)
    await addItems(tx, of, items)
    if (items.length > 0) await tellProgress(tx, run, part, await itemsOf(tx, of, 0))
    else await endPart(tx, run, part, part.seals(business, observations, inUse))
  })
  return items.length === 0
}

async function listsOf(reader: Reader, part: PagesPart) {
  const told = await part.lists(reader.ctx)
  reader.signedIn = true
  return told
}

async function lookAt(reading: Reading, reader: Reader, part: PagesPart, { next }: Items): Promise<void> {
  const { run } = reading
  if (!reader.signedIn) await reader.pages.enter(reader.ctx)
  reader.signedIn = true
  // One picture of each kind of page in a browser, not one of every ten people.
  const ctx = reader.shown.has(part) ? { ...reader.ctx, hand: withoutPictures(reader.ctx.hand) } : reader.ctx
  reader.shown.add(part)
  const observations = (await part.items?.read(ctx, next)) ?? []
  reader.looked += next.length
  const of = { ...run.input, part: part.name }
  await inWork(reading, async (tx) => {
    await stageRows(tx, { ...run.input, reader: PAGES }, observations)
    await crossOff(tx, of, next)
    await tellProgress(tx, run, part, await itemsOf(tx, of, 0))
  })
}

const withoutPictures = (hand: Hand): Hand => ({ ...hand, step: (label, fn) => hand.look(label, fn) })

/**
 * Everything was looked at. Before something is believed that turned from full to empty the lists are read a second time, and those who made
 * it full are looked at once more.
 */
async function endOf(reading: Reading, reader: Reader, part: PagesPart, items: Items): Promise<boolean> {
  const { run, business, inUse, connectionId } = reading
  const seals = part.seals(business, await seenOn(reading), inUse)
  const empty = doubtful(seals, inUse)
  if (empty.length === 0 || items.round > 1) {
    await inWork(reading, (tx) => endPart(tx, run, part, seals))
    return true
  }
  const told = await listsOf(reader, part)
  const of = { ...run.input, part: part.name }
  await inWork(reading, async (tx) => {
    await stageRows(tx, { ...run.input, reader: PAGES }, told.observations)
    await addAgain(tx, of, told.items, await holdersIn(tx, connectionId, empty))
    await tellProgress(tx, run, part, await itemsOf(tx, of, 0))
  })
  return false
}

const seenOn = (reading: Reading): Promise<Observation[]> =>
  inWork(reading, (tx) => stagedBy(tx, { ...reading.run.input, reader: PAGES }))

function doubtful(seals: readonly { scope: string; rows: number }[], inUse: ReadonlySet<string>): string[] {
  return seals.filter(({ scope, rows }) => rows === 0 && inUse.has(scope)).map(({ scope }) => scope)
}

async function tellProgress(tx: Tx, run: Run, part: PagesPart, { total, left }: Items): Promise<void> {
  const unit = part.items?.unit ?? null
  await putStep(tx, run.input, { name: pagesStep(part.name), total, done: total - left, unit })
}

/** Seals a part. What the API could not read and the pages did is no problem of this run any more. */
async function endPart(
  tx: Tx,
  run: Run,
  part: PagesPart,
  seals: readonly { scope: string; rows: number }[],
): Promise<void> {
  const { workspaceId, jobId } = run.input
  await putStep(tx, run.input, { name: pagesStep(part.name), status: 'done' })
  const at = { workspaceId, jobId, reader: PAGES }
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
