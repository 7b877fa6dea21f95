// One suite for every connector and its simulator: what a reading must be whatever the provider. Lists end, scopes are sealed once and by what
// they reported, a refused scope is open and never empty, ids are stable, and nothing tells the credential. Truth comes from the
// simulator's world, not through its API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { observationKey } from '../model/snapshot.ts'
import type { Connector, Target } from './connector.ts'
import { meta } from './meta/connector.ts'
import { startSimulator } from './meta/simulator/server.ts'
import type { Simulator } from './meta/simulator/server.ts'
import type { Switches } from './meta/simulator/switches.ts'
import { strangers, truth } from './meta/simulator/truth.ts'
import { contextFor, drive, of } from './testing/drive.ts'
import type { Driven, World } from './testing/drive.ts'
import type { MemoryRows } from './registry.ts'

/** Ways in which a provider may answer; truth must come out the same in all of them. */
const manners: Record<string, Partial<Switches>> = {
  'everything may be expanded': {},
  'the expanded read of a business is too complex': { complexity: 700 },
  'no list takes the assets’ people or partners': { refusedExpansions: ['*.assigned_users', '*.agencies'] },
  'an asset’s partners are not expanded': {
    refusedExpansions: ['AdsPixel.agencies', 'InstagramBusinessAsset.agencies'],
  },
  'a business is not expanded': { refusedExpansions: ['Business.business_users', 'Business.client_pages'] },
  'groups are not expanded': { refusedExpansions: ['*.contained_pages'] },
  'pages are small': { maxLimit: 7 },
  'direct lists name everybody': {
    adminsInDirectLists: 'assigned',
    groupsInDirectLists: false,
    totalEverywhere: true,
  },
  'ids of system users are the app’s own': { systemUserId: 'app_scoped' },
}

/** Manners in which the provider is expected to answer; the others are for the case that it does not. */
const usual = new Set([
  'everything may be expanded',
  'an asset’s partners are not expanded',
  'a business is not expanded',
  'direct lists name everybody',
])

interface Subject {
  connector: Connector
  start: (switches: Partial<Switches>) => Promise<Simulator>
}

const subjects: Subject[] = [
  {
    connector: meta,
    start: (switches) =>
      startSimulator({
        switches,
        world: { ownAssets: 60, ownPeople: 25, partners: 3, sharedPerPartner: 20 },
      }),
  },
]

const guideScopes = [
  'ads_management',
  'business_management',
  'catalog_management',
  'pages_manage_metadata',
  'pages_read_engagement',
  'pages_show_list',
]

describe.each(subjects)('the connector $connector.manifest.id', ({ connector, start }) => {
  describe.each(Object.entries(manners))('where %s', (manner, switches) => {
    let sim: Simulator
    let world: World
    let own: Driven
    const partners = new Map<string, { driven: Driven; target: Target & { kind: 'partner' } }>()
    const memory: MemoryRows = new Map()
    const logged: string[] = []

    beforeAll(async () => {
      sim = await start(switches)
      world = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
      const ctx = contextFor(
        world,
        sim.token,
        { kind: 'own', business: sim.businessId },
        { memory, logged, scopes: guideScopes },
      )
      own = await drive(connector, ctx)
      for (const partner of sim.partners) {
        const shares = of
          .shares(own)
          .filter((s) => s.partner === partner.id && (s.status ?? 'CONFIRMED') === 'CONFIRMED')
        const target: Target & { kind: 'partner' } = {
          kind: 'partner',
          business: sim.businessId,
          partner: partner.id,
          sharedOnly: false,
          shared: [...new Map(shares.map((s) => [`${s.type}|${s.resource}|${s.direction}`, s])).values()].map(
            (s) => ({
              type: s.type,
              externalId: s.resource,
              direction: s.direction,
            }),
          ),
        }
        const driven = await drive(
          connector,
          contextFor(world, partner.token, target, { memory, logged, scopes: guideScopes }),
        )
        partners.set(partner.id, { driven, target })
      }
    })
    afterAll(() => sim.stop())

    it('sees exactly the assets, people and rights that are there', () => {
      expect([...own.failed]).toEqual([])
      expect(seenGrants(own, sim)).toEqual(trueGrants(sim, sim.businessId))
      expect(resources(own)).toEqual(trueAssets(sim))
      expect(members(own)).toEqual(trueMembers(sim))
      for (const [id, { driven }] of partners) {
        expect([...driven.failed]).toEqual([])
        expect(seenGrants(driven, sim)).toEqual(trueGrants(sim, id))
      }
    })

    it('names every partner and what is shared with it', () => {
      for (const { id } of sim.partners) {
        const { target } = partners.get(id)!
        const shared = truth(sim.control.world).filter(
          (row) => row.business === id && row.kind !== 'whatsapp_account',
        )
        for (const row of shared) expect(target.shared.map((s) => s.externalId)).toContain(row.asset)
      }
    })

    it('says nothing about what a partner does for others', () => {
      for (const [id, { driven }] of partners) {
        const strange = strangers(sim.control.world, id)
        const grants = new Set(of.grants(driven).map((g) => g.resource))
        for (const asset of strange.assets) expect(grants).not.toContain(asset)
        expect(driven.observations.some((o) => o.of === 'resource' || o.of === 'share')).toBe(false)
        for (const line of logged) for (const asset of strange.assets) expect(line).not.toContain(asset)
      }
    })

    it('seals scopes that it reported and no scope that failed', () => {
      for (const driven of [own, ...[...partners.values()].map((p) => p.driven)]) {
        const rows = new Map<string, Set<string>>()
        for (const o of driven.observations) {
          rows.set(o.scope, (rows.get(o.scope) ?? new Set()).add(`${o.of} ${observationKey(o)}`))
        }
        for (const scope of rows.keys()) expect(driven.seals.has(scope), scope).toBe(true)
        for (const scope of driven.failed.keys()) expect(driven.seals.has(scope), scope).toBe(false)
      }
    })

    it('logs no credential and puts none into what it hands out', () => {
      const said = JSON.stringify([
        logged,
        own.observations,
        [...own.seals],
        [...memory],
        ...[...partners.values()].map((p) => [
          p.driven.observations,
          [...p.driven.seals],
          [...p.driven.failed],
        ]),
      ])
      expect(said).toContain(sim.businessId)
      for (const token of [sim.token, sim.appSecret, ...sim.partners.map((p) => p.token)]) {
        expect(said).not.toContain(token)
        expect(said).not.toContain(encodeURIComponent(token))
      }
    })

    it.runIf(usual.has(manner))(
      'costs at most 10 requests and 130 calls, inspection of tokens included',
      async () => {
        const fresh: MemoryRows = new Map()
        let [http, logical] = [0, 0]
        const tokens: [string, Target][] = [
          [sim.token, { kind: 'own', business: sim.businessId }],
          ...sim.partners.map((p): [string, Target] => [p.token, partners.get(p.id)!.target]),
        ]
        for (const [token, target] of tokens) {
          // Judged when it was connected, with nothing remembered; and again in the run, as every run does.
          const lastVerdict = await connector.check(contextFor(world, token, target))
          const judging = { ...contextFor(world, token, target, { memory: fresh }), lastVerdict }
          const verdict = await connector.check(judging)
          expect(verdict.outcome).not.toBe('refused')
          const reading = contextFor(world, token, target, { memory: fresh, scopes: verdict.scopes })
          await drive(connector, reading)
          http += judging.usage.httpCalls + reading.usage.httpCalls
          logical += judging.usage.logicalCalls + reading.usage.logicalCalls
        }
        process.stdout.write(`${manner}: a whole first run ${http} HTTP, ${logical} calls\n`)
        expect(http).toBeLessThanOrEqual(10)
        expect(logical).toBeLessThanOrEqual(130)
      },
    )

    it('gives the same again, and asks no more than the first time', async () => {
      const ctx = contextFor(
        world,
        sim.token,
        { kind: 'own', business: sim.businessId },
        { memory, scopes: guideScopes },
      )
      const second = await drive(connector, ctx)
      expect(seenGrants(second, sim)).toEqual(seenGrants(own, sim))
      expect(resources(second)).toEqual(resources(own))
      expect(second.usage.logicalCalls).toBeLessThanOrEqual(own.usage.logicalCalls)
      process.stdout.write(
        `${manner}: own ${cost(own)}, again ${cost(second)}; partners ${[...partners.values()].map((p) => cost(p.driven)).join(', ')}\n`,
      )
    })
  })
})

const cost = (driven: Driven): string => `${driven.usage.httpCalls} HTTP, ${driven.usage.logicalCalls} calls`

/** Assignments and group access as lines; whoever reaches all by role is told by the principal. */
function seenGrants(driven: Driven, sim: Simulator): string[] {
  const lines = of
    .grants(driven)
    .filter((g) => g.type !== 'asset_group')
    .map(
      (g) => `${g.principal} ${g.type} ${g.resource} ${g.how} ${g.through ?? ''} ${g.entitlements.join(',')}`,
    )
  const reaching = of.principals(driven).filter((p) => p.reachesAll)
  for (const principal of reaching) {
    const rows = truth(sim.control.world).filter(
      (row) => row.user === principal.externalId && row.how === 'role',
    )
    expect(rows.length, `${principal.externalId} reaches all`).toBeGreaterThan(0)
    lines.push(`${principal.externalId} reaches all`)
  }
  return [...new Set(lines)].sort()
}

function trueGrants(sim: Simulator, business: string): string[] {
  const rows = truth(sim.control.world).filter((row) => row.business === business && readable(row.kind))
  return [
    ...new Set(
      rows.map((row) =>
        row.how === 'role'
          ? `${row.user} reaches all`
          : `${row.user} ${row.kind} ${row.asset} ${row.how} ${row.through ?? ''} ${row.tasks.join(',')}`,
      ),
    ),
  ].sort()
}

/** WhatsApp accounts need a permission that the guide does not ask for. */
const readable = (kind: string): boolean => kind !== 'whatsapp_account'

const ownGroups = (sim: Simulator) =>
  [...sim.control.world.groups.values()].filter((g) => g.owner === sim.businessId)

/** Who is in a group of ours, as lines. */
function members(driven: Driven): string[] {
  const found = of.grants(driven).filter((g) => g.type === 'asset_group')
  return found.map((g) => `${g.principal} ${g.resource} ${g.entitlements.join(',')}`).sort()
}

function trueMembers(sim: Simulator): string[] {
  return ownGroups(sim)
    .flatMap((g) =>
      [...g.members].map(([user, t]) => {
        const tasks = new Set([...t.adaccount_tasks, ...t.page_tasks, ...t.pixel_tasks])
        return `${user} ${g.id} ${[...tasks].sort().join(',')}`
      }),
    )
    .sort()
}

function resources(driven: Driven): string[] {
  return driven.observations
    .filter((o) => o.of === 'resource')
    .map((o) => `${o.type} ${o.externalId} ${o.relation}`)
    .sort()
}

function trueAssets(sim: Simulator): string[] {
  const assets = [...sim.control.world.assets.values()]
    .filter((a) => readable(a.kind))
    .filter((a) => a.owner === sim.businessId || a.shares.get(sim.businessId)?.status === 'CONFIRMED')
    .map((a) => `${a.kind} ${a.id} ${a.owner === sim.businessId ? 'owned' : 'client'}`)
  return [...assets, ...ownGroups(sim).map((g) => `asset_group ${g.id} owned`)].sort()
}
