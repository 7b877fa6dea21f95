// Answers of the provider that come late, drop by drop, in part, packed wrongly or without end, and connections that break on their way, TLS
// included: a read may fail of it and has to say so, or be repeated; it may never take a part for the whole, nor more memory than it must.
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { NEVER_FIRED, disturbBy, worldOf } from './disturb.ts'
import type { Armed } from './disturb.ts'
import { runOnDatabase } from './on-database.ts'
import { startProxy } from './proxy.ts'
import type { Link, Proxy } from './proxy.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'

/** A whole answer as it left the server. */
interface Whole {
  head: string
  body: Buffer
}

export interface Slowness {
  name: string
  /** What the client gets in place of the answer. */
  give(link: Link, whole: Whole): Promise<void>
  /** Whether it can be done to this answer; to any where it is left out. */
  fits?(whole: Whole): boolean
  /** Waits for the client's own patience: 30 seconds. */
  long?: true
  /** Of every answer that fits, not of one alone. */
  always?: true
}

const withHead = (head: string, more: Record<string, string>, body: Buffer): Buffer => {
  const kept = head
    .split('\r\n')
    .filter((line) => !/^(content-length|content-encoding|transfer-encoding):/i.test(line) && line !== '')
  const lines = Object.entries({ 'content-length': String(body.length), ...more }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return Buffer.concat([Buffer.from([...kept, ...lines, '', ''].join('\r\n')), body])
}
const bytesOf = ({ head, body }: Whole): Buffer => withHead(head, {}, body)

/** Sends so many of the bytes, lets them leave, and breaks the connection. */
async function part(link: Link, bytes: Buffer, share: number): Promise<void> {
  link.toClient(bytes.subarray(0, Math.floor(bytes.length * share)))
  await pause(20)
  link.reset()
}

const MEGABYTE = 1 << 20
const ENDLESS = 200
/** What the client may have taken of an answer without end before it hung up: its own bound is 50. */
const MOST = 120

export const slownesses: readonly Slowness[] = [
  { name: 'reset before the first byte', give: (link, whole) => part(link, bytesOf(whole), 0) },
  { name: 'reset in the headers', give: (link, whole) => part(link, bytesOf(whole).subarray(0, 90), 0.9) },
  { name: 'reset in the middle of the body', give: (link, whole) => part(link, bytesOf(whole), 0.7) },
  { name: 'reset before the last byte', give: (link, whole) => part(link, bytesOf(whole), 0.999) },
  {
    name: 'a packed body, whole',
    give: ({ toClient }, { head, body }) => {
      toClient(withHead(head, { 'content-encoding': 'gzip' }, gzipSync(body)))
      return Promise.resolve()
    },
  },
  {
    name: 'a packed body that is cut',
    give: ({ toClient }, { head, body }) => {
      const packed = gzipSync(body)
      toClient(
        withHead(head, { 'content-encoding': 'gzip' }, packed.subarray(0, Math.floor(packed.length * 0.6))),
      )
      return Promise.resolve()
    },
  },
  {
    name: 'a body that is said to be packed and is not',
    give: ({ toClient }, { head, body }) => {
      toClient(withHead(head, { 'content-encoding': 'gzip' }, body))
      return Promise.resolve()
    },
  },
  {
    name: 'shorter than it says, then the end',
    give: async (link, { head, body }) => {
      link.toClient(withHead(head, { 'content-length': String(body.length + 9) }, body))
      await pause(20)
      link.reset()
    },
  },
  {
    name: 'longer than it says',
    give: ({ toClient }, { head, body }) => {
      toClient(Buffer.concat([withHead(head, {}, body), Buffer.from('{"data":[]}')]))
      return Promise.resolve()
    },
  },
  {
    name: 'in two pieces, the first a single byte',
    give: async ({ toClient }, whole) => {
      const bytes = bytesOf(whole)
      toClient(bytes.subarray(0, 1))
      await pause(50)
      toClient(bytes.subarray(1))
    },
  },
  { name: 'a body of 200 MB', give: flood },
  { name: 'the first byte after 20 s', give: (link, whole) => late(link, whole, 20_000), long: true },
  { name: 'the first byte after 35 s', give: (link, whole) => late(link, whole, 35_000), long: true },
  {
    name: 'a byte a second',
    give: async ({ toClient }, whole) => {
      const bytes = bytesOf(whole)
      for (let at = 0; at < Math.min(bytes.length, 40); at += 1) {
        toClient(bytes.subarray(at, at + 1))
        await pause(1_000)
      }
    },
    long: true,
  },
  {
    name: 'the headers and then nothing',
    give: async ({ toClient }, { head, body }) => {
      const bytes = withHead(head, {}, body)
      toClient(bytes.subarray(0, bytes.length - body.length))
      await pause(35_000)
    },
    long: true,
  },
]

async function late({ toClient }: Link, whole: Whole, ms: number): Promise<void> {
  await pause(ms)
  toClient(bytesOf(whole))
}

/** Text without end. Throws where the client took far more than it should. */
async function flood(link: Link, { head }: Whole): Promise<void> {
  const start = withHead(head, { 'content-length': String(ENDLESS * MEGABYTE) }, Buffer.from('{"data":['))
  link.toClient(start)
  const blank = Buffer.alloc(MEGABYTE, ' ')
  let sent = 0
  // A client that hung up takes no more; waiting for each piece keeps this side's memory small as well.
  while (sent < ENDLESS && (await link.drained())) {
    link.toClient(blank)
    sent += 1
  }
  if (sent > MOST) throw new Error(`the client took ${sent} MB of one answer`)
}

/** What a call is known by: method and path without version and parameters, and how often it was made. */
export interface Asked {
  line: string
  nth: number
}

interface SlowProxy {
  proxy: Proxy
  /** Puts a fault at a call. */
  arm(at: Asked, slowness: Slowness): Armed
  /** Calls since the last `forget`. */
  asked(): readonly Asked[]
  forget(): void
  /** What went wrong in giving an answer. */
  troubles: string[]
}

/** In front of the simulated provider, which sends a length with each answer. */
async function startSlowProxy(address: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(address)
  const counts = new Map<string, number>()
  let armed: { at: Asked; slowness: Slowness; fired: number } | null = null
  let asked: Asked[] = []
  const troubles: string[] = []
  const proxy = await startProxy({ host: hostname, port: Number(port) }, (link) => {
    let mine: typeof armed = null
    let answer = Buffer.alloc(0)
    return {
      fromClient: (bytes) => {
        const line = /^([A-Z]+) \/(?:v[\d.]+\/)?([^? ]*)/.exec(bytes.toString('latin1', 0, 200))
        if (line === null) return bytes
        const one = { line: `${line[1]} ${line[2]}`, nth: (counts.get(`${line[1]} ${line[2]}`) ?? 0) + 1 }
        counts.set(one.line, one.nth)
        asked.push(one)
        if (armed !== null && isMeant(armed) && isAt(armed.at, one)) mine = armed
        return bytes
      },
      fromServer: (bytes) => {
        if (mine === null) return bytes
        answer = Buffer.concat([answer, bytes])
        const whole = wholeOf(answer)
        if (whole === null) return Buffer.alloc(0)
        const { slowness } = mine
        const kept = answer
        const met = mine
        ;[mine, answer] = [null, Buffer.alloc(0)]
        if (!isMeant(met) || slowness.fits?.(whole) === false) return kept
        met.fired += 1
        slowness.give(link, whole).catch((error: unknown) => troubles.push(String(error)))
        return Buffer.alloc(0)
      },
    }
  })
  return {
    proxy,
    troubles,
    asked: () => asked,
    forget: () => {
      counts.clear()
      asked = []
    },
    arm: (at, slowness) => {
      counts.clear()
      const mine = { at, slowness, fired: 0 }
      armed = mine
      return { fired: () => mine.fired, disarm: () => void (armed = null) }
    },
  }
}

const isMeant = ({ slowness, fired }: { slowness: Slowness; fired: number }): boolean =>
  fired === 0 || slowness.always === true

/** An empty line stands for any call. */
const isAt = (wanted: Asked, one: Asked): boolean =>
  wanted.line === '' || (wanted.line === one.line && wanted.nth === one.nth)

function wholeOf(answer: Buffer): Whole | null {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = answer.toString('latin1', 0, end)
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  const body = answer.subarray(end + 4)
  return body.length < length ? null : { head, body }
}

/** A way in which a connection over TLS never comes about. */
interface Failing {
  name: string
  answer: (link: Link) => void
}

/** While they do not, the whole provider is out of reach. */
const tls: Failing[] = [
  { name: 'reset at the first message', answer: (link) => link.reset() },
  {
    name: 'an answer that is none',
    answer: (link) => link.toClient(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
  },
  {
    name: 'half a greeting, then a reset',
    answer: (link) => {
      link.toClient(Buffer.from([0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00]))
      setTimeout(() => link.reset(), 20)
    },
  },
]

export interface SlowStage {
  stage: Stage
  slow: SlowProxy
  /** Sends everything to an address instead; null: to the provider again. */
  detour(url: string | null): void
  close(): Promise<void>
}

export async function openSlow(t: TestDb): Promise<SlowStage> {
  let slow: SlowProxy | null = null
  let detour: string | null = null
  const stage = await openStage(t, worldOf('small pages'), async (url) => {
    slow = await startSlowProxy(url)
    const usual = `http://127.0.0.1:${slow.proxy.port}`
    return () => detour ?? usual
  })
  const opened = slow as SlowProxy | null
  if (opened === null) throw new Error('There is no proxy.')
  return {
    stage,
    slow: opened,
    detour: (url) => {
      detour = url
    },
    close: async () => {
      await opened.proxy.close()
      await stage.close()
    },
  }
}

/** A check while no connection comes about, each in the next of these ways. */
async function playTls(
  t: TestDb,
  { stage, detour }: SlowStage,
  ways: readonly Failing[],
  chance: Random,
): Promise<string[]> {
  const { hostname, port } = new URL(stage.sim.url)
  const met = ways.map(() => 0)
  let links = 0
  const proxy = await startProxy({ host: hostname, port: Number(port) }, (link) => {
    const way = links++ % ways.length
    return {
      fromClient: () => {
        met[way] = (met[way] ?? 0) + 1
        ways[way]?.answer(link)
        return Buffer.alloc(0)
      },
    }
  })
  try {
    return await disturbBy(
      t,
      stage,
      {
        arm: () => {
          detour(`https://127.0.0.1:${proxy.port}`)
          return { fired: () => Math.min(...met), disarm: () => detour(null) }
        },
        remembered: true,
      },
      chance,
    )
  } finally {
    detour(null)
    await proxy.close()
  }
}

/** The family; `long` lets those in that wait for the client's patience, and plays each way in which TLS fails by itself. */
export async function slowFamily(
  t: TestDb,
  open: SlowStage,
  seed: number,
  count: number,
  long: boolean,
): Promise<Family> {
  const { stage, slow } = open
  await stage.forget()
  slow.forget()
  await stage.check()
  const places = [...slow.asked()]
  const kinds = slownesses.filter((one) => long || one.long !== true)
  const chance = random(seed, 'slow')
  // Without a provider a check waits for its repeats and does nothing else: in a short run all ways share one such check.
  const outages = long ? tls.map((way) => [way]) : [tls]
  const cases = Array.from({ length: Math.max(0, count - tls.length) }, (_, n): Case | null => {
    const slowness = kinds[n % kinds.length]
    const at = chance.pick(places)
    if (slowness === undefined) return null
    return {
      name: `${slowness.name} × ${at.line}, time ${at.nth}`,
      run: async () => {
        const play = (nth: number) =>
          disturbBy(t, stage, { arm: () => slow.arm({ ...at, nth }, slowness) }, random(seed, `slow ${n}`))
        const wrong = await play(at.nth)
        // What went on in the world may have made the calls of this kind fewer.
        const again = wrong.includes(NEVER_FIRED) ? await play(Math.ceil(at.nth / 2)) : wrong
        return [...again, ...slow.troubles.splice(0)]
      },
    }
  })
  return {
    name: 'slow',
    seed,
    about: [
      `${kinds.length} kinds at ${cases.length} of ${kinds.length * places.length} places (sampling), and ${tls.length} ways in which TLS does not come about (all of them)`,
    ],
    cases: [
      ...outages.map((ways): Case => {
        const name = `TLS: ${ways.map((way) => way.name).join(' | ')}`
        return { name, run: () => playTls(t, open, ways, random(seed, name)) }
      }),
      ...cases.filter((one) => one !== null),
    ],
    planted: [
      {
        name: 'a row that is taken out on the way, so that no client can notice',
        run: () =>
          disturbBy(t, stage, { arm: () => slow.arm({ line: '', nth: 0 }, robbed) }, random(seed, 'planted')),
      },
      {
        name: 'a place that is never met',
        run: () =>
          disturbBy(
            t,
            stage,
            { arm: () => slow.arm({ line: 'GET nothing', nth: 1 }, robbed) },
            random(seed, 'never'),
          ),
      },
    ],
  }
}

/** Somebody's first right in a list of several is gone from every answer: of one alone it is asked a second time. */
const taken = /\{[^{}]*\\?"tasks\\?":\[[^\]]*\][^{}]*\},(?=\{)/
const robbed: Slowness = {
  name: 'a row is taken out',
  always: true,
  fits: ({ body }) => taken.test(body.toString()),
  give: ({ toClient }, { head, body }) => {
    toClient(withHead(head, {}, Buffer.from(body.toString().replace(taken, ''))))
    return Promise.resolve()
  },
}

if (import.meta.main)
  await runOnDatabase({ cases: 20 }, async (t, seed, count) => {
    const open = await openSlow(t)
    return { family: await slowFamily(t, open, seed, count, true), close: () => open.close() }
  })
