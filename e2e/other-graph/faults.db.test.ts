// The same worlds with misfortune: after one good check some of what a second one asks fails. Nothing that is still true may be removed, a check
// without failures must hold the truth, and where something is denied the check must say so. GUESTLIST_WORLDS=500 asks for more.
import { describe, expect, test } from 'vitest'
import type { ServerResponse } from 'node:http'
import { ConnectorError } from '../../src/model/error.ts'
import { testDb } from '../../src/store/testing/test-db.ts'
import { Refusal } from './rows.ts'
import { drawFrom, heldBy, randomHabits, randomManners, randomWorld } from './seed.ts'
import { startOtherGraph } from './server.ts'
import type { OtherGraph } from './server.ts'
import { openShop } from './stored.ts'
import { difference, linesOf, truthOf } from './truth.ts'
import { budgetWorld, kinds } from './world.ts'

const t = await testDb()
const count = Math.ceil(Number(process.env.GUESTLIST_WORLDS ?? 40) / 2)
const first = Number(process.env.GUESTLIST_WORLD ?? 1_001)
const seeds = Array.from({ length: count }, (_, n) => first + n)

const error = (code: number, subcode?: number, message = 'An error'): string =>
  JSON.stringify({
    error: {
      message,
      type: 'OAuthException',
      code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      fbtrace_id: 'Fault',
    },
  })

/** What may happen to one HTTP request. */
const misfortunes: Record<string, (response: ServerResponse) => void> = {
  'code 1': (r) => r.writeHead(500).end(error(1)),
  'code 2': (r) => r.writeHead(503).end(error(2)),
  'code 2 with status 200': (r) => r.writeHead(200).end(error(2)),
  'code 100': (r) => r.writeHead(400).end(error(100)),
  'code 100/33': (r) => r.writeHead(400).end(error(100, 33)),
  'an unknown code': (r) => r.writeHead(400).end(error(987_654)),
  'a page of a proxy': (r) =>
    r.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>'),
  'nothing at all': (r) => r.writeHead(200).end(''),
  'an empty object': (r) => r.writeHead(200).end('{}'),
  'an empty list': (r) => r.writeHead(200).end('[]'),
  'data that is null': (r) => r.writeHead(200).end('{"data":null}'),
  'half an answer': (r) => r.writeHead(200).end('{"data":[{"id":"1'),
  'a cut connection': (r) => r.destroy(),
  'a limit of the app': (r) => r.writeHead(400).end(error(4, 1_504_022)),
  'a limit of the account': (r) =>
    r
      .writeHead(400, {
        'x-business-use-case-usage':
          '{"1":[{"type":"ads_management","call_count":100,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":47}]}',
      })
      .end(error(80_004)),
  'a limit that its status alone tells': (r) => r.writeHead(429).end('Too many requests'),
  'a limit without a code': (r) => r.writeHead(429).end('{"error":{"message":"Too many requests"}}'),
  'a redirect': (r) => r.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end(),
  'no content': (r) => r.writeHead(204).end(),
  'not modified': (r) => r.writeHead(304).end(),
  'a page of a proxy, as if all were well': (r) =>
    r.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please sign in</html>'),
  'an error that is a text': (r) => r.writeHead(400).end('{"error":"Something went wrong"}'),
  'an error without anything in it': (r) => r.writeHead(200).end('{"error":{}}'),
  'an error in a list': (r) => r.writeHead(200).end(`[${error(2)}]`),
  'an error beside data': (r) => r.writeHead(200).end(`{"data":[],${error(2).slice(1)}`),
  'JSON twice': (r) => r.writeHead(200).end('{"data":[]}{"data":[]}'),
  'JSON behind a guard': (r) => r.writeHead(200).end('for (;;);{"data":[]}'),
  'a word': (r) => r.writeHead(200).end('true'),
  'a limit with a time to wait': (r) => r.writeHead(503, { 'retry-after': '30' }).end(error(2)),
  'a dead token': (r) => r.writeHead(401).end(error(190, 463)),
}

type Item = { code: number; body: unknown }
/** One that is lost stays so. */
const ofFirst =
  (change: (item: Item) => unknown) =>
  ([item, ...rest]: unknown[]) => [item === null ? null : change(item as Item), ...rest]

/** What may happen to the answers of a batch, or to the first of them. */
const misshapen: Record<string, (items: unknown[]) => unknown[]> = {
  'an answer less': (items) => items.slice(1),
  'an answer more': (items) => [...items, items[0]],
  'no answers': () => [],
  'nothing but nulls': (items) => items.map(() => null),
  'an answer without a body': ofFirst(({ code }) => ({ code })),
  'an answer whose body is null': ofFirst((item) => ({ ...item, body: null })),
  'an answer whose body is empty': ofFirst((item) => ({ ...item, body: '' })),
  'an answer whose body is cut': ofFirst((item) => ({ ...item, body: textOf(item).slice(0, -20) })),
  'an answer in JSON twice': ofFirst((item) => ({ ...item, body: JSON.stringify(textOf(item)) })),
  'an answer without a code': ofFirst(({ body }) => ({ body })),
  'a code that is a text': ofFirst((item) => ({ ...item, code: String(item.code) })),
  'a good answer that says it failed': ofFirst((item) => ({ ...item, code: 500 })),
  'an answer in a list': ofFirst((item) => [item]),
  'an answer without its wrapping': ofFirst(({ body }) => body),
}
const textOf = ({ body }: Item): string => (typeof body === 'string' ? body : JSON.stringify(body))

/** Each request meets one of the misfortunes with some chance. */
function trouble(graph: OtherGraph, seed: number): void {
  const draw = drawFrom(seed)
  const share = draw.pick([0.05, 0.2, 0.6])
  const names = draw.chance(0.5) ? [draw.pick(Object.keys(misfortunes))] : Object.keys(misfortunes)
  graph.meddle = (response) => {
    if (!draw.chance(share)) return false
    misfortunes[draw.pick(names)]?.(response)
    return true
  }
}

/** Each batch is misshapen with some chance. */
function disorder(graph: OtherGraph, seed: number): void {
  const draw = drawFrom(seed)
  const share = draw.pick([0.1, 0.4, 1])
  const how = misshapen[draw.pick(Object.keys(misshapen))]
  graph.shuffle = (items) => (how !== undefined && draw.chance(share) ? how(items) : items)
}

describe.concurrent.each([
  ['misfortune', trouble, seeds],
  ['misshapen batches', disorder, seeds.slice(0, Math.ceil(count / 2))],
] as const)('a check that meets %s', (_, spoil, worlds) => {
  test.each(worlds)('world %i loses nothing', async (seed) => {
    const world = randomWorld(seed)
    const manners = seed % 2 === 0 ? randomManners(seed) : {}
    const habits = { ...randomHabits(seed), denied: {}, pageRows: 0, emptyPages: false, ...manners }
    const graph = await startOtherGraph(world, habits)
    const because = `GUESTLIST_WORLD=${seed} ${JSON.stringify(habits)}`
    try {
      const shop = await openShop(t, graph)
      await shop.check()
      const good = await shop.check()
      const before = linesOf(good.stored)
      spoil(graph, seed)
      const troubled = await shop.check().catch((failed: unknown) => {
        if (failed instanceof ConnectorError) return null
        throw failed
      })
      const after = linesOf(await shop.stored())
      expect(
        difference(before, after).filter((line) => line.startsWith('-')),
        because,
      ).toEqual([])
      const complete = troubled?.failures.length === 0 && troubled.read.length === good.read.length
      if (complete) expect(difference(truthOf(world, habits, good.read), after), because).toEqual([])
    } finally {
      await graph.stop()
    }
  })
})

test('a list that the service never answers stays open, and what is gone elsewhere ends', async () => {
  const world = budgetWorld()
  const graph = await startOtherGraph(world, { plainOnly: true })
  try {
    const shop = await openShop(t, graph)
    await shop.check()
    const before = linesOf((await shop.check()).stored)
    const ours = world.grants.filter(({ business }) => business === world.brand.id)
    const [broken, taken] = [ours[0], ours.find(({ asset }) => asset !== ours[0]?.asset)]
    if (broken === undefined || taken === undefined) throw new Error('the world is too small')
    world.grants = world.grants.filter((grant) => grant !== taken && grant !== broken)
    graph.changed()
    graph.twist = (body, call) => {
      if (call.startsWith(`${world.brand.id} asks /${broken.asset}/assigned_users`))
        throw new Refusal(2, 'Service temporarily unavailable', undefined, 503)
      return body
    }
    const { stored, failures } = await shop.check()
    const open = failures.filter(({ optional }) => !optional)
    expect(open.map(({ failure, scopes }) => [failure.kind, scopes.length])).toEqual([['transient', 1]])
    expect(difference(before, linesOf(stored)).filter((line) => line.startsWith('-'))).toEqual([
      expect.stringMatching(new RegExp(`^- grants .*${taken.person}.*${taken.asset}`)),
    ])
    graph.twist = null
    expect(difference(before, linesOf((await shop.check()).stored))).toHaveLength(2)
  } finally {
    await graph.stop()
  }
})

describe.concurrent('a list that is denied', () => {
  test.each(seeds.slice(0, Math.ceil(count / 2)))('world %i says so and removes nothing', async (seed) => {
    const world = randomWorld(seed)
    const habits = { ...randomHabits(seed), denied: {} as ReturnType<typeof randomHabits>['denied'] }
    const graph = await startOtherGraph(world, habits)
    try {
      const shop = await openShop(t, graph)
      await shop.check()
      const before = linesOf((await shop.check()).stored)
      const draw = drawFrom(seed)
      const edge = draw.pick([
        'owned_ad_accounts',
        'owned_pages',
        'business_users',
        'agencies',
        'clients',
        'client_ad_accounts',
        'system_users',
        'assigned_users',
      ])
      const how = draw.pick(['100/33', '10', '200', '100 named', '3'] as const)
      graph.deny({ [edge]: how })
      const denied = await shop.check()
      const because = `GUESTLIST_WORLD=${seed} ${edge} ${how}`
      expect(
        difference(before, linesOf(denied.stored)).filter((line) => line.startsWith('-')),
        because,
      ).toEqual([])
      // Nobody is asked who is assigned where nothing is held; some kinds may not show.
      const held = heldBy(world, world.brand.id).filter(({ kind }) => !/whatsapp|instagram/.test(kind))
      const asked = edge !== 'assigned_users' || held.some(({ kind }) => kinds[kind].people)
      const told = ({ failures }: typeof denied): string[] =>
        failures.flatMap((f) => (f.optional ? [] : f.scopes)).sort()
      if (asked) expect(told(denied).length, because).toBeGreaterThan(0)
      // The next check asks it no more, and says so all the same: it is not complete.
      expect(told(await shop.check()), because).toEqual(told(denied))
      graph.deny({})
      // A list that is refused rests for a week, so that the app's calls do not fail again and again.
      shop.later(8)
      const mended = await shop.check()
      expect(
        mended.failures.filter((f) => !f.optional).map((f) => [f.scopes, f.failure.sentence]),
        because,
      ).toEqual([])
      expect(difference(before, linesOf(mended.stored)), because).toEqual([])
    } finally {
      await graph.stop()
    }
  })
})
