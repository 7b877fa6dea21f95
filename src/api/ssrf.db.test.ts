// No address that comes from outside is ever fetched: every text of every route's input, and every place of the provider's answers that may hold one,
// filled with addresses of a decoy in all the ways in which one may be written. The decoy hears of none; a plain fetch of them does reach it.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { loadConfig } from '../config.ts'
import { meta } from '../connectors/meta/connector.ts'
import { contextFor, drive } from '../connectors/testing/drive.ts'
import { testDb } from '../store/testing/test-db.ts'
import { routes } from './app.ts'
import type { Route } from './route.ts'
import { testApp } from './testing/test-app.ts'
import { filled, fullWorkspace } from './testing/two-workspaces.ts'

let hits = 0
const decoy = createServer((socket) => {
  hits += 1
  socket.on('error', () => undefined)
  socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"data":[]}')
})
const port = await new Promise<number>((done) =>
  // Of both families: an address of either is a hit.
  decoy.listen(0, '::', () => done((decoy.address() as AddressInfo).port)),
)
afterAll(() => decoy.close())

/** The decoy's address in sixty ways. */
const forms: readonly string[] = [
  ...['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001'],
  ...['127.1', '127.0.1', '0', '0.0.0.0', '127.0.0.1.', 'LOCALHOST', '①②⑦.0.0.1', '127。0。0。1'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[::ffff:0:127.0.0.1]'],
  ...['[64:ff9b::7f00:1]', '[fe80::1%25lo]', 'localhost.localdomain', 'a.localhost', '127.0.0.1.nip.io'],
]
  .map((host) => `http://${host}:${port}/`)
  .concat([
    `https://127.0.0.1:${port}/`,
    `http://graph.facebook.com@127.0.0.1:${port}/`,
    `http://graph.facebook.com:x@127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}#@graph.facebook.com/`,
    `http://127.0.0.1:${port}?@graph.facebook.com/`,
    `http://127.0.0.1:${port}\\@graph.facebook.com/`,
    `http:\\\\127.0.0.1:${port}\\`,
    `//127.0.0.1:${port}/`,
    `\\\\127.0.0.1:${port}\\`,
    `/\\127.0.0.1:${port}/`,
    `http:127.0.0.1:${port}`,
    `http:/127.0.0.1:${port}`,
    `///127.0.0.1:${port}/`,
    `127.0.0.1:${port}`,
    `@127.0.0.1:${port}/`,
    `.127.0.0.1:${port}/`,
    `:${port}/`,
    `../../../127.0.0.1:${port}/`,
    `%2f%2f127.0.0.1:${port}/`,
    `http%3a//127.0.0.1:${port}/`,
    `ht\ttp://127.0.0.1:${port}/`,
    ` http://127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}/\r\nHost: graph.facebook.com`,
    `HTTP://127.0.0.1:${port}/`,
    `ws://127.0.0.1:${port}/`,
    `ftp://127.0.0.1:${port}/`,
    `gopher://127.0.0.1:${port}/_x`,
    `dict://127.0.0.1:${port}/`,
    `ldap://127.0.0.1:${port}/`,
    `file://127.0.0.1:${port}/etc/passwd`,
    `data:text/html,<img src=http://127.0.0.1:${port}/>`,
    `javascript:fetch('http://127.0.0.1:${port}/')`,
    `url:http://127.0.0.1:${port}/`,
    `jar:http://127.0.0.1:${port}!/`,
  ])

const heard = async (what: () => Promise<unknown>): Promise<number> => {
  const before = hits
  await what()
  // What is sent is heard at once on this machine; a late one would be counted by the next look and fail that.
  await new Promise((go) => setTimeout(go, 20))
  return hits - before
}

test('The decoy hears of a plain fetch, in most of its forms', async () => {
  let reached = 0
  // A fetch of its own data is none of an address.
  for (const form of forms.filter((one) => !one.startsWith('data:')))
    reached +=
      (await heard(() =>
        fetch(form, { signal: AbortSignal.timeout(500) })
          .then((answer) => answer.text())
          .catch(() => null),
      )) > 0
        ? 1
        : 0
  expect(forms.length).toBe(60)
  expect(reached).toBeGreaterThan(20)
})

const t = await testDb()
// Lists of two pages, and little else, so that a read is quick.
const a = await testApp(t, {
  simulator: {
    world: {
      ownAssets: 6,
      ownPeople: 3,
      partners: 1,
      peoplePerPartner: 2,
      sharedPerPartner: 2,
      foreignAssets: 0,
    },
    switches: { maxLimit: 2, maxLimits: { system_users: 100 }, callsPerHour: 0 },
  },
})

describe("The provider's answers", () => {
  const world = { address: a.sim.url, appId: a.sim.appId, appSecret: a.sim.appSecret }
  const read = () =>
    drive(meta, contextFor(world, a.sim.token, { kind: 'own', business: a.sim.businessId }, { scopes: [] }))
  const lists = ['owned_pages', 'owned_ad_accounts', 'business_users']

  test('A next page leads to the same provider, whatever address it names', async () => {
    const met: number[] = []
    for (let from = 0; from < forms.length; from += lists.length) {
      const faults = lists.map((edge, n) =>
        a.sim.control.addFault({
          match: { edge, page: 1, nested: false },
          do: {
            rewrite: (answer) => ({
              ...answer,
              paging: {
                cursors: { after: 'x' },
                next: `${forms[from + n] ?? ''}v26.0/1/${edge}?after=x&access_token=y`,
              },
            }),
          },
        }),
      )
      expect(await heard(read), forms.slice(from, from + lists.length).join(' ')).toBe(0)
      a.sim.control.clearFaults()
      met.push(...faults.map(({ fired }) => fired))
    }
    expect(Math.min(...met)).toBeGreaterThan(0)
  })

  test('A redirect is not followed', async () => {
    const met: number[] = []
    for (const [n, form] of forms.entries()) {
      const fault = a.sim.control.addFault({
        match: { call: 1 },
        do: {
          raw: { status: [301, 302, 303, 307, 308][n % 5] ?? 302, body: '' },
          headers: {
            location: encodeURI(form),
            refresh: `0; url=${encodeURI(form)}`,
            link: `<${encodeURI(form)}>`,
          },
        },
      })
      a.sim.control.reset()
      expect(await heard(read), form).toBe(0)
      a.sim.control.clearFaults()
      met.push(fault.fired)
    }
    expect(Math.min(...met)).toBeGreaterThan(0)
  })
})

type Schema = { [name: string]: unknown }

/** A value that a schema takes, with `put` at the one place that `path` names; what may be left out beside it is. */
function example(schema: Schema, path: string, put: string, at = ''): unknown {
  if (at === path) return put
  const any = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (any !== undefined) {
    const on = any.findIndex((_, n) => path.startsWith(`${at}|${n}`))
    const n = Math.max(0, on)
    return example(any[n] ?? {}, path, put, `${at}|${n}`)
  }
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0] as unknown
  switch (schema.type) {
    case 'object':
      return Object.fromEntries([
        ...Object.entries((schema.properties ?? {}) as Record<string, Schema>)
          .filter(([name]) => needs(schema, name) || isOn(path, `${at}.${name}`))
          .map(([name, one]) => [name, example(one, path, put, `${at}.${name}`)]),
        ...(typeof schema.additionalProperties === 'object'
          ? [['token', example(schema.additionalProperties as Schema, path, put, `${at}.*`)]]
          : []),
      ])
    case 'array':
      return [example((schema.items ?? {}) as Schema, path, put, `${at}.0`)]
    case 'number':
    case 'integer':
      return 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      if (schema.format === 'uuid') return '00000000-0000-4000-8000-000000000000'
      if (schema.format === 'email') return 'somebody@example.test'
      if (schema.format === 'date-time') return new Date(Date.now() + 86_400_000).toISOString()
      return 'a text of the test'
  }
}

const needs = ({ required }: Schema, name: string) => Array.isArray(required) && required.includes(name)

/** True where a place is the one that a path names, or leads to it. */
const isOn = (path: string, place: string) => path.startsWith(place) && !/^\w/.test(path.slice(place.length))

/** Every place of a schema that takes a text. */
function texts(schema: Schema, at = ''): string[] {
  const any = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (any !== undefined) return any.flatMap((one, n) => texts(one, `${at}|${n}`))
  if (schema.type === 'object')
    return [
      ...Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(([name, one]) =>
        texts(one, `${at}.${name}`),
      ),
      ...(typeof schema.additionalProperties === 'object'
        ? texts(schema.additionalProperties as Schema, `${at}.*`)
        : []),
    ]
  if (schema.type === 'array') return texts((schema.items ?? {}) as Schema, `${at}.0`)
  return schema.type === 'string' && !Array.isArray(schema.enum) && !('const' in schema) ? [at] : []
}

const schemaOf = (of: z.ZodType): Schema => z.toJSONSchema(of, { io: 'input', unrepresentable: 'any' })

describe('What people send', () => {
  const table: readonly Route[] = routes
  const inputs = table.flatMap((route) =>
    (['body', 'query'] as const).flatMap((where) => {
      const of = route.endpoint[where]
      return of === null ? [] : texts(schemaOf(of)).map((path) => ({ route, where, of: schemaOf(of), path }))
    }),
  )

  test('No text of any input makes the program call an address', async () => {
    const owner = await a.person()
    const ids = await fullWorkspace(t, owner.id)
    await a.join(ids.workspace, owner, 'owner')
    let n = 0
    let understood = 0
    const before = hits
    expect(inputs.length).toBeGreaterThan(60)
    for (const { route, where, of, path } of inputs) {
      // Three forms for each place, others for the next one: all sixty are sent several times.
      for (let more = 0; more < 3; more += 1) {
        const form = forms[n++ % forms.length] ?? ''
        const input = example(of, path, form)
        const query =
          where === 'query'
            ? `?${new URLSearchParams(Object.entries(input as object).map(([k, v]): [string, string] => [k, String(v)])).toString()}`
            : ''
        const answer = await a.raw(
          `/api/v1${filled(route.path, ids)}${query}`,
          {
            method: route.method.toUpperCase(),
            headers: {
              host: 'localhost:4400',
              origin: 'http://localhost:4400',
              cookie: owner.cookie,
              ...(route.endpoint.body === null ? {} : { 'content-type': 'application/json' }),
            },
            ...(route.endpoint.body === null
              ? {}
              : {
                  body: JSON.stringify(
                    where === 'body' ? input : example(schemaOf(route.endpoint.body), '?', ''),
                  ),
                }),
          },
          `10.7.${String((n >> 8) & 255)}.${String(n & 255)}`,
        )
        await answer.body?.cancel()
        if (answer.status !== 400 && answer.status !== 401) understood += 1
      }
    }
    await new Promise((go) => setTimeout(go, 300))
    expect(hits - before).toBe(0)
    // Most of them came past the first check of their form.
    expect(understood).toBeGreaterThan(n / 4)
  })
})

describe('Settings', () => {
  test.each(['META_GRAPH_URL', 'META_BUSINESS_URL'])('%s takes a plain address of the web alone', (name) => {
    for (const bad of [
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://graph.facebook.com',
      '//graph.facebook.com',
      'graph.facebook.com',
      'https://graph.facebook.com@decoy.example',
      'https://name:password@graph.facebook.com',
      'https://graph.facebook.com/?to=',
      'https://graph.facebook.com/#',
    ])
      expect(() => loadConfig({ [name]: bad }), bad).toThrow(name)
    expect(() => loadConfig({ [name]: 'https://graph.facebook.com/' })).not.toThrow()
    expect(() => loadConfig({ [name]: 'http://127.0.0.1:9/base' })).not.toThrow()
  })
})

test('The doors to the outside are these, by name', () => {
  const root = join(import.meta.dirname, '..')
  const door =
    /\bfetch\(|\bnew WebSocket\(|from '(?:node:)?(?:https?|http2|tls|dgram|undici)'|\bconnect\b.* from 'node:net'|from 'nodemailer'|(?:from |import\()'playwright-core'|new pg\.(?:Pool|Client)\(/
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|testing\/|simulator\//.test(file))
    .filter((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .some((line) => !/^import type/.test(line) && door.test(line)),
    )
  expect(found.sort()).toEqual([
    // The pages of a provider, with Chromium.
    'browser/login.ts',
    'browser/session.ts',
    // The program's own port, its public address and the provider's base.
    'commands/doctor-network.ts',
    'connectors/meta/graph.ts',
    // The program's own port.
    'demo.ts',
    // The mail server of the settings.
    'lib/mail.ts',
    // The database of the settings.
    'store/backup.ts',
    'store/database.ts',
    'store/db.ts',
    'store/embedded.ts',
    'store/health.ts',
    'store/lock.ts',
    'store/pool.ts',
    'store/restore.ts',
    'store/slots.ts',
  ])
})
