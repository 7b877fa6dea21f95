// The connector against a second Graph server with other habits: what it reports must be that server's own truth, whatever it refuses, and
// nothing of a partner's other clients may be among the access that is kept.
import { afterEach, describe, expect, test } from 'vitest'
import { connectorOf } from '../src/connectors/registry.ts'
import type { Verdict } from '../src/model/credential.ts'
import type { Target } from '../src/connectors/connector.ts'
import { contextFor, drive, of, type Driven } from '../src/connectors/testing/drive.ts'
import { APP, startOtherGraph, type Habits, type OtherGraph } from './other-graph.ts'
import { budgetWorld, tokenOf } from './other-graph-world.ts'

const habits: Record<string, Habits> = {
  'everything is allowed': {},
  'several edges of a business at once are too much': { refuseManyEdges: true },
  'pages and catalogs take no expansion': { refuseExpansionOn: ['pages', 'product_catalogs'] },
  'nothing takes an expansion': {
    refuseManyEdges: true,
    refuseExpansionOn: ['ad_accounts', 'pages', 'pixels', 'product_catalogs'],
  },
  'pages are small': { maxLimit: 10, pageSize: 10 },
  'small pages that overlap, the first of them empty': { pageSize: 4, overlap: true, emptyFirstPage: true },
  'batches lose items': { refuseManyEdges: true, nullItems: true },
  'no user types, roles in words': { noUserType: true, titleCaseRoles: true },
}

let graph: OtherGraph | null = null
afterEach(async () => {
  await graph?.stop()
  graph = null
})

const meta = connectorOf('meta')

/** Direct access as `person asset rights`, sorted. */
function direct(driven: Driven, business: string): string[] {
  return of
    .grants(driven)
    .filter((g) => g.business === business && g.how === 'direct')
    .map((g) => `${g.principal} ${g.resource} ${[...g.entitlements].sort().join(',')}`)
    .filter((line, index, all) => all.indexOf(line) === index)
    .sort()
}

describe.each(Object.entries(habits))('%s', (_name, habit) => {
  test('own people, assets, shares and access equal the truth; so do each partner’s', async () => {
    graph = await startOtherGraph(budgetWorld(), habit)
    const { world } = graph
    const place = { address: graph.url, appId: APP.id, appSecret: APP.secret }
    const expected = (business: string, assets: Set<string>) =>
      world.grants
        .filter((g) => g.business === business && assets.has(g.asset))
        .map((g) => `${g.person} ${g.asset} ${[...g.rights].sort().join(',')}`)
        .sort()

    const own: Target = { kind: 'own', business: world.brand.id }
    const seen = await drive(meta, contextFor(place, tokenOf(world.brand.id), own))
    const held = new Set([
      ...world.assets.filter((a) => a.owner === world.brand.id).map((a) => a.id),
      ...world.sharing.filter((s) => s.to === world.brand.id).map((s) => s.asset),
    ])
    expect([...seen.failed.keys()]).toEqual([])
    expect(direct(seen, world.brand.id)).toEqual(expected(world.brand.id, held))
    const resources = new Set(seen.observations.flatMap((o) => (o.of === 'resource' ? [o.externalId] : [])))
    expect([...resources].sort()).toEqual([...held].sort())
    const people = of
      .principals(seen)
      .filter((p) => p.source === 'list')
      .map((p) => p.externalId)
    expect([...new Set(people)].sort()).toEqual(
      [...world.brand.people.map((p) => p.id), ...world.brand.invited.map((i) => i.id)].sort(),
    )
    const shares = new Set(of.shares(seen).map((s) => `${s.partner} ${s.resource} ${s.direction}`))
    const sharing = world.sharing.map((s) =>
      s.to === world.brand.id
        ? `${world.assets.find((a) => a.id === s.asset)?.owner ?? ''} ${s.asset} in`
        : `${s.to} ${s.asset} out`,
    )
    expect([...shares].sort()).toEqual(sharing.sort())

    for (const partner of world.partners) {
      const shared = of
        .shares(seen)
        .filter((s) => s.partner === partner.id)
        .map((s) => ({ type: s.type, externalId: s.resource, direction: s.direction }))
      const target: Target = {
        kind: 'partner',
        business: world.brand.id,
        partner: partner.id,
        sharedOnly: false,
        shared,
      }
      const read = await drive(meta, contextFor(place, tokenOf(partner.id), target))
      expect([...read.failed.keys()]).toEqual([])
      expect(direct(read, partner.id)).toEqual(expected(partner.id, new Set(shared.map((s) => s.externalId))))
    }
  })
})

test('a check of the whole world stays inside its budget', async () => {
  graph = await startOtherGraph(budgetWorld())
  const { world } = graph
  const place = { address: graph.url, appId: APP.id, appSecret: APP.secret }
  const own: Target = { kind: 'own', business: world.brand.id }
  const first = await drive(meta, contextFor(place, tokenOf(world.brand.id), own))
  const targets: Target[] = [
    own,
    ...world.partners.map((partner): Target => ({
      kind: 'partner',
      business: world.brand.id,
      partner: partner.id,
      sharedOnly: false,
      shared: of
        .shares(first)
        .filter((s) => s.partner === partner.id)
        .map((s) => ({ type: s.type, externalId: s.resource, direction: s.direction })),
    })),
  ]
  const token = (target: Target) => tokenOf(target.kind === 'own' ? target.business : target.partner)
  const judged = new Map<Target, Verdict>()
  for (const target of targets) judged.set(target, await meta.check(contextFor(place, token(target), target)))
  const before = { http: graph.httpCalls, logical: graph.logicalCalls }
  for (const target of targets) {
    const again = { ...contextFor(place, token(target), target), lastVerdict: judged.get(target) }
    expect((await meta.check(again)).outcome).toBe('ok')
    await drive(meta, contextFor(place, token(target), target))
  }
  expect(graph.httpCalls - before.http).toBeLessThanOrEqual(10)
  expect(graph.logicalCalls - before.logical).toBeLessThanOrEqual(130)
})
