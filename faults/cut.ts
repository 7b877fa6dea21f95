// A check for updates that is stopped after each thing it made durable, and after each answer it got, and is taken up again on what is there:
// the end has to be that of a run that nothing disturbed. Every place is enumerated from a run that was not cut.
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { isOf } from './database-proxy.ts'
import type { Commit } from './database-proxy.ts'
import { NEVER_FIRED } from './disturb.ts'
import { fateAt, openDurable } from './durable.ts'
import type { Durable } from './durable.ts'
import { runOnDatabase } from './on-database.ts'
import { plantedRows } from './planted-rows.ts'
import { stir } from './stir.ts'

/** After the nth commit that wrote these tables, told to the process or not; or after the nth answer of the provider. */
export type Cut =
  { wrote: string; nth: number; told: boolean; transaction: boolean; roughly?: true } | { answer: number }

export interface Plan {
  cut: Cut
  /** Where the second run is cut once more. */
  again: Cut | null
  /** Businesses that are read side by side after the cut; 8 before it. */
  readers: number
}

const nameOfCut = (cut: Cut): string =>
  'answer' in cut
    ? `after answer ${cut.answer}`
    : `after commit ${cut.nth} of ${cut.wrote}${cut.told ? '' : ', before it is told'}`

export const nameOfPlan = ({ cut, again, readers }: Plan): string =>
  `${nameOfCut(cut)}${again === null ? '' : `, again ${nameOfCut(again)}`}, taken up by ${readers} readers`

/** Cuts where it is planned; false where that place was not met before the job ended. */
async function reach(stage: Durable, cut: Cut, go: () => Promise<unknown>): Promise<boolean> {
  let ended: () => void = () => undefined
  const over = new Promise<null>((done) => (ended = () => done(null)))
  let nth = 0
  const met =
    'answer' in cut
      ? new Promise<number>((done) =>
          stage.answered((number) => {
            if (number !== cut.answer) return
            stage.database.cut()
            done(number)
          }),
        )
      : fateAt(
          stage.database,
          (commit) => isOf(commit, cut) && ++nth === cut.nth,
          cut.told ? 'cut' : 'lost all',
        )
  // What the process is told while it dies is nobody's business.
  void go().then(ended, () => undefined)
  const hit = await Promise.race([met, over])
  stage.answered(null)
  return hit !== null
}

/** Plays one: the check, the cut, the second run, and everything that is wrong in the end. Where it was not met, an earlier commit of one of the tables is. */
export async function playCut(stage: Durable, plan: Plan, chance: Random): Promise<string[]> {
  const wrong = await playOnce(stage, plan, chance)
  if (!wrong.includes(NEVER_FIRED)) return wrong
  const { cut } = plan
  const earlier =
    'nth' in cut
      ? { ...cut, nth: Math.ceil(cut.nth / 2), roughly: true as const }
      : { answer: Math.ceil(cut.answer / 2) }
  return playOnce(stage, { ...plan, cut: earlier }, chance)
}

async function playOnce(stage: Durable, plan: Plan, chance: Random): Promise<string[]> {
  stir(stage.sim, chance)
  const wrong: string[] = []
  const before = await stage.last()
  if (!(await reach(stage, plan.cut, () => stage.check()))) wrong.push(NEVER_FIRED)
  await stage.crash()
  if (plan.again === null) await stage.resume(plan.readers)
  else {
    const { again } = plan
    // The second run may have less to do than the first, so that a place near its end may not be met.
    const go = async () => {
      await stage.resume(plan.readers)
      await stage.over((await stage.last()) ?? '')
    }
    await reach(stage, again, go)
    await stage.crash()
    await stage.resume(plan.readers)
  }
  const jobId = await stage.last()
  if (jobId === null || jobId === before) return [...wrong, 'what was cut off left no job']
  const job = await stage.over(jobId)
  if (job.status !== 'complete')
    wrong.push(`the job ended as ${job.status}`, ...job.problems.map((p) => p.sentence))
  return [...wrong, ...(await stage.wrong())]
}

/** Every place that each of two runs has which nothing cuts. The job's own row comes first. */
export async function placesOf(stage: Durable): Promise<Cut[]> {
  const [one, other] = [await placesOfOne(stage, 1), await placesOfOne(stage, 2)]
  const known = new Set(other.map((place) => JSON.stringify(place)))
  return one.filter((place) => known.has(JSON.stringify(place)))
}

async function placesOfOne(stage: Durable, seed: number): Promise<Cut[]> {
  let answers = 0
  stage.answered((number) => (answers = number))
  stage.database.count(() => 'pass')
  stir(stage.sim, random(seed, 'places'))
  await stage.check()
  const seen = new Map<string, number>()
  const commits = stage.database.commits().map(({ wrote, transaction }: Commit): Cut => {
    seen.set(wrote, (seen.get(wrote) ?? 0) + 1)
    return { wrote, nth: seen.get(wrote) ?? 1, told: true, transaction }
  })
  stage.answered(null)
  return [...commits, ...Array.from({ length: answers }, (_, index): Cut => ({ answer: index + 1 }))]
}

/** The plans for so many cuts, spread over all places, the first and the last among them; all places where `count` allows it. */
export function plansOf(places: readonly Cut[], count: number, chance: Random): Plan[] {
  // Twice, so that every commit is told and not told, and taken up by one reader and by many.
  const rounds = Math.min(2, Math.max(1, Math.floor(count / places.length)))
  const few = Math.min(count, places.length)
  const chosen =
    few >= places.length
      ? Array.from({ length: rounds }, () => places).flat()
      : Array.from(
          { length: few },
          (_, n) => places[Math.round((n * (places.length - 1)) / Math.max(1, few - 1))],
        ).filter((cut) => cut !== undefined)
  return chosen.map((cut, n): Plan => {
    const round = Math.floor(n / places.length)
    return {
      cut: 'wrote' in cut ? { ...cut, told: (n + round) % 2 === 0 } : cut,
      again: n % 3 === 2 ? { answer: 1 + Math.floor(chance.next() * 6) } : null,
      readers: (n + round) % 2 === 0 ? 1 : 8,
    }
  })
}

/** The family; `count` places, all of them where it is not below their number. */
export async function cutFamily(t: TestDb, stage: Durable, seed: number, count: number): Promise<Family> {
  const places = await placesOf(stage)
  const commits = places.filter((place) => 'wrote' in place).length
  const plans = plansOf(places, count, random(seed, 'plans'))
  return {
    name: 'cut',
    seed,
    about: [
      `${commits} commits and ${places.length - commits} answers of a run: ${count >= places.length ? 'all of them (closure)' : `${plans.length} of them (sampling)`}, every third run cut again`,
    ],
    cases: plans.map((plan, index): Case => ({
      name: nameOfPlan(plan),
      run: () => playCut(stage, plan, random(seed, `cut ${index}`)),
    })),
    planted: [
      ...plantedRows(() => t.root, stage.at.connectionId, stage.sim),
      {
        name: 'a cut that never comes',
        run: () =>
          playCut(
            stage,
            { cut: { wrote: 'nothing', nth: 1, told: true, transaction: true }, again: null, readers: 8 },
            random(seed, 'never'),
          ),
      },
    ],
  }
}

if (import.meta.main)
  await runOnDatabase({ cases: 40, closure: true }, async (t, seed, count) => {
    const stage = await openDurable(t)
    return { family: await cutFamily(t, stage, seed, count), close: () => stage.close() }
  })
