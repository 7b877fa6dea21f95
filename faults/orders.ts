// Things that happen at once: two checks of one business from two servers, a check of one partner beside it, a check that is cancelled and asked for
// again, a token stored anew, people who lose and get access while they are read. In whatever order, nothing is done twice, nothing ends wrongly, and
// one more check gives the truth.
import { setTimeout as pause } from 'node:timers/promises'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { heldAssets } from '../src/connectors/meta/simulator/world.ts'
import { requestCancel, retry, startCheckForUpdates } from '../src/jobs/start.ts'
import { AppError } from '../src/model/error.ts'
import { openJobStatuses } from '../src/model/job.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { worldOf } from './disturb.ts'
import { runOnDatabase } from './on-database.ts'
import { damage, duplicates, isReadable } from './oracle.ts'
import { plainEngine } from './plain-engine.ts'
import type { PlainEngine } from './plain-engine.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { stir } from './stir.ts'

/** What somebody does while a check runs. */
export type Deed =
  | 'check'
  | 'check a partner'
  | 'cancel'
  | 'cancel, then again'
  | 'store a token'
  | 'revoke'
  | 'revoke and give back'

const deeds: readonly Deed[] = [
  'check',
  'check a partner',
  'cancel',
  'cancel, then again',
  'store a token',
  'revoke',
  'revoke and give back',
]

/** Deeds in the order in which they are done, each when so many calls have been made since the first check began. */
export interface Order {
  deeds: { deed: Deed; call: number; server: 0 | 1 }[]
}

export const nameOf = (order: Order): string =>
  order.deeds.map(({ deed, call, server }) => `${deed} at call ${call} on server ${server + 1}`).join('; ')

export interface Two {
  t: TestDb
  stage: Stage
  servers: readonly [PlainEngine, PlainEngine]
  calls: number
  close(): Promise<void>
}

/** The usual stage with a second server on its database. */
export async function openTwo(t: TestDb): Promise<Two> {
  const stage = await openStage(t, worldOf('small pages'))
  const { db, vault, log } = stage.engine.parts
  const second = plainEngine({ db, vault, log, addressOf: () => stage.sim.url })
  stage.sim.control.reset()
  await stage.check()
  return {
    t,
    stage,
    servers: [stage.engine, second],
    calls: stage.sim.control.counts().logical,
    close: () => stage.close(),
  }
}

/** Refusals that a person may meet here: nothing is there to be done any more, or another was faster. */
async function refused<T>(deed: Promise<T>): Promise<T | null> {
  return deed.catch((error: unknown) => {
    if (error instanceof AppError && ['conflict', 'not_found'].includes(error.code)) return null
    throw error
  })
}

/** One order, and everything that is wrong in the end. */
export async function playOrder(two: Two, order: Order, chance: Random): Promise<string[]> {
  const { t, stage, servers } = two
  const { control } = stage.sim
  const { at } = stage
  /** What was true at each moment: only what was true throughout has to be there before one more check. */
  const worlds = [stage.expected()]
  stir(stage.sim, chance)
  worlds.push(stage.expected())
  await stage.forget()
  control.reset()
  const known = new Set(await jobs(two))
  const wrong: string[] = []
  const took: (() => Promise<unknown>)[] = []
  const first = await stage.start()
  const does: Record<Deed, (server: PlainEngine) => Promise<unknown>> = {
    check: (server) => start(two, server, null),
    'check a partner': async (server) => {
      const partner = chance.pick([...(await at.partners()).values()])
      return refused(start(two, server, partner.id))
    },
    cancel: (server) => refused(requestCancel(server, { ...at, jobId: first })),
    'cancel, then again': async (server) => {
      await refused(requestCancel(server, { ...at, jobId: first }))
      return refused(retry(server, { ...at, jobId: first }))
    },
    'store a token': async () => {
      const [partner] = stage.sim.partners
      const row = (await at.partners()).get(partner?.id ?? '')
      return row === undefined ? null : at.connect(row.id, partner?.token ?? '')
    },
    revoke: () => {
      revoke(stage, chance)
      worlds.push(stage.expected())
      return Promise.resolve()
    },
    'revoke and give back': async () => {
      const back = revoke(stage, chance)
      worlds.push(stage.expected())
      await pause(20)
      back()
    },
  }
  for (const { deed, call, server } of order.deeds) {
    await until(async () => control.counts().logical >= call || (await isOver(two, first)))
    // Several at the same call are under way at once.
    took.push(begun(does[deed](servers[server])))
  }
  await Promise.all(took.map((end) => end())).catch((error: unknown) => wrong.push(String(error)))
  await until(async () => (await open(two)) === 0)
  for (const engine of servers) wrong.push(...engine.broken.splice(0).map((text) => `broke inside: ${text}`))
  worlds.push(stage.expected())
  const always = new Set([...(worlds[0] ?? [])].filter((line) => worlds.every((one) => one.has(line))))
  const ever = new Set(worlds.flatMap((one) => [...one]))
  wrong.push(...damage(always, ever, await stage.stored()))
  const made = (await jobs(two)).filter((id) => !known.has(id))
  for (const id of made) {
    const { status } = await at.job(id)
    if (openJobStatuses.includes(status)) wrong.push(`the job ${id} is still ${status}`)
  }
  wrong.push(...(await overlaps(two)))
  const quiet = await stage.check()
  if (quiet.status !== 'complete')
    wrong.push(`one more check: ${quiet.status}, ${quiet.problems.map((p) => p.sentence).join(' | ')}`)
  wrong.push(...(await stage.wrong()).map((line) => `after one more check: ${line}`))
  wrong.push(...(await duplicates(t.root, at.connectionId)))
  return wrong
}

/** Starts it now; waits for it later. */
function begun(deed: Promise<unknown>): () => Promise<unknown> {
  const settled = deed.then(
    () => null,
    (error: unknown) => error,
  )
  return async () => {
    const error = await settled
    if (error !== null) throw error as Error
  }
}

async function start(two: Two, server: PlainEngine, partnerId: string | null): Promise<void> {
  const { at } = two.stage
  const wish = { workspaceId: at.workspaceId, connectionId: at.connectionId, actor: at.actor, partnerId }
  await startCheckForUpdates(server, { ...wish, trigger: 'api' })
}

/** Takes somebody's direct access; gives what gives it back. */
function revoke({ sim }: Stage, chance: Random): () => void {
  const { control, businessId } = sim
  const held = heldAssets(control.world, businessId).filter(
    (asset) => isReadable(control.world, asset.id) && (asset.assigned.get(businessId)?.size ?? 0) > 1,
  )
  if (held.length === 0) return () => undefined
  const asset = chance.pick(held)
  const [user, tasks] = chance.pick([...(asset.assigned.get(businessId) ?? [])])
  const kept = [...tasks]
  control.change({ op: 'unassign', asset: asset.id, user })
  return () => void control.change({ op: 'assign', asset: asset.id, user, tasks: kept })
}

async function jobs({ t, stage }: Two): Promise<string[]> {
  const { rows } = await t.root.query<{ id: string }>('select id from jobs where connection_id = $1', [
    stage.at.connectionId,
  ])
  return rows.map(({ id }) => id)
}

async function open({ t, stage }: Two): Promise<number> {
  const { rows } = await t.root.query<{ n: number }>(
    'select count(*)::int as n from jobs where connection_id = $1 and finished_at is null',
    [stage.at.connectionId],
  )
  return rows[0]?.n ?? 0
}

/** Checks of one business that were open at the same time: there may be none. */
async function overlaps({ t, stage }: Two): Promise<string[]> {
  const { rows } = await t.root.query<{ line: string }>(
    `select format('%s and %s were open at the same time', a.id, b.id) as line from jobs a join jobs b
       on a.connection_id = b.connection_id and a.kind = b.kind and a.id < b.id
       and tstzrange(a.created_at, a.finished_at, '()') && tstzrange(b.created_at, b.finished_at, '()')
     where a.connection_id = $1`,
    [stage.at.connectionId],
  )
  return rows.map(({ line }) => line)
}

async function isOver({ stage }: Two, jobId: string): Promise<boolean> {
  return !openJobStatuses.includes((await stage.at.job(jobId)).status)
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error('It did not come to that within a minute.')
    await pause(2)
  }
}

function orders(two: Two, seed: number, count: number): Order[] {
  const chance = random(seed, 'orders')
  return Array.from({ length: count }, (_, n): Order => {
    const many = 1 + (n % 3)
    const places = Array.from({ length: many }, () => chance.between(1, two.calls)).sort((a, b) => a - b)
    return {
      deeds: places.map((call, place) => ({
        // Every deed is first in turn; what follows is drawn.
        deed: place === 0 ? (deeds[n % deeds.length] ?? 'check') : chance.pick(deeds),
        call,
        server: chance.next() < 0.5 ? 0 : 1,
      })),
    }
  })
}

export function ordersFamily(two: Two, seed: number, count: number): Family {
  return {
    name: 'orders',
    seed,
    about: [
      `${count} orders of up to three of ${deeds.length} deeds beside a check of ${two.calls} calls (sampling)`,
    ],
    cases: orders(two, seed, count).map((order, index): Case => ({
      name: nameOf(order),
      run: () => playOrder(two, order, random(seed, `order ${index}`)),
    })),
    planted: [
      {
        name: 'two checks of one business at the same time',
        run: () =>
          besides(
            two,
            (id) =>
              `insert into jobs select (jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(),
             'created_at', j.created_at + (j.finished_at - j.created_at) / 2))).* from jobs j where id = '${id}'`,
          ),
      },
    ],
  }
}

/** What is wrong once a statement about the last job has been carried out; it is undone. */
async function besides(two: Two, statement: (job: string) => string): Promise<string[]> {
  const client = await two.t.root.connect()
  try {
    await client.query('begin')
    await client.query(statement((await jobs(two)).at(-1) ?? ''))
    const t = { ...two.t, root: client as unknown as TestDb['root'] }
    return await overlaps({ ...two, t })
  } finally {
    await client.query('rollback')
    client.release()
  }
}

if (import.meta.main)
  await runOnDatabase({ cases: 30 }, async (t, seed, count) => {
    const two = await openTwo(t)
    return { family: ordersFamily(two, seed, count), close: () => two.close() }
  })
