// A day and more in half an hour: the real server on a clock sixty times as fast, twenty businesses that are checked by the hour, one in a hundred of the
// provider's answers wrong, connections cut, the server killed now and then, a month away in the middle, and a person who works with it all the
// while. `npm run faults -- soak 10` plays ten minutes of it. Needs libfaketime (Debian: faketime).
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { startProgram } from '../e2e/harness.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import { asked, runFamily, skipFamily } from './cases.ts'
import type { Case } from './cases.ts'
import { findFaketime } from './faketime.ts'
import { chains, compare, mend, openGround, SPEED } from './soak-ground.ts'
import type { Ground } from './soak-ground.ts'
import { dear, endless, hoarded, quiet } from './soak-judge.ts'
import { collected, growth, INSPECTED } from './soak-memory.ts'
import { Ledger } from './soak-person.ts'
import { AWAY_DAYS, MINUTE, play } from './soak-play.ts'
import type { Played } from './soak-play.ts'

/** How many cases it is told as where it cannot be played. */
const CASES = 11

const one = (name: string, run: () => Promise<string[]> | string[]): Case => ({
  name,
  run: async () => run(),
})

/** A server that loses memory: half a megabyte a tenth of a second, by a module that its process is told to load first. */
async function leaking(): Promise<string[]> {
  const code = 'setInterval(()=>{(globalThis.lost??=[]).push(new Uint8Array(5e5).fill(1))},100).unref()'
  const NODE_OPTIONS = `${INSPECTED} --import=data:text/javascript,${encodeURIComponent(code)}`
  const dataDir = temporaryFolder('leak')
  const program = await startProgram({ dataDir, env: { NODE_OPTIONS } })
  try {
    const first = await collected(program)
    await pause(10_000)
    return growth({ first, last: await collected(program) })
  } finally {
    await program.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What has to be true of what was played. */
function cases(g: Ground, { found, person, things, deeds, happened, memory, journal }: Played): Case[] {
  const { root, now } = g.fast
  return [
    one('nothing was ended wrongly, or stored that was never true, at any time', () => [...found]),
    one('no answer failed while the server was there', () => person.wrong),
    one('every task is over, or waits for something that is shown', () => endless(root)),
    one('no acknowledged write is lost', () => person.ledger.lost(things)),
    one('each write stands once in the log', () => person.ledger.untold(deeds)),
    one('no check took three times the calls of an undisturbed one', () => dear(root, g.businesses)),
    one('memory does not grow', () => growth(memory)),
    one('the journal is forgotten after a month', async () => [
      ...(journal < 500 ? ['there was nothing to forget'] : []),
      ...(await hoarded(root, now())),
    ]),
    one('faults, kills, cuts and the schedule happened', () => quiet(happened)),
    one('a last check makes everything as it is', () => mend(g)),
    one('the log of every workspace is whole', () => chains(g)),
  ]
}

/** Mistakes put in: each has to be found. */
function planted(g: Ground, { happened }: Played): Case[] {
  const { root, now } = g.fast
  /** Into the database, and out of it again. */
  const put = (name: string, query: string, undo: string, judge: () => Promise<string[]>): Case => ({
    name,
    run: async () => {
      await root.query(query)
      try {
        return await judge()
      } finally {
        await root.query(undo)
      }
    },
  })
  const app = g.businesses[0]?.connectionId ?? ''
  const lostGrant = [
    `update grants set ended_at = 'epoch' where id = (select id from grants where connection_id = '${app}' and ended_at is null order by id limit 1)`,
    `update grants set ended_at = null where ended_at = 'epoch'`,
  ] as const
  const job = `(select id from jobs where kind = 'check-for-updates' and status = 'complete' and result ? 'logicalCalls' order by id limit 1)`
  const event = `(select min(id) from audit_events where action = 'sync.apply')`
  const work = `(select min(workflow_uuid) from dbos.workflow_status where completed_at is not null)`
  const months = 2 * AWAY_DAYS * 24 * 60 * MINUTE
  const written = async () => {
    const ledger = new Ledger()
    await ledger.write('a name', 'new', 'workspace.change', () => Promise.resolve(200))
    return ledger
  }
  return [
    put('a right that is true ends', ...lostGrant, () => g.watches[0]?.look() ?? Promise.resolve([])),
    put('a right is lost at the end', ...lostGrant, () => compare(g)),
    put(
      'a job stays open',
      `update jobs set status = 'running' where id = ${job}`,
      `update jobs set status = 'complete' where status = 'running'`,
      () => endless(root),
    ),
    put(
      'a check without end',
      `update jobs set result = result || '{"logicalCalls": 5000}', progress = 'planted' where id = ${job}`,
      `update jobs set result = result || '{"logicalCalls": 1}', progress = null where progress = 'planted'`,
      () => dear(root, g.businesses),
    ),
    put(
      'work that is kept for good',
      `update dbos.workflow_status set completed_at = completed_at - ${months} where workflow_uuid = ${work}`,
      `update dbos.workflow_status set completed_at = completed_at + ${months} where completed_at < ${Math.round(now() - months / 2 - MINUTE)}`,
      () => hoarded(root, now()),
    ),
    put(
      'a line of the log is changed',
      `update audit_events set data = data || '{"planted": 1}' where id = ${event}`,
      `update audit_events set data = data - 'planted' where data ? 'planted'`,
      () => chains(g),
    ),
    one('an acknowledged write is lost', async () => (await written()).lost(new Map([['a name', 'old']]))),
    one('a write without its line in the log', async () => (await written()).untold(new Map())),
    one('nothing ever went wrong', () => quiet({ ...happened, fired: 0 })),
    one('memory is lost', leaking),
  ]
}

const { cases: minutes, seed } = asked(process.argv.slice(2), 20_261)
const library = findFaketime()
if (library === null) {
  skipFamily('soak', CASES, 'libfaketime is not installed', console.log)
  process.exit(0)
}
const length = (minutes ?? 30) * MINUTE
const g = await openGround(library)
let failed = 1
try {
  const played = await play(g, length, seed, (line) => console.log(`  ${line}`))
  const family = {
    name: 'soak',
    seed,
    about: [`${length / MINUTE} minutes at ${SPEED} times the speed of time (sampling)`],
    cases: cases(g, played),
    planted: planted(g, played),
  }
  failed = (await runFamily(family, (line) => console.log(line))).failed
} finally {
  await g.close()
}
process.exit(failed === 0 ? 0 : 1)
