// A crawl of the API with each business's own token, put together as the documentation says, must find exactly what is true.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allRows, ask, at } from './ask.ts'
import type { JsonObject } from './ask.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import { strangers, touching, truth } from './truth.ts'
import { holds } from './world.ts'
import type { Json } from './world.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({
    seed: 21,
    world: { ownAssets: 30, peoplePerPartner: [12, 16], sharedPerPartner: [4, 8], foreignAssets: [3, 6] },
  })
})
afterAll(() => sim.stop())

const assetEdges = ['ad_accounts', 'pages', 'pixels', 'product_catalogs', 'instagram_assets']
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const list = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(text) : [])

/** Everything a business's token shows: assigned users of each asset, admins by role, groups. Rows as `user asset how tasks`. */
async function crawl(business: string, token: string): Promise<Set<string>> {
  const found = new Set<string>()
  const people = await allRows(sim.url, `/v26.0/${business}/business_users?fields=id,role&limit=100`, token)
  const kinds = [...assetEdges, ...(business === sim.businessId ? ['whatsapp_business_accounts'] : [])]
  const assets: string[] = []
  for (const edge of kinds.flatMap((kind) => [`owned_${kind}`, `client_${kind}`])) {
    for (const asset of await allRows(sim.url, `/v26.0/${business}/${edge}?fields=id&limit=100`, token)) {
      assets.push(text(asset['id']))
      const users = await allRows(
        sim.url,
        `/v26.0/${text(asset['id'])}/assigned_users?business=${business}&fields=id,tasks&limit=4`,
        token,
      )
      for (const user of users)
        found.add(`${text(user['id'])} ${text(asset['id'])} direct ${list(user['tasks']).sort().join()}`)
      for (const person of people)
        if (person['role'] === 'ADMIN') found.add(`${text(person['id'])} ${text(asset['id'])} role`)
    }
  }
  for (const group of await allRows(sim.url, `/v26.0/${business}/business_asset_groups?fields=id`, token)) {
    const id = text(group['id'])
    const members = await allRows(
      sim.url,
      `/v26.0/${id}/assigned_users?business=${business}&fields=id,adaccount_tasks,page_tasks,pixel_tasks`,
      token,
    )
    for (const [edge, field] of [
      ['contained_adaccounts', 'adaccount_tasks'],
      ['contained_pages', 'page_tasks'],
      ['contained_pixels', 'pixel_tasks'],
    ] as const) {
      for (const asset of await allRows(sim.url, `/v26.0/${id}/${edge}?fields=id`, token)) {
        for (const member of members) {
          const tasks = list(member[field]).sort().join()
          if (tasks !== '') found.add(`${text(member['id'])} ${text(asset['id'])} group ${tasks}`)
        }
      }
    }
  }
  return found
}

const shown = (business: string): Set<string> =>
  new Set(
    truth(sim.control.world)
      .filter((row) => row.business === business)
      .map((row) => `${row.user} ${row.asset} ${row.how}${row.how === 'role' ? '' : ` ${row.tasks.join()}`}`),
  )

describe('what is true is what can be read', () => {
  it('of our own people', async () => {
    expect(await crawl(sim.businessId, sim.token)).toEqual(shown(sim.businessId))
  })

  it('of each partner’s people, once their other assets are dropped', async () => {
    const { world } = sim.control
    for (const partner of sim.partners) {
      const all = await crawl(partner.id, partner.token)
      const ours = new Set(
        [...all].filter((row) => {
          const asset = world.assets.get(row.split(' ')[1] ?? '')
          return asset !== undefined && holds(sim.businessId, asset)
        }),
      )
      expect(ours).toEqual(shown(partner.id))
      expect(all.size).toBeGreaterThan(ours.size)
    }
  })

  it('has people of every kind: direct, by role alone, through a group alone, and some that touch nothing', () => {
    const { world } = sim.control
    for (const partner of sim.partners) {
      const rows = truth(world).filter((row) => row.business === partner.id)
      const by = (how: string): Set<string> =>
        new Set(rows.filter((row) => row.how === how).map((row) => row.user))
      expect([...by('role')].some((user) => !by('direct').has(user))).toBe(true)
      expect([...by('group')].some((user) => !by('direct').has(user) && !by('role').has(user))).toBe(true)
      const none = strangers(world, partner.id)
      expect(none.users.length).toBeGreaterThan(0)
      expect(none.assets.length).toBeGreaterThan(0)
      expect(none.users.filter((user) => touching(world, partner.id).has(user))).toEqual([])
    }
  })
})

describe('tokens see their own side alone', () => {
  it('no partner’s token tells anything of ours, nor of another partner', async () => {
    const [first, second] = sim.partners
    for (const [token, business] of [
      [first?.token, sim.businessId],
      [first?.token, second?.id],
      [sim.token, first?.id],
    ] as const) {
      for (const path of [
        `/${business ?? ''}`,
        `/${business ?? ''}/business_users`,
        `/${business ?? ''}/owned_pages`,
      ]) {
        expect((await ask(sim.url, `/v26.0${path}`, token ?? null)).status).toBe(400)
      }
    }
  })

  it('an employee’s token sees its own assets alone', async () => {
    const all = await allRows(sim.url, `/v26.0/${sim.businessId}/owned_pages?fields=id&limit=100`, sim.token)
    const some = await allRows(
      sim.url,
      `/v26.0/${sim.businessId}/owned_pages?fields=id&limit=100`,
      sim.tokens.ownKinds.employee,
    )
    const tasks = await allRows(
      sim.url,
      '/v26.0/me/assigned_pages?fields=id&limit=100',
      sim.tokens.ownKinds.employee,
    )
    expect(some.length).toBeLessThan(all.length)
    expect(new Set(some.map((row) => row['id']))).toEqual(new Set(tasks.map((row) => row['id'])))
  })

  it('a token limited to some accounts sees only those of their kind', async () => {
    const info = await ask(
      sim.url,
      `/v26.0/debug_token?input_token=${sim.tokens.ownKinds.limited}`,
      sim.tokens.app,
    )
    const scopes = at(info.body, 'data', 'granular_scopes') as JsonObject[]
    const ids = list(scopes.find((scope) => scope['scope'] === 'ads_management')?.['target_ids'])
    const rows = [
      ...(await allRows(
        sim.url,
        `/v26.0/${sim.businessId}/owned_ad_accounts?fields=account_id`,
        sim.tokens.ownKinds.limited,
      )),
      ...(await allRows(
        sim.url,
        `/v26.0/${sim.businessId}/client_ad_accounts?fields=account_id`,
        sim.tokens.ownKinds.limited,
      )),
    ]
    expect(rows.map((row) => row['account_id'])).toEqual(expect.arrayContaining(ids))
    expect(rows).toHaveLength(ids.length)
  })

  it('the same human has another id in each business', () => {
    const twice = [...sim.control.world.humans.values()].filter((human) => human.people.size > 1)
    expect(twice.length).toBeGreaterThan(0)
    for (const human of twice) expect(human.people.has(human.id)).toBe(false)
  })
})
