// A request that names things of two workspaces: each id of its path, body and query swapped with the other workspace's, by somebody
// who owns both, so that no right is missing and only the mismatch can be the reason. Refused like an id of nothing, recorded as
// refused, and nothing changes.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { can } from '../model/can.ts'
import type { Action } from '../model/can.ts'
import type { Role } from '../model/member.ts'
import { testDb } from '../store/testing/test-db.ts'
import { routes } from './app.ts'
import type { Route } from './route.ts'
import { testApp } from './testing/test-app.ts'
import { ageFile, fullWorkspace } from './testing/two-workspaces.ts'
import type { Full } from './testing/two-workspaces.ts'

const t = await testDb()
const a = await testApp(t)
const table: readonly Route[] = routes
const nameOf = (route: Route) => `${route.method} ${route.path}`

const both = await a.person()
const A = await prepared()
const B = await prepared()

type Ids = Full & { vault: string; notice: string; question: string }

/** A full workspace in which the caller has a part in everything that is shared person by person. */
async function prepared(): Promise<Ids> {
  const ids = await fullWorkspace(t, both.id)
  const [vault, notice, question] = [randomUUID(), randomUUID(), randomUUID()]
  const run = (text: string, values: unknown[]) => t.root.query(text, [ids.workspace, both.id, ...values])
  await a.join(ids.workspace, both, 'owner')
  await run(`insert into secret_members values ($1, $3, $2, 'owner', now(), $2)`, [ids.secret])
  await run(`insert into hand_overs values ($3, $1, $4, $2)`, [randomUUID(), ids.partner])
  await t.root.query('update token_requests set email = $1 where id = $2', [both.email, ids.request])
  await run(
    `insert into vaults (id, workspace_id, user_id, recipient, signing, passphrase_file, recovery_file) values ($3, $1, $2, $4, $5, 'p', 'r')`,
    [vault, `age1${'q'.repeat(58)}`, 'x'.repeat(43)],
  )
  await run(
    `insert into notices (id, workspace_id, user_id, kind, once, shown, mail) values ($3, $1, $2, 'token-died', '1', true, 'none')`,
    [notice],
  )
  await t.root.query(
    `insert into job_questions (id, workspace_id, job_id, kind, ends_at) values ($2, $1, $3, 'code', now() + interval '1 hour')`,
    [ids.workspace, question, ids.job],
  )
  // Names that tell of which workspace a row is, wherever it comes up.
  for (const [what, column] of [
    ['connections', 'label'],
    ['partners', 'name'],
    ['principals', 'name'],
    ['resources', 'name'],
    ['secrets', 'label'],
    ['api_keys', 'name'],
  ])
    await t.root.query(
      `update ${what ?? ''} set ${column ?? ''} = ${column ?? ''} || ' ' || $1 where workspace_id = $1::uuid`,
      [ids.workspace],
    )
  return { ...ids, vault, notice, question }
}

const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
type BodyOf = (of: Pick<Ids, 'partner' | 'secret' | 'vault' | 'notice' | 'member' | 'question'>) => unknown
const members = (of: { member: string; vault: string }) => [
  { userId: both.id, role: 'owner', vaultId: of.vault },
  { userId: of.member, role: 'collaborator', vaultId: null },
]

/** Bodies that the schemas take; where they name something, the ids are given, so that they can be of either workspace. */
const bodies: Record<string, BodyOf> = {
  'patch /workspaces/:workspace/members/:member': () => ({ role: 'auditor' }),
  'post /workspaces/:workspace/members/:member/extend': () => ({ endsAt: tomorrow }),
  'post /workspaces/:workspace/hand-over': (of) => ({
    memberId: of.member,
    password: 'a long enough password',
  }),
  'patch /workspaces/:workspace/connections/:connection': () => ({ label: 'Taken over' }),
  'delete /workspaces/:workspace/connections/:connection': () => ({ name: 'A connection', atOnce: true }),
  'post /workspaces/:workspace/connections/:connection/credential': () => ({
    fields: { token: 'EAAB' },
    confirm: true,
  }),
  'post /workspaces/:workspace/connections/:connection/check-for-updates': (of) => ({
    partnerId: of.partner,
  }),
  'patch /workspaces/:workspace/connections/:connection/automation': () => ({
    enabled: true,
    understood: true,
  }),
  'post /workspaces/:workspace/connections/:connection/automation/reading': () => ({ reading: 'always' }),
  'post /workspaces/:workspace/connections/:connection/automation/login': () => ({
    email: 'a@b.example',
    password: 'x',
  }),
  'post /workspaces/:workspace/connections/:connection/automation/answer-requests': () => ({ dryRun: true }),
  'post /workspaces/:workspace/connections/:connection/automation/requests/:appRequest': () => ({
    decision: 'approve',
  }),
  'post /workspaces/:workspace/jobs/:job/answer': (of) => ({ question: of.question, answer: '123456' }),
  'patch /workspaces/:workspace/partners/:partner': () => ({ sharedOnly: true }),
  'post /workspaces/:workspace/partners/:partner/connect': (of) => ({
    token: 'EAAB',
    confirm: true,
    replace: true,
    secretId: of.secret,
  }),
  'post /workspaces/:workspace/connections/:connection/token-requests': (of) => ({
    requests: [{ partnerId: of.partner, to: { by: 'link' } }],
  }),
  'post /workspaces/:workspace/my-requests/:request/hand-over': () => ({ token: 'EAAB', anyway: true }),
  'post /workspaces/:workspace/vault': (of) => ({
    recipient: `age1${'p'.repeat(58)}`,
    signing: 'y'.repeat(43),
    passphraseFile: ageFile('scrypt'),
    recoveryFile: ageFile('scrypt'),
    replaces: of.vault,
  }),
  'patch /workspaces/:workspace/vault': (of) => ({ id: of.vault, passphraseFile: ageFile('scrypt') }),
  'post /workspaces/:workspace/vault/pins': (of) => ({
    vaultId: of.vault,
    pin: { about: of.member, fingerprint: Array(8).fill('12345').join(' '), code: 'c'.repeat(43) },
  }),
  'post /workspaces/:workspace/secrets': (of) => ({
    id: randomUUID(),
    label: 'A label',
    kind: 'note',
    sealed: ageFile('X25519'),
    members: members(of),
    expiresAt: null,
  }),
  'patch /workspaces/:workspace/secrets/:secret': () => ({ expiresAt: tomorrow }),
  'delete /workspaces/:workspace/secrets/:secret': () => ({ label: 'A secret' }),
  'post /workspaces/:workspace/secrets/:secret/open': () => ({}),
  'post /workspaces/:workspace/secrets/:secret/leave': () => ({ label: 'A secret' }),
  'post /workspaces/:workspace/secrets/:secret/versions': (of) => ({
    label: 'A secret',
    kind: 'note',
    sealed: ageFile('X25519'),
    members: members(of),
    base: 1,
  }),
  'post /workspaces/:workspace/notices/read': (of) => ({ ids: [of.notice] }),
}

/** Query fields that name something. */
const queries: Record<string, keyof Ids> = { partner: 'partner', connection: 'connection' }

/** Names of fields that hold an id of a thing in a workspace. */
const isId = (name: string) =>
  /(^|[a-z])(Id|Ids)$|^(id|ids|replaces|partner|connection|principal|resource|secret|about|restores)$/.test(
    name,
  )
const notAnId = ['restores']

interface JsonSchema {
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  format?: string
}
function idFields(schema: JsonSchema, name = ''): string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => idFields(value, key))
  const inside = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.items ? [schema.items] : [])]
  const here = (schema.format === 'uuid' || isId(name)) && !notAnId.includes(name) ? [name] : []
  return [...new Set([...here, ...below, ...inside.flatMap((one) => idFields(one, name))])]
}
const schemaOf = (type: z.ZodType) =>
  z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as JsonSchema

/** Every table of a workspace with all its rows as text. The activity log may grow: a refusal of an own request is no change. */
async function everything(of: Ids): Promise<Map<string, string>> {
  const { rows: tables } = await t.root.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'workspace_id' and c.relname not like 'audit_%'`,
  )
  const found = new Map<string, string>()
  for (const { name } of tables) {
    const { rows } = await t.root.query<{ rows: string }>(
      `select coalesce(string_agg(r::text, E'\\n' order by r::text), '') as rows from ${name} r where workspace_id = $1`,
      [of.workspace],
    )
    found.set(name, rows[0]?.rows ?? '')
  }
  return found
}
async function changedTables(before: Map<string, string>, of: Ids): Promise<string[]> {
  const after = await everything(of)
  return [...after].filter(([name, rows]) => before.get(name) !== rows).map(([name]) => name)
}

/** What is recorded of a refusal: the routes. */
async function refusals(of: Ids, reference: string): Promise<string[]> {
  const { rows } = await t.root.query<{ subject_id: string }>(
    `select subject_id from audit_events where workspace_id = $1 and action = 'request.refuse' and data ->> 'reference' = $2`,
    [of.workspace, reference],
  )
  return rows.map((row) => row.subject_id)
}

const pathNames = (route: Route) =>
  [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name as keyof Ids).filter((name) => name in A)

interface Asked {
  path: string
  body: unknown
}

interface Swap {
  name: string
  route: Route
  /** The workspace that the path names. */
  home: Ids
  /** With what is not of that workspace taken from the other one. */
  swapped: Asked
  /** With what is not of that workspace taken from nowhere. */
  unknown: Asked
}

/** What a body names. */
function namedBy(body: BodyOf): (keyof Parameters<BodyOf>[0])[] {
  const names = new Set<string>()
  body(new Proxy(A, { get: (ids, name) => (names.add(String(name)), Reflect.get(ids, name)) as unknown }))
  return [...names] as (keyof Parameters<BodyOf>[0])[]
}

/** What is looked for in a text. The number of an event stands in many. */
const idsOf = (of: Ids) => Object.values({ ...of, event: of.workspace })

/** Ids of nothing. */
const nowhere = Object.fromEntries(Object.keys(A).map((name) => [name, randomUUID()])) as unknown as Ids

/** Over all apps a partner is named by the provider's id, which is nobody's secret: a wrong one is a filter that nothing passes. */
const ofProvider = new Set([
  'get /workspaces/:workspace/identities',
  'get /workspaces/:workspace/identities.csv',
])

/** Every way to take some of the ids of a route from one workspace and the rest from the other. */
function swapsOf(route: Route): Swap[] {
  const inPath = pathNames(route)
  const body = bodies[nameOf(route)]
  const inBody = body === undefined || route.endpoint.body === null ? [] : namedBy(body)
  const inQuery = Object.keys(queries).filter(
    (name) =>
      Object.keys(schemaOf(route.endpoint.query).properties ?? {}).includes(name) &&
      !(name === 'partner' && ofProvider.has(nameOf(route))),
  )
  const fields: string[] = [
    ...inPath,
    ...inBody.map((name) => `body ${name}`),
    ...inQuery.map((name) => `?${name}`),
  ]
  const asked = (from: (field: string) => Ids): Asked => {
    const path = route.path.replaceAll(
      /:(\w+)/g,
      (_, name: string) => (from(name) as unknown as Record<string, string>)[name] ?? randomUUID(),
    )
    const query = new URLSearchParams(
      inQuery.map((name): [string, string] => [name, from(`?${name}`)[queries[name] ?? 'partner']]),
    )
    const ids = Object.fromEntries(inBody.map((name) => [name, from(`body ${name}`)[name]]))
    return {
      path: `${path}${query.size === 0 ? '' : `?${query.toString()}`}`,
      body: route.endpoint.body === null ? undefined : body?.(ids as Parameters<BodyOf>[0]),
    }
  }
  return Array.from({ length: Math.max(0, 2 ** fields.length - 2) }, (_, at) => {
    const from = (field: string) => (((at + 1) >> fields.indexOf(field)) & 1 ? B : A)
    const home = from('workspace')
    return {
      name: `${nameOf(route)} with ${fields.map((field) => `${field} of ${from(field) === A ? 'A' : 'B'}`).join(', ')}`,
      route,
      home,
      swapped: asked(from),
      unknown: asked((field) => (from(field) === home ? home : nowhere)),
    }
  })
}

const inside = table.filter((route) => route.path.startsWith('/workspaces/:workspace'))
const swaps = inside.flatMap(swapsOf)

/** The least role that may do it, of a person who is in both workspaces. */
const roleFor = (right: Action): Role =>
  can({ role: 'owner', userId: both.id }, right, { startedBy: both.id }) ? 'owner' : 'guest'

describe('A thing of one workspace asked for in another', () => {
  test('Every field of a body or a query that names something is among those that are swapped', () => {
    const bodyFields = inside.filter(
      (route) => route.endpoint.body !== null && idFields(schemaOf(route.endpoint.body)).length > 0,
    )
    expect(bodyFields.map(nameOf).filter((name) => bodies[name] === undefined)).toEqual([])
    const queryFields = new Set(inside.flatMap((route) => idFields(schemaOf(route.endpoint.query))))
    expect([...queryFields].filter((name) => queries[name] === undefined)).toEqual([])
    // Each with the other workspace's ids and with ids of nothing.
    expect(2 * swaps.length).toBeGreaterThanOrEqual(400)
  })

  const rights = ['owner', 'guest'] as const
  test.each(rights)(
    'Swapped id by id in every combination, by an %s of both: refused like ids of nothing, recorded, and nothing changes',
    async (role) => {
      const ofRole = swaps.filter(({ route }) => roleFor(route.right as Action) === role)
      for (const ids of [A, B])
        await t.root.query(
          'update members set role = $1, ends_at = null where workspace_id = $2 and user_id = $3',
          [role, ids.workspace, both.id],
        )
      const before = [await everything(A), await everything(B)] as const
      const found: string[] = []
      for (const { name, route, home, swapped, unknown } of ofRole) {
        const ask = async ({ path, body }: Asked) => {
          await t.root.query('delete from auth_tries')
          const { status, body: answer } = await a.ask(route.method.toUpperCase(), path, { as: both, body })
          const { reference, ...error } = (answer as { error?: Record<string, unknown> }).error ?? {}
          const recorded = await refusals(home, String(reference))
          return { status, error, recorded }
        }
        const answer = await ask(swapped)
        if (![403, 404].includes(answer.status)) found.push(`${name}: ${JSON.stringify(answer)}`)
        if (answer.recorded.join() !== `${route.method.toUpperCase()} ${route.path}`)
          found.push(`${name}: recorded as ${answer.recorded.join()}`)
        const other = await ask(unknown)
        if (JSON.stringify(other) !== JSON.stringify(answer))
          found.push(`${name}: ${JSON.stringify(answer)}, of nothing ${JSON.stringify(other)}`)
      }
      expect(found).toEqual([])
      expect(await changedTables(before[0], A)).toEqual([])
      expect(await changedTables(before[1], B)).toEqual([])
    },
  )

  test('The record of a refusal holds no id of what was asked for, and one person cannot fill the log with it', async () => {
    const { rows } = await t.root.query<{ event: string }>(
      `select e::text as event from audit_events e where workspace_id = $1 and action = 'request.refuse'`,
      [A.workspace],
    )
    expect(rows.length).toBeGreaterThan(50)
    const foreign = idsOf(B)
    expect(rows.filter(({ event }) => foreign.some((id) => event.includes(id)))).toEqual([])
    await t.root.query('delete from auth_tries')
    await t.root.query(`update members set role = 'owner', ends_at = null where user_id = $1`, [both.id])
    const path = `/workspaces/${A.workspace}/partners/${B.partner}`
    for (let n = 0; n < 80; n += 1) expect((await a.ask('GET', path, { as: both })).status).toBe(404)
    const after = await t.root.query(
      `select from audit_events where workspace_id = $1 and action = 'request.refuse'`,
      [A.workspace],
    )
    expect(after.rows.length - rows.length).toBe(60)
  })

  test('No list, no export and no page of one workspace holds a word of the other', async () => {
    const reading = inside.filter(
      (route) =>
        route.method === 'get' && route.endpoint.answer !== 'events' && route.right !== 'own-data.see',
    )
    await t.root.query(`update members set role = 'owner', ends_at = null where user_id = $1`, [both.id])
    for (const [own, other] of [
      [A, B],
      [B, A],
    ] as const) {
      const foreign = idsOf(other)
      const found: string[] = []
      const told: string[] = []
      for (const route of reading) {
        const path = route.path.replaceAll(
          /:(\w+)/g,
          (_, name: string) => (own as unknown as Record<string, string>)[name] ?? 'x',
        )
        const query = route.path.endsWith('/search') ? '?q=A' : ''
        const answer = await a.ask('GET', `${path}${query}`, { as: both })
        const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
        if (answer.status !== 200) found.push(`${nameOf(route)} ${String(answer.status)}`)
        const ownIds = idsOf(own).filter((id) => text.includes(id))
        if (ownIds.length > 0) told.push(nameOf(route))
        if (foreign.some((id) => text.includes(id))) found.push(`${nameOf(route)} tells of the other`)
      }
      expect(found).toEqual([])
      // The other half: they do tell of the own one.
      expect(told.length, String(reading.map(nameOf).filter((name) => !told.includes(name)))).toBeGreaterThan(
        25,
      )
    }
  })
})
