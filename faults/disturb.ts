// One case of the Graph faults: a check for updates that meets a fault while the world changes, the one after it, and all that is wrong then.
import type { FaultMatch } from '../src/connectors/meta/simulator/faults.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { SimulatorOptions } from '../src/connectors/meta/simulator/server.ts'
import type { Switches } from '../src/connectors/meta/simulator/switches.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { GraphFault } from './graph-faults.ts'
import { damage, duplicates } from './oracle.ts'
import type { Stage } from './stage.ts'
import { stir } from './stir.ts'

/** Ways in which the provider answers, so that every rung of the reader meets faults. */
export const manners: Record<string, Partial<Switches>> = {
  expanded: {},
  // Whose a token is must be provable: else a token that was refused once waits for a person.
  'small pages': { maxLimit: 5, maxLimits: { system_users: 100 } },
  'asset by asset': { refusedExpansions: ['*.assigned_users', '*.agencies'] },
}

export const worldOf = (manner: string): SimulatorOptions => ({
  world: {
    ownAssets: { ad_account: 12, page: 12, pixel: 6, product_catalog: 6, instagram_asset: 6 },
    ownPeople: 18,
    partners: 2,
    peoplePerPartner: 12,
    sharedPerPartner: 10,
    foreignAssets: 4,
    peoplePerAsset: [1, 6],
  },
  switches: { ...manners[manner], callsPerHour: 0 },
})

/** A call, or a list inside one, that an undisturbed check makes. */
export interface Place {
  manner: string
  /** Kind of node and edge, as `own/owned_pages`: what pairs are counted by. */
  list: string
  match: FaultMatch
  page: number
  last: boolean
  reach: ('call' | 'list' | 'item' | 'batch')[]
}

/** A fault and where it is put. */
export interface Combination {
  fault: GraphFault
  place: Place
}

/** Whether a call travels alone or in a batch depends on what else is asked at that moment: it matters to faults of items alone. */
function matchOf({ fault, place }: Combination): FaultMatch {
  const { inBatch, ...match } = place.match
  return fault.reach === 'item' ? { ...match, inBatch } : match
}

/** What `disturb` tells of a fault whose place was not met. */
export const NEVER_FIRED = 'the fault never fired'

/** A fault that waits for its place. */
export interface Armed {
  /** How often it has met it. */
  fired(): number
  disarm(): void
}

/** A check that meets the fault and one that does not, and everything that is wrong afterwards. `spare`: what goes on in the world leaves the place as it is. */
export async function disturb(
  t: TestDb,
  stage: Stage,
  one: Combination,
  chance: Random,
  spare = false,
): Promise<string[]> {
  const { fault } = one
  const { control } = stage.sim
  const arm = (): Armed => {
    const armed = control.addFault({ match: matchOf(one), do: fault.do, times: fault.times ?? 1 })
    return { fired: () => armed.fired, disarm: () => control.clearFaults() }
  }
  const { node } = one.place.match
  const more = {
    remembered: fault.remembered === true,
    ...(spare && node !== undefined ? { spare: node } : {}),
  }
  return disturbBy(t, stage, { arm, ...more }, chance)
}

/** The same for any fault. `remembered`: the next check may know of it, and is made after that is forgotten. `mend` is done before it. */
export async function disturbBy(
  t: TestDb,
  stage: Stage,
  fault: { arm: () => Armed; remembered?: boolean; spare?: string; mend?: () => Promise<void> },
  chance: Random,
): Promise<string[]> {
  const { control } = stage.sim
  const wrong: string[] = []
  const before = stage.expected()
  stir(stage.sim, chance, fault.spare)
  const after = stage.expected()
  await stage.forget()
  control.reset()
  const armed = fault.arm()
  const job = await stage.check()
  armed.disarm()
  const { logical } = control.counts()
  if (armed.fired() === 0) wrong.push(NEVER_FIRED)
  const told = [
    ...job.problems.map((p) => `${p.where}: ${p.sentence}`),
    ...(job.result?.notRead ?? []).map((n) => `not read: ${n.name ?? 'our own'}, ${n.reason}`),
  ].join(' | ')
  if (job.status === 'complete') {
    // What the guide does not ask for may be refused: then the run tells of it, and what was known stays and is shown as not confirmed.
    const { doubted } = await stage.stored()
    const toldOf = (line: string) =>
      (job.result?.notRead ?? []).length > 0 && doubted.has(line.replace('not true: ', ''))
    wrong.push(
      ...(await stage.wrong()).filter((line) => !toldOf(line)).map((line) => `complete, but ${line}`),
    )
  } else if (job.status === 'not_completed') {
    wrong.push(...damage(before, after, await stage.stored()))
    if (job.problems.length === 0) wrong.push('not completed, and no reason is told')
  } else wrong.push(`the job ended as ${job.status}`)
  wrong.push(...(await stage.held()))
  wrong.push(...stage.engine.broken.splice(0).map((text) => `broke inside: ${text}`))
  await fault.mend?.()
  // A refusal is remembered for a week, so that it is not provoked on every run: the mending check comes after that.
  if (fault.remembered === true) await stage.forget()
  control.reset()
  const mended = await stage.check()
  const clean = control.counts().logical
  if (mended.status !== 'complete')
    wrong.push(`the next check: ${mended.status}, ${mended.problems.map((p) => p.sentence).join(' | ')}`)
  wrong.push(...(await stage.wrong()).map((line) => `after the next check, ${line}`))
  wrong.push(...(await duplicates(t.root, stage.at.connectionId)))
  if (logical > 3 * clean + 60) wrong.push(`${logical} calls, where an undisturbed check makes ${clean}`)
  if (wrong.length > 0 && told !== '') wrong.push(`told: ${told}`)
  return wrong
}
