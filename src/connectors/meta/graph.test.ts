// The client against a server that answers whatever a test puts on its list: what goes over the wire, what is repeated, what is refused.
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contextFor } from '../testing/drive.ts'
import type { Context } from '../connector.ts'
import type { MemoryRows } from '../registry.ts'
import { room, turn } from './pace.ts'
import { openGraph } from './graph.ts'

interface Asked {
  method: string
  url: URL
  headers: IncomingMessage['headers']
  body: URLSearchParams
}
type Reply = (response: ServerResponse, asked: Asked) => void

const TOKEN = 'EAACanaryTokenThatMustNeverBeSeen0123456789'
const SECRET = 'canary-app-secret'

let server: Server
let replies: Reply[]
let asked: Asked[]
let logged: string[]
let address: string
let now: number
let memory: MemoryRows

beforeEach(async () => {
  replies = []
  asked = []
  logged = []
  now = 1_800_000_000_000
  memory = new Map()
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const one: Asked = {
        method: request.method ?? '',
        url: new URL(request.url ?? '/', 'http://graph.test'),
        headers: request.headers,
        body: new URLSearchParams(Buffer.concat(parts).toString()),
      }
      asked.push(one)
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      reply?.(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const fails = (error: Record<string, unknown>, status = 400, headers: Record<string, string> = {}): Reply =>
  json({ error: { message: 'm', type: 'OAuthException', ...error } }, status, headers)

function context(): Context {
  const target = { kind: 'own', business: '1' } as const
  return contextFor({ address, appId: '42', appSecret: SECRET }, TOKEN, target, {
    logged,
    memory,
    clock: () => now,
  })
}
const me = { path: 'me', params: { fields: 'id,name' } }

describe('a call', () => {
  it('carries the token in its header alone, and the proof', async () => {
    replies = [json({ id: '1' })]
    const ctx = context()
    const [answer] = await openGraph(ctx).ask([me])
    expect(answer).toEqual({ ok: true, body: { id: '1' } })
    const [one] = asked
    expect(one?.headers.authorization).toBe(`Bearer ${TOKEN}`)
    expect(one?.url.pathname).toBe('/v26.0/me')
    expect(one?.url.href).not.toContain(TOKEN)
    const proof = createHmac('sha256', SECRET).update(TOKEN).digest('hex')
    expect(one?.url.searchParams.get('appsecret_proof')).toBe(proof)
    expect(ctx.usage).toEqual({ httpCalls: 1, logicalCalls: 1 })
  })

  it('keeps all digits of a long id that comes as a number', async () => {
    replies = [json('{"id":122166643335906546,"data":[{"id": 17841699877902371}]}')]
    const [answer] = await openGraph(context()).ask([me])
    expect(answer).toEqual({
      ok: true,
      body: { id: '122166643335906546', data: [{ id: '17841699877902371' }] },
    })
  })

  it('is told of when it has gone out, before its answer comes', async () => {
    const order: string[] = []
    replies = [
      (response, one) => {
        order.push('answered')
        json({ id: '1' })(response, one)
      },
    ]
    await openGraph({ ...context(), sent: () => order.push('sent') }).ask([me])
    expect(order).toEqual(['sent', 'answered'])
  })

  it('notices a version that was not asked for', async () => {
    replies = [json({ id: '1' }, 200, { 'facebook-api-version': 'v27.0' })]
    await openGraph(context()).ask([me])
    expect(logged.join()).toContain('v27.0')
    expect(memory.get('version/served')?.value).toBe('v27.0')
  })
})

describe('a failure', () => {
  /** Code, subcode, HTTP status → kind. */
  const table: [number, number | null, number, string][] = [
    [1, 99, 500, 'transient'],
    [2, null, 500, 'transient'],
    [3, null, 400, 'denied'],
    [4, 1504022, 400, 'limited'],
    [4, null, 200, 'limited'],
    [10, null, 400, 'denied'],
    [17, 2446079, 400, 'limited'],
    [32, null, 400, 'limited'],
    [100, 33, 400, 'gone'],
    [100, null, 400, 'changed'],
    [100, 1752100, 400, 'changed'],
    [102, null, 401, 'auth'],
    [104, null, 400, 'auth'],
    [190, 458, 400, 'auth'],
    [190, 459, 400, 'auth'],
    [190, 460, 400, 'auth'],
    [190, 463, 401, 'auth'],
    [190, 464, 400, 'auth'],
    [190, 466, 400, 'auth'],
    [190, 467, 400, 'auth'],
    [190, 492, 400, 'auth'],
    [190, null, 200, 'auth'],
    [200, null, 403, 'denied'],
    [210, null, 400, 'denied'],
    [299, null, 403, 'denied'],
    [341, null, 400, 'limited'],
    [368, null, 400, 'limited'],
    [415, null, 400, 'denied'],
    [452, null, 400, 'auth'],
    [457, null, 400, 'auth'],
    [613, 1996, 400, 'limited'],
    [613, null, 400, 'limited'],
    [803, null, 404, 'gone'],
    [2500, null, 400, 'changed'],
    [2620, null, 400, 'denied'],
    [3914, null, 400, 'denied'],
    [3979, null, 400, 'denied'],
    [80000, 2446079, 400, 'limited'],
    [80004, 2446079, 400, 'limited'],
    [80014, null, 400, 'limited'],
    [104001, null, 400, 'denied'],
    [987654, null, 400, 'changed'],
  ]
  it.each(table)('%i/%s with HTTP %i is %s', async (code, subcode, status, kind) => {
    replies = [
      fails({ code, ...(subcode === null ? {} : { error_subcode: subcode }), fbtrace_id: 'Trace1' }, status),
    ]
    const [answer] = await openGraph(context()).ask([me])
    if (answer?.ok !== false) throw new Error('an error was taken for an answer')
    const { failure } = answer.error
    expect(failure.kind).toBe(kind)
    expect(failure.code).toBe(subcode === null ? String(code) : `${code}/${subcode}`)
    expect(failure.trace).toBe('Trace1')
    expect(failure.sentence.length).toBeGreaterThan(10)
    expect(failure.fix.length).toBeGreaterThan(5)
    expect(failure.retryAt === null).toBe(kind !== 'limited')
  })

  it('tells each way in which a token died in words of its own', async () => {
    const said = new Set<string>()
    for (const subcode of [458, 459, 460, 463, 464, 466, 467, 492]) {
      replies = [fails({ code: 190, error_subcode: subcode })]
      const [answer] = await openGraph(context()).ask([me])
      if (answer?.ok === false) said.add(answer.error.failure.sentence)
    }
    expect(said.size).toBe(8)
  })

  it('is a smaller request where Meta asks for less', async () => {
    replies = [
      fails(
        { code: 1, message: "Please reduce the amount of data you're asking for, then retry your request" },
        500,
      ),
    ]
    const [answer] = await openGraph(context()).ask([me])
    expect(answer?.ok === false && answer.error.failure.kind).toBe('too_much')
    expect(asked).toHaveLength(1)
  })

  it('never repeats Meta’s own words: they may hold the token', async () => {
    replies = [fails({ code: 190, message: `Malformed access token ${TOKEN}` })]
    const [answer] = await openGraph(context()).ask([me])
    expect(JSON.stringify(answer)).not.toContain(TOKEN)
    expect(JSON.stringify([...memory])).not.toContain(TOKEN)
  })

  const broken: [string, Reply, string][] = [
    ['a page of a proxy', json('<html>Bad gateway</html>', 502), 'transient'],
    ['HTTP 503 without a body', json('', 503), 'transient'],
    ['HTTP 429', json('', 429), 'limited'],
    ['HTTP 429 and an error without a code', fails({}, 429), 'limited'],
    ['HTTP 429 and a code that nobody knows', fails({ code: 987_654 }, 429), 'limited'],
    ['HTTP 404 that is not JSON', json('nothing here', 404), 'changed'],
    ['cut JSON', json('{"data":[{"id":"1"}'), 'transient'],
    ['nothing at all', json(''), 'transient'],
    ['a redirect', json('', 302, { location: 'http://127.0.0.1:1/elsewhere' }), 'changed'],
    ['a cut connection', (response) => response.destroy(), 'transient'],
    ['an error without a code', fails({}, 400), 'changed'],
    ['an error that says it passes', fails({ is_transient: true }, 500), 'transient'],
  ]
  it.each(broken)('of form: %s', async (_name, reply, kind) => {
    replies = [reply]
    const [answer] = await openGraph(context()).ask([me])
    if (answer?.ok !== false) throw new Error('it was taken for an answer')
    expect(answer.error.failure.kind).toBe(kind)
    expect(JSON.stringify(answer.error.failure)).not.toMatch(/127\.0\.0\.1|appsecret|EAAC/)
  })

  it('that passes is repeated twice, and no more', async () => {
    replies = [fails({ code: 2 }, 503), fails({ code: 2 }, 503), json({ id: '1' })]
    const [answer] = await openGraph(context()).ask([me])
    expect(answer?.ok).toBe(true)
    replies = [fails({ code: 2 }, 503)]
    asked = []
    await openGraph(context()).ask([me])
    expect(asked).toHaveLength(3)
  })

  it('ends with the signal', async () => {
    replies = [() => undefined]
    const controller = new AbortController()
    const ctx = { ...context(), signal: controller.signal }
    const asking = openGraph(ctx).ask([me])
    setTimeout(() => controller.abort(new Error('cancelled')), 30)
    await expect(asking).rejects.toThrow('cancelled')
  })
})

describe('a limit', () => {
  it('keeps every call back until its time, named or growing', async () => {
    replies = [fails({ code: 4 })]
    const first = await openGraph(context()).ask([me])
    expect(first[0]?.ok === false && first[0].error.failure.retryAt).toBe(now + 30_000)
    asked = []
    const held = await openGraph(context()).ask([me])
    expect(asked).toHaveLength(0)
    expect(held[0]?.ok === false && held[0].error.failure.kind).toBe('limited')
    now += 31_000
    const second = await openGraph(context()).ask([me])
    expect(second[0]?.ok === false && second[0].error.failure.retryAt).toBe(now + 60_000)
    now += 61_000
    replies = [json({ id: '1' })]
    expect((await openGraph(context()).ask([me]))[0]?.ok).toBe(true)
  })

  it('waits as long as Meta says', async () => {
    const usage = JSON.stringify({
      '7': [{ type: 'ads_management', call_count: 100, estimated_time_to_regain_access: 47 }],
      '8': [{ type: 'pages', call_count: 3, estimated_time_to_regain_access: 0 }],
    })
    replies = [fails({ code: 80004, error_subcode: 2446079 }, 400, { 'x-business-use-case-usage': usage })]
    const [answer] = await openGraph(context()).ask([me])
    expect(answer?.ok === false && answer.error.failure.retryAt).toBe(now + 47 * 60_000)
  })

  it.each([
    ['x-app-usage', (n: number) => `{"call_count":${n},"total_time":1,"total_cputime":1}`],
    [
      'x-business-use-case-usage',
      (n: number) => `{"7":[{"type":"pages","call_count":${n},"estimated_time_to_regain_access":0}]}`,
    ],
    ['x-ad-account-usage', (n: number) => `{"acc_id_util_pct":${n},"reset_time_duration":100}`],
  ])('that %s tells of is not run into: fewer calls at a time, then later ones', async (header, usage) => {
    let used = 0
    let most = 0
    replies = [
      (response, one) => {
        const calls = one.body.has('batch')
          ? (JSON.parse(one.body.get('batch') ?? '[]') as unknown[]).length
          : 1
        used += calls
        most = Math.max(most, used)
        const body =
          calls === 1 && !one.body.has('batch')
            ? { id: '1' }
            : Array.from({ length: calls }, () => ({ code: 200, body: '{"id":"1"}' }))
        json(body, 200, { [header]: usage(used) })(response, one)
      },
    ]
    const ctx = context()
    for (let n = 0; n < 3; n++) await openGraph(ctx).ask([me])
    await openGraph(ctx).ask(Array.from({ length: 80 }, () => me))
    expect(most).toBe(83)
    expect(asked.length).toBe(5)
    expect(turn(ctx, ctx.token)).toBeGreaterThan(1_000)
    expect(room(ctx, ctx.token)).toBeLessThanOrEqual(7)
    // A person who waits does not wait for that: the part that is left free is theirs.
    expect(turn({ ...ctx, urgent: true }, ctx.token)).toBe(0)
  })

  it.each([
    ['x-ad-account-usage', '{"acc_id_util_pct":99.5,"reset_time_duration":300}', 400, 5],
    ['retry-after', '120', 429, 2],
    ['retry-after', '60', 503, 1],
  ])('waits as long as %s %s says with HTTP %i', async (name, value, status, minutes) => {
    replies = [fails({ code: status === 400 ? 17 : 2 }, status, { [name]: value })]
    const [answer] = await openGraph(context()).ask([me])
    expect(answer?.ok === false && answer.error.failure).toMatchObject({
      kind: 'limited',
      retryAt: now + minutes * 60_000,
    })
    asked = []
    await openGraph(context()).ask([me])
    expect(asked).toHaveLength(0)
  })

  it('that a batch meets in every item is one limit, and grows only when it is met again', async () => {
    const item = { code: 400, body: '{"error":{"message":"m","code":4}}' }
    replies = [json(Array.from({ length: 50 }, () => item))]
    for (const seconds of [30, 60, 120]) {
      const answers = await openGraph(context()).ask(Array.from({ length: 50 }, () => me))
      const times = answers.map((a) => (a.ok ? 0 : a.error.failure.retryAt))
      expect(new Set(times)).toEqual(new Set([now + seconds * 1_000]))
      now += seconds * 1_000 + 1
    }
    expect(asked).toHaveLength(3)
  })

  it.each([
    ['a list', [{ name: 'X-Business-Use-Case-Usage', value: 'USAGE' }]],
    ['an object', { 'x-business-use-case-usage': 'USAGE' }],
  ])('that names its time in the headers of an item alone, as %s, is heeded', async (_form, headers) => {
    const usage = '{"7":[{"type":"ads_management","call_count":100,"estimated_time_to_regain_access":17}]}'
    const told = JSON.parse(JSON.stringify(headers).replace('"USAGE"', JSON.stringify(usage))) as unknown
    const refused = { code: 400, headers: told, body: '{"error":{"message":"m","code":80004}}' }
    replies = [json([{ code: 200, body: '{"id":"1"}' }, refused])]
    const [good, limited] = await openGraph(context()).ask([me, me])
    expect(good?.ok).toBe(true)
    expect(limited?.ok === false && limited.error.failure.retryAt).toBe(now + 17 * 60_000)
    asked = []
    await openGraph(context()).ask([me, me])
    expect(asked).toHaveLength(0)
  })

  it('that names a time in an answer that still came keeps calls back until then', async () => {
    const usage = '{"7":[{"type":"pages","call_count":101,"estimated_time_to_regain_access":5}]}'
    replies = [json({ id: '1' }, 200, { 'x-business-use-case-usage': usage })]
    expect((await openGraph(context()).ask([me]))[0]?.ok).toBe(true)
    asked = []
    const [held] = await openGraph(context()).ask([me])
    expect(held?.ok === false && held.error.failure.retryAt).toBe(now + 5 * 60_000)
    expect(asked).toHaveLength(0)
  })

  it('that is near is logged, whichever header tells', async () => {
    replies = [json({ id: '1' }, 200, { 'x-ad-account-usage': '{"acc_id_util_pct":91.2}' })]
    await openGraph(context()).ask([me])
    expect(logged.join()).toContain('91')
    replies = [json({ id: '1' }, 200, { 'x-app-usage': '{not json' })]
    expect((await openGraph(context()).ask([me]))[0]?.ok).toBe(true)
  })
})

describe('a batch', () => {
  const calls = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ path: `n${i}`, params: { fields: 'id,x{id}' } }))
  const items = (one: Asked): { method: string; relative_url: string }[] =>
    JSON.parse(one.body.get('batch') ?? '[]') as { method: string; relative_url: string }[]
  const answering: Reply = (response, one) => {
    const body = items(one).map((item) => ({
      code: 200,
      body: JSON.stringify({ id: item.relative_url.split('?')[0] }),
    }))
    json(body)(response, one)
  }

  it('holds at most 50, each counted, its addresses encoded and without a token', async () => {
    replies = [answering]
    const ctx = context()
    const answers = await openGraph(ctx).ask(calls(120))
    expect(answers.map((a) => (a.ok ? a.body : null))).toEqual(calls(120).map((c) => ({ id: c.path })))
    expect(asked.map((one) => items(one).length).sort((a, b) => a - b)).toEqual([20, 50, 50])
    expect(ctx.usage).toEqual({ httpCalls: 3, logicalCalls: 120 })
    expect(asked[0]?.method).toBe('POST')
    expect(items(asked[0]!)[0]?.relative_url).toBe('n0?fields=id%2Cx%7Bid%7D')
    expect(asked[0]?.body.has('access_token')).toBe(false)
    expect(asked[0]?.url.search).toBe('')
  })

  it('carries a single call whose address would be longer than servers take', async () => {
    replies = [answering]
    const long = { path: 'n0', params: { fields: 'id,name,'.repeat(600) } }
    const [answer] = await openGraph(context()).ask([long])
    expect(answer?.ok === true && answer.body).toEqual({ id: 'n0' })
    expect(asked.map(({ method, url }) => [method, url.search])).toEqual([['POST', '']])
  })

  it('asks only what was left unanswered again', async () => {
    const body = (ids: (string | null)[]) =>
      ids.map((id) => (id === null ? null : { code: 200, body: `{"id":"${id}"}` }))
    replies = [json(body(['n0', null, 'n2'])), json({ id: 'n1' })]
    const answers = await openGraph(context()).ask(calls(3))
    expect(answers.map((a) => (a.ok ? a.body : null))).toEqual([{ id: 'n0' }, { id: 'n1' }, { id: 'n2' }])
    expect(asked).toHaveLength(2)
    expect(asked[1]?.url.pathname).toBe('/v26.0/n1')
  })

  it('that Meta never finishes at once is asked on while each turn finishes some of it', async () => {
    const turn: Reply = (response, one) => {
      const all = items(one).map((item) => ({
        code: 200,
        body: JSON.stringify({ id: item.relative_url.split('?')[0] }),
      }))
      json(all.map((item, n) => (n < 3 ? item : null)))(response, one)
    }
    replies = [turn, turn, turn, turn, json({ id: 'n12' })]
    const answers = await openGraph(context()).ask(calls(13))
    expect(answers.map((a) => (a.ok ? a.body : null))).toEqual(calls(13).map((c) => ({ id: c.path })))
    expect(asked).toHaveLength(5)
    replies = [json(calls(13).map(() => null))]
    asked = []
    expect((await openGraph(context()).ask(calls(13))).every((a) => !a.ok)).toBe(true)
    expect(asked).toHaveLength(3)
  })

  it('keeps the failure of one item to itself', async () => {
    const denied = { code: 403, body: JSON.stringify({ error: { code: 200, message: 'm' } }) }
    replies = [json([{ code: 200, body: '{"id":"n0"}' }, denied])]
    const answers = await openGraph(context()).ask(calls(2))
    expect(answers.map((a) => (a.ok ? 'ok' : a.error.failure.kind))).toEqual(['ok', 'denied'])
  })

  it('that is refused as a whole is refused for each', async () => {
    replies = [fails({ code: 190, error_subcode: 466 })]
    const answers = await openGraph(context()).ask(calls(2))
    expect(answers.map((a) => (a.ok ? 'ok' : a.error.failure.kind))).toEqual(['auth', 'auth'])
  })

  it('with fewer answers than questions tells nothing', async () => {
    replies = [json([{ code: 200, body: '{"id":"n0"}' }])]
    const answers = await openGraph(context()).ask(calls(2))
    expect(answers.map((a) => (a.ok ? 'ok' : a.error.failure.kind))).toEqual(['changed', 'changed'])
  })
})
