// The API's part of the story, from the wizard to the partner's people, over the real database, engine and simulator.
import { expect, test } from 'vitest'
import type { Connection, Overview } from '../model/connection.ts'
import type { Holder } from '../model/holder.ts'
import type { List } from '../model/list.ts'
import type { Partner } from '../model/partner.ts'
import type { Principal, PrincipalDetails } from '../model/principal.ts'
import type { Resource, ResourceDetails } from '../model/resource.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspaceId = await t.makeWorkspace()
const owner = await a.person()
await a.join(workspaceId, owner, 'owner')
const ws = `/workspaces/${workspaceId}`

test("From the wizard to the partner's people", async () => {
  const check = await a.ask('POST', `${ws}/connections/check`, { as: owner, body: a.wizard() })
  expect(check.status).toBe(200)
  expect(check.body).toMatchObject({ verdict: { outcome: 'ok' } })

  const connectionId = await a.connected(workspaceId, owner)
  const app = `${ws}/connections/${connectionId}`
  const connection = (await a.ask('GET', app, { as: owner })).body as Connection
  expect(connection).toMatchObject({
    label: 'The brand',
    externalId: a.sim.businessId,
    environment: 'live',
    connectorName: 'Meta Business Manager',
  })
  expect(connection.counts.assets).toBeGreaterThan(0)

  const partners = (await a.ask('GET', `${app}/partners`, { as: owner })).body as List<Partner>
  expect(partners.total).toBe(partners.rows.length)
  expect(partners.rows.every((partner) => partner.status === 'pending')).toBe(true)
  expect(partners.facets['status']).toEqual([
    { value: 'pending', label: 'Pending onboarding', count: partners.total },
  ])
  const known = a.sim.partners[0]
  const partner = partners.rows.find((row) => row.externalId === known?.id)
  if (known === undefined || partner === undefined) throw new Error('the simulated partner is missing')

  const joined = await a.ask('POST', `${ws}/partners/${partner.id}/connect`, {
    as: owner,
    body: { token: `  "${known.token}"\n`, confirm: true, replace: false },
  })
  expect(joined.body).toMatchObject({ connected: true, needs: null, partner: { status: 'onboarded' } })
  expect(JSON.stringify(joined.body)).not.toContain(known.token)

  const started = await a.ask('POST', `${app}/check-for-updates`, { as: owner, body: {} })
  const { jobId } = started.body as { jobId: string }
  expect(await a.finished(workspaceId, owner, jobId)).toMatchObject({ status: 'complete' })

  const guests = (await a.ask('GET', `${app}/principals?tab=guests&partner=${partner.id}`, { as: owner }))
    .body as List<Principal>
  expect(guests.total).toBeGreaterThan(0)
  expect(
    guests.rows.every((row) => row.partnerId === partner.id && row.kind === 'person' && row.assets > 0),
  ).toBe(true)
  const first = guests.rows[0]
  if (first === undefined) throw new Error('nobody')
  const details = (await a.ask('GET', `${ws}/principals/${first.id}`, { as: owner })).body as PrincipalDetails
  expect(new Set(details.access.map((access) => access.resourceId)).size).toBe(first.assets)

  const access = details.access[0]
  const asset = `${ws}/resources/${access?.resourceId ?? ''}`
  const resource = (await a.ask('GET', asset, { as: owner })).body as ResourceDetails
  const holders = (await a.ask('GET', `${asset}/holders?limit=500`, { as: owner })).body as List<Holder>
  expect(holders.rows.map((holder) => holder.principalId)).toContain(first.id)
  expect(holders.rows.every((holder) => holder.because.startsWith('because '))).toBe(true)
  // No code words of the provider in a sentence.
  expect(
    holders.rows.filter((holder) => /[A-Z]{3}/.test(holder.because)).map(({ because }) => because),
  ).toEqual([])
  expect(new Set(holders.rows.map((holder) => holder.principalId)).size).toBe(resource.people)

  const resources = (await a.ask('GET', `${app}/resources?limit=500`, { as: owner })).body as List<Resource>
  expect(resources.total).toBe(
    (await a.ask('GET', app, { as: owner }).then((r) => r.body as Connection)).counts.assets,
  )
  const overview = (await a.ask('GET', `${app}/overview`, { as: owner })).body as Overview
  expect(overview.changes).toHaveLength(30)
  expect(overview.pendingPartners).toHaveLength(partners.total - 1)

  const actions = (await a.audit(workspaceId)).map((event) => event.action)
  expect(actions).toEqual(expect.arrayContaining(['connection.add', 'job.start', 'partner.connect']))
  expect(a.logged.join('\n')).not.toContain(known.token)
})
