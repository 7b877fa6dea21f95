// What answers take, over loopback from the real server in another process: twelve pairs that may not be told apart, asked in random order, and judged by
// the Mann-Whitney test. A leak of 0.3 ms, put in by a proxy, has to be found. `npm run faults -- timing 300` asks 300 of each side in place of 5,000.
import { randomBytes } from 'node:crypto'
import { Agent, request as open } from 'node:http'
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { startProgram } from '../e2e/harness.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { startSmtp } from '../src/jobs/testing/smtp.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import { codeOf } from './api.ts'
import { asked, runFamily } from './cases.ts'
import type { Case } from './cases.ts'
import { superuserOf } from './faketime.ts'
import { holm, mannWhitney } from './mann-whitney.ts'
import type { Compared } from './mann-whitney.ts'
import { startProxy } from './proxy.ts'
import { smallWorld } from './served.ts'
import type { Served } from './served.ts'
import { furnish, openDoors } from './timing-doors.ts'
import type { Pair, Wire } from './timing-doors.ts'

const SAMPLES = 5_000
/** Each side, before anything counts. */
const WARM = 30
/** Below it, the sides are told apart: two-sided, with Holm's correction over all pairs. */
const BOUND = 0.01
/** After so many requests what counts tries is emptied, outside what is measured: no account and no address gets to its limit. */
const SWEEP = 80
const LEAK_MS = 0.3
/** Asked of each side at least where a leak is put in: fewer do not tell so little on a machine that does other things. */
const PLANTED = 1_500

const say = (line: string) => console.log(`  ${line}`)

interface Answered {
  status: number
  body: string
  ms: number
}

/** Asks over one connection that stays open; `side` is a header that the planted leak looks at. */
function asker(port: number, host: string): (wire: Wire, from: string, side: string) => Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return ({ method, path, headers, body }, from, side) =>
    new Promise((done, fail) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const sent = performance.now()
      const request = open(
        {
          ...{ host: '127.0.0.1', port, agent, method, path },
          headers: {
            ...{ host, origin: `http://${host}`, 'x-forwarded-for': from, 'x-side': side, ...headers },
            ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': text.length }),
          },
        },
        (response) => {
          let got = ''
          response.on('data', (chunk: Buffer) => (got += chunk.toString()))
          response.on('end', () =>
            done({ status: response.statusCode ?? 0, body: got, ms: performance.now() - sent }),
          )
          response.on('error', fail)
        },
      )
      request.on('error', fail)
      request.end(text)
    })
}

/** An address that nobody had before: what is counted by address is no part of this. */
const somewhere = (chance: Random): string =>
  ['10', ...[1, 2, 3].map(() => String(chance.between(1, 250)))].join('.')

/** What may differ between two answers that are the same: the number of the request. */
const alike = (body: string): string => body.replace(/"(request|reference)":"[^"]*"/g, '')

/** Asks both sides of a pair in random order; throws where their answers can be told apart by what they say. */
async function measure(
  g: Served,
  pair: Pair,
  samples: number,
  chance: Random,
  port = Number(new URL(g.url).port),
): Promise<Compared> {
  const go = asker(port, new URL(g.url).host)
  const order = Array.from({ length: 2 * (samples + WARM) }, (_, n) => ({ right: n % 2 === 0, n: n >> 1 }))
  const mixed = [...order.slice(0, 2 * WARM), ...shuffled(order.slice(2 * WARM), chance)]
  const times = { right: [] as number[], wrong: [] as number[] }
  const seen = { right: new Set<string>(), wrong: new Set<string>() }
  for (const [at, { right, n }] of mixed.entries()) {
    if (at % SWEEP === 0) await g.root.query('delete from auth_tries; delete from auth_rate_limit')
    const side = right ? 'right' : 'wrong'
    const { status, body, ms } = await go(pair.request(right, n), somewhere(chance), side)
    if (status === 429) throw new Error('A limit was met: what was measured is not the door.')
    seen[side].add(`${status} ${alike(body)}`)
    if (at >= 2 * WARM) times[side].push(ms)
  }
  const [one, two] = [[...seen.right].join(' | '), [...seen.wrong].join(' | ')]
  if (one !== two) throw new Error(`The answers differ: ${one.slice(0, 300)}; ${two.slice(0, 300)}`)
  return mannWhitney(times.right, times.wrong)
}

function shuffled<T>(list: readonly T[], chance: Random): T[] {
  return list
    .map((one) => ({ one, at: chance.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

const shown = ({ p, shift }: Compared): string =>
  `p = ${p.toPrecision(2)}, medians ${Math.round(shift * 1_000)} µs apart`

/** The same pair through a proxy that holds one side up by 0.3 ms. */
function leak(g: Served, pair: Pair, samples: number, chance: Random): Case {
  return {
    name: `0.3 ms on one side of ${pair.name}`,
    run: async () => {
      const server = { host: '127.0.0.1', port: Number(new URL(g.url).port) }
      const proxy = await startProxy(server, () => ({
        fromClient: (bytes) => {
          const until = performance.now() + (bytes.includes('x-side: right') ? LEAK_MS : 0)
          while (performance.now() < until);
          return bytes
        },
      }))
      try {
        const found = await measure(g, pair, samples, chance, proxy.port)
        say(`planted, ${pair.name}: ${shown(found)}`)
        return found.p < BOUND ? [shown(found)] : []
      } finally {
        await proxy.close()
      }
    },
  }
}

const { cases: count, seed, only } = asked(process.argv.slice(2), 1)
const samples = count ?? SAMPLES
const metricsToken = randomBytes(32).toString('base64url')
const sim = await startSimulator({ world: smallWorld, switches: { callsPerHour: 0 } })
const smtp = await startSmtp()
const dataDir = temporaryFolder('timing')
const program = await startProgram({
  dataDir,
  env: {
    META_GRAPH_URL: sim.url,
    SMTP_URL: smtp.url,
    MAIL_FROM: 'guestlist@example.test',
    // So that every request may come from an address of its own.
    GUESTLIST_TRUSTED_PROXIES: '127.0.0.1',
    GUESTLIST_METRICS_TOKEN: metricsToken,
    LOG_LEVEL: 'warn',
  },
})
const root = await superuserOf(dataDir)
let failed = 1
try {
  const g = await furnish(program, await codeOf(program), { sim, root })
  const pairs = await openDoors(g, metricsToken)
  // What the set-up left to do is done.
  await pause(3_000)
  const asks = (at: number) => typeof only !== 'number' || only === at + 1
  const measured = new Map<Pair, Compared | Error>()
  for (const [at, pair] of pairs.entries()) {
    if (!asks(at)) continue
    const found = await measure(g, pair, samples, random(seed, pair.name)).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    )
    measured.set(pair, found)
    say(`${pair.name}: ${found instanceof Error ? found.message : shown(found)}`)
  }
  const ps = pairs.map((pair) => {
    const found = measured.get(pair)
    return found === undefined || found instanceof Error ? 1 : found.p
  })
  const adjusted = holm(ps)
  const family = {
    name: 'timing',
    seed,
    about: [`2 × ${samples} requests a pair; p is Holm's over ${pairs.length} pairs (sampling)`],
    cases: pairs.map((pair, at) => ({
      name: pair.name,
      run: () => {
        const found = measured.get(pair)
        if (found === undefined) return Promise.resolve(['was not measured'])
        if (found instanceof Error) return Promise.resolve([found.message])
        const p = adjusted[at] ?? 0
        return Promise.resolve(
          p > BOUND ? [] : [`told apart: ${shown(found)}, ${p.toPrecision(2)} of all pairs`],
        )
      },
    })),
    planted: pairs
      .filter((_, at) => [5, 6, 8].includes(at))
      .map((pair) => leak(g, pair, Math.max(samples, PLANTED), random(seed, `leak ${pair.name}`))),
  }
  failed = (await runFamily(family, (line) => console.log(line), only)).failed
} finally {
  await root.end()
  await program.stop()
  await smtp.stop()
  await sim.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
process.exit(failed === 0 ? 0 : 1)
