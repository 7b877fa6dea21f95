// Lists that are longer than a page: the next pages of all lists of a business come in one call a round, tell what they tell one by one, and are
// asked one by one where Meta does not give them together or gives less than it should.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { assignedScope, observationKey } from '../../model/snapshot.ts'
import type { Target } from '../connector.ts'
import type { MemoryRows } from '../registry.ts'
import { contextFor, drive, sharedIn } from '../testing/drive.ts'
import type { Driven } from '../testing/drive.ts'
import { meta } from './connector.ts'
import { allRows, textAt } from './simulator/ask.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import type { EdgeAnswer } from './simulator/node-spec.ts'
import { startOver } from './testing/start-over.ts'

let sim: Simulator
let memory: MemoryRows
beforeAll(async () => {
  sim = await startSimulator({
    world: {
      ownAssets: { ad_account: 120, page: 70, pixel: 60 },
      ownPeople: 430,
      ownGroups: 0,
      invitations: 0,
      partners: 1,
      peoplePerPartner: 330,
      sharedPerPartner: 200,
      foreignAssets: 0,
    },
  })
})
beforeEach(() => {
  memory = new Map()
  startOver(sim)
  // What is asked in larger pages is in large-pages.test.ts.
  sim.control.switches.maxLimit = 100
})
afterAll(() => sim.stop())

const world = () => ({ address: sim.url, appId: sim.appId, appSecret: sim.appSecret })
const own = (): Target => ({ kind: 'own', business: sim.businessId })
const read = (token: string, target: Target): Promise<Driven> =>
  drive(meta, contextFor(world(), token, target, { memory }))
const readOwn = (): Promise<Driven> => read(sim.token, own())
const calls = () => sim.control.calls().filter((call) => !call.nested)
const lines = ({ observations, seals }: Driven): string[] => [
  ...new Set([...observations.map((o) => `${o.of} ${observationKey(o)}`), ...seals.keys()]),
]

/** What is read where a next page is never asked with others. */
async function oneByOne(): Promise<string[]> {
  const kept = memory
  memory = new Map([['root/next', { value: 'refused', untilMs: null }]])
  const driven = await readOwn()
  memory = kept
  expect(calls().length).toBeGreaterThan(5 + 3)
  sim.control.reset()
  return lines(driven).sort()
}

/** Meets next pages of an edge where they come with others. */
const onNextPage = (edge: string, rewrite: (answer: EdgeAnswer) => EdgeAnswer) => {
  sim.control.addFault({ match: { edge, page: 2, nested: true }, do: { rewrite }, times: 1_000 })
}

describe('the lists of a business', () => {
  it('take as many calls as the longest has pages, and tell what they tell one by one', async () => {
    const expected = await oneByOne()
    const driven = await readOwn()
    expect([...driven.failed]).toEqual([])
    expect(lines(driven).sort()).toEqual(expected)
    // The first read has learnt what may be asked together. 430 people in pages of 100; in pages of 50 the lists of 120 ad accounts, of
    // 70 pages and of 60 pixels.
    sim.control.reset()
    await readOwn()
    expect(calls().length).toBe(5)
  })

  it('of a partner take as many as its longest', async () => {
    const { observations } = await readOwn()
    const [partner] = sim.partners
    const target: Target = {
      kind: 'partner',
      business: sim.businessId,
      partner: partner?.id ?? '',
      sharedOnly: false,
      shared: sharedIn(observations),
    }
    // The second read asks by itself what groups did not tell in the first one.
    for (let n = 0; n < 2; n++) await read(partner?.token ?? '', target)
    sim.control.reset()
    const driven = await read(partner?.token ?? '', target)
    expect([...driven.failed]).toEqual([])
    expect(driven.seals.size).toBeGreaterThan(200)
    expect(calls().length).toBe(4)
  })

  it('of a partner are followed for a single asset that is missing: it costs what asking for the asset costs, or nothing', async () => {
    const { id, token } = sim.partners[0] ?? { id: '', token: '' }
    const listed = await allRows(sim.url, `/v26.0/${id}/client_ad_accounts?limit=100&fields=id`, token)
    const ids = listed.slice(0, 51).map((row) => textAt(row, 'id'))
    expect(ids.length).toBe(51)
    const shared = ids.map((externalId) => ({ type: 'ad_account', externalId, direction: 'out' as const }))
    const target: Target = {
      kind: 'partner',
      business: sim.businessId,
      partner: id,
      sharedOnly: false,
      shared,
    }
    sim.control.reset()
    const driven = await read(token, target)
    expect(ids.filter((one) => !driven.seals.has(assignedScope(id, 'ad_account', one)))).toEqual([])
    expect(calls().filter(({ edge }) => edge === 'assigned_users')).toEqual([])
  })

  it('are asked one by one where Meta refuses them together, and at once so in the second run after that', async () => {
    const expected = await oneByOne()
    const refused = {
      match: { edge: 'business_users', page: 2, nested: true },
      do: { error: 'reduce' },
    } as const
    sim.control.addFault({ ...refused, times: 1_000 })
    // The first one takes the size of the page for the reason, which is remembered.
    for (const [run, errors] of Object.entries({ first: 2, second: 1, third: 0 })) {
      sim.control.reset()
      const ctx = { ...contextFor(world(), sim.token, own(), { memory }), run }
      const driven = await drive(meta, ctx)
      expect([...driven.failed]).toEqual([])
      expect(lines(driven).sort()).toEqual(expected)
      expect(calls().filter(({ code }) => code !== null).length).toBe(errors)
    }
  })
})

describe('a next page that comes with others', () => {
  it('and is left out is not the end of its list', async () => {
    const expected = await oneByOne()
    onNextPage('owned_ad_accounts', () => ({ data: [] }))
    const driven = await readOwn()
    expect([...driven.failed]).toEqual([])
    expect(lines(driven).sort()).toEqual(expected)
  })

  it('was asked with others without end where two were left out', async () => {
    const expected = await oneByOne()
    for (const edge of ['owned_ad_accounts', 'owned_pages', 'owned_pixels'])
      onNextPage(edge, () => ({ data: [] }))
    const driven = await readOwn()
    expect([...driven.failed]).toEqual([])
    expect(lines(driven).sort()).toEqual(expected)
  })

  it('and cannot be read is asked by itself', async () => {
    const expected = await oneByOne()
    onNextPage('owned_pages', (answer) => ({ ...answer, data: [{ name: 'Nobody' }] }))
    const driven = await readOwn()
    expect([...driven.failed]).toEqual([])
    expect(lines(driven).sort()).toEqual(expected)
  })

  it('counts its list as a page that is asked by itself does', async () => {
    sim.control.addFault({
      match: { edge: 'business_users', page: 2, nested: true },
      do: { edit: 'no-next' },
      times: 1_000,
    })
    const driven = await readOwn()
    const scope = `${sim.businessId}/business_users`
    expect(driven.seals.has(scope)).toBe(false)
    expect(driven.failed.get(scope)?.sentence).toMatch(/has 200 rows and Meta counts/)
  })

  it('is asked by itself where its cursor could not stand in a field', async () => {
    const expected = await oneByOne()
    for (const edge of ['owned_ad_accounts', 'business_users'])
      sim.control.addFault({
        match: { edge, page: 1 },
        do: {
          rewrite: (answer) => {
            const { next, cursors } = answer.paging as { next: string; cursors: { after: string } }
            const odd = next.replace(cursors.after, encodeURIComponent('x){id},name.after(y'))
            return {
              ...answer,
              paging: { cursors: { before: 'x', after: 'x){id},name.after(y' }, next: odd },
            }
          },
        },
      })
    const driven = await readOwn()
    expect([...driven.failed.keys()].sort()).toEqual(
      ['business_users', 'owned_ad_accounts'].map((edge) => `${sim.businessId}/${edge}`),
    )
    expect(lines(driven).length).toBeLessThan(expected.length)
    for (const { fields } of sim.control.calls()) expect(fields ?? '').not.toContain('after(x)')
  })
})
