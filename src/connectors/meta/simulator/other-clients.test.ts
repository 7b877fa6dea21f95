// Published clients that we did not write, Meta's own Node SDK among them, crawl the simulator: it may not drift into our habits.
import sdk from 'facebook-nodejs-business-sdk'
import type { Page } from 'facebook-nodejs-business-sdk'
import fbgraph from 'fbgraph'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import { businessOf, idsOf } from './world.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ seed: 6, world: { partners: 2, ownPeople: 60 } })
})
afterAll(() => sim.stop())

const own = () => businessOf(sim.control.world, sim.businessId)

describe('Meta’s Node SDK', () => {
  beforeAll(() => {
    sdk.FacebookAdsApi.init(sim.token, 'en_US', false)
    Object.defineProperty(sdk.FacebookAdsApi, 'GRAPH', { get: () => sim.url })
  })

  const all = async (first: Promise<Page>): Promise<string[]> => {
    const page = await first
    const ids = page.map((row) => row.id)
    while (page.hasNext()) {
      await page.next()
      ids.push(...page.map((row) => row.id))
    }
    return ids
  }

  it('reads a business and walks its lists to their end', async () => {
    const business = new sdk.Business(sim.businessId)
    expect((await business.get(['id', 'name']))._data).toMatchObject({
      id: sim.businessId,
      name: sim.businessName,
    })
    expect(await all(business.getBusinessUsers(['id', 'email']))).toEqual([...own().people])
    expect(await all(business.getOwnedAdAccounts(['id', 'name'], { limit: 4 }))).toEqual(
      idsOf(own().owned, 'ad_account'),
    )
    expect(await all(business.getOwnedPages(['id'], { limit: 5 }))).toEqual(idsOf(own().owned, 'page'))
    expect(await all(business.getAgencies(['id'], { limit: 1 }))).toEqual([...own().agencies.keys()])
    expect(await all(business.getPendingUsers(['id']))).toEqual([...own().invitations])
  })

  it('assigns a person and takes them off again', async () => {
    const id = idsOf(own().owned, 'ad_account')[0] ?? ''
    const user = [...own().people].at(-1) ?? ''
    const account = new sdk.AdAccount(id)
    const people = () =>
      all(account.getAssignedUsers(['id', 'tasks'], { business: sim.businessId, limit: 2 }))
    await account.createAssignedUser([], { business: sim.businessId, user, tasks: ['ANALYZE'] })
    expect(await people()).toContain(user)
    await account.deleteAssignedUsers({ user })
    expect(await people()).not.toContain(user)
  })

  it('tells an error as Meta’s own', async () => {
    const account = new sdk.AdAccount(idsOf(own().owned, 'ad_account')[0] ?? '')
    await expect(account.getAssignedUsers(['id'])).rejects.toMatchObject({
      response: { code: 100, message: '(#100) The parameter business is required' },
    })
  })
})

describe('fbgraph', () => {
  beforeAll(() => {
    fbgraph.setGraphUrl(sim.url)
    fbgraph.setVersion('26.0')
    fbgraph.setAccessToken(sim.token)
    fbgraph.setAppSecret(sim.appSecret)
  })

  type Answer = Parameters<Parameters<typeof fbgraph.get>[1]>[1]
  const get = (path: string) =>
    new Promise<{ error: unknown; answer: Answer }>((resolve) => {
      fbgraph.get(path, (error, answer) => resolve({ error, answer }))
    })

  it('signs its calls and follows pages', async () => {
    const ids: string[] = []
    for (
      let path: string | undefined = `${sim.businessId}/business_users?fields=id&limit=25`;
      path !== undefined;
    ) {
      const { answer }: Awaited<ReturnType<typeof get>> = await get(path)
      ids.push(...(answer.data ?? []).map((row) => row.id))
      path = answer.paging?.next
    }
    expect(ids).toEqual([...own().people])
  })

  it('sends batches', async () => {
    const answers = await new Promise<{ code: number; body: string }[]>((resolve) => {
      fbgraph.batch(
        [
          { method: 'GET', relative_url: 'me' },
          { method: 'GET', relative_url: `${sim.businessId}?fields=name` },
        ],
        (_error, answer) => resolve(answer),
      )
    })
    expect(answers.map((answer) => answer.code)).toEqual([200, 200])
    expect(JSON.parse(answers[1]?.body ?? '')).toEqual({ name: sim.businessName, id: sim.businessId })
  })

  it('tells an error as Meta’s own', async () => {
    expect((await get('1')).error).toMatchObject({ code: 100, error_subcode: 33 })
  })
})
