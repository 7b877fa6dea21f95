import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, at, codeOf, rowsOf, textAt } from './ask.ts'
import type { JsonObject } from './ask.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'
import { truth } from './truth.ts'
import { businessOf, idsOf, userOf } from './world.ts'

const world = { partners: 2 }
let folder: string
let journalPath: string
let sim: Simulator
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'))
  journalPath = join(folder, 'journal.jsonl')
  sim = await startSimulator({ seed: 4, world, journalPath })
})
afterEach(async () => {
  await sim.stop()
  rmSync(folder, { recursive: true })
})

const own = () => businessOf(sim.control.world, sim.businessId)
const post = (path: string, json: JsonObject, token = sim.token) =>
  ask(sim.url, `/v26.0/${path}`, token, { json })
const remove = (path: string, token = sim.token) =>
  ask(sim.url, `/v26.0/${path}`, token, { method: 'DELETE' })
const read = async (path: string, token = sim.token) =>
  rowsOf((await ask(sim.url, `/v26.0/${path}`, token)).body)

describe('writes change what later reads show', () => {
  it('sets tasks, stores more than was asked, and takes a person off', async () => {
    const asset = idsOf(own().owned, 'instagram_asset')[0] ?? ''
    const user = [...own().people].at(-1) ?? ''
    expect(
      (await post(`${asset}/assigned_users`, { business: sim.businessId, user, tasks: ['ADVERTISE'] })).body,
    ).toEqual({ success: true })
    const row = (await read(`${asset}/assigned_users?business=${sim.businessId}&limit=100`)).find(
      (one) => one['id'] === user,
    )
    expect(row?.['tasks']).toEqual(['ANALYZE', 'ADVERTISE', 'CONTENT', 'MESSAGES', 'COMMUNITY_ACTIVITY'])
    expect((await remove(`${asset}/assigned_users?user=${user}`)).body).toEqual({ success: true })
    expect(
      (await read(`${asset}/assigned_users?business=${sim.businessId}&limit=100`)).some(
        (one) => one['id'] === user,
      ),
    ).toBe(false)
  })

  it('refuses tasks as JSON text in a form on Instagram assets alone', async () => {
    const form = { business: sim.businessId, user: [...own().people][5] ?? '', tasks: '["ADVERTISE"]' }
    const send = async (kind: 'instagram_asset' | 'ad_account', more: Record<string, string>) =>
      codeOf(
        (
          await ask(sim.url, `/v26.0/${idsOf(own().owned, kind)[0] ?? ''}/assigned_users`, sim.token, {
            form: { ...form, ...more },
          })
        ).body,
      )
    expect(await send('instagram_asset', {})).toBe('100')
    expect(await send('ad_account', {})).toBeNull()
    expect(await send('instagram_asset', { tasks: '', 'tasks[0]': 'ADVERTISE' })).toBeNull()
  })

  it('knows people by the id that this business gave them', async () => {
    const asset = idsOf(own().owned, 'ad_account')[0] ?? ''
    const user = userOf(sim.control.world, [...own().people][3] ?? '')
    const human = user.is === 'person' ? user.human : ''
    expect(
      codeOf(
        (await post(`${asset}/assigned_users`, { business: sim.businessId, user: human, tasks: ['ANALYZE'] }))
          .body,
      ),
    ).toBe('100/1752100')
    expect(codeOf((await post(`${asset}/assigned_users`, { user: user.id, tasks: ['ANALYZE'] })).body)).toBe(
      '100',
    )
    expect(
      codeOf(
        (await post(`${asset}/assigned_users`, { business: sim.businessId, user: user.id, tasks: ['SING'] }))
          .body,
      ),
    ).toBe('100')
  })

  it('the owner cannot take a partner’s person off, the partner can', async () => {
    const partner = sim.partners[0] ?? { id: '', token: '' }
    const asset = idsOf(businessOf(sim.control.world, partner.id).client, 'ad_account')[0] ?? ''
    const user = textAt(await read(`${asset}/assigned_users?business=${partner.id}`, partner.token), 0, 'id')
    expect(codeOf((await remove(`${asset}/assigned_users?user=${user}`)).body)).toBe('200')
    expect((await remove(`${asset}/assigned_users?user=${user}`, partner.token)).status).toBe(200)
  })

  it('takes a partner off one asset, then off all, and its people with it', async () => {
    const partner = sim.partners[0] ?? { id: '', token: '' }
    const asset = idsOf(businessOf(sim.control.world, partner.id).client, 'ad_account')[0] ?? ''
    await remove(`${asset}/agencies?business=${partner.id}`)
    expect((await read(`${asset}/agencies`)).some((row) => row['id'] === partner.id)).toBe(false)
    expect(codeOf((await ask(sim.url, `/v26.0/${asset}`, partner.token)).body)).toBe('100/33')
    await remove(`${sim.businessId}/agencies?business=${partner.id}`)
    expect((await read(`${sim.businessId}/agencies`)).some((row) => row['id'] === partner.id)).toBe(false)
    expect(truth(sim.control.world).some((row) => row.business === partner.id)).toBe(false)
  })

  it('removes people, but never the last admin', async () => {
    const admins = [...own().people].filter((id) => userOf(sim.control.world, id).role === 'ADMIN')
    const answers = []
    for (const id of admins) answers.push(codeOf((await remove(id)).body))
    expect(answers).toEqual([null, null, null, '3914'])
  })

  it('invites, withdraws, changes roles', async () => {
    const made = await post(`${sim.businessId}/business_users`, {
      email: 'new@marrowby.example',
      role: 'EMPLOYEE',
    })
    const id = textAt(made.body, 'id')
    expect(await read(`${sim.businessId}/pending_users?email=new@marrowby.example`)).toEqual([
      { id, email: 'new@marrowby.example', role: 'EMPLOYEE', status: 'PENDING' },
    ])
    await remove(id)
    expect(await read(`${sim.businessId}/pending_users?email=new@marrowby.example`)).toEqual([])
    const user = [...own().people].at(-1) ?? ''
    await post(user, { role: 'ADMIN' })
    expect(
      (await read(`${sim.businessId}/business_users?limit=100`)).find((row) => row['id'] === user)?.['role'],
    ).toBe('ADMIN')
  })

  it('a partner asks for the app, waits, and is let in', async () => {
    const partner = sim.partners[0] ?? { id: '', token: '' }
    sim.control.change({ op: 'unshare', asset: sim.appId, partner: partner.id })
    expect((await post(`${partner.id}/client_apps`, { app_id: sim.appId }, partner.token)).body).toEqual({
      access_status: 'PENDING',
    })
    expect(at((await read(`${partner.id}/pending_client_apps`, partner.token))[0], 'application', 'id')).toBe(
      sim.appId,
    )
    expect(await read(`${partner.id}/client_apps`, partner.token)).toEqual([])
    sim.control.change({ op: 'share', asset: sim.appId, partner: partner.id, tasks: ['DEVELOP'] })
    expect((await read(`${partner.id}/client_apps`, partner.token))[0]?.['id']).toBe(sim.appId)
    expect(await read(`${partner.id}/pending_client_apps`, partner.token)).toEqual([])
  })
})

describe('the journal', () => {
  it('makes the same world again, and holds no token', async () => {
    const person =
      sim.control.change({
        op: 'add-person',
        business: sim.businessId,
        firstName: 'New',
        lastName: 'Here',
        email: 'new.here@marrowby.example',
      }) ?? ''
    const asset =
      sim.control.change({ op: 'add-asset', kind: 'ad_account', owner: sim.businessId, name: 'One more' }) ??
      ''
    sim.control.change({ op: 'assign', asset, user: person, tasks: ['MANAGE'] })
    sim.control.change({ op: 'remove-user', user: [...own().people][7] ?? '' })
    sim.control.change({ op: 'set-token', label: `${sim.businessId}/sixtyDays`, state: 'revoked' })
    const query = `client_id=${sim.appId}&client_secret=${sim.appSecret}&fb_exchange_token=${sim.tokens.ownKinds.endsSoon}`
    const fresh = textAt(
      (await ask(sim.url, `/v26.0/oauth/access_token?grant_type=fb_exchange_token&${query}`, null)).body,
      'access_token',
    )
    const before = truth(sim.control.world)
    appendFileSync(journalPath, '{"op":"remove-us')
    await sim.stop()
    sim = await startSimulator({ seed: 4, world, journalPath })
    expect(truth(sim.control.world)).toEqual(before)
    expect(codeOf((await ask(sim.url, '/v26.0/me', sim.tokens.ownKinds.sixtyDays)).body)).toBe('190/466')
    expect((await ask(sim.url, '/v26.0/me', fresh)).status).toBe(200)
    sim.control.change({ op: 'rename', id: asset, name: 'Renamed' })
    const text = readFileSync(journalPath, 'utf8')
    expect(
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { op: string }).op),
    ).toEqual(['add-person', 'add-asset', 'assign', 'remove-user', 'set-token', 'add-token', 'rename'])
    expect(text).not.toContain('EAA')
  })

  it('passes over what another world does not have', async () => {
    sim.control.change({ op: 'remove-user', user: [...own().people][7] ?? '' })
    await sim.stop()
    sim = await startSimulator({ seed: 5, world, journalPath })
    expect(own().people.size).toBe(25)
  })
})
