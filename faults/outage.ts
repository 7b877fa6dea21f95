// The database goes away, stalls, or takes back what it was given, in the middle of a check for updates: the run goes on by itself, and nothing
// is lost, done twice or told as done that was not. Each fault is put at a commit that is known by what it writes.
import { setTimeout as pause } from 'node:timers/promises'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { placesOf } from './cut.ts'
import { isOf } from './database-proxy.ts'
import type { Fate } from './database-proxy.ts'
import { NEVER_FIRED } from './disturb.ts'
import { openDurable } from './durable.ts'
import type { Durable } from './durable.ts'
import { runOnDatabase } from './on-database.ts'
import { plantedRows } from './planted-rows.ts'
import { stir } from './stir.ts'

export interface Outage {
  name: string
  /** What becomes of the commit itself. */
  fate: Fate
  /** What happens as it is met. */
  act?: (stage: Durable, t: TestDb) => Promise<void>
  /** Only transactions of our own: the engine's touch a row each at "read committed", where PostgreSQL does not ask for a repeat. */
  own?: true
  /** Takes longer than a case of every test run may. */
  long?: true
}

async function kill(t: TestDb): Promise<void> {
  await t.root.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'guestlist_app'`,
  )
}

const stalled = (seconds: number): Outage => ({
  name: `the database stalls for ${seconds} s`,
  fate: 'pass',
  act: async ({ database }) => {
    database.stall()
    await pause(seconds * 1_000)
    database.mend()
  },
  ...(seconds > 1 ? { long: true } : {}),
})

const away = (ms: number, name: string, more: Partial<Outage> = {}): Outage => ({
  name,
  fate: 'lost all',
  act: async ({ database }) => {
    await pause(ms)
    database.mend()
  },
  ...more,
})

export const outages: readonly Outage[] = [
  { name: "a commit's answer is lost", fate: 'lost' },
  { name: 'every server process is ended', fate: 'pass', act: (_, t) => kill(t) },
  away(200, 'every connection is cut, the answer of a commit with them'),
  { name: 'a transaction cannot be serialized', fate: 'serialization', own: true },
  { name: 'a transaction is chosen to end a deadlock', fate: 'deadlock', own: true },
  {
    name: 'there are too many connections',
    fate: 'lost all',
    act: async ({ database }, t) => {
      const limit = (most: number) =>
        t.root.query(
          `do $$ begin execute format('alter database %I connection limit ${most}', current_database()); end $$`,
        )
      await limit(0)
      await kill(t)
      database.mend()
      await pause(800)
      await limit(-1)
    },
  },
  stalled(1),
  away(2_500, 'the database is away for 2.5 s'),
  stalled(10),
  stalled(60),
  away(20_000, 'the database is away for 20 s', { long: true }),
]

export interface Planned {
  outage: Outage
  /** The nth commit that writes these tables. */
  wrote: string
  nth: number
  /** Or that writes any of them. */
  roughly?: true
}

/** One check that meets it, and everything that is wrong in the end. Where it was not met, an earlier commit of one of the tables is. */
export async function playOutage(
  stage: Durable,
  t: TestDb,
  planned: Planned,
  chance: Random,
): Promise<string[]> {
  const wrong = await playOnce(stage, t, planned, chance)
  return wrong.includes(NEVER_FIRED)
    ? playOnce(stage, t, { ...planned, nth: Math.ceil(planned.nth / 2), roughly: true }, chance)
    : wrong
}

async function playOnce(
  stage: Durable,
  t: TestDb,
  { outage, nth, ...place }: Planned,
  chance: Random,
): Promise<string[]> {
  stir(stage.sim, chance)
  const wrong: string[] = []
  const before = await stage.last()
  let seen = 0
  let acting: Promise<void> | null = null
  stage.database.count((commit) => {
    if (acting !== null || !isOf(commit, place) || ++seen !== nth) return 'pass'
    acting = Promise.resolve().then(() => outage.act?.(stage, t))
    return outage.fate
  })
  const started = await stage.start().catch(() => null)
  // What was not acknowledged may be there or not; what is there has to end.
  const known = started ?? (await settled(stage, () => acting))
  const jobId = known === null || known === before ? await stage.start() : known
  const job = await stage.over(jobId)
  // TypeScript does not see that the function above assigns it.
  const met = acting as Promise<void> | null
  if (met === null) wrong.push(NEVER_FIRED)
  await met
  stage.database.count(() => 'pass')
  if (job.status !== 'complete')
    wrong.push(`the job ended as ${job.status}`, ...job.problems.map((p) => p.sentence))
  return [...wrong, ...(await stage.wrong())]
}

async function settled(stage: Durable, acting: () => Promise<void> | null): Promise<string | null> {
  await acting()
  return stage.last()
}

/** Every kind at places spread over the run, each kind at other ones. */
export function plan(
  kinds: readonly Outage[],
  places: readonly { wrote: string; nth: number; transaction: boolean }[],
  count: number,
  chance: Random,
): Planned[] {
  return Array.from({ length: count }, (_, n): Planned | null => {
    const outage = kinds[n % kinds.length]
    const fit = places.filter(
      ({ transaction, wrote }) => outage?.own !== true || (transaction && !wrote.includes('dbos.')),
    )
    const part = (Math.floor(n / kinds.length) + chance.next()) / Math.ceil(count / kinds.length)
    const place = fit[Math.min(fit.length - 1, Math.floor(part * fit.length))]
    return outage === undefined || place === undefined ? null : { outage, wrote: place.wrote, nth: place.nth }
  }).filter((one) => one !== null)
}

/** The family: so many outages; `long` lets those in that take longer than a few seconds. */
export async function outageFamily(
  t: TestDb,
  stage: Durable,
  seed: number,
  count: number,
  long: boolean,
): Promise<Family> {
  const places = (await placesOf(stage)).filter((place) => 'wrote' in place)
  const kinds = outages.filter((one) => long || one.long !== true)
  const planned = plan(kinds, places, count, random(seed, 'outages'))
  return {
    name: 'outage',
    seed,
    about: [
      `${kinds.length} kinds at ${planned.length} of ${kinds.length * places.length} places (sampling)`,
    ],
    cases: planned.map((one, index): Case => ({
      name: `${one.outage.name} × commit ${one.nth} of ${one.wrote}`,
      run: () => playOutage(stage, t, one, random(seed, `outage ${index}`)),
    })),
    planted: [
      ...plantedRows(() => t.root, stage.at.connectionId, stage.sim),
      {
        name: 'an outage that never comes',
        run: () =>
          playOutage(
            stage,
            t,
            { outage: { name: 'never', fate: 'lost' }, wrote: 'nothing', nth: 1 },
            random(seed, 'never'),
          ),
      },
    ],
  }
}

if (import.meta.main)
  await runOnDatabase({ cases: 40 }, async (t, seed, count) => {
    const stage = await openDurable(t)
    return {
      family: await outageFamily(t, stage, seed, count, count > 40),
      close: () => stage.close(),
    }
  })
