// The world of the soak: many simulated businesses behind one address, which change slowly, and of whose answers one in a hundred is wrong in a way
// drawn from everything that can be wrong with one (graph-faults.ts).
import { createServer, request as ask } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LoggedCall } from '../src/connectors/meta/simulator/call-log.ts'
import type { FaultMatch } from '../src/connectors/meta/simulator/faults.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { manners } from './disturb.ts'
import { graphFaults } from './graph-faults.ts'
import type { GraphFault } from './graph-faults.ts'

export interface Worlds {
  sims: Simulator[]
  /** Where all of them answer, each to its own tokens. */
  url: string
  close(): Promise<void>
}

/** Starts so many businesses, no two alike, on the clock of the soak. */
export async function openWorlds(count: number, clock: () => number): Promise<Worlds> {
  const kinds = Object.values(manners)
  const sims: Simulator[] = []
  for (let seed = 1; seed <= count; seed += 1)
    sims.push(
      await startSimulator({
        seed,
        clock,
        world: {
          ownAssets: { ad_account: 5, page: 5, pixel: 2, product_catalog: 2, instagram_asset: 2 },
          ownPeople: 14,
          partners: 2,
          peoplePerPartner: 10,
          sharedPerPartner: 5,
          foreignAssets: 2,
        },
        switches: { ...kinds[seed % kinds.length], callsPerHour: 0 },
      }),
    )
  const server = createServer((incoming, answer) => route(sims, incoming, answer))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    sims,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      })
      for (const sim of sims) await sim.stop()
    },
  }
}

/** Hands a request on to the business whose token, or whose app, it names; a connection that breaks there breaks here. */
function route(sims: readonly Simulator[], incoming: IncomingMessage, answer: ServerResponse): void {
  const token = /^\S+\s+(.*)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? ''
  const sim =
    sims.find(({ control, appId }) => control.world.tokens.has(token) || token.startsWith(`${appId}|`)) ??
    sims.find(({ appId }) => incoming.url?.includes(appId))
  if (sim === undefined) {
    answer.destroy()
    return
  }
  const { method, headers, url = '/' } = incoming
  const onward = ask(sim.url + url, { method, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 500, given.rawHeaders)
    given.on('aborted', () => answer.destroy()).pipe(answer)
  })
  onward.on('error', () => answer.destroy())
  answer.on('close', () => onward.destroy())
  incoming.pipe(onward)
}

/** A fault that is armed waits so long for its place before another one is armed beside it. */
const PATIENCE_MS = 60_000

export interface Misfortune {
  /** Arms what is due. */
  tick(): void
  /** No more of it. */
  stop(): void
  calls(): number
  /** Answers that were wrong. */
  fired(): number
  /** Names of the faults that were met. */
  kinds(): string[]
}

/** Makes so large a share of the answers wrong, at places that were asked for before. */
export function misfortune(sims: readonly Simulator[], share: number, chance: Random): Misfortune {
  const armed: { name: string; at: number; met: () => number }[] = []
  const past = new Map<string, number>()
  const from = sims.reduce((sum, sim) => sum + sim.control.counts().logical, 0)
  const calls = () => sims.reduce((sum, sim) => sum + sim.control.counts().logical, 0) - from
  const fired = () => armed.reduce((sum, one) => sum + one.met(), 0)
  const arm = () => {
    const sim = chance.pick([...sims])
    const call = sim.control.calls().at(-1 - chance.between(0, 80))
    const fault = chance.pick([...graphFaults])
    const match = call === undefined ? null : placeOf(fault, call)
    if (match === null) return
    const planned = sim.control.addFault({ match, do: fault.do, times: fault.times ?? 1 })
    armed.push({ name: fault.name, at: performance.now(), met: () => planned.fired })
  }
  return {
    calls,
    fired,
    tick: () => {
      const waiting = armed.filter(
        ({ at, met }) => met() === 0 && performance.now() - at < PATIENCE_MS,
      ).length
      for (let due = share * calls() - fired() - waiting; due > 0; due -= 1) arm()
    },
    stop: () => {
      for (const { name, met } of armed) if (met() > 0) past.set(name, (past.get(name) ?? 0) + met())
      for (const sim of sims) sim.control.clearFaults()
    },
    kinds: () => [...past.keys()],
  }
}

/** Where a fault may meet a call like one that was made; null where it would change nothing. */
function placeOf(fault: GraphFault, { node, edge, page, inBatch }: LoggedCall): FaultMatch | null {
  if (fault.reach === 'batch') return { batch: true }
  if (fault.reach === 'list' && edge === null) return null
  if (fault.reach === 'item' && !inBatch) return null
  return { node, edge, page, nested: false, ...(fault.reach === 'item' ? { inBatch: true } : {}) }
}
