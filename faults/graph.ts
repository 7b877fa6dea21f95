// Faults of the provider's answers: each kind at each list and page, met by a whole check for updates against a real database while the world
// changes. No row may end wrongly, "complete" may not be said of less than the truth, and the next check has to mend everything.
import type { FaultMatch } from '../src/connectors/meta/simulator/faults.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { heldAssets } from '../src/connectors/meta/simulator/world.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { NEVER_FIRED, disturb, manners, worldOf } from './disturb.ts'
import type { Combination, Place } from './disturb.ts'
import { graphFaults } from './graph-faults.ts'
import { runOnDatabase } from './on-database.ts'
import { isReadable } from './oracle.ts'
import { plantedCases } from './planted.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ownKinds = ['ad_accounts', 'pages', 'pixels', 'product_catalogs', 'instagram_assets']
const businessEdges = [
  ...['business_users', 'system_users', 'pending_users', 'agencies', 'clients', 'business_asset_groups'],
  ...ownKinds.flatMap((kind) => [`owned_${kind}`, `client_${kind}`]),
]

/** Which calls and lists a check meets, found by faults that do nothing. */
async function placesOf(stage: Stage, manner: string): Promise<Place[]> {
  const { control, businessId, partners } = stage.sim
  const probes: { place: Omit<Place, 'last'>; id: number }[] = []
  const probe = (list: string, match: FaultMatch, page: number, reach: Place['reach']) => {
    const { id } = control.addFault({ match, do: {}, times: Number.MAX_SAFE_INTEGER })
    probes.push({ place: { manner, list, match, page, reach }, id })
  }
  const edges = (who: string, node: string) => {
    for (const edge of businessEdges) {
      for (let page = 1; page <= 6; page += 1) {
        probe(`${who}/${edge}`, { node, edge, page, nested: false, inBatch: true }, page, [
          'call',
          'list',
          'item',
        ])
        probe(`${who}/${edge}`, { node, edge, page, nested: false, inBatch: false }, page, ['call', 'list'])
        probe(`${who}/${edge}`, { node, edge, page, nested: true }, page, ['list'])
      }
    }
    for (const inBatch of [true, false])
      probe(
        `${who}/itself`,
        { node, edge: null, nested: false, inBatch },
        1,
        inBatch ? ['call', 'item'] : ['call'],
      )
  }
  edges('own', businessId)
  for (const partner of partners) edges('partner', partner.id)
  const kinds = new Map<string, number>()
  for (const asset of heldAssets(control.world, businessId)) {
    const seen = kinds.get(asset.kind) ?? 0
    kinds.set(asset.kind, seen + 1)
    if (seen > 1 || !isReadable(control.world, asset.id)) continue
    for (const edge of ['assigned_users', 'agencies']) {
      for (const page of [1, 2]) {
        const match = { node: asset.id, edge, page }
        probe(`${asset.kind}/${edge}`, { ...match, nested: false }, page, ['call', 'list', 'item'])
        probe(`${asset.kind}/${edge}`, { ...match, nested: true }, page, ['list'])
      }
    }
  }
  probe('token/debug_token', { node: 'debug_token' }, 1, ['call'])
  probe('batch', { batch: true }, 1, ['batch'])
  await stage.forget()
  await stage.check()
  const fired = new Map(control.faults().map((fault) => [fault.id, fault.fired]))
  control.clearFaults()
  const met = probes.filter(({ id }) => (fired.get(id) ?? 0) > 0).map(({ place }) => place)
  const lastOf = new Map<string, number>()
  const key = (place: Omit<Place, 'last'>) => `${place.match.node} ${place.match.edge}`
  for (const place of met) lastOf.set(key(place), Math.max(place.page, lastOf.get(key(place)) ?? 0))
  return met.map((place) => ({ ...place, last: lastOf.get(key(place)) === place.page }))
}

const position = ({ page, last }: Place): string =>
  page === 1 ? (last ? 'only' : 'first') : last ? 'last' : 'middle'

function fits({ fault, place }: Combination): boolean {
  if (!place.reach.includes(fault.reach)) return false
  if (fault.reach === 'item' && place.page > 1) return false
  if (fault.needs === 'more') return !place.last
  return fault.needs !== 'last' || place.last
}

/** The pairs that a combination covers: fault and list, fault and position, list and position. */
function pairsOf({ fault, place }: Combination): string[] {
  const where = `${place.manner}: ${position(place)}`
  return [`${fault.name} | ${place.list}`, `${fault.name} | ${where}`, `${place.list} | ${where}`]
}

/** Picks `count` combinations, each time one that covers the most new pairs; every kind of fault comes before any comes twice. */
export function choose(
  all: readonly Combination[],
  count: number,
  chance: Random,
): { chosen: Combination[]; covered: number; pairs: number } {
  const open = new Set(all.flatMap(pairsOf))
  const pairs = open.size
  if (count >= all.length) return { chosen: [...all], covered: pairs, pairs }
  const left = all
    .map((one) => ({ one, order: chance.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ one }) => one)
  const used = new Map<string, number>()
  const chosen: Combination[] = []
  while (chosen.length < count && left.length > 0) {
    const least = Math.min(...left.map(({ fault }) => used.get(fault.name) ?? 0))
    let best = 0
    let most = -1
    for (const [index, one] of left.entries()) {
      if ((used.get(one.fault.name) ?? 0) > least) continue
      const fresh = pairsOf(one).filter((pair) => open.has(pair)).length
      if (fresh > most) [best, most] = [index, fresh]
    }
    const [one] = left.splice(best, 1)
    if (one === undefined) break
    for (const pair of pairsOf(one)) open.delete(pair)
    used.set(one.fault.name, (used.get(one.fault.name) ?? 0) + 1)
    chosen.push(one)
  }
  return { chosen, covered: pairs - open.size, pairs }
}

/** Stages that are kept from case to case; one that went red is built anew. */
export interface Stages {
  open(manner: string): Promise<Stage>
  drop(manner: string): Promise<void>
  close(): Promise<void>
}

export function stagesOn(t: TestDb): Stages {
  const open = new Map<string, Stage>()
  const drop = async (manner: string) => {
    await open.get(manner)?.close()
    open.delete(manner)
  }
  return {
    open: async (manner) => {
      const stage = open.get(manner) ?? (await openStage(t, worldOf(manner)))
      open.set(manner, stage)
      return stage
    },
    drop,
    close: async () => {
      for (const manner of [...open.keys()]) await drop(manner)
    },
  }
}

/** The family: so many combinations of faults, lists, pages and manners. Building it makes one check per manner. */
export async function graphFamily(t: TestDb, stages: Stages, seed: number, count: number): Promise<Family> {
  const all: Combination[] = []
  for (const manner of Object.keys(manners)) {
    const places = await placesOf(await stages.open(manner), manner)
    for (const fault of graphFaults)
      for (const place of places) if (fits({ fault, place })) all.push({ fault, place })
  }
  const { chosen, covered, pairs } = choose(all, count, random(seed, 'choice'))
  const lists = new Set(all.map(({ place }) => place.list)).size
  const cases = chosen.map((one, index): Case => {
    const { fault, place } = one
    return {
      name: `${fault.name} × ${place.list} × ${position(place)} page (${place.page}${place.match.nested === true ? ', inside another answer' : ''}) × ${place.manner}`,
      run: async () => {
        const play = async (spare: boolean) => {
          const chance = random(seed, `case ${index}`)
          const wrong = await disturb(t, await stages.open(place.manner), one, chance, spare)
          if (wrong.length > 0) await stages.drop(place.manner)
          return wrong
        }
        const wrong = await play(false)
        // What goes on in the world may have taken the only row of this page away: a new stage has it, and leaves it.
        if (wrong.includes(NEVER_FIRED)) return play(true)
        return wrong
      },
    }
  })
  return {
    name: 'graph',
    seed,
    about: [
      `${graphFaults.length} kinds of fault × ${lists} lists × first, middle, last or only page × ${Object.keys(manners).length} manners: ${all.length} combinations`,
      `pairs covered: ${covered} of ${pairs} (${count >= all.length ? 'closure' : 'sampling'})`,
    ],
    cases,
    planted: plantedCases(t, seed),
  }
}

if (import.meta.main)
  await runOnDatabase({ cases: 60, closure: true }, async (t, seed, count) => {
    const stages = stagesOn(t)
    return { family: await graphFamily(t, stages, seed, count), close: () => stages.close() }
  })
