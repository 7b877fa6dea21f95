// Lists over HTTP: any cut into pages gives the same set, facets count what a choice would give, search is text, exports hold the same rows.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Overview } from '../model/connection.ts'
import { lastDays } from '../model/days.ts'
import type { Facets, List } from '../model/list.ts'
import type { Partner } from '../model/partner.ts'
import type { Principal } from '../model/principal.ts'
import { work } from '../store/db.ts'
import { countTouched, sumHeld } from '../store/held.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspaceId = await t.makeWorkspace()
const connectionId = await t.makeConnection(workspaceId)
const auditor = await a.person()
await a.join(workspaceId, auditor, 'auditor')
const app = `/workspaces/${workspaceId}/connections/${connectionId}`

const PEOPLE = 260
const names = [
  'Ada',
  'ada',
  'Ärger',
  'Zoë',
  '100% real',
  'under_score',
  "=cmd|' /C calc'!A0",
  'back\\slash',
  '<b>bold</b>',
  '"quoted", name',
]
const rankOf = (n: number) => (['full', 'edit', 'view'] as const)[n % 3] ?? 'none'

beforeAll(async () => {
  const partners = [randomUUID(), randomUUID(), randomUUID()]
  const common = [workspaceId, connectionId]
  for (const [n, id] of partners.entries()) {
    await t.root.query(
      `insert into partners (id, workspace_id, connection_id, external_id, name, is_agency, is_client, status, first_seen_at)
        values ($3, $1, $2, $4, $5, $6, $7, $8, now())`,
      [
        ...common,
        id,
        `7700${String(n)}`,
        `Partner ${String(n)}`,
        n !== 1,
        n !== 0,
        n === 2 ? 'gone' : 'pending',
      ],
    )
  }
  const resources: string[] = []
  for (let n = 0; n < 12; n += 1) {
    const id = randomUUID()
    resources.push(id)
    await t.root.query(
      `insert into resources (id, workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
        values ($3, $1, $2, $4, $5, $6, 'owned', 's', now(), now())`,
      [...common, id, n % 2 === 0 ? 'ad_account' : 'page', String(n), `Asset ${String(n)}`],
    )
  }
  for (let n = 0; n < PEOPLE; n += 1) {
    const id = randomUUID()
    const name = n % 17 === 0 ? null : `${names[n % names.length] ?? ''} ${String(n % 7)}`
    await t.root.query(
      `insert into principals (id, workspace_id, connection_id, external_id, kind, partner_id, business, name, email, role, source, facts, scope,
          first_seen_at, last_confirmed_at, not_confirmed_since, ended_at)
        values ($3, $1, $2, $4, 'person', $5, 'b', $6, $7, 'EMPLOYEE', 'list', $8, 's', now() - interval '40 days', now(), $9, $10)`,
      [
        ...common,
        id,
        `88${String(n)}`,
        partners[n % 2],
        name,
        n % 5 === 0 ? null : `p${String(n)}@example.test`,
        JSON.stringify({ twoFactor: n % 3 === 0 ? 'enabled' : null }),
        n % 11 === 0 ? new Date() : null,
        n % 13 === 0 ? new Date() : null,
      ],
    )
    for (let m = 0; m < n % 4; m += 1) {
      await t.root.query(
        `insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, through, rank, scope, first_seen_at, last_confirmed_at, ended_at)
          values ($1, $2, $3, $4, $5, $6, '', $7, 's', now(), now(), $8)`,
        [
          ...common,
          id,
          resources[(n + m) % 12],
          partners[n % 2],
          m === 1 ? 'role' : 'direct',
          rankOf(n + m),
          m === 2 && n % 2 === 0 ? new Date() : null,
        ],
      )
    }
  }
  const principals = await t.root.query<{ id: string }>('select id from principals')
  await work(t.db, workspaceId, async (tx) => {
    await sumHeld(
      tx,
      principals.rows.map(({ id }) => id),
    )
    await countTouched(tx, resources)
  })
  await t.root.query('analyze')
})

const get = async <T>(path: string) => {
  const answer = await a.ask('GET', path, { as: auditor })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as T
}
const people = (query = '') => get<List<Principal>>(`${app}/principals?tab=guests${query}`)

describe('People', () => {
  test('Any cut into pages gives the same rows in the same order, whatever the sort', async () => {
    const sorts = [
      'name',
      'email',
      'partner',
      'role',
      'twoFactor',
      'assets',
      'rank',
      'firstSeenAt',
      'lastConfirmedAt',
      'nothing',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sorts),
        fc.boolean(),
        fc.integer({ min: 7, max: 90 }),
        async (sort, down, size) => {
          const sorted = `&sort=${down ? '-' : ''}${sort}`
          const whole = await people(`${sorted}&limit=500`)
          const cut: string[] = []
          for (let offset = 0; offset < whole.total; offset += size) {
            const page = await people(`${sorted}&limit=${String(size)}&offset=${String(offset)}`)
            expect(page.total).toBe(whole.total)
            cut.push(...page.rows.map((row) => row.id))
          }
          expect(cut).toEqual(whole.rows.map((row) => row.id))
          expect(new Set(cut).size).toBe(whole.total)
        },
      ),
      { numRuns: 12 },
    )
  })

  test('Ended people are left out, and the numbers are those of live grants', async () => {
    const { rows, total } = await people('&limit=500')
    const { rows: expected } = await t.root.query<{ external_id: string; assets: number }>(
      `select o.external_id, count(distinct g.resource_id) filter (where g.ended_at is null)::int as assets
        from principals o left join grants g on g.principal_id = o.id where o.ended_at is null group by o.id`,
    )
    expect(total).toBe(expected.length)
    const assets = new Map(expected.map((row) => [row.external_id, row.assets]))
    for (const row of rows) expect(row.assets).toBe(assets.get(row.externalId))
  })

  test('Each facet counts what choosing its value gives, under the other filters', async () => {
    const parameters: Record<string, string> = {
      partner: 'partner',
      rank: 'rank',
      assetType: 'kind',
      how: 'how',
      twoFactor: 'twoFactor',
      confirmed: 'confirmed',
    }
    for (const filters of ['', '&confirmed=yes', '&rank=full,view', '&how=role&kind=page', '&search=ada']) {
      const { facets } = await people(`${filters}&limit=1`)
      expect(Object.keys(facets).sort()).toEqual(Object.keys(parameters).sort())
      for (const [facet, parameter] of Object.entries(parameters)) {
        if (filters.includes(`&${parameter}=`)) continue
        for (const { value, count } of facets[facet] ?? []) {
          expect(
            (await people(`${filters}&${parameter}=${encodeURIComponent(value)}&limit=1`)).total,
            `${facet}=${value} ${filters}`,
          ).toBe(count)
        }
      }
    }
  })

  test('A chosen facet still shows what its other values would give', async () => {
    const all = (await people('&limit=1')).facets
    expect((await people('&rank=full&limit=1')).facets['rank']).toEqual(all['rank'])
  })

  test.each(['100%', '_', 'back\\', '<b>', '"quoted", n', 'ÄRGER', 'zoë', '=cmd', '%%%', 'p26@', '8826'])(
    'Searching %s finds exactly what holds it',
    async (text) => {
      const { rows } = await people('&limit=500')
      const holds = (row: Principal) =>
        [row.name, row.email, row.externalId].some((field) =>
          (field ?? '').toLowerCase().includes(text.toLowerCase()),
        )
      const found = await people(`&limit=500&search=${encodeURIComponent(text)}`)
      expect(found.rows.map((row) => row.id).sort()).toEqual(
        rows
          .filter(holds)
          .map((row) => row.id)
          .sort(),
      )
    },
  )

  test.each(["name'--", 'name;drop table principals', '(select 1)', 'base.id', '__proto__', 'constructor'])(
    'The sort %s is no SQL and no surprise',
    async (sort) => {
      const plain = await people('&limit=20')
      expect((await people(`&limit=20&sort=${encodeURIComponent(sort)}`)).rows).toEqual(plain.rows)
    },
  )

  test('A partner in the filter that is none is not there', async () => {
    for (const none of [randomUUID(), "');--"]) {
      const path = `${app}/principals?tab=guests&partner=${encodeURIComponent(none)}`
      expect((await a.ask('GET', path, { as: auditor })).status).toBe(404)
    }
  })

  test('The export holds the filtered rows in order, neutralised, and is recorded', async () => {
    const { rows, total } = await people('&limit=500&sort=-name&confirmed=yes')
    const file = await a.ask('GET', `${app}/principals.csv?tab=guests&sort=-name&confirmed=yes&limit=1`, {
      as: auditor,
    })
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="people-guests.csv"')
    const lines = (file.body as string).split('\r\n')
    expect(lines).toHaveLength(total + 2)
    expect(lines.slice(1, -1).map((line) => /"(88\d+)"/.exec(line)?.[1])).toEqual(
      rows.map((row) => row.externalId),
    )
    expect(file.body).toContain(`"'=cmd|' /C calc'!A0`)
    expect((await a.audit(workspaceId)).at(-1)).toMatchObject({
      action: 'export.make',
      subject_id: 'people-guests',
      actor_id: auditor.id,
    })
  })
})

describe('Partners', () => {
  const partners = (query = '') => get<List<Partner>>(`${app}/partners${query}`)
  const counts = (facets: Facets, facet: string) =>
    Object.fromEntries((facets[facet] ?? []).map(({ value, count }) => [value, count]))

  test('Those that are gone show only when they are asked for', async () => {
    const { rows, facets } = await partners()
    expect(rows.map((row) => row.name)).toEqual(['Partner 0', 'Partner 1'])
    expect(counts(facets, 'direction')).toEqual({ agency: 1, client: 1 })
    expect((await partners('?status=gone')).rows.map((row) => row.name)).toEqual(['Partner 2'])
    expect((await partners('?status=gone,pending')).total).toBe(3)
    expect((await partners('?status=gone&direction=both')).total).toBe(1)
  })
})

describe('Changes', () => {
  test('Are those between two moments, as the overview links to them', async () => {
    const { rows } = await t.root.query<{ id: string }>('select id from principals limit 1')
    await t.root.query(
      `insert into changes (workspace_id, connection_id, at, kind, noun, principal_id)
        select $1, $2, at, 'added', 'principal', $3 from unnest(array['2020-01-01T23:59:59Z', '2020-01-02T00:00:00Z', '2020-01-02T23:59:59Z', '2020-01-03T00:00:00Z']::timestamptz[]) at`,
      [workspaceId, connectionId, rows[0]?.id],
    )
    const changes = async (query: string) =>
      (await get<List<{ at: string }>>(`${app}/changes?${query}`)).rows.map(({ at }) => at.slice(0, 19))
    expect(await changes('from=2020-01-02T00:00:00Z&to=2020-01-03T00:00:00Z')).toEqual([
      '2020-01-02T23:59:59',
      '2020-01-02T00:00:00',
    ])
    expect(await changes('to=2020-01-02T00:00:00Z')).toEqual(['2020-01-01T23:59:59'])
    expect((await a.ask('GET', `${app}/changes?from=yesterday`, { as: auditor })).status).toBe(400)
  })

  test.each(['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles'])(
    'Are counted on the days of the zone that is asked for: %s',
    async (zone) => {
      const { rows } = await t.root.query<{ id: string }>('select id from principals limit 1')
      const now = new Date()
      await t.root.query(
        `insert into changes (workspace_id, connection_id, at, kind, noun, principal_id) values ($1, $2, $3, 'removed', 'principal', $4)`,
        [workspaceId, connectionId, now, rows[0]?.id],
      )
      const { changes } = await get<Overview>(`${app}/overview?zone=${zone}`)
      expect(changes).toHaveLength(30)
      const today = changes.find(({ day }) => day === now.toLocaleDateString('sv-SE', { timeZone: zone }))
      expect(today?.removed).toBeGreaterThan(0)
      const counted = changes.reduce((sum, one) => sum + one.removed, 0)
      const { from } = lastDays(zone, now, 30)[0] ?? expect.fail()
      const { total } = await get<List<unknown>>(`${app}/changes?kind=removed&from=${from.toISOString()}`)
      expect(total).toBe(counted)
    },
  )

  test('A zone that there is not is refused', async () => {
    for (const zone of ['Mars/Olympus', "UTC'; select 1", 'x'.repeat(65)]) {
      const path = `${app}/overview?zone=${encodeURIComponent(zone)}`
      expect((await a.ask('GET', path, { as: auditor })).status, zone).toBe(400)
    }
  })
})

describe('Activity', () => {
  test('Is filtered by time, action and person', async () => {
    await t.root
      .query(`insert into audit_events (workspace_id, at, actor_kind, actor_id, action, subject_kind, subject_id)
      values ('${workspaceId}', '2020-01-02T03:04:05Z', 'system', 'schedule', 'job.start', 'job', 'x')`)
    const log = (query: string) =>
      get<List<{ id: string; action: string; at: string }>>(`/workspaces/${workspaceId}/audit?${query}`)
    expect((await log('from=2020-01-01&to=2020-01-03')).rows).toMatchObject([
      { action: 'job.start', at: '2020-01-02T03:04:05.000Z' },
    ])
    expect((await log('to=2020-01-02T03:04:05Z')).total).toBe(0)
    const [old] = (await log('from=2020-01-01&to=2020-01-03')).rows
    expect(await get(`/workspaces/${workspaceId}/audit/${old?.id ?? ''}`)).toEqual(old)
    for (const none of ['0', '9'.repeat(18), '9'.repeat(19), 'x', randomUUID()]) {
      const { status } = await a.ask('GET', `/workspaces/${workspaceId}/audit/${none}`, { as: auditor })
      expect(status, none).toBe(404)
    }
    expect((await log('action=export.make')).rows.every((row) => row.action === 'export.make')).toBe(true)
    expect((await log(`actor=${auditor.id}&action=job.start`)).total).toBe(0)
    expect(
      (await a.ask('GET', `/workspaces/${workspaceId}/audit?from=yesterday`, { as: auditor })).status,
    ).toBe(400)
  })

  test('An export ends with the right to make it, and is cut where it cannot be read on', async () => {
    await t.root.query(
      `insert into audit_events (workspace_id, at, actor_kind, actor_id, action, subject_kind, subject_id)
      select $1, now(), 'system', 'schedule', 'job.start', 'job', n::text from generate_series(1, 3000) n`,
      [workspaceId],
    )
    const open = async () => {
      const person = await a.person()
      await a.join(workspaceId, person, 'auditor')
      const response = await a.raw(`/api/v1/workspaces/${workspaceId}/audit.csv`, {
        headers: { host: 'localhost:4400', cookie: person.cookie },
      })
      const reader = response.body?.getReader() ?? expect.fail('no file')
      await reader.read()
      const rest = async () => {
        for (;;) if ((await reader.read()).done) return 'whole'
      }
      return { person, rest }
    }
    expect(await (await open()).rest()).toBe('whole')
    const removed = await open()
    await a.join(workspaceId, removed.person, 'auditor', 'removed')
    await expect(removed.rest()).rejects.toThrow('The export broke off.')

    const broken = await open()
    await t.root.query('revoke select on audit_events from guestlist_app')
    try {
      await expect(broken.rest()).rejects.toThrow('The export broke off.')
    } finally {
      await t.root.query('grant select on audit_events to guestlist_app')
    }
    expect(a.logged.join('\n')).toMatch(/an export broke off .*permission denied/)
  })
})
