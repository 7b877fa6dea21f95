// The soak itself: everything that goes on at once for so long, its end, and what was measured meanwhile.
import { setTimeout as pause } from 'node:timers/promises'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Fast } from './fast-clock.ts'
import { BUSINESSES, SPEED } from './soak-ground.ts'
import type { Ground } from './soak-ground.ts'
import { endless, journalRows } from './soak-judge.ts'
import type { Happened } from './soak-judge.ts'
import { collected, median, pss } from './soak-memory.ts'
import type { Memory } from './soak-memory.ts'
import { personOf } from './soak-person.ts'
import type { Person } from './soak-person.ts'
import { misfortune } from './soak-world.ts'

export const AWAY_DAYS = 31
export const MINUTE = 60_000
const SHARE = 0.01
/** Looks at the memory between the first and the last: growth that goes on is seen in all of them. */
const LOOKS_BETWEEN = 6

export interface Played {
  /** Wrong at any moment. */
  found: ReadonlySet<string>
  person: Person
  /** What each thing that the person wrote reads as in the end. */
  things: ReadonlyMap<string, string>
  /** Lines of the logs by deed, since the beginning. */
  deeds: ReadonlyMap<string, number>
  happened: Happened
  /** Memory of the server since the month: after its first quarter, which lets it settle, and at the end. */
  memory: { first: Memory; last: Memory }
  /** Rows of the engine's journal before the month. */
  journal: number
}

/** Does something again and again, each time after a wait drawn anew, until it is told to end. */
function again(ms: () => number, what: () => unknown): () => Promise<void> {
  const over = new AbortController()
  const goesOn = () => !over.signal.aborted
  const loop = async () => {
    while (goesOn()) {
      await pause(ms(), undefined, { signal: over.signal }).catch(() => undefined)
      if (goesOn()) await what()
    }
  }
  const done = loop()
  return () => {
    over.abort()
    return done
  }
}

const told = async (fast: Fast): Promise<Map<string, number>> => {
  const { rows } = await fast.root.query<{ action: string; n: number }>(
    'select action, count(*)::int as n from audit_events group by action',
  )
  return new Map(rows.map(({ action, n }) => [action, n]))
}

const over = (after: Map<string, number>, before: Map<string, number>): Map<string, number> =>
  new Map([...after].map(([deed, n]) => [deed, n - (before.get(deed) ?? 0)]))

/** Plays `length` milliseconds of it; what it tells goes to `say`. */
export async function play(
  g: Ground,
  length: number,
  seed: number,
  say: (line: string) => void,
): Promise<Played> {
  const server = g.fast
  const chance = random(seed, 'soak')
  const before = await told(server)
  say(`${g.businesses.length} businesses are connected`)
  let there = true
  const found = new Set<string>()
  const trouble = misfortune(g.worlds.sims, SHARE, random(seed, 'trouble'))
  const person = personOf({ ...server, api: g.api }, g.businesses, random(seed, 'person'), () => there)
  let cuts = 0
  let kills = 0
  const look = async () => {
    for (const watch of g.watches) for (const line of await watch.look()) found.add(line)
  }
  const ends = [
    again(
      () => 250,
      () => trouble.tick(),
    ),
    again(
      () => chance.between(300, 1_500),
      () => person.act(),
    ),
    again(
      () => chance.between(1_000, 5_000),
      () => chance.pick(g.watches).stir(chance),
    ),
    again(() => 10_000, look),
    again(
      () => chance.between(5_000, 25_000),
      () => {
        const link = [...g.links][chance.between(0, Math.max(0, g.links.size - 1))]
        link?.reset()
        cuts += link === undefined ? 0 : 1
      },
    ),
  ]
  const restart = async (days = 0) => {
    there = false
    await server.kill()
    if (days > 0) server.leap(days)
    else await pause(chance.between(0, 3_000))
    await server.start()
    there = true
    kills += 1
  }
  const began = performance.now()
  const hours = () => ((performance.now() - began) * SPEED) / (60 * MINUTE)
  const part = 0.4 * length
  const count = Math.max(2, Math.round(length / MINUTE / 5))
  for (let n = 1; n <= count; n += 1) {
    await pause(Math.max(0, began + (n * part) / (count + 1) - performance.now()))
    await restart()
  }
  await pause(Math.max(0, began + part - performance.now()))
  const journal = await journalRows(server.root)
  say(`after ${hours().toFixed(1)} hours: ${kills} kills, ${journal} rows in the journal; a month passes`)
  await restart(AWAY_DAYS)
  await person.signIn()
  const settling = performance.now() + (began + length - performance.now()) / 4
  await pause(settling - performance.now())
  const first = await collected(server.program())
  const untouched: number[] = []
  const series = [first]
  const every = (began + length - performance.now()) / LOOKS_BETWEEN
  let due = performance.now() + every
  while (performance.now() - began < length) {
    await pause(2_000)
    untouched.push(pss(server.program()))
    if (performance.now() < due) continue
    series.push(await collected(server.program()))
    due += every
  }
  const memory = { first, last: await collected(server.program()) }
  series.push(memory.last)
  const kept = await journalRows(server.root)

  // The end: nothing goes wrong any more, the schedule is off, and whatever is open ends.
  for (const end of ends) await end()
  const [calls, fired, lasted] = [trouble.calls(), trouble.fired(), hours()]
  trouble.stop()
  await person.signIn()
  for (const { workspaceId, connectionId } of g.businesses)
    await g.api.call('PATCH', `/api/v1/workspaces/${workspaceId}/connections/${connectionId}`, {
      schedule: 'off',
    })
  // An hour of the fast clock and more, which is as long as a provider's limit makes anything wait.
  for (let tries = 0; tries < 180 && (await endless(server.root)).length > 0; tries += 1) await pause(1_000)
  await look()
  const { rows: byStatus } = await server.root.query<{ status: string; trigger: string; n: number }>(
    `select status, trigger, count(*)::int as n from jobs group by status, trigger order by status, trigger`,
  )
  const scheduled = byStatus.filter((row) => row.trigger === 'schedule').reduce((sum, row) => sum + row.n, 0)
  const deeds = over(await told(server), before)
  // Beside the person's own: the schedule of each app was switched off.
  deeds.set('connection.change', (deeds.get('connection.change') ?? 0) - BUSINESSES)
  const things = await person.things()
  const happened = { calls, fired, kills, cuts, scheduled, hours: lasted, apps: BUSINESSES }
  say(
    `${hours().toFixed(1)} hours: ${byStatus.map((row) => `${row.n} ${row.status} (${row.trigger})`).join(', ')}`,
  )
  say(
    `${calls} calls, ${fired} answers wrong of ${trouble.kinds().length} kinds, ${kills} kills, ${cuts} cuts`,
  )
  say(
    `${person.reads()} reads and ${[...person.ledger.deeds].map(([deed, n]) => `${n.acknowledged} ${deed}`).join(', ')} by the person`,
  )
  const [early, late] = [untouched.slice(0, untouched.length >> 2), untouched.slice(-untouched.length >> 2)]
  const inMb = (kb: number) => (kb / 1_024).toFixed(1)
  say(`memory of the server, looked through: ${series.map(({ whole }) => inMb(whole)).join(', ')} MB`)
  say(`our own objects in it: ${series.map(({ objects }) => inMb(objects)).join(', ')} MB`)
  say(`memory of the server, not looked through: ${median(early)}, then ${median(late)} kB`)
  say(`the journal: ${journal} rows before the month, ${kept} at the end`)

  return { found, person, things, deeds, happened, memory, journal }
}
