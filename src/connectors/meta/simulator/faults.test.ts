import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allRows, ask, at, codeOf, rowsOf, textAt } from './ask.ts'
import { errorNamed, errors } from './errors.ts'
import type { ErrorName } from './errors.ts'
import { startSimulator } from './server.ts'
import type { Simulator } from './server.ts'

let sim: Simulator
beforeEach(async () => {
  sim = await startSimulator({
    seed: 2,
    world: { partners: 1 },
    control: true,
    switches: { callsPerHour: 50 },
  })
})
afterEach(() => sim.stop())

const people = (limit = 10): string => `/v26.0/${sim.businessId}/business_users?fields=id&limit=${limit}`

describe('faults', () => {
  it('every error of the list reaches the client with its code', async () => {
    for (const name of Object.keys(errors) as ErrorName[]) {
      sim.control.addFault({ match: { edge: 'business_users' }, do: { error: name } })
      const { status, body } = await ask(sim.url, people(), sim.token)
      const { code, subcode } = errorNamed(name).facts
      expect([name, status, codeOf(body)]).toEqual([
        name,
        errorNamed(name).facts.status,
        [code, subcode].filter((part) => part !== undefined).join('/'),
      ])
    }
    expect((await ask(sim.url, people(), sim.token)).status).toBe(200)
  })

  it('meets the page, the attempt and the token that it names, as often as it says', async () => {
    sim.control.addFault({
      match: { edge: 'business_users', page: 2 },
      do: { error: 'unavailable' },
      times: 2,
    })
    sim.control.addFault({
      match: { edge: 'business_users', page: 3, attempt: 2 },
      do: { error: 'appLimit' },
    })
    const first = await ask(sim.url, people(), sim.token)
    const next = textAt(first.body, 'paging', 'next')
    expect(
      [await ask(sim.url, next, null), await ask(sim.url, next, null)].map((one) => codeOf(one.body)),
    ).toEqual(['2', '2'])
    const second = await ask(sim.url, next, null)
    const third = textAt(second.body, 'paging', 'next')
    expect((await ask(sim.url, third, null)).status).toBe(200)
    expect(codeOf((await ask(sim.url, third, null)).body)).toBe('4')
    expect(sim.control.calls().map((call) => [call.page, call.attempt, call.code])).toEqual([
      [1, 1, null],
      [2, 1, 2],
      [2, 2, 2],
      [2, 3, null],
      [3, 1, null],
      [3, 2, 4],
    ])
  })

  it('meets an edge inside another call', async () => {
    const path = `/v26.0/${sim.businessId}?fields=id,business_users{id}`
    sim.control.addFault({ match: { edge: 'business_users', nested: true }, do: { error: 'reduce' } })
    expect(codeOf((await ask(sim.url, path, sim.token)).body)).toBe('1')
    sim.control.addFault({ match: { edge: 'business_users', nested: true }, do: { edit: 'turn-empty' } })
    expect((await ask(sim.url, path, sim.token)).body).toEqual({ id: sim.businessId })
  })

  it('an empty page with a next one loses nobody', async () => {
    const usual = await allRows(sim.url, people(), sim.token)
    for (const page of [1, 2, 3]) {
      sim.control.addFault({ match: { edge: 'business_users', page }, do: { edit: 'empty-with-next' } })
      expect(await allRows(sim.url, people(), sim.token)).toEqual(usual)
    }
  })

  it('bends lists in every named way', async () => {
    const edited = async (edit: Parameters<typeof sim.control.addFault>[0]['do']['edit'], page = 1) => {
      sim.control.addFault({ match: { edge: 'business_users', page }, do: { edit } })
      const first = await ask(sim.url, people(), sim.token)
      return page === 1 ? first.body : (await ask(sim.url, textAt(first.body, 'paging', 'next'), null)).body
    }
    expect(await edited('turn-empty')).toEqual({ data: [] })
    expect(await edited('no-data')).not.toHaveProperty('data')
    expect(at(await edited('null-data'), 'data')).toBeNull()
    expect(Array.isArray(at(await edited('object-data'), 'data'))).toBe(false)
    expect(await edited('no-paging')).not.toHaveProperty('paging')
    expect(at(await edited('no-next'), 'paging')).not.toHaveProperty('next')
    expect(at(await edited('foreign-next'), 'paging', 'next')).toMatch(/^http:\/\/graph\.facebook\.example\//)
    expect(at(await edited('wrong-total'), 'summary', 'total_count')).toBe(13)
    expect(at(await edited('row-without-id'), 'data', 0)).toEqual({})
    expect(at(await edited('null-row'), 'data', 0)).toBeNull()
    const repeated = await edited('repeat-cursor', 2)
    const asked = new URL(
      textAt((await ask(sim.url, people(), sim.token)).body, 'paging', 'next'),
    ).searchParams.get('after')
    expect(at(repeated, 'paging', 'cursors', 'after')).toBe(asked)
    const overlap = await edited('overlap')
    const after = await ask(sim.url, textAt(overlap, 'paging', 'next'), null)
    expect(at(after.body, 'data', 0)).toEqual(rowsOf(overlap).at(-1))
    sim.control.addFault({ match: { edge: 'business_users', page: 1 }, do: { edit: 'next-on-last' } })
    const whole = await ask(sim.url, people(100), sim.token)
    expect(rowsOf((await ask(sim.url, textAt(whole.body, 'paging', 'next'), null)).body)).toEqual([])
  })

  it('breaks the answer itself', async () => {
    const raw = async (
      action: Parameters<typeof sim.control.addFault>[0]['do'],
    ): Promise<{ status: number; text: string; type: string | null }> => {
      sim.control.addFault({ match: { edge: 'business_users' }, do: action })
      const response = await fetch(sim.url + people(), { headers: { authorization: `Bearer ${sim.token}` } })
      return {
        status: response.status,
        text: await response.text(),
        type: response.headers.get('content-type'),
      }
    }
    expect(await raw({ raw: { status: 502, body: '<html>Bad Gateway</html>' } })).toEqual({
      status: 502,
      text: '<html>Bad Gateway</html>',
      type: 'text/html',
    })
    expect(await raw({ raw: { status: 200, body: '' } })).toMatchObject({ status: 200, text: '' })
    expect((await raw({ truncate: 20 })).text).toHaveLength(20)
    expect((await raw({ contentType: 'text/plain' })).type).toBe('text/plain')
    expect(await raw({ error: 'appLimit', status: 200 })).toMatchObject({ status: 200 })
    await expect(raw({ drop: 'before' })).rejects.toThrow()
    await expect(raw({ drop: 'after-headers' })).rejects.toThrow()
    await expect(raw({ drop: 'mid-body' })).rejects.toThrow()
    expect((await raw({ slow: { bytes: 500, pause: 1 } })).status).toBe(200)
    const started = Date.now()
    await raw({ delay: 60 })
    expect(Date.now() - started).toBeGreaterThanOrEqual(55)
    sim.control.addFault({ match: { edge: 'business_users' }, do: { hang: true } })
    await expect(
      fetch(sim.url + people(), {
        headers: { authorization: `Bearer ${sim.token}` },
        signal: AbortSignal.timeout(200),
      }).then((response) => response.text()),
    ).rejects.toThrow()
  })

  it('tells another version, and headers of use', async () => {
    sim.control.addFault({
      match: { node: 'me' },
      do: { version: 'v25.0', headers: { 'x-app-usage': '{"call_count":97}' } },
    })
    const { headers } = await ask(sim.url, '/v26.0/me', sim.token)
    expect([headers.get('facebook-api-version'), headers.get('x-app-usage')]).toEqual([
      'v25.0',
      '{"call_count":97}',
    ])
  })

  it('spoils a batch: null items, swapped items, another body, a whole error', async () => {
    const send = async () =>
      (
        await ask(sim.url, '/', sim.token, {
          json: { batch: [{ relative_url: 'me' }, { relative_url: sim.businessId }] },
        })
      ).body
    sim.control.addFault({ match: { node: sim.businessId, inBatch: true }, do: { nullItem: true } })
    expect(at(await send(), 1)).toBeNull()
    sim.control.addFault({ match: { batch: true }, do: { swapItems: true } })
    expect(at(await send(), 0, 'body')).toContain(sim.businessName)
    sim.control.addFault({ match: { batch: true }, do: { error: 'unavailable' } })
    expect(codeOf(await send())).toBe('2')
  })

  it('changes the world at the call it names', async () => {
    const user = [...(sim.control.world.businesses.get(sim.businessId)?.people ?? [])][12] ?? ''
    sim.control.addFault({ match: { call: 2 }, do: { changes: [{ op: 'remove-user', user }] } })
    const one = await ask(sim.url, people(), sim.token)
    await ask(sim.url, textAt(one.body, 'paging', 'next'), null)
    expect(sim.control.world.users.has(user)).toBe(false)
  })
})

describe('limits', () => {
  it('shows use once there is some, and refuses above it without a header', async () => {
    sim.control.switches.enforceLimit = true
    expect((await ask(sim.url, '/v26.0/me', sim.token)).headers.get('x-app-usage')).toContain(
      '"call_count":2',
    )
    let last = await ask(sim.url, '/v26.0/me', sim.token)
    for (let n = 0; n < 60 && last.status === 200; n++) last = await ask(sim.url, '/v26.0/me', sim.token)
    expect(codeOf(last.body)).toBe('4')
    expect(last.headers.get('x-app-usage')).toBeNull()
    sim.control.reset()
    expect((await ask(sim.url, '/v26.0/me', sim.token)).status).toBe(200)
  })

  it('counts an ad account’s use under its business', async () => {
    const account =
      [...(sim.control.world.businesses.get(sim.businessId)?.owned.get('ad_account') ?? [])][0] ?? ''
    const { headers } = await ask(sim.url, `/v26.0/${account}`, sim.token)
    expect(JSON.parse(headers.get('x-business-use-case-usage') ?? '{}')).toMatchObject({
      [sim.businessId]: [{ type: 'ads_management' }],
    })
  })
})

describe('the log', () => {
  it('never holds a token', async () => {
    await ask(sim.url, `/v26.0/me?access_token=${sim.token}`, null)
    await allRows(sim.url, people(), sim.token)
    await ask(sim.url, `/v26.0/debug_token?input_token=${sim.partners[0]?.token ?? ''}`, sim.tokens.app)
    const log = JSON.stringify(sim.control.calls())
    expect(sim.control.calls().length).toBe(5)
    expect(log).not.toContain('EAA')
    expect(log).not.toContain(sim.appSecret)
    expect(log).toContain(`${sim.businessId}/admin`)
  })
})

describe('control over HTTP', () => {
  it('changes the world, plans faults, sets switches, counts', async () => {
    const control = async (path: string, json?: Parameters<typeof ask>[3]) =>
      (await ask(sim.url, `/_control/${path}`, null, json ?? {})).body
    const made = await control('change', {
      json: {
        op: 'add-person',
        business: sim.businessId,
        firstName: 'Ada',
        lastName: '1',
        email: 'ada@marrowby.example',
      },
    })
    const id = textAt(made, 'id')
    expect((await allRows(sim.url, people(), sim.token)).map((row) => row['id'])).toContain(id)
    await control('fault', { json: { match: { node: 'me' }, do: { error: 'blocked' }, times: 1 } })
    expect(codeOf((await ask(sim.url, '/v26.0/me', sim.token)).body)).toBe('368')
    await control('switches', { json: { accessTier: 'limited' } })
    expect(sim.control.switches.accessTier).toBe('limited')
    expect(at(await control('calls'), 'counts', 'logical')).toBeGreaterThan(1)
    await control('reset', { json: {} })
    expect(at(await control('state'), 'counts', 'logical')).toBe(0)
    expect(
      (await ask(sim.url, '/_control/change', null, { json: { op: 'unassign', asset: '1', user: '2' } }))
        .status,
    ).toBe(400)
  })

  it('is not there unless it was asked for', async () => {
    const plain = await startSimulator({ seed: 2, world: { partners: 1 } })
    const { status } = await ask(plain.url, '/_control/state', null)
    await plain.stop()
    expect(status).toBe(400)
  })
})
