// What several requests under way at a time do to a limit: none starts after its refusal has come, in no process that uses the app, the first of
// a token goes alone, and where usage was told before there is never another one that the refusal would meet. Processes share nothing but the
// database here as there: each has what it knows of the limits by itself.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Context } from '../src/connectors/connector.ts'
import { meta } from '../src/connectors/meta/connector.ts'
import { openGraph } from '../src/connectors/meta/graph.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { contextFor, drive } from '../src/connectors/testing/drive.ts'
import { ConnectorError } from '../src/model/error.ts'
import { openLimits } from '../src/store/limits.ts'
import { testDb } from '../src/store/testing/test-db.ts'

const t = await testDb()
// Everything is asked asset by asset, in many batches: only then are there several at a time.
const sim = await startSimulator({
  world: { ownAssets: 300, ownPeople: 20, partners: 1, sharedPerPartner: 4, foreignAssets: 2 },
  switches: { callsPerHour: 0, refusedExpansions: ['*.assigned_users', '*.agencies'] },
})
const gate = await startGate(sim.url)
afterAll(() => Promise.all([sim.stop(), gate.close()]))

let now = 1_800_000_000_000
/** Each test's limits are those of an app of its own. */
let app = 0
beforeEach(() => {
  app += 1
  gate.reset()
})

interface Gate {
  url: string
  /** Requests that came. */
  came: number
  /** The most that were under way at the same time, of all, and before the first was answered. */
  most: number
  mostAtFirst: number
  /** Requests that came after a refusal had been received. */
  late: number
  /** The how manieth request is refused, and with what; 0: none. */
  refuse: { at: number; code: number; headers: Record<string, string> }
  /** Headers of every other answer. */
  headers: Record<string, string>
  reset(): void
  close(): Promise<void>
}

/** Stands before the provider. An answer waits until everything that was sent beside it has come, a refusal goes out before the others. */
async function startGate(target: string): Promise<Gate> {
  let underWay = 0
  let answered = 0
  let refused = false
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const number = ++state.came
    underWay += 1
    if (refused) state.late += 1
    state.most = Math.max(state.most, underWay)
    if (answered === 0) state.mostAtFirst = Math.max(state.mostAtFirst, underWay)
    const { at, code, headers } = state.refuse
    // What was sent beside it comes meanwhile.
    await sleep(number === at ? 50 : 15)
    if (number === at) {
      underWay -= 1
      refused = true
      response.writeHead(400, { 'content-type': 'application/json', ...headers })
      response.end(
        JSON.stringify({ error: { message: `(#${code}) Too many`, type: 'OAuthException', code } }),
      )
      return
    }
    const given = await fetch(target + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': request.headers['content-type'] ?? '',
      },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    const text = await given.text()
    // The refusal is known before the others of its round.
    if (at > 0 && number > at - 4) await sleep(80)
    response.writeHead(given.status, { 'content-type': 'application/json', ...state.headers })
    underWay -= 1
    answered += 1
    response.end(text)
  }
  const server = createServer((request, response) => void pass(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const state: Gate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came: 0,
    most: 0,
    mostAtFirst: 0,
    late: 0,
    refuse: { at: 0, code: 0, headers: {} },
    headers: {},
    reset: () => {
      underWay = answered = 0
      refused = false
      Object.assign(state, { came: 0, most: 0, mostAtFirst: 0, late: 0, headers: {} })
      state.refuse = { at: 0, code: 0, headers: {} }
    },
    close: () => new Promise((done) => (server.closeAllConnections(), server.close(() => done()))),
  }
  return state
}

/** A context as a process of its own has it. */
async function process(token = sim.token): Promise<Context> {
  const target = { kind: 'own', business: sim.businessId } as const
  const world = { address: gate.url, appId: sim.appId, appSecret: sim.appSecret }
  const failed = (error: unknown): never => {
    throw error
  }
  const limits = await openLimits(t.db, () => now, failed).of(`meta/simulated/${app}`)
  return { ...contextFor(world, token, target, { clock: () => now }), limits }
}

const ends = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => 'read',
    (error: unknown) => (error instanceof ConnectorError ? error.failure.kind : error),
  )
const usage = (percent: number, regain = 0): Record<string, string> => ({
  'x-app-usage': `{"call_count":${percent},"total_time":1,"total_cputime":1}`,
  ...(regain === 0
    ? {}
    : {
        'x-business-use-case-usage': `{"7":[{"type":"ads_management","call_count":100,"estimated_time_to_regain_access":${regain}}]}`,
      }),
})

test('the first request of a token goes alone, then several may', async () => {
  const calls = Array.from({ length: 500 }, () => ({ path: 'me', params: {} }))
  const answers = await openGraph(await process()).ask(calls)
  expect(answers.every((answer) => answer.ok)).toBe(true)
  expect(gate.mostAtFirst).toBe(1)
  expect(gate.most).toBe(4)
})

test.each([
  ['a token', 17],
  ['the app', 4],
])('a refusal of %s in the middle of several requests: none starts after it has come', async (_of, code) => {
  gate.refuse = { at: 6, code, headers: usage(100, 5) }
  expect(await ends(drive(meta, await process()))).toBe('limited')
  expect(gate.late).toBe(0)
  const { came } = gate
  // A second process and a second try wait as well, until the time that was told.
  now += 4 * 60_000
  expect(await ends(drive(meta, await process()))).toBe('limited')
  expect(gate.came).toBe(came)
  now += 2 * 60_000
  gate.refuse.at = 0
  expect(await ends(drive(meta, await process()))).toBe('read')
})

test('a refusal of the app stops another process, whatever it knew a moment before', async () => {
  const [one, other] = [await process(), await process(sim.partners[0]?.token)]
  // What the other knows is fresh, and the refusal is not in it.
  expect(other.limits.get('pace/app/until')).toBeUndefined()
  gate.refuse = { at: 1, code: 4, headers: {} }
  expect(await ends(drive(meta, one))).toBe('limited')
  expect(await ends(drive(meta, other))).toBe('limited')
  expect(gate.came).toBe(1)
})

test('near a limit requests of all processes go one by one, so that its refusal meets none on its way', async () => {
  gate.headers = usage(61)
  expect(await ends(drive(meta, await process()))).toBe('read')
  expect(gate.most).toBe(1)
  gate.reset()
  gate.headers = usage(61)
  gate.refuse = { at: 5, code: 4, headers: usage(100, 1) }
  const again = [await process(), await process(), await process()]
  expect(await Promise.all(again.map((ctx) => ends(drive(meta, ctx))))).toEqual([
    'limited',
    'limited',
    'limited',
  ])
  expect(gate.most).toBe(1)
  expect(gate.came).toBe(5)
})

test('after a refusal one request tries whether the wait was long enough, whoever waited for it', async () => {
  gate.refuse = { at: 1, code: 4, headers: {} }
  expect(await ends(drive(meta, await process()))).toBe('limited')
  now += 31_000
  gate.reset()
  gate.refuse = { at: 1, code: 4, headers: {} }
  const waited = [await process(), await process(), await process()]
  expect(await Promise.all(waited.map((ctx) => ends(drive(meta, ctx))))).toEqual([
    'limited',
    'limited',
    'limited',
  ])
  expect(gate.came).toBe(1)
})
