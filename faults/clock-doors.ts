// What opens a door — a session, a link, a key, a one-time code — while the clock jumps: it is closed at its end, whatever the clock did
// before, and nobody stays outside once the clock is right.
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from '../src/api/testing/totp.ts'
import type { Case } from './cases.ts'
import type { Clocked } from './faketime.ts'
import { ask, enter, Findings, PASSWORD, signIn } from './served.ts'
import type { Answer } from './served.ts'

export const HOUR = 3_600
export const DAY = 86_400
export const YEAR = 31_557_600

const ws = (g: Clocked) => `/api/v1/workspaces/${g.workspaceId}`

const asks = (g: Clocked, cookie: string) =>
  ask(g, 'GET', `${ws(g)}/connections`, undefined, { cookie }).then(({ status }) => status)

/** A session while the clock is off by `away`, and after it. `alive`: what it may do there. */
export async function session(
  g: Clocked,
  away: number,
  alive: 200 | 401,
  tamper?: string,
): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const before = g.api.cookie
  if (tamper !== undefined) await g.root.query(tamper)
  await g.jump('both', away)
  found.expect('the session after the jump', await asks(g, before), alive)
  const there = await signIn(g)
  found.expect('signing in after the jump', there.status, 200)
  found.expect('the new session', await asks(g, there.cookie), 200)
  await g.jump('both', 0)
  // By an hour clocks may differ; what was opened in another year ends with it.
  if (Math.abs(away) > DAY) found.expect('the session of then', await asks(g, there.cookie), 401)
  found.expect('signing in when all is right again', (await signIn(g)).status, 200)
  return found.lines
}

interface Link {
  make(g: Clocked): Promise<string>
  /** `open` or why it is not. */
  state(g: Clocked, secret: string): Promise<unknown>
  /** True where it opened what it is for. */
  use(g: Clocked, secret: string): Promise<boolean>
}

const secretOf = (link: unknown) => String(link).split('#')[1] ?? ''
/** An invitation that is open says to whom. */
const stateOf = ({ body }: Answer) => (body.state === 'new-person' ? 'open' : body.state)

let guests = 0
const invitation: Link = {
  make: async (g) => {
    const body = { email: `guest-${++guests}@example.test`, role: 'member' }
    return secretOf((await g.api.call<{ link: string }>('POST', `${ws(g)}/invitations`, body)).link)
  },
  state: (g, secret) => ask(g, 'POST', '/api/v1/invitations/look', { secret }).then(stateOf),
  use: async (g, secret) =>
    (await ask(g, 'POST', '/api/v1/invitations/redeem', { secret, name: 'A guest', password: PASSWORD }))
      .status < 300,
}

const passwordLink: Link = {
  make: async (g) => {
    const { rows } = await g.root.query<{ id: string }>(
      `insert into auth_user (id, name, email, email_verified) values (gen_random_uuid(), 'Forgetful', $1, true) returning id`,
      [`forgetful-${++guests}@example.test`],
    )
    const id = rows[0]?.id ?? ''
    await g.root.query(`insert into members (workspace_id, user_id, role) values ($1, $2, 'member')`, [
      g.workspaceId,
      id,
    ])
    return secretOf(
      (
        await g.api.call<{ link: string }>('POST', `${ws(g)}/members/${id}/password-link`, {
          password: PASSWORD,
        })
      ).link,
    )
  },
  state: (g, secret) => ask(g, 'POST', '/api/v1/password-links/look', { secret }).then(stateOf),
  use: async (g, secret) =>
    (await ask(g, 'POST', '/api/v1/password-links/redeem', { secret, password: `${PASSWORD} again` }))
      .status < 300,
}

const tokenRequest: Link = {
  make: async (g) => {
    const { rows } = await g.root.query<{ id: string }>(
      `with gone as (update token_requests set revoked_at = now() where spent_at is null and revoked_at is null)
       select id from partners where connection_id = $1 and external_id = $2`,
      [g.connectionId, g.sim.partners[0]?.id],
    )
    const body = { requests: [{ partnerId: rows[0]?.id, to: { by: 'link' } }] }
    const path = `${ws(g)}/connections/${g.connectionId}/token-requests`
    const { sent } = await g.api.call<{ sent: { link: string }[] }>('POST', path, body)
    return secretOf(sent[0]?.link)
  },
  state: (g, secret) => ask(g, 'POST', '/api/v1/token-requests/look', { secret }).then(stateOf),
  use: async (g, secret) =>
    (
      await ask(g, 'POST', '/api/v1/token-requests/hand-over', {
        secret,
        token: g.sim.partners[0]?.token,
        anyway: true,
      })
    ).body.taken === true,
}

/** A link made at `made` and looked at with the clock off by `away`; it is used where it is open, and only once. */
export async function link(
  g: Clocked,
  one: Link,
  made: number,
  away: number,
  tamper?: string,
): Promise<string[]> {
  const found = new Findings()
  await g.jump('both', made)
  await enter(g)
  const secret = await one.make(g)
  if (tamper !== undefined) await g.root.query(tamper)
  await g.jump('both', away)
  found.expect('its state after the jump', await one.state(g, secret), 'expired')
  found.expect('used after its end', await one.use(g, secret), false)
  await g.jump('both', made)
  found.expect('its state when the clock is back', await one.state(g, secret), 'open')
  found.expect('used within its time', await one.use(g, secret), true)
  await g.jump('both', made - HOUR / 2)
  found.expect('used twice', await one.use(g, secret), false)
  return found.lines
}

/** A key with an end. */
async function apiKey(g: Clocked): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const expiresAt = new Date(Date.now() + 30 * DAY * 1_000).toISOString()
  const { text } = await g.api.call<{ text: string }>('POST', `${ws(g)}/api-keys`, {
    name: 'Ends',
    scopes: ['read'],
    expiresAt,
  })
  const works = async () =>
    (await ask(g, 'GET', `${ws(g)}/connections`, undefined, { authorization: `Bearer ${text}` })).status
  for (const [away, status] of [
    [0, 200],
    [400 * DAY, 401],
    [31 * DAY, 401],
    [29 * DAY, 200],
    [-HOUR, 200],
    [0, 200],
  ] as const) {
    await g.jump('both', away)
    found.expect(`the key at ${away / DAY} days`, await works(), status)
  }
  return found.lines
}

/** Too many wrong passwords while the clock is ahead: the right one works again when the clock is right, at the latest after the sweep. */
export async function lockedOut(g: Clocked, away: number, tamper?: string): Promise<string[]> {
  const found = new Findings()
  await g.jump('both', away)
  for (let n = 0; n < 11; n += 1) await signIn(g, 'wrong')
  found.expect('the right password after eleven wrong ones', (await signIn(g)).status, 429)
  for (let n = 0; n < 60; n += 1) await signIn(g, 'wrong', `nobody-${n}@example.test`)
  await g.jump('both', 0)
  // What the sign-in library counted is swept twice a minute.
  const ahead = `select from auth_rate_limit where last_request > extract(epoch from now() + interval '1 day') * 1000`
  for (let tries = 0; tries < 450 && (await g.root.query(ahead)).rowCount !== 0; tries += 1) await pause(100)
  if (tamper !== undefined) await g.root.query(tamper)
  found.expect('the right password when the clock is right', (await signIn(g)).status, 200)
  return found.lines
}

/** A second factor: a code is taken once, also where the clock was ahead in between, and codes of any year work in theirs. */
export async function oneTimeCode(g: Clocked, away: number, tamper?: string): Promise<string[]> {
  const found = new Findings()
  await enter(g)
  const started = await g.api.call<{ secret: string }>('POST', '/api/v1/me/two-factor/start', {
    password: PASSWORD,
  })
  const steps = (n = 0) => codeOf(started.secret, Math.round(g.off() / 30_000) + n)
  try {
    await g.api.call('POST', '/api/v1/me/two-factor/confirm', { code: steps() })
    const second = async (code: string) => {
      const first = await signIn(g)
      found.expect('the password', first.body.secondFactor, true)
      const headers = { cookie: first.cookie }
      return (await ask(g, 'POST', '/api/v1/sign-in/second-factor', { code }, headers)).status
    }
    const used = steps(1)
    found.expect('a code', await second(used), 200)
    await g.jump('both', away)
    found.expect('a code of that time', await second(steps()), 200)
    await g.jump('both', 0)
    if (tamper !== undefined) await g.root.query(tamper)
    found.expect('a code for the second time', await second(used), 401)
  } finally {
    await g.jump('both', 0)
    await g.root.query(
      `delete from auth_two_factor; delete from auth_used_codes; update auth_user set two_factor_enabled = false`,
    )
  }
  return found.lines
}

/** The cases, each with its name. */
export function doors(g: Clocked): Case[] {
  const one = (name: string, run: () => Promise<string[]>): Case => ({ name, run })
  return [
    one('a session, 400 days ahead', () => session(g, 400 * DAY, 401)),
    one('a session, 10 years back', () => session(g, -10 * YEAR, 401)),
    one('a session, an hour ahead', () => session(g, HOUR, 200)),
    one('a session, an hour back', () => session(g, -HOUR + 60, 200)),
    one('an invitation, 73 hours ahead', () => link(g, invitation, 0, 73 * HOUR)),
    one('an invitation, 10 years back', () => link(g, invitation, 0, -10 * YEAR)),
    one('an invitation made 400 days ahead', () => link(g, invitation, 400 * DAY, 0)),
    one('a link to a new password, 61 minutes ahead', () => link(g, passwordLink, 0, HOUR + 60)),
    one('a link to a new password, 10 years back', () => link(g, passwordLink, 0, -10 * YEAR)),
    one('a token request, 400 days ahead', () => link(g, tokenRequest, 0, 400 * DAY)),
    one('a token request made 400 days ahead', () => link(g, tokenRequest, 400 * DAY, 0)),
    one('a key with an end', () => apiKey(g)),
    one('too many tries, 400 days ahead', () => lockedOut(g, 400 * DAY)),
    one('a one-time code, an hour ahead in between', () => oneTimeCode(g, HOUR)),
    one('a one-time code, 10 years back in between', () => oneTimeCode(g, -10 * YEAR)),
  ]
}

/** Mistakes put in: each has to be found. */
export function plantedDoors(g: Clocked): Case[] {
  const tampered = (name: string, run: () => Promise<string[]>): Case => ({ name, run })
  return [
    tampered('a session that lives longer', () =>
      session(g, 8 * DAY, 401, `update auth_session set expires_at = expires_at + interval '3 days'`),
    ),
    tampered('an invitation that lives longer', () =>
      link(
        g,
        invitation,
        0,
        73 * HOUR,
        `update invitations set expires_at = expires_at + interval '2 hours'`,
      ),
    ),
    tampered('an account that stays closed', () =>
      lockedOut(g, 400 * DAY, `update auth_tries set tries = 99, since = now()`),
    ),
    tampered('a code that is forgotten', () => oneTimeCode(g, HOUR, `delete from auth_used_codes`)),
  ]
}
