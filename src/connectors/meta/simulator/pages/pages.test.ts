// Proves the simulated Business settings pages: signing in with all that can stand in the way, one world behind pages and Graph API,
// tokens that are shown once, and that nobody acts for a business that is not theirs.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSimulator } from '../server.ts'
import type { Simulator } from '../server.ts'
import { defaultSwitches } from '../switches.ts'
import { captchaOf, pendingOf } from './logins.ts'
import type { Login } from './logins.ts'

let sim: Simulator
let owner: Login
let partner: Login

beforeAll(async () => {
  sim = await startSimulator({
    world: { ownAssets: 30, sharedPerPartner: 6, ownPeople: 8, partners: 2, peoplePerPartner: 6 },
  })
  owner = sim.logins.find((one) => one.businessId === sim.businessId)!
  partner = sim.logins.find((one) => one.businessId === sim.partners[0]!.id)!
})
afterAll(() => sim.stop())
beforeEach(() => {
  Object.assign(sim.control.switches, defaultSwitches)
  sim.control.pages.signIns.length = 0
})

function totp(seed: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...seed].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** A browser without a screen: keeps cookies, follows where forms lead. */
function visitor() {
  const cookies = new Map<string, string>()
  const go = async (path: string, form?: Record<string, string>, origin = sim.url): Promise<string> => {
    const response = await fetch(path.startsWith('http') ? path : sim.url + path, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; '), ...(form ? { origin } : {}) },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^(\w+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const to = response.headers.get('location')
    return to === null ? response.text() : go(to)
  }
  const cookieText = () => [...cookies].map(([k, v]) => `${k}=${v}`).join('; ')
  return { go, cookies, cookieText }
}

async function signedIn(login: Login) {
  const one = visitor()
  await one.go('/business/login', { email: login.email, pass: login.password })
  expect(await one.go('/business/login/code', { answer: totp(login.totpSeed) })).toContain('Welcome')
  return one
}

const graph = async (path: string, token: string): Promise<{ data: { id: string }[] }> =>
  (await fetch(`${sim.url}/v26.0/${path}`, { headers: { authorization: `Bearer ${token}` } })).json() as never

describe('signing in', () => {
  test('nothing shows before it, and a wrong password or code lets nobody in', async () => {
    const one = visitor()
    expect(await one.go(`/business/settings/people?business_id=${owner.businessId}`)).toContain(
      '>Log in</h1>',
    )
    expect(await one.go('/business/login', { email: owner.email, pass: 'guess' })).toContain('role="alert"')
    await one.go('/business/login', { email: owner.email, pass: owner.password })
    expect(await one.go('/business/login/code', { answer: '000000' })).toContain('This code does not work')
    expect(await one.go('/business/home')).toContain('Two-factor authentication required')
    expect(sim.control.pages.signIns.map((s) => s.outcome)).toEqual(['wrong password', 'password right'])
  })

  test('a picture and a mailed code stand in the way where the switches say so', async () => {
    Object.assign(sim.control.switches, { pageCaptcha: true, pageConfirm: true })
    const one = visitor()
    const first = await one.go('/business/login', { email: owner.email, pass: owner.password })
    expect(first).toContain('Text in the image')
    const before = one.cookieText()
    expect(await one.go('/business/login/captcha', { answer: 'wrong' })).toContain('does not match')
    expect(one.cookieText()).not.toBe(before)
    const pending = pendingOf({ world: sim.control.world } as never, one.cookieText())!
    expect(await one.go('/business/login/captcha-image')).toContain('<svg')
    await one.go('/business/login/captcha', { answer: captchaOf(sim.control.world, pending) })
    expect(await one.go('/business/login/code', { answer: totp(owner.totpSeed) })).toContain(
      'Confirm it is you',
    )
    expect(await one.go('/business/login/confirm', { answer: owner.confirmationCode })).toContain('Welcome')
  })

  test('five wrong passwords keep even the right one out', async () => {
    const one = visitor()
    const other = sim.logins.at(-1)!
    for (let n = 0; n < 5; n++) await one.go('/business/login', { email: other.email, pass: `guess ${n}` })
    const last = await one.go('/business/login', { email: other.email, pass: other.password })
    expect(last).toContain('You cannot log in at the moment')
  })

  test('a raised number ends every session, and a forged cookie is none', async () => {
    const one = await signedIn(owner)
    sim.control.switches.pageSessions++
    expect(await one.go('/business/home')).toContain('>Log in</h1>')
    one.cookies.set('sim_session', `${owner.businessId}:2.forged`)
    expect(await one.go('/business/home')).toContain('>Log in</h1>')
  })
})

describe('one world', () => {
  test('two requests that wait at once have ids of their own', () => {
    const asked = sim.partners.slice(0, 2).map(({ id: partner }) => {
      sim.control.change({ op: 'unshare', asset: sim.appId, partner })
      sim.control.change({
        op: 'share',
        asset: sim.appId,
        partner,
        tasks: [],
        status: 'AGENCY_RESPONSE_PENDING',
      })
      return sim.control.world.assets.get(sim.appId)!.shares.get(partner)!.requestId
    })
    for (const { id: partner } of sim.partners.slice(0, 2))
      sim.control.change({ op: 'share', asset: sim.appId, partner, tasks: [] })
    expect(new Set(asked).size).toBe(2)
  })

  test('an app that is asked for in the pages waits in the Graph API, and approving shows in both', async () => {
    sim.control.change({ op: 'unshare', asset: sim.appId, partner: partner.businessId })
    const theirs = await signedIn(partner)
    const ours = await signedIn(owner)
    const at = `business_id=${partner.businessId}`
    expect(await theirs.go(`/business/settings/apps/request?${at}`, { app_id: sim.appId })).toContain(
      'Your request was sent',
    )
    const token = sim.partners[0]!.token
    const pending = await graph(`${partner.businessId}/pending_client_apps`, token)
    expect(pending.data).toHaveLength(1)
    const requests = await ours.go(`/business/settings/requests?business_id=${owner.businessId}`)
    expect(requests).toContain(`App: ${sim.control.world.assets.get(sim.appId)!.name}`)
    const request = sim.control.world.assets.get(sim.appId)!.shares.get(partner.businessId)!.requestId
    const approve = () =>
      ours.go(`/business/settings/requests/approve?business_id=${owner.businessId}`, { request })
    expect(await approve()).toContain('You approved the request')
    expect(await approve()).toContain('already been answered')
    const granted = await graph(`${partner.businessId}/client_apps`, token)
    expect(granted.data.map((app) => app.id)).toContain(sim.appId)
    expect(await theirs.go(`/business/notifications?${at}`)).toContain('was approved')
  })

  test('a request made through the Graph API shows in the pages and can be declined there', async () => {
    sim.control.change({ op: 'unshare', asset: sim.appId, partner: partner.businessId })
    await fetch(`${sim.url}/v26.0/${partner.businessId}/client_apps?app_id=${sim.appId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sim.partners[0]!.token}` },
    })
    const ours = await signedIn(owner)
    const request = sim.control.world.assets.get(sim.appId)!.shares.get(partner.businessId)!.requestId
    expect(await ours.go('/business/settings/requests')).toContain(request)
    expect(await ours.go('/business/settings/requests/decline', { request })).toContain('You declined')
    const token = sim.partners[0]!.token
    expect((await graph(`${partner.businessId}/pending_client_apps`, token)).data).toEqual([])
    sim.control.change({ op: 'share', asset: sim.appId, partner: partner.businessId, tasks: ['DEVELOP'] })
  })

  test('a system user that is added, given assets and given a token reads through the Graph API', async () => {
    const theirs = await signedIn(partner)
    const at = `business_id=${partner.businessId}`
    const page = '/business/settings/system-users'
    const added = await theirs.go(`${page}/add?${at}`, { name: 'Made in the pages', role: 'ADMIN' })
    const user = /user=(\d+)[^>]*>Made in the pages</.exec(added)![1]!
    const asset = [...sim.control.world.businesses.get(partner.businessId)!.client.values()]
      .flatMap((ids) => [...ids])
      .find((id) => sim.control.world.assets.get(id)!.kind === 'ad_account')!
    const nothing = await theirs.go(`${page}/assign?${at}`, { user, [`asset:${asset}`]: 'on' })
    expect(nothing).toContain('Choose at least one asset and what may be done with it')
    const assigned = await theirs.go(`${page}/assign?${at}`, { user, [`asset:${asset}`]: 'on', full: 'on' })
    expect(assigned).toContain('Assets Added')
    const shown = await theirs.go(`${page}/token?${at}`, {
      user,
      app: sim.appId,
      expiration: 'never',
      'scope:business_management': 'on',
      'scope:ads_management': 'on',
    })
    const token = /id="access-token" readonly value="(EAA\w+)"/.exec(shown)![1]!
    expect((await graph(`me?fields=id`, token)) as unknown).toMatchObject({ id: user })
    const users = await graph(`${asset}/assigned_users?business=${partner.businessId}`, token)
    expect(users.data.map((one) => one.id)).toContain(user)
    expect(sim.control.pages.shown.size).toBe(0)
    expect(await theirs.go(`${page}/revoke?${at}`, { user })).toContain('was revoked')
    expect((await graph('me', token)) as unknown).toHaveProperty('error')
  })

  test('people invited, changed and removed in the pages are so in the Graph API; the last admin stays', async () => {
    const ours = await signedIn(owner)
    const page = '/business/settings/people'
    await ours.go(`${page}/invite`, { email: 'new.one@marrowby.example', role: 'EMPLOYEE' })
    const invited = await graph(`${owner.businessId}/pending_users?fields=id,email`, sim.token)
    expect(JSON.stringify(invited)).toContain('new.one@marrowby.example')
    const people = await graph(`${owner.businessId}/business_users?fields=id,role`, sim.token)
    const last = people.data.at(-1)!.id
    await ours.go(`${page}/role`, { person: last, role: 'ADMIN' })
    const after = await graph(`${owner.businessId}/business_users?fields=id,role`, sim.token)
    expect(after.data.at(-1)).toMatchObject({ id: last, role: 'ADMIN' })
    await ours.go(`${page}/remove`, { person: last })
    const { data } = await graph(`${owner.businessId}/business_users?fields=id`, sim.token)
    expect(data.map((one) => one.id)).not.toContain(last)
    const { world } = sim.control
    const me = [...world.humans.values()].find((one) => one.email === owner.email)!
    const mine = [...me.people].find((id) => world.users.get(id)!.business === owner.businessId)!
    const admins = [...world.businesses.get(owner.businessId)!.people].filter(
      (id) => id !== mine && world.users.get(id)!.role === 'ADMIN',
    )
    for (const person of admins) await ours.go(`${page}/role`, { person, role: 'EMPLOYEE' })
    expect(await ours.go(`${page}/remove`, { person: mine })).toContain(
      'at least one person with full control',
    )
    expect(world.users.get(mine)!.role).toBe('ADMIN')
  })

  test('a share given and taken in the pages is so on the partner side', async () => {
    const ours = await signedIn(owner)
    const world = sim.control.world
    const asset = [...world.businesses.get(owner.businessId)!.owned.get('page')!].find(
      (id) => !world.assets.get(id)!.shares.has(partner.businessId),
    )!
    const form = { partner: partner.businessId, asset, level: 'full' }
    const page = await ours.go('/business/settings/partners/share', form)
    expect(page).toContain(asset)
    const client = async () =>
      (await graph(`${partner.businessId}/client_pages?limit=100`, sim.partners[0]!.token)).data
    expect((await client()).map((one) => one.id)).toContain(asset)
    await ours.go('/business/settings/partners/unshare', form)
    expect((await client()).map((one) => one.id)).not.toContain(asset)
  })
})

describe('who may not', () => {
  test('another business is closed, and a form from elsewhere changes nothing', async () => {
    const theirs = await signedIn(partner)
    expect(await theirs.go(`/business/settings/people?business_id=${owner.businessId}`)).toContain(
      'No access',
    )
    const before = sim.control.pages.presses.length
    const form = { email: 'x@evil.example', role: 'ADMIN' }
    expect(await theirs.go('/business/settings/people/invite', form, 'http://evil.example')).toContain(
      'came from elsewhere',
    )
    expect(sim.control.pages.presses).toHaveLength(before)
  })

  test('a sign-in leads on only to these pages', async () => {
    const one = visitor()
    const page = await one.go(`/business/login?next=${encodeURIComponent('//evil.example')}`)
    expect(page).toContain('value="/business/home"')
  })

  test('hostile names are text', async () => {
    const ours = await signedIn(owner)
    const name = '<img src=x onerror=alert(1)>"&'
    sim.control.change({
      op: 'add-person',
      business: owner.businessId,
      firstName: name,
      lastName: 'L',
      email: 'h@x.example',
    })
    const page = await ours.go('/business/settings/people')
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&amp;')
    expect(page).not.toContain('<img src=x')
  })
})

describe('how the pages look', () => {
  test('words and order follow the switches, and long tables have a next page', async () => {
    const ours = await signedIn(owner)
    const usual = await ours.go('/business/settings/people')
    Object.assign(sim.control.switches, { pageWords: 'renamed', pageOrder: 'reversed', pageRows: 3 })
    const changed = await ours.go('/business/settings/people')
    expect(changed).toContain('Login security')
    expect(usual.indexOf('>Name</th>')).toBeLessThan(usual.indexOf('>Role</th>'))
    expect(changed.indexOf('>Name</th>')).toBeGreaterThan(changed.indexOf('>Access level</th>'))
    const next = /href="([^"]*from-people=3[^"]*)"/.exec(changed)![1]!.replaceAll('&amp;', '&')
    expect(await ours.go(next)).toContain('4–6 of')
    Object.assign(sim.control.switches, { pageWords: 'german', pageWord: { Role: 'Aufgabe' } })
    expect(await ours.go('/business/settings/people')).toContain('>Aufgabe</th>')
  })
})
