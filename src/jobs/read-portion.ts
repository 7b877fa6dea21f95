// One move of reading a part of the pages: its lists, some of the people or partners that they named, or its end. Each is staged at once, so a
// read that is cut off anywhere goes on with the next one, in another browser or another process.
import type { PagesPart, PagesSeen } from '../connectors/connector.ts'
import type { Hand } from '../model/recipe.ts'
import type { Tx } from '../store/db.ts'
import { holdersIn } from '../store/inventory.ts'
import { putStep } from '../store/job-steps.ts'
import { addAgain, addItems, crossOff, itemsOf } from '../store/staged-items.ts'
import type { Items } from '../store/staged-items.ts'
import { PAGES, stageRows } from '../store/staging.ts'
import { endPart, inWork, seenOn } from './end-of-part.ts'
import type { Reader, Reading } from './end-of-part.ts'
import { pagesStep } from './steps.ts'
import type { Run } from './work.ts'

/** What is looked at between two words about the progress. */
const AT_ONCE = 10

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

/** Begins a part; one whose lists tell everything is read with them. */
async function readLists(reading: Reading, reader: Reader, part: PagesPart): Promise<boolean> {
  const { run, business, inUse } = reading
  const lists = () => listsOf(reader, part)
  let told = await lists()
  // A list that turned from full to empty is read a second time before it is believed.
  if (told.items.length === 0 && doubtful(part.seals(business, told.observations, inUse), inUse).length > 0)
    told = await lists()
  const { items } = told
  const of = { ...run.input, part: part.name }
  await inWork(reading, async (tx) => {
    await stage(tx, run, part, told)
    await addItems(tx, of, items)
    if (items.length > 0) await tellProgress(tx, run, part, await itemsOf(tx, of, 0))
  })
  if (items.length > 0) return false
  await endPart(reading, reader, part, part.seals(business, await seenOn(reading), inUse))
  return true
}

/** Keeps what pages told. A list that did not tell how many rows it has makes the whole part one of which that is not known. */
async function stage(tx: Tx, run: Run, part: PagesPart, { observations, counted }: PagesSeen): Promise<void> {
  await stageRows(tx, { ...run.input, reader: PAGES }, observations)
  const outcome = { problems: [], notes: [], uncounted: true }
  if (!counted) await putStep(tx, run.input, { name: pagesStep(part.name), outcome })
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
  const told = await part.items?.read(ctx, next)
  reader.looked += next.length
  const of = { ...run.input, part: part.name }
  await inWork(reading, async (tx) => {
    if (told !== undefined) await stage(tx, run, part, told)
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
    await endPart(reading, reader, part, seals)
    return true
  }
  const told = await listsOf(reader, part)
  const of = { ...run.input, part: part.name }
  await inWork(reading, async (tx) => {
    await stage(tx, run, part, told)
    await addAgain(tx, of, told.items, await holdersIn(tx, connectionId, empty))
    await tellProgress(tx, run, part, await itemsOf(tx, of, 0))
  })
  return false
}

function doubtful(seals: readonly { scope: string; rows: number }[], inUse: ReadonlySet<string>): string[] {
  return seals.filter(({ scope, rows }) => rows === 0 && inUse.has(scope)).map(({ scope }) => scope)
}

async function tellProgress(tx: Tx, run: Run, part: PagesPart, { total, left }: Items): Promise<void> {
  const unit = part.items?.unit ?? null
  await putStep(tx, run.input, { name: pagesStep(part.name), total, done: total - left, unit })
}
