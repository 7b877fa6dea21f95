// The pairs whose answers may not tell one side from the other by the time they take: what exists and what does not, what begins rightly and what is
// wrong from its first letter, what is somebody else's and what is not there.
import { randomBytes, randomUUID } from 'node:crypto'
import { connectAll, openApi, setUp } from './api.ts'
import { ask } from './served.ts'
import type { Served } from './served.ts'

/** A request as it goes over the wire. */
export interface Wire {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: unknown
}

export interface Pair {
  name: string
  /** The nth request of a side. `right`: what exists, what begins as the real one. */
  request(right: boolean, n: number): Wire
}

const ACCOUNTS = 40
const letters = 'abcdefghijklmnopqrstuvwxyz'

/**
 * A wrong guess of a text, of the same length: right to its end, or wrong from its first letter on. Both are fresh text made by the same work: beside
 * answers of a millisecond whoever asks is a few µs faster with a text that was sent before.
 */
function guess(text: string, right: boolean): string {
  const fresh = randomBytes(text.length).toString('base64url').slice(1, text.length)
  const another = (letter: string) => (letter === 'A' ? 'B' : 'A')
  const made = right ? text.slice(0, -1) + another(text.slice(-1)) : another(text.slice(0, 1)) + fresh
  return Buffer.from(made).toString()
}

/** The secret of a link, which is its fragment. */
const secretOf = (link: string): string => link.split('#')[1] ?? ''

/** People with the owner's password, so that judging a wrong one of theirs takes as long as it does. */
async function addAccounts(g: Served): Promise<void> {
  await g.root.query(
    `insert into auth_user (id, name, email, email_verified)
       select 'timed' || n, 'Somebody', 'there' || lpad(n::text, 3, '0') || '@example.test', true from generate_series(0, $1) n`,
    [ACCOUNTS - 1],
  )
  await g.root.query(
    `insert into auth_account (id, account_id, provider_id, user_id, password, updated_at)
       select u.id, u.id, 'credential', u.id, (select password from auth_account where password is not null limit 1), now()
       from auth_user u where u.id like 'timed%'`,
  )
}

/** Joins a guest; gives the cookie of their session. */
async function addGuest(g: Served, email: string): Promise<string> {
  const ws = `/api/v1/workspaces/${g.workspaceId}`
  const { link } = await g.api.call<{ link: string }>('POST', `${ws}/invitations`, { email, role: 'guest' })
  const body = { secret: secretOf(link), name: 'A guest', password: 'another long password' }
  const answer = await ask(g, 'POST', '/api/v1/invitations/redeem', body)
  if (answer.status !== 200) throw new Error(`The guest did not join: ${JSON.stringify(answer.body)}`)
  return answer.cookie
}

/** A secret of the owner's alone; its id. */
async function addSecret(g: Served): Promise<string> {
  const id = randomUUID()
  const owner = `(select user_id from members where workspace_id = $1 and role = 'owner')`
  await g.root.query(
    `insert into secrets (id, workspace_id, label, kind, version, created_by, changed_by) select $2, $1, 'A secret', 'note', 1, o.id, o.id from (select ${owner} as id) o`,
    [g.workspaceId, id],
  )
  await g.root.query(
    `insert into secret_members (workspace_id, secret_id, user_id, role, added_by) select $1, $2, o.id, 'owner', o.id from (select ${owner} as id) o`,
    [g.workspaceId, id],
  )
  await g.root.query(
    `insert into secret_versions (workspace_id, secret_id, version, label, kind, sealed, deed, by, vaults)
       select $1, $2, 1, 'A secret', 'note', 'nothing', 'add', o.id, '{}' from (select ${owner} as id) o`,
    [g.workspaceId, id],
  )
  return id
}

/** Prepares a fresh server whose owner is made, and gives the twelve pairs. */
export async function openDoors(g: Served, metricsToken: string): Promise<Pair[]> {
  const ws = `/api/v1/workspaces/${g.workspaceId}`
  await addAccounts(g)
  const guest = await addGuest(g, 'guest@example.test')
  await addGuest(g, 'another@example.test')
  const unshared = await addSecret(g)
  const { rows: partners } = await g.root.query<{ id: string }>(
    'select id from partners where connection_id = $1 order by external_id',
    [g.connectionId],
  )
  const sent = async (to: unknown, at: number) => {
    const { sent } = await g.api.call<{ sent: { request: { id: string }; link: string }[] }>(
      'POST',
      `${ws}/connections/${g.connectionId}/token-requests`,
      { requests: [{ partnerId: partners[at]?.id, to }] },
    )
    const [one] = sent
    if (one === undefined) throw new Error('No token request was made.')
    return one
  }
  const request = await sent({ by: 'link' }, 0)
  const theirs = await sent({ by: 'guest', email: 'another@example.test' }, 1)
  const { link: invitation } = await g.api.call<{ link: string }>('POST', `${ws}/invitations`, {
    email: 'third@example.test',
    role: 'guest',
  })
  const { rows: members } = await g.root.query<{ id: string }>(
    `select u.id from auth_user u where email = 'another@example.test'`,
  )
  const member = members[0]?.id ?? ''
  const { link: password } = await g.api.call<{ link: string }>(
    'POST',
    `${ws}/members/${member}/password-link`,
    {},
  )
  const { text: key } = await g.api.call<{ text: string }>('POST', `${ws}/api-keys`, {
    name: 'A key',
    scopes: ['read'],
    expiresAt: null,
  })
  const elsewhere = randomUUID()
  await g.root.query(`insert into workspaces (id, name, environment) values ($1, 'Elsewhere', 'live')`, [
    elsewhere,
  ])

  const look = (name: string, path: string, link: string): Pair => ({
    name,
    request: (right) => ({
      method: 'POST',
      path,
      body: { secret: guess(secretOf(link), right) },
    }),
  })
  /** With the guest's session: an id that is there, or one that is not. */
  const guessed = (name: string, path: (id: string) => string, id: string): Pair => ({
    name,
    request: (right) => ({
      method: 'GET',
      path: path(right ? id : randomUUID()),
      headers: { cookie: guest },
    }),
  })
  const account = (right: boolean, n: number) =>
    `${right ? 'there' : `n${letters[n % 26] ?? ''}b${letters[n % 25] ?? ''}y`}${String(n % ACCOUNTS).padStart(3, '0')}@example.test`
  const [session = '', signature = ''] = decodeURIComponent(/=([^;]*)/.exec(g.api.cookie)?.[1] ?? '').split(
    /\.(.*)/,
  )
  const name = g.api.cookie.split('=')[0] ?? ''
  /** The signature up to a byte, and anything from there on. */
  const bentAt = (byte: number): Buffer => {
    const real = Buffer.from(signature, 'base64')
    const bent = Buffer.concat([real.subarray(0, byte), randomBytes(real.length - byte)])
    bent[byte] = (real[byte] ?? 0) ^ 1
    return bent
  }
  const cookie = (value: string): Wire => ({
    method: 'GET',
    path: '/api/v1/me',
    headers: { cookie: `${name}=${encodeURIComponent(value)}` },
  })
  return [
    {
      name: 'sign-in: an account, and none',
      request: (right, n) => ({
        method: 'POST',
        path: '/api/auth/sign-in/email',
        body: { email: account(right, n), password: 'a wrong password' },
      }),
    },
    {
      name: 'a forgotten password: an account, and none',
      request: (right, n) => ({
        method: 'POST',
        path: '/api/v1/forgotten-password',
        body: { email: account(right, n) },
      }),
    },
    look('an invitation: its beginning, and not', '/api/v1/invitations/look', invitation),
    look('a link to a new password: its beginning, and not', '/api/v1/password-links/look', password),
    look('a token request: its beginning, and not', '/api/v1/token-requests/look', request.link),
    {
      name: 'an API key: its beginning, and not',
      request: (right) => ({
        method: 'GET',
        path: `${ws}/connections`,
        headers: {
          authorization: `Bearer ${key.slice(0, 4)}${guess(key.slice(4), right)}`,
        },
      }),
    },
    {
      name: 'a session: its beginning, and not',
      request: (right) => cookie(`${guess(session, right)}.${signature}`),
    },
    {
      name: "a session's signature: its beginning, and not",
      request: (right) => cookie(`${session}.${(right ? bentAt(31) : bentAt(0)).toString('base64')}`),
    },
    {
      name: 'the token of /metrics: its beginning, and not',
      request: (right) => ({
        method: 'GET',
        path: '/metrics',
        headers: { authorization: `Bearer ${guess(metricsToken, right)}` },
      }),
    },
    guessed("a secret: somebody else's, and none", (id) => `${ws}/secrets/${id}`, unshared),
    guessed(
      "a token request: another guest's, and none",
      (id) => `${ws}/my-requests/${id}`,
      theirs.request.id,
    ),
    guessed('a workspace: of others, and none', (id) => `/api/v1/workspaces/${id}`, elsewhere),
  ]
}

/** Makes the owner, a connection and its partners; what `openDoors` builds on. */
export async function furnish(
  program: { url: string },
  code: string,
  rest: Pick<Served, 'sim' | 'root'>,
): Promise<Served> {
  const api = openApi(program.url)
  const workspaceId = await setUp(api, code)
  const connectionId = await connectAll(api, workspaceId, rest.sim)
  return { ...rest, url: program.url, api, workspaceId, connectionId }
}
