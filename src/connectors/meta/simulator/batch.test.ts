import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, at, codeOf } from './ask.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import type { Json } from './world.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ seed: 5, world: { partners: 2 } })
})
afterAll(() => sim.stop())

interface Item {
  code: number
  headers?: { name: string; value: string }[]
  body: string
}
const send = async (
  items: Json,
  more: Record<string, string> = {},
  path = '/v26.0/',
): Promise<{ status: number; items: (Item | null)[]; body: Json }> => {
  const { status, body } = await ask(sim.url, path, sim.token, {
    form: { batch: JSON.stringify(items), ...more },
  })
  return { status, body, items: Array.isArray(body) ? (body as unknown as (Item | null)[]) : [] }
}
const read = (item: Item | null | undefined): Json => JSON.parse(item?.body ?? 'null') as Json

describe('batch', () => {
  it('answers each item for itself, in order, with its headers and its body as text', async () => {
    const { status, items } = await send([
      { method: 'GET', relative_url: 'me' },
      { method: 'GET', relative_url: '2' },
      { relative_url: `${sim.businessId}?fields=id` },
    ])
    expect(status).toBe(200)
    expect(items.map((item) => item?.code)).toEqual([200, 400, 200])
    expect(read(items[0])).toMatchObject({ name: 'Access review' })
    expect(codeOf(read(items[1]))).toBe('100/33')
    const names = items[1]?.headers?.map((header) => header.name)
    expect(names).toEqual(
      expect.arrayContaining(['Content-Type', 'Facebook-API-Version', 'WWW-Authenticate']),
    )
    expect(items[0]?.headers).toContainEqual({
      name: 'Content-Type',
      value: 'text/javascript; charset=UTF-8',
    })
  })

  it.each(['/', '/v26.0', '/v26.0/', `/v26.0/me`])(
    'is served at %s, in a form, as JSON, in the query',
    async (path) => {
      const batch = [{ method: 'GET', relative_url: 'me?fields=id' }]
      const answers = [
        await ask(sim.url, path, sim.token, { form: { batch: JSON.stringify(batch) } }),
        await ask(sim.url, path, sim.token, { json: { batch } }),
        await ask(sim.url, `${path}?batch=${encodeURIComponent(JSON.stringify(batch))}`, sim.token, {
          method: 'POST',
        }),
      ]
      for (const { body } of answers) expect(at(body, 0, 'code')).toBe(200)
    },
  )

  it('leaves out headers where asked', async () => {
    const { items } = await send([{ relative_url: 'me' }], { include_headers: 'false' })
    expect(Object.keys(items[0] ?? {})).toEqual(['code', 'body'])
  })

  it('takes 50 and refuses 51', async () => {
    const many = (count: number): Json => Array.from({ length: count }, () => ({ relative_url: 'me' }))
    expect((await send(many(50))).items).toHaveLength(50)
    const { body } = await send(many(51))
    expect(at(body, 'error')).toMatchObject({
      message: 'Too many requests in batch message. Maximum batch size is 50',
      type: 'GraphBatchException',
    })
  })

  it('lets an item bring its own token, and needs an outer one', async () => {
    const partner = sim.partners[0]
    const { items } = await send([{ relative_url: `me/businesses?access_token=${partner?.token ?? ''}` }])
    expect(at(read(items[0]), 'data', 0, 'id')).toBe(partner?.id)
    const { body } = await ask(sim.url, '/', sim.tokens.ownKinds.revoked, { form: { batch: '[]' } })
    expect(codeOf(body)).toBe('190/466')
  })

  it('takes braces, commas and spaces raw, and counts every item', async () => {
    sim.control.reset()
    const { items } = await send([
      {
        relative_url: `${sim.businessId}/owned_ad_accounts?fields=id, name,assigned_users.business(${sim.businessId}){id}&limit=3`,
      },
      { relative_url: 'me' },
    ])
    expect(at(read(items[0]), 'data')).toHaveLength(3)
    expect(sim.control.counts()).toMatchObject({ http: 1, logical: 2 })
    expect(sim.control.calls().map((call) => [call.node, call.edge, call.inBatch])).toEqual([
      [sim.businessId, 'owned_ad_accounts', true],
      ['me', null, true],
    ])
  })

  it('fills in results of named items, which are then null, and gives null for what depends on a failure', async () => {
    const chain = (first: string): Json => [
      { name: 'list', relative_url: first },
      { relative_url: '{result=list:$.data.*.id}?fields=id' },
    ]
    const one = await send(chain(`${sim.businessId}/owned_pages?limit=1`))
    expect(one.items[0]).toBeNull()
    expect(read(one.items[1])).toMatchObject({ id: expect.stringMatching(/^\d+$/) as unknown })
    const failed = await send(chain('1/owned_pages'))
    expect(failed.items.map((item) => item?.code ?? null)).toEqual([400, null])
  })

  it('writes with a body', async () => {
    const { world } = sim.control
    const own = world.businesses.get(sim.businessId)
    const user = [...(own?.people ?? [])][9] ?? ''
    const asset = [...(own?.owned.get('ad_account') ?? [])][0] ?? ''
    const { items } = await send([
      {
        method: 'POST',
        relative_url: `${asset}/assigned_users`,
        body: new URLSearchParams({ business: sim.businessId, user, tasks: '["ANALYZE"]' }).toString(),
      },
      { method: 'DELETE', relative_url: `${asset}/assigned_users?user=${user}` },
    ])
    expect(items.map(read)).toEqual([{ success: true }, { success: true }])
    expect(world.assets.get(asset)?.assigned.get(sim.businessId)?.has(user)).toBe(false)
  })
})
