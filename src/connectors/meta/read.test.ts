// Reading when things go wrong: whatever Meta refuses or garbles, what is sealed is right, the rest stays open, and nothing is provoked twice.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { observationKey } from '../../model/snapshot.ts'
import { ConnectorError } from '../../model/error.ts'
import type { Target } from '../connector.ts'
import { contextFor, drive, of } from '../testing/drive.ts'
import type { Driven } from '../testing/drive.ts'
import type { MemoryRows } from '../registry.ts'
import { meta } from './connector.ts'
import type { EdgeEdit } from './simulator/faults.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { defaultSwitches } from './simulator/switches.ts'
import { startOver } from './testing/start-over.ts'

let sim: Simulator
let memory: MemoryRows

beforeAll(async () => {
  sim = await startSimulator({
    world: { ownAssets: 20, ownPeople: 14, partners: 1, sharedPerPartner: 10, foreignAssets: 5 },
  })
})
beforeEach(() => {
  memory = new Map()
  startOver(sim)
})
afterAll(() => sim.stop())

const own = (): Target => ({ kind: 'own', business: sim.businessId })
const guide = [
  'ads_management',
  'business_management',
  'catalog_management',
  'pages_manage_metadata',
  'pages_read_engagement',
  'pages_show_list',
]

const world = () => ({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret })
function context(token: string, target: Target, scopes?: readonly string[]) {
  return contextFor(world(), token, target, { memory, scopes })
}
const readOwn = (scopes: readonly string[] | undefined = guide, token = sim.token): Promise<Driven> =>
  drive(meta, context(token, own(), scopes))

/** What each sealed scope reported, as lines; resources without what Meta could not tell. */
function byScope(driven: Driven): Map<string, string[]> {
  const lines = new Map<string, string[]>([...driven.seals.keys()].map((scope) => [scope, []]))
  for (const o of driven.observations) {
    if (o.of === 'principal' && o.source === 'assigned') continue
    const told = o.of === 'grant' || o.of === 'share' ? o.entitlements.join() : ''
    lines.get(o.scope)?.push(`${o.of} ${observationKey(o)} ${told}`)
  }
  for (const [scope, list] of lines) lines.set(scope, [...new Set(list)].sort())
  return lines
}

const catalogs = (scopes: ReadonlyMap<string, unknown>) =>
  [...scopes.keys()].filter((scope) => scope.includes('/assigned/product_catalog/')).length
const errors = () => sim.control.calls().filter((call) => call.code !== null).length

describe('a token that may not read everything', () => {
  it('leaves the refused lists open, reads the rest, and asks less and less', async () => {
    const token = sim.tokens.ownKinds.without.catalog_management
    const whole = byScope(await readOwn())
    memory = new Map()
    const refused = ['client_product_catalogs', 'owned_product_catalogs'].map(
      (edge) => `${sim.businessId}/${edge}`,
    )
    const met: number[] = []
    for (let run = 0; run < 4; run++) {
      sim.control.reset()
      const driven = await readOwn(undefined, token)
      met.push(errors())
      expect([...driven.failed.keys()].sort()).toEqual(refused)
      for (const scope of refused) {
        expect(driven.failed.get(scope)?.kind).toBe('denied')
        expect(driven.seals.has(scope)).toBe(false)
      }
      for (const [scope, lines] of byScope(driven)) expect(lines, scope).toEqual(whole.get(scope))
      expect(driven.seals.size).toBe(whole.size - refused.length - catalogs(whole))
    }
    // The whole read, then each of the two lists with and without people; and then nothing.
    expect(met[0]).toBeGreaterThan(0)
    expect(met[0]).toBeLessThanOrEqual(5)
    expect(met.slice(1)).toEqual([0, 0, 0])
  })

  it('is asked twice before a refusal is believed: one alone may be a moment’s failure', async () => {
    const edges = ['business_users', 'pending_users', 'owned_pages', 'agencies', 'business_asset_groups']
    for (const error of ['permissions', 'permissionDenied', 'capability', 'unsupportedGet'] as const) {
      memory = new Map()
      sim.control.clearFaults()
      for (const edge of edges) {
        sim.control.addFault({ match: { edge, nested: true }, do: { error } })
        sim.control.addFault({ match: { edge, nested: false }, do: { error } })
      }
      expect([...(await readOwn()).failed]).toEqual([])
      sim.control.reset()
      const second = await readOwn()
      expect([...second.failed, errors()]).toEqual([0])
    }
  })

  it('is asked again when the token changes or after a week', async () => {
    const token = sim.tokens.ownKinds.without.catalog_management
    const day = 24 * 60 * 60_000
    const start = Date.now()
    const errorsAfter = async (days: number, withToken = token) => {
      sim.control.reset()
      const clock = () => start + days * day
      const driven = await drive(meta, contextFor(world(), withToken, own(), { memory, clock }))
      expect(driven.failed.has(`${sim.businessId}/owned_product_catalogs`)).toBe(withToken === token)
      return errors()
    }
    expect(await errorsAfter(0)).toBeGreaterThan(0)
    for (const days of [0, 1, 3, 6.9]) expect(await errorsAfter(days), `day ${days}`).toBe(0)
    expect(await errorsAfter(3, sim.token)).toBe(0)
    const mended = sim.control.world.tokens.get(token)
    if (mended === undefined) throw new Error('no such token')
    const before = mended.scopes
    mended.scopes = sim.control.world.tokens.get(sim.token)?.scopes ?? []
    expect([...(await readOwn(guide, token)).failed], 'the same token with more permissions').toEqual([])
    mended.scopes = before
    expect(await errorsAfter(7.1)).toBeGreaterThan(0)
    // One refusal was enough this time.
    expect(await errorsAfter(8)).toBe(0)
  })

  it('is not even asked for what its permissions rule out', async () => {
    const token = sim.tokens.ownKinds.without.ads_management
    const driven = await readOwn(
      guide.filter((scope) => scope !== 'ads_management'),
      token,
    )
    expect(errors()).toBe(0)
    for (const edge of ['owned_ad_accounts', 'client_ad_accounts', 'owned_pixels', 'client_pixels']) {
      expect(driven.failed.get(`${sim.businessId}/${edge}`)?.sentence).toMatch(/ads_management/)
    }
  })

  it('lists Pages and leaves their people open without pages_manage_metadata', async () => {
    const token = sim.tokens.ownKinds.without.pages_manage_metadata
    for (const scopes of [undefined, guide.filter((scope) => scope !== 'pages_manage_metadata')]) {
      memory = new Map()
      sim.control.reset()
      const driven = await readOwn(scopes, token)
      expect(driven.seals.has(`${sim.businessId}/owned_pages`)).toBe(true)
      const open = [...driven.failed].filter(([scope]) => scope.includes('/assigned/page/'))
      expect(open.length).toBeGreaterThan(0)
      expect(new Set(open.map(([, failure]) => failure.kind))).toEqual(new Set(['denied']))
      expect([...driven.seals.keys()].filter((scope) => scope.includes('/assigned/page/'))).toEqual([])
      // One refusal each of the expanded read, the two lists and one Page for all.
      expect(errors()).toBeLessThanOrEqual(5)
    }
  })

  it('never takes a list for empty that is empty for want of a permission', async () => {
    sim.control.switches.pageListMissing = 'empty'
    const token = sim.tokens.ownKinds.without.pages_show_list
    const driven = await readOwn(
      guide.filter((scope) => scope !== 'pages_show_list'),
      token,
    )
    expect(driven.seals.has(`${sim.businessId}/owned_pages`)).toBe(false)
    expect(driven.failed.get(`${sim.businessId}/owned_pages`)?.kind).toBe('denied')
  })

  it('may be refused what the guide does not ask for, without harm', async () => {
    sim.control.switches.instagramBasicNeeded = true
    for (const scopes of [undefined, guide]) {
      memory = new Map()
      const driven = await readOwn(scopes)
      expect([...driven.failed]).toEqual([])
      expect(driven.optional.get(`${sim.businessId}/owned_instagram_assets`)?.kind).toBe('denied')
      expect(driven.optional.has(`${sim.businessId}/owned_whatsapp_business_accounts`)).toBe(true)
    }
  })

  it('sees WhatsApp accounts where it may', async () => {
    const token = sim.tokens.ownKinds.manyScopes
    const driven = await readOwn([...guide, 'whatsapp_business_management', 'instagram_basic'], token)
    expect([...driven.failed, ...driven.optional]).toEqual([])
    expect(driven.observations.some((o) => o.of === 'resource' && o.type === 'whatsapp_account')).toBe(true)
  })

  it('of an app with limited access reads what is left', async () => {
    sim.control.switches.accessTier = 'limited'
    const driven = await readOwn()
    expect(driven.failed.get(`${sim.businessId}/business_users`)).toMatchObject({ kind: 'denied', code: '3' })
    expect(driven.seals.has(`${sim.businessId}/business_users`)).toBe(false)
  })
})

describe('a run that ends early', () => {
  const ends: [string, Parameters<Simulator['control']['addFault']>[0]['do'], string][] = [
    [
      'a token that is revoked',
      { error: { status: 400, code: 190, subcode: 466, message: 'm', type: 'OAuthException' } },
      'auth',
    ],
    ['a limit', { error: { status: 400, code: 4, message: 'm', type: 'OAuthException' } }, 'limited'],
  ]
  it.each(ends)('by %s throws after handing over what was read', async (_name, action, kind) => {
    sim.control.addFault({ match: { edge: 'owned_instagram_assets', nested: false }, do: action, times: 3 })
    const ctx = context(sim.token, own(), guide)
    const seen: string[] = []
    let thrown: unknown = null
    try {
      for await (const result of meta.read(ctx, meta.plan(ctx))) {
        if ('seals' in result) seen.push(...result.seals.map((seal) => seal.scope))
      }
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ConnectorError)
    expect(thrown instanceof ConnectorError ? thrown.failure.kind : null).toBe(kind)
    expect(seen).toContain(`${sim.businessId}/business_users`)
    expect(seen).not.toContain(`${sim.businessId}/owned_instagram_assets`)
  })

  it('by a service that is away throws', async () => {
    sim.control.addFault({ match: {}, do: { error: 'unavailable' }, times: 500 })
    await expect(readOwn()).rejects.toMatchObject({ failure: { kind: 'transient' } })
  })

  it('does not end by a list that the service does not answer while it answers others: that one is left open', async () => {
    sim.control.switches.refusedExpansions = ['*.assigned_users', '*.agencies']
    const [node] = [...sim.control.world.assets.values()]
      .filter((asset) => asset.kind === 'page' && asset.owner === sim.businessId)
      .map(({ id }) => id)
    const match = { node, edge: 'assigned_users' }
    sim.control.addFault({ match, do: { error: 'unavailable' }, times: 500 })
    const driven = await readOwn()
    const failed = [...driven.failed].map(([scope, { kind }]) => [scope, kind])
    expect(failed).toEqual([[`${sim.businessId}/assigned/page/${node}`, 'transient']])
  })

  it('goes on behind what was sealed', async () => {
    const sealed = new Set(['business_users', 'agencies'].map((edge) => `${sim.businessId}/${edge}`))
    const ctx = { ...context(sim.token, own(), guide), sealed: (scope: string) => sealed.has(scope) }
    const driven = await drive(meta, ctx)
    for (const scope of sealed) expect(driven.seals.has(scope)).toBe(false)
    expect(driven.seals.has(`${sim.businessId}/system_users`)).toBe(true)
  })

  it('asks no asset again of which everything was sealed, where they are asked one by one', async () => {
    sim.control.switches.refusedExpansions = ['*.assigned_users', '*.agencies']
    const assets = ({ seals }: Driven) =>
      [...seals.keys()].filter((scope) => /\/(assigned|agencies-of)\//.test(scope))
    const first = assets(await readOwn())
    expect(first.length).toBeGreaterThan(20)
    const [open, ...rest] = first
    const sealed = new Set(rest)
    const ctx = { ...context(sim.token, own(), guide), sealed: (scope: string) => sealed.has(scope) }
    expect(assets(await drive(meta, ctx))).toEqual([open])
  })

  it('walks no list of who is assigned on that was sealed, where it comes inside its asset', async () => {
    sim.control.switches.maxLimit = 3
    const walked = () => sim.control.calls().filter((c) => c.edge === 'assigned_users' && !c.nested).length
    const sealed = new Set((await readOwn()).seals.keys())
    expect(walked()).toBeGreaterThan(20)
    sealed.delete(`${sim.businessId}/owned_pages`)
    sim.control.reset()
    const ctx = { ...context(sim.token, own(), guide), sealed: (scope: string) => sealed.has(scope) }
    const driven = await drive(meta, ctx)
    expect(driven.seals.has(`${sim.businessId}/owned_pages`)).toBe(true)
    expect(walked()).toBe(0)
  })

  it('asks no list of assets again that was sealed with everything that hangs on it', async () => {
    const first = await readOwn()
    const sealed = new Set(first.seals.keys())
    const listed = Map.groupBy(
      first.observations.filter((o) => o.of === 'resource'),
      (o) => o.scope,
    )
    const idsOf = (edge: string) =>
      (listed.get(`${sim.businessId}/${edge}`) ?? []).map(({ externalId }) => externalId)
    const [page = ''] = idsOf('owned_pages')
    const open = [`${sim.businessId}/assigned/page/${page}`, `${sim.businessId}/owned_ad_accounts`]
    for (const scope of open) expect(sealed.delete(scope)).toBe(true)
    sim.control.reset()
    const ctx = {
      ...context(sim.token, own(), guide),
      sealed: (scope: string) => sealed.has(scope),
      listed: (scope: string) => new Set((listed.get(scope) ?? []).map(({ externalId }) => externalId)),
    }
    const driven = await drive(meta, ctx)
    expect([...driven.seals.keys()].sort()).toEqual(open.sort())
    const asked = sim.control.calls().filter((call) => !call.nested && call.edge !== null)
    expect(asked.map(({ node, edge }) => `${node}/${edge}`)).toEqual([
      `${sim.businessId}/owned_ad_accounts`,
      `${page}/assigned_users`,
    ])
  })
})

describe('a list whose further page turns empty', () => {
  const small = { maxLimit: 5, refusedExpansions: ['*.contained_pages'] }

  it.each(['business_users', 'owned_ad_accounts'])(
    '%s is doubted, and whole when it is asked again',
    async (edge) => {
      Object.assign(sim.control.switches, defaultSwitches, small)
      memory = new Map()
      const whole = byScope(await readOwn())
      const fault = sim.control.addFault({ match: { edge, page: 2 }, do: { edit: 'turn-empty' } })
      const driven = await readOwn()
      const seal = driven.seals.get(`${sim.businessId}/${edge}`)
      expect([fault.fired, seal?.doubtful]).toEqual([1, true])
      const { seals } = await readOwn()
      expect([...seals.values()].filter(({ doubtful }) => doubtful)).toEqual([])
      expect(byScope(await readOwn())).toEqual(whole)
    },
  )
})

describe('a list inside a group whose further page turns empty', () => {
  it('is asked a second time, since the group counts only as a whole', async () => {
    Object.assign(sim.control.switches, defaultSwitches, { maxLimit: 2, maxLimits: { system_users: 100 } })
    sim.control.switches.refusedExpansions = ['*.contained_pages']
    memory = new Map()
    const whole = byScope(await readOwn())
    const fault = sim.control.addFault({
      match: { edge: 'contained_pages', page: 2 },
      do: { edit: 'turn-empty' },
    })
    expect(byScope(await readOwn())).toEqual(whole)
    expect(fault.fired).toBe(1)
  })
})

describe('a list that is garbled', () => {
  const edges = [
    'business_users',
    'agencies',
    'owned_pages',
    'client_ad_accounts',
    'owned_instagram_assets',
    'assigned_users',
    'business_asset_groups',
    'contained_pages',
  ]
  /** Not in the list: `turn-empty`, `no-next` and `no-paging`, which nothing in the answer gives away. Sync asks an emptied list again. */
  const edits: EdgeEdit[] = [
    'empty-with-next',
    'repeat-cursor',
    'overlap',
    'next-on-last',
    'foreign-next',
    'no-data',
    'null-data',
    'object-data',
    'wrong-total',
    'row-without-id',
    'null-row',
  ]
  let whole: Map<string, string[]>
  beforeAll(async () => {
    memory = new Map()
    whole = byScope(await readOwn())
  })

  describe.each([
    { manner: 'in one expanded read', switches: {}, times: 1 },
    {
      manner: 'edge by edge, in small pages, whenever it is asked',
      switches: {
        maxLimit: 5,
        refusedExpansions: ['*.assigned_users', '*.contained_pages', 'Business.agencies'],
      },
      times: 1_000,
    },
  ])('$manner', ({ switches, times }) => {
    let learnt: MemoryRows
    beforeAll(async () => {
      Object.assign(sim.control.switches, defaultSwitches, switches)
      memory = new Map()
      await readOwn()
      learnt = memory
    })

    it.each(edges.flatMap((edge) => edits.map((edit): [string, EdgeEdit] => [edge, edit])))(
      '%s %s',
      async (edge, edit) => {
        Object.assign(sim.control.switches, switches)
        memory = new Map([...learnt].map(([key, row]) => [key, { ...row }]))
        sim.control.addFault({ match: { edge, page: 1 }, do: { edit }, times })
        const driven = await readOwn()
        for (const [scope, lines] of byScope(driven)) expect(lines, scope).toEqual(whole.get(scope))
        for (const scope of driven.failed.keys()) expect(driven.seals.has(scope), scope).toBe(false)
        for (const scope of whole.keys()) {
          const accounted = driven.seals.has(scope) || driven.failed.has(scope) || hidden(driven, scope)
          expect(accounted, `${scope} is neither sealed nor failed`).toBe(true)
        }
      },
    )
  })

  /** A scope about an asset whose list was not read. */
  function hidden(driven: Driven, scope: string): boolean {
    return /\/(assigned|agencies-of|owner-of)\//.test(scope) && driven.failed.size > 0
  }
})

describe('a partner', () => {
  const partner = () => {
    const found = sim.partners[0]
    if (found === undefined) throw new Error('no partner')
    return found
  }
  const target = (more: Partial<Target & { kind: 'partner' }> = {}): Target => ({
    kind: 'partner',
    business: sim.businessId,
    partner: partner().id,
    sharedOnly: false,
    shared: [...sim.control.world.assets.values()]
      .filter((a) => a.kind !== 'app' && a.kind !== 'whatsapp_account')
      .flatMap((a) => {
        const out = a.owner === sim.businessId && a.shares.get(partner().id)?.status === 'CONFIRMED'
        const into = a.owner === partner().id && a.shares.get(sim.businessId)?.status === 'CONFIRMED'
        return out || into
          ? [{ type: a.kind, externalId: a.id, direction: out ? ('out' as const) : ('in' as const) }]
          : []
      }),
    ...more,
  })
  const readPartner = (
    more: Partial<Target & { kind: 'partner' }> = {},
    token = partner().token,
  ): Promise<Driven> => drive(meta, context(token, target(more), guide))
  const grants = (driven: Driven) =>
    of
      .grants(driven)
      .map((g) => `${observationKey(g)} ${g.entitlements.join()}`)
      .sort()

  it('that wants its shared assets read alone is read so, with the same result', async () => {
    const lists = await readPartner()
    // Asks by itself what groups did not tell in the first read.
    await readPartner()
    sim.control.reset()
    const direct = await readPartner({ sharedOnly: true })
    expect(grants(direct)).toEqual(grants(lists))
    const asked = sim.control
      .calls()
      .map((call) => `${call.edge ?? ''} ${call.fields ?? ''}`)
      .join(' ')
    expect(asked).not.toMatch(/client_|owned_/)
    expect(direct.usage.httpCalls).toBe(1)
  })

  it('with a crowd of other clients costs no more than its shared assets', async () => {
    const crowded = await startSimulator({
      world: { ownAssets: 40, partners: 1, sharedPerPartner: 10, foreignAssets: 600 },
    })
    const only = crowded.partners[0]
    if (only === undefined) throw new Error('no partner')
    const shared = [...crowded.control.world.assets.values()]
      .filter(
        (a) =>
          a.kind !== 'app' && a.kind !== 'whatsapp_account' && a.shares.get(only.id)?.status === 'CONFIRMED',
      )
      .map((a) => ({ type: a.kind, externalId: a.id, direction: 'out' as const }))
    const ctx = contextFor(
      { address: crowded.url, appId: crowded.appId, appSecret: crowded.appSecret },
      only.token,
      { kind: 'partner', business: crowded.businessId, partner: only.id, sharedOnly: false, shared },
      { scopes: guide },
    )
    const driven = await drive(meta, ctx)
    await crowded.stop()
    expect([...driven.failed]).toEqual([])
    expect([...driven.seals.keys()].filter((scope) => scope.includes('/assigned/'))).toHaveLength(
      shared.length,
    )
    expect(driven.usage.logicalCalls).toBeLessThanOrEqual(4 + 2 * shared.length)
  })

  it('whose token sees some assets only leaves the others open', async () => {
    const kinds = sim.tokens.partners[partner().id]
    if (kinds === undefined) throw new Error('no tokens')
    const driven = await readPartner({}, kinds.limited)
    for (const [scope, failure] of driven.failed) {
      expect(scope).toContain('/assigned/')
      expect(failure.kind).toBe('gone')
      expect(driven.seals.has(scope)).toBe(false)
    }
    expect(driven.failed.size).toBeGreaterThan(0)
    expect(driven.seals.has(`${partner().id}/business_users`)).toBe(true)
  })

  it('that shares nothing is not read', async () => {
    const driven = await readPartner({ shared: [] })
    expect(driven.usage.httpCalls).toBe(0)
  })
})
