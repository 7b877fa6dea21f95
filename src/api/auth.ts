// Who is signed in: the only file that knows the auth library, and the only one in api/ that speaks SQL (about its tables).
// The library's handler is a second front door (72 paths when mounted whole), so four of its paths are let through by name, each
// with a body and an answer of our own: no token is ever in one, and every failure has the product's one form.
import { createHash } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { sql } from 'kysely'
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { AppError } from '../model/error.ts'
import type { Redacted } from '../model/redacted.ts'
import { forUser, write } from '../store/db.ts'
import type { AuditEntry, Db, Tx } from '../store/db.ts'
import { workspacesOf } from '../store/workspaces.ts'
import { invalidInput, nothingHere } from './errors.ts'

export const PASSWORD_LENGTH = { least: 12, most: 128 }
/** Sign-in and password change: tries per account, whatever the address they come from. */
export const ACCOUNT_TRIES = { most: 10, windowSeconds: 15 * 60 }
/** Sign-in per address, right or wrong. */
const ADDRESS_TRIES = { max: 60, window: 15 * 60 }
const SESSION_SECONDS = 7 * 86_400
/** How exact "last seen" is, and how often a session's end moves on. */
const SEEN_SECONDS = 5 * 60
/** The library's own limits ask this header alone; it is written here and never taken from a request. */
const ADDRESS_HEADER = 'x-guestlist-address'

export interface Person {
  id: string
  name: string
  email: string
  sessionId: string
}

export interface SessionInfo {
  id: string
  createdAt: Date
  lastSeenAt: Date
  address: string | null
  userAgent: string | null
}

/** What a request tells about where it comes from. */
export interface Caller {
  headers: Headers
  address: string | null
}

export interface Auth {
  /** Answers a request below /api/auth; `not_found` for every path that is not on the list. Throws AppError. */
  handle(request: Request, caller: Caller): Promise<Response>
  /** The signed-in person, with cookies to send along where the session was prolonged; null when signed out. */
  session(headers: Headers): Promise<{ person: Person; cookies: string[] } | null>
  /** Signs in somebody who has just proven to be that person in another way; returns the cookies. */
  signIn(account: { email: string; password: string }, caller: Caller): Promise<string[]>
  /** Adds a person with a password inside the caller's transaction; throws `invalid` for a password that is too short or long. */
  addPerson(tx: Tx, person: { name: string; email: string; password: string }): Promise<string>
  /** Sets a new password from the machine's command line: ends all sessions, recorded in the person's workspaces. False: no such person. */
  resetPassword(email: string, password: string): Promise<boolean>
  sessionsOf(personId: string): Promise<SessionInfo[]>
  /** Ends one of a person's own sessions at once. Throws `not_found`. */
  endSession(person: Person, sessionId: string, address: string | null): Promise<void>
}

export interface AuthOptions {
  db: Db
  /** 32 random bytes or more; signs the cookies. */
  secret: Redacted
  publicUrl: URL
  log: Log
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** The library's options; exported for the test that compares its tables with 0001_auth.sql. */
export function libraryOptions({ db, secret, publicUrl, log }: AuthOptions) {
  return {
    database: db.pool,
    secret: secret.reveal(),
    baseURL: publicUrl.origin,
    basePath: '/api/auth',
    trustedOrigins: [publicUrl.origin],
    telemetry: { enabled: false },
    logger: {
      log: (level: 'debug' | 'info' | 'success' | 'warn' | 'error', message: string) => {
        if (level === 'error') log.error('auth library', { message })
      },
    },
    user: { modelName: 'auth_user', fields: { emailVerified: 'email_verified', ...times } },
    session: {
      modelName: 'auth_session',
      fields: {
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
        ...times,
      },
      expiresIn: SESSION_SECONDS,
      updateAge: SEEN_SECONDS,
      // A cached session outlives its end, and has let people around a second factor (GHSA-xg6x-h9c9-2m83).
      cookieCache: { enabled: false },
    },
    account: {
      modelName: 'auth_account',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
    },
    verification: { modelName: 'auth_verification', fields: { expiresAt: 'expires_at', ...times } },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.least,
      maxPasswordLength: PASSWORD_LENGTH.most,
    },
    rateLimit: {
      enabled: true,
      storage: 'database' as const,
      modelName: 'auth_rate_limit',
      fields: { lastRequest: 'last_request' },
      window: 60,
      max: 600,
      customRules: { '/sign-in/email': ADDRESS_TRIES, '/change-password': ADDRESS_TRIES },
    },
    advanced: {
      cookiePrefix: 'guestlist',
      useSecureCookies: publicUrl.protocol === 'https:',
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' as const, path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    databaseHooks: {
      session: {
        create: {
          after: async (session: { id: string; userId: string; ipAddress?: string | null | undefined }) => {
            const entry = { action: 'session.start', subjectKind: 'session', subjectId: session.id }
            await recordEverywhere(db, session.userId, session.ipAddress ?? null, entry)
          },
        },
      },
    },
  }
}

/** Builds the sign-in of the product. */
export function createAuth(options: AuthOptions): Auth {
  const { db, publicUrl } = options
  const library = betterAuth(libraryOptions(options))
  const parts: Inside = {
    db,
    ask: (path, caller, body) =>
      library.handler(
        new Request(new URL(`/api/auth${path}`, publicUrl), {
          method: body === undefined ? 'GET' : 'POST',
          headers: inner(caller, publicUrl),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    session: async (headers) => {
      const { headers: answered, response } = await library.api.getSession({ headers, returnHeaders: true })
      if (response === null) return null
      const { user, session } = response
      return {
        person: { id: user.id, name: user.name, email: user.email, sessionId: session.id },
        cookies: answered.getSetCookie(),
      }
    },
  }
  const hash = async (password: string) => (await library.$context).password.hash(checkedPassword(password))
  return {
    handle: (request, caller) => handle(parts, request, caller),
    session: parts.session,
    signIn: async (account, caller) => {
      const { headers } = await library.api.signInEmail({
        body: account,
        headers: inner(caller, publicUrl),
        returnHeaders: true,
      })
      return headers.getSetCookie()
    },
    addPerson: async (tx, person) => addPerson(tx, { ...person, hash: await hash(person.password) }),
    resetPassword: async (email, password) => resetPassword(db, email, await hash(password)),
    sessionsOf: (personId) => sessionsOf(db, personId),
    endSession: (person, sessionId, address) => endSession(db, person, sessionId, address),
  }
}

interface Inside {
  db: Db
  ask(path: string, caller: Caller, body?: Record<string, unknown>): Promise<Response>
  session: Auth['session']
}

type Handler = (parts: Inside, caller: Caller, body: unknown) => Promise<Response>

/** The allow-list: exactly these paths, compared as they were sent, so that no second spelling passes. */
const paths: Record<string, { method: 'GET' | 'POST'; run: Handler }> = {
  '/api/auth/sign-in/email': { method: 'POST', run: signIn },
  '/api/auth/sign-out': { method: 'POST', run: signOut },
  '/api/auth/change-password': { method: 'POST', run: changePassword },
  '/api/auth/get-session': { method: 'GET', run: getSession },
}

async function handle(parts: Inside, request: Request, caller: Caller): Promise<Response> {
  const path = paths[new URL(request.url).pathname]
  if (path === undefined || path.method !== request.method) throw nothingHere()
  const text = path.method === 'POST' ? await request.text() : ''
  return path.run(parts, caller, text === '' ? {} : parseJson(text))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('invalid', 'The request could not be read as JSON.')
  }
}

function checked<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body)
  if (!result.success) throw invalidInput(result.error)
  return result.data
}

const SignIn = z.object({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(1_000),
  rememberMe: z.boolean().optional(),
})

async function signIn(parts: Inside, caller: Caller, body: unknown): Promise<Response> {
  const { email, password, rememberMe } = checked(SignIn, body)
  const account = accountKey(email)
  await takeTry(parts.db, account)
  const answer = await parts.ask('/sign-in/email', caller, {
    email: email.trim(),
    password,
    ...(rememberMe === undefined ? {} : { rememberMe }),
  })
  if (!answer.ok) {
    // One sentence for an unknown e-mail, a malformed one and a wrong password.
    throw answer.status === 429
      ? tooMany()
      : new AppError('unauthenticated', 'The e-mail address or the password is not right.')
  }
  await forgetTries(parts.db, account)
  return withCookies(answer, { user: shownUser(await answer.json()) })
}

async function signOut(parts: Inside, caller: Caller): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  const answer = await parts.ask('/sign-out', caller, {})
  if (signedIn !== null) {
    const entry = { action: 'session.end', subjectKind: 'session', subjectId: signedIn.person.sessionId }
    await recordEverywhere(parts.db, signedIn.person.id, caller.address, entry)
  }
  return withCookies(answer, { signedOut: true })
}

const ChangePassword = z.object({
  currentPassword: z.string().min(1).max(1_000),
  newPassword: z.string().max(1_000),
})

async function changePassword(parts: Inside, caller: Caller, body: unknown): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  if (signedIn === null) throw signInFirst()
  const { currentPassword, newPassword } = checked(ChangePassword, body)
  checkedPassword(newPassword, 'newPassword')
  const account = accountKey(signedIn.person.email)
  await takeTry(parts.db, account)
  // Every other session ends with the old password, whatever the caller asks.
  const answer = await parts.ask('/change-password', caller, {
    currentPassword,
    newPassword,
    revokeOtherSessions: true,
  })
  if (answer.status === 429) throw tooMany()
  if (!answer.ok) {
    throw new AppError('invalid', 'The present password is not right.', {
      currentPassword: 'This is not your present password.',
    })
  }
  await forgetTries(parts.db, account)
  const entry = { action: 'password.change', subjectKind: 'person', subjectId: signedIn.person.id }
  await recordEverywhere(parts.db, signedIn.person.id, caller.address, entry)
  return withCookies(answer, { changed: true })
}

async function getSession(parts: Inside, caller: Caller): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  const answer = Response.json(signedIn === null ? null : { user: shownUser({ user: signedIn.person }) })
  for (const cookie of signedIn?.cookies ?? []) answer.headers.append('set-cookie', cookie)
  return answer
}

const Answered = z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) })

function shownUser(answer: unknown): z.infer<typeof Answered>['user'] {
  return Answered.parse(answer).user
}

/** Our own body with the library's cookies: its bodies carry the session's token. */
function withCookies(answer: Response, body: Record<string, unknown>): Response {
  const own = Response.json(body)
  for (const cookie of answer.headers.getSetCookie()) own.headers.append('set-cookie', cookie)
  return own
}

/** The headers that the library sees: nothing of the request's own forwarding headers. */
function inner(caller: Caller, publicUrl: URL): Headers {
  const headers = new Headers({ origin: publicUrl.origin, 'content-type': 'application/json' })
  for (const name of ['cookie', 'user-agent']) {
    const value = caller.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  if (caller.address !== null) headers.set(ADDRESS_HEADER, caller.address)
  return headers
}

export function signInFirst(): AppError {
  return new AppError('unauthenticated', 'Sign in first: there is no session, or it has ended.')
}

function tooMany(): AppError {
  return new AppError('limited', 'Too many tries. Wait a quarter of an hour, then try again.')
}

function checkedPassword(password: string, field = 'password'): string {
  if (password.length >= PASSWORD_LENGTH.least && password.length <= PASSWORD_LENGTH.most) return password
  const sentence =
    password.length < PASSWORD_LENGTH.least
      ? `A password needs at least ${String(PASSWORD_LENGTH.least)} characters.`
      : `A password may have at most ${String(PASSWORD_LENGTH.most)} characters.`
  throw new AppError('invalid', sentence, { [field]: sentence })
}

/** Hashed, so that what strangers type is not kept. */
function accountKey(email: string): string {
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
}

/** Counts a try before it is made, in one statement, so that tries side by side cannot slip through together. */
async function takeTry(db: Db, account: string): Promise<void> {
  const { rows } = await sql<{ tries: number }>`
    insert into auth_tries (account, tries, since) values (${account}, 1, now())
    on conflict (account) do update set
      tries = case when auth_tries.since < now() - make_interval(secs => ${ACCOUNT_TRIES.windowSeconds}) then 1 else auth_tries.tries + 1 end,
      since = case when auth_tries.since < now() - make_interval(secs => ${ACCOUNT_TRIES.windowSeconds}) then now() else auth_tries.since end
    returning tries`.execute(db.kysely)
  if ((rows[0]?.tries ?? 0) > ACCOUNT_TRIES.most) throw tooMany()
}

/** After a right password; sweeps what is long over as well. */
async function forgetTries(db: Db, account: string): Promise<void> {
  await sql`delete from auth_tries where account = ${account} or since < now() - interval '1 day'`.execute(
    db.kysely,
  )
}

async function addPerson(tx: Tx, person: { name: string; email: string; hash: string }): Promise<string> {
  const id = newId()
  await sql`insert into auth_user (id, name, email, email_verified) values (${id}, ${person.name}, ${person.email.toLowerCase()}, false)`.execute(
    tx,
  )
  await sql`insert into auth_account (id, account_id, provider_id, user_id, password, updated_at)
    values (${newId()}, ${id}, 'credential', ${id}, ${person.hash}, now())`.execute(tx)
  return id
}

async function resetPassword(db: Db, email: string, hash: string): Promise<boolean> {
  const { rows } = await sql<{ userId: string }>`
    with changed as (
      update auth_account a set password = ${hash}, updated_at = now() from auth_user u
      where u.id = a.user_id and a.provider_id = 'credential' and u.email = ${email.trim().toLowerCase()} returning a.user_id),
    ended as (delete from auth_session where user_id in (select user_id from changed))
    select user_id from changed`.execute(db.kysely)
  const userId = rows[0]?.userId
  if (userId === undefined) return false
  await recordEverywhere(db, userId, null, {
    action: 'password.reset',
    subjectKind: 'person',
    subjectId: userId,
  })
  return true
}

async function sessionsOf(db: Db, personId: string): Promise<SessionInfo[]> {
  const { rows } = await sql<SessionInfo>`
    select id, created_at, updated_at as last_seen_at, nullif(ip_address, '') as address, user_agent from auth_session
    where user_id = ${personId} and expires_at > now() order by updated_at desc, id`.execute(db.kysely)
  return rows
}

async function endSession(db: Db, person: Person, sessionId: string, address: string | null): Promise<void> {
  const { rows } =
    await sql`delete from auth_session where id = ${sessionId} and user_id = ${person.id} returning id`.execute(
      db.kysely,
    )
  if (rows.length === 0) throw nothingHere()
  await recordEverywhere(db, person.id, address, {
    action: 'session.end',
    subjectKind: 'session',
    subjectId: sessionId,
  })
}

/** A person belongs to several workspaces, and each has an activity log of its own. */
async function recordEverywhere(
  db: Db,
  userId: string,
  address: string | null,
  entry: AuditEntry,
): Promise<void> {
  const workspaces = await forUser(db, userId, (tx) => workspacesOf(tx, userId))
  const actor = { kind: 'person' as const, id: userId, address: address === '' ? null : address }
  for (const { id } of workspaces) await write(db, { workspaceId: id, actor }, (_, audit) => audit(entry))
}
