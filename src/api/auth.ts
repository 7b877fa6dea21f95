// Who is signed in: the only file that knows the auth library. The library's handler is a second front door (72 paths when mounted
// whole), so few of its paths are let through by name, each with a body and an answer of our own: no token is ever in one, and every
// failure has the product's one form. What else is asked of it (second factor, passkeys) is asked by routes of the table, through ask().
import { passkey } from '@better-auth/passkey'
import { betterAuth } from 'better-auth'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { z } from 'zod'
import type { Log } from '../lib/log.ts'
import { AppError } from '../model/error.ts'
import { PASSWORD_LENGTH } from '../model/person.ts'
import type { Redacted } from '../model/redacted.ts'
import { writeAbout, writeAboutIn } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { CLOCKS_DIFFER_MS } from '../store/ends.ts'
import { beginChange, besideLibrary, inOneChange, isChanging, libraryDialect } from '../store/library.ts'
import {
  addPerson,
  endChallenges,
  endOtherSessions,
  endSession,
  noteAddress,
  noteSeen,
  setPassword,
} from '../store/people.ts'
import { passwordHashOf, personByEmail, proofOf, sessionsOf } from '../store/people.ts'
import type { SessionInfo } from '../store/people.ts'
import { sessionFound } from '../store/sessions.ts'
import type { SessionFound } from '../store/sessions.ts'
import { forgetTries, takeTry, triesKey } from '../store/tries.ts'
import type { Place } from '../store/workspaces.ts'
import { tokenIn } from './cookie-token.ts'
import { invalidInput, nothingHere } from './errors.ts'
import { askTogether } from './together.ts'

/** Sign-in, second factor and password: tries per account, whatever the address they come from. */
export const ACCOUNT_TRIES = { most: 10, windowSeconds: 15 * 60 }
/** The same per address, right or wrong. */
const ADDRESS_TRIES = { max: 60, window: 15 * 60 }
const SESSION_SECONDS = 7 * 86_400
/** How exact "last seen" is, and how often a session's end moves on. */
const SEEN_SECONDS = 5 * 60
/** The library's own limits ask this header alone; it is written here and never taken from a request. */
const ADDRESS_HEADER = 'x-guestlist-address'
const SESSION_COOKIE = 'session_token'
const CHALLENGE_COOKIE = 'two_factor'

export interface Person {
  id: string
  name: string
  email: string
  sessionId: string
  /** True where signing in asks for a second factor. */
  twoFactor: boolean
}

export interface SignedIn {
  person: Person
  /** To send along where the session was prolonged. */
  cookies: string[]
  /** Their place in the workspace that was asked about; undefined where it was not looked up along with the session. */
  place?: Place | null
}

export interface SessionAsk {
  /** Of the caller, kept as the one that the session was used from last. */
  address?: string | null
  workspace?: string | null
}

/** An account, by what is known of it. */
type Whose = { id: string } | { email: string }

/** What a request tells about where it comes from. */
export interface Caller {
  headers: Headers
  address: string | null
}

export interface Auth {
  /** Answers a request below /api/auth; `not_found` for every path that is not on the list. Throws AppError. */
  handle(request: Request, caller: Caller): Promise<Response>
  /** Asks the library itself, below its own limits. Its answer is never sent as it is: it may hold a session's token. */
  ask(path: string, caller: Caller, body?: Record<string, unknown>): Promise<Response>
  /** ask() for a change of an account; `record` is called where it was done, in the same transaction. Throws `unavailable` if not. */
  change(
    path: string,
    caller: Caller,
    body: Record<string, unknown>,
    record: (done: Done) => Promise<void>,
  ): Promise<Response>
  /**
   * ask() for a sign-in, recorded in the same transaction. `by`: what was proven; `whose`: where it rests on a password, which must be the
   * same when it is over. Throws `unavailable` where it was not recorded, `unauthenticated` where that was changed meanwhile.
   */
  enter(
    path: string,
    caller: Caller,
    body: Record<string, unknown>,
    by: string,
    whose: Whose | null,
  ): Promise<Response>
  /** The signed-in person; null when signed out. */
  session(headers: Headers, asked?: SessionAsk): Promise<SignedIn | null>
  /**
   * Signs in somebody whose account was just made; returns the cookies. None where that cannot be done or recorded now: the account
   * stands, and they sign in themselves.
   */
  signIn(account: { email: string; password: string }, caller: Caller): Promise<string[]>
  /** Adds a person with a password inside the caller's transaction; throws `invalid` for a password that is too short or long. */
  addPerson(tx: Tx, person: { id?: string; name: string; email: string; password: string }): Promise<string>
  /** The hash of a new password; throws `invalid` for one that is too short or long. */
  hash(password: string): Promise<string>
  /** Throws `invalid` where this is not the person's password, and `limited` after too many tries. */
  demandPassword(person: { id: string; email: string }, password: string): Promise<void>
  sessionsOf(personId: string): Promise<SessionInfo[]>
  /** Ends one of a person's own sessions at once. Throws `not_found`. */
  endSession(person: Person, sessionId: string, address: string | null): Promise<void>
  /** Ends all of a person's sessions but the present one at once; gives how many. */
  endOtherSessions(person: Person, address: string | null): Promise<number>
}

export interface AuthOptions {
  db: Db
  /** 32 random bytes or more; signs the cookies. */
  secret: Redacted
  publicUrl: URL
  log: Log
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** The library's options; exported for the test that compares its tables with the migrations. */
export function libraryOptions({ db, secret, publicUrl, log }: AuthOptions) {
  return {
    appName: 'Guestlist',
    database: { dialect: libraryDialect(db), type: 'postgres' as const, transaction: true },
    // After the library has counted the request.
    hooks: { before: createAuthMiddleware(() => Promise.resolve(beginChange())) },
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
    // What is no answer of the library's comes to us: it would print it as it is, with an address or the values of a row.
    onAPIError: { throw: true },
    plugins: [secondFactors(), passkeys(publicUrl)],
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
      // What the library would ask a fresh session for, our routes ask the password for.
      freshAge: 0,
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
      customRules: {
        '/sign-in/email': ADDRESS_TRIES,
        '/change-password': ADDRESS_TRIES,
        '/two-factor/*': ADDRESS_TRIES,
        '/passkey/*': { ...ADDRESS_TRIES, max: 5 * ADDRESS_TRIES.max },
      },
    },
    advanced: {
      cookiePrefix: 'guestlist',
      // A person and their password are one question: a second one, asked where there is an account alone, would tell by its time that there is.
      database: { joins: true },
      useSecureCookies: publicUrl.protocol === 'https:',
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' as const, path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    databaseHooks: {
      session: {
        create: {
          after: async (session: { userId: string }) => noteSeen(await besideLibrary(db), session.userId),
        },
        update: {
          after: async (session: { userId: string }) => noteSeen(await besideLibrary(db), session.userId),
        },
      },
    },
  }
}

function secondFactors() {
  return twoFactor({
    issuer: 'Guestlist',
    // Ours holds for sign-in as a whole, and for tries side by side.
    accountLockout: { enabled: false },
    schema: {
      user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
      twoFactor: {
        modelName: 'auth_two_factor',
        fields: {
          backupCodes: 'backup_codes',
          userId: 'user_id',
          failedVerificationCount: 'failed_verification_count',
          lockedUntil: 'locked_until',
        },
      },
    },
  })
}

function passkeys(publicUrl: URL) {
  /** A passkey takes the place of password and code together, so its device must have asked for the finger, the face or the PIN. */
  const demandUser = (verified: boolean | undefined) => {
    if (verified !== true) throw new Error('a passkey without user verification')
  }
  return passkey({
    rpName: 'Guestlist',
    rpID: publicUrl.hostname,
    origin: publicUrl.origin,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    registration: {
      afterVerification: ({ verification }) => demandUser(verification.registrationInfo?.userVerified),
    },
    authentication: {
      afterVerification: ({ verification }) => demandUser(verification.authenticationInfo.userVerified),
    },
    schema: {
      passkey: {
        modelName: 'auth_passkey',
        fields: {
          publicKey: 'public_key',
          userId: 'user_id',
          credentialID: 'credential_id',
          deviceType: 'device_type',
          backedUp: 'backed_up',
          createdAt: 'created_at',
        },
      },
    },
  })
}

/** What the library did, inside the transaction in which it did it. */
export interface Done {
  tx: Tx
  answer: unknown
  /** Whose session the answer's cookies open; null where they open none. */
  person: Person | null
}

/**
 * Asks the library for a change of an account, and records it in the same transaction where it was done. What is not a change stays
 * even where the answer is no: a spent challenge, a counted try. Throws `unavailable` where it could not be recorded.
 */
function change(
  { db, session }: Pick<Inside, 'db' | 'session'>,
  ask: () => Promise<Response>,
  record: (done: Done) => Promise<void>,
): Promise<Response> {
  return inOneChange(db, ask, async (answer, tx) => {
    if (answer.status >= 500) return 'undo'
    if (!answer.ok) return 'commit'
    const cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
    const signedIn = await session(new Headers({ cookie: cookie.join('; ') }))
    await record({ tx: await tx(), answer: await answer.clone().json(), person: signedIn?.person ?? null })
    return 'commit'
  })
}

/** The record of a sign-in. None is made at the right password where a second factor is still to come. */
function recordStart(by: string, address: string | null) {
  return async ({ tx, answer, person }: Done): Promise<void> => {
    if (Challenged.safeParse(answer).success) return
    if (person === null) throw new Error('signed in without a session')
    const { id, sessionId } = person
    await writeAboutIn(tx, { userId: id, actor: { kind: 'person', id, address } }, (_, audit) =>
      audit({ action: 'session.start', subjectKind: 'session', subjectId: sessionId, data: { by } }),
    )
  }
}

/** Builds the sign-in of the product. */
export function createAuth(options: AuthOptions): Auth {
  const { db, publicUrl } = options
  const library = betterAuth(libraryOptions(options))
  const look = askTogether<SessionFound | null>()
  const noteNewAddress = async (sessionId: string, old: string | null, address: string | null) => {
    // Where that cannot be written, it is an older address that is shown.
    if (address !== null && address !== old)
      await noteAddress(db.kysely, sessionId, address).catch(() => undefined)
  }
  const parts: Inside = {
    db,
    log: options.log,
    ask: (path, caller, body) =>
      library.handler(
        new Request(new URL(`/api/auth${path}`, publicUrl), {
          method: body === undefined ? 'GET' : 'POST',
          headers: inner(caller, publicUrl),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    session: async (headers, { address = null, workspace = null } = {}) => {
      const { secret, authCookies } = await library.$context
      const token = isChanging() ? null : tokenIn(headers, secret, authCookies)
      const known =
        token === null
          ? null
          : await look(`${token} ${workspace ?? ''}`, () => sessionFound(db, token, workspace))
      if (known !== null && isSettled(known)) {
        await noteNewAddress(known.id, known.address, address)
        const { person, place } = known
        return {
          person: { ...person, sessionId: known.id },
          cookies: [],
          place: workspace === null ? undefined : place,
        }
      }
      const { headers: answered, response } = await library.api
        .getSession({ headers, returnHeaders: true })
        .catch(ofDatabase)
      if (response === null) return null
      const { user, session } = response
      if (endsTooLate(session)) return null
      const { id, name, email } = user
      const twoFactor = 'twoFactorEnabled' in user && user.twoFactorEnabled === true
      await noteNewAddress(session.id, session.ipAddress ?? null, address)
      return {
        person: { id, name, email, sessionId: session.id, twoFactor },
        cookies: answered.getSetCookie(),
      }
    },
    hash: async (password) => (await library.$context).password.hash(checkedPassword(password)),
    demandPassword: async (person, password, field) => {
      const account = triesKey('sign-in', person.email)
      if (!(await takeTry(db, account, ACCOUNT_TRIES))) throw tooMany()
      const known = await passwordHashOf(db.kysely, person.id)
      const { verify } = (await library.$context).password
      if (known === null || !(await verify({ hash: known, password }))) throw wrongPassword(field)
      await forgetTries(db, account)
    },
  }
  return {
    handle: (request, caller) => handle(parts, request, caller),
    ask: parts.ask,
    session: parts.session,
    change: (path, caller, body, record) => change(parts, () => parts.ask(path, caller, body), record),
    enter: (path, caller, body, by, whose) => enter(parts, path, caller, body, by, whose),
    signIn: async (account, caller) => {
      const asked = { body: account, headers: inner(caller, publicUrl), asResponse: true as const }
      const record = recordStart('password', caller.address)
      try {
        const answer = await change(parts, () => library.api.signInEmail(asked), record)
        return answer.ok ? answer.headers.getSetCookie() : []
      } catch (error) {
        options.log.warn('somebody whose account was just made was not signed in', { error })
        return []
      }
    },
    addPerson: async (tx, person) => addPerson(tx, { ...person, hash: await parts.hash(person.password) }),
    hash: parts.hash,
    demandPassword: (person, password) => parts.demandPassword(person, password, 'password'),
    sessionsOf: (personId) => sessionsOf(db.kysely, personId),
    endSession: (person, sessionId, address) => endOwnSession(db, person, sessionId, address),
    endOtherSessions: (person, address) => endOthers(db, person, address),
  }
}

/** Opened while the clock was ahead, it would live on until that time has come. */
function endsTooLate({ expiresAt }: { expiresAt: Date }): boolean {
  return expiresAt.getTime() > Date.now() + SESSION_SECONDS * 1_000 + CLOCKS_DIFFER_MS
}

/** True for a session of which the library has nothing to change or to say: neither over, nor to be prolonged, nor of a wrong clock. */
function isSettled(session: { expiresAt: Date }): boolean {
  const leftMs = session.expiresAt.getTime() - Date.now()
  return leftMs > (SESSION_SECONDS - SEEN_SECONDS) * 1_000 && !endsTooLate(session)
}

interface Inside {
  db: Db
  log: Log
  ask(path: string, caller: Caller, body?: Record<string, unknown>): Promise<Response>
  session: Auth['session']
  hash: Auth['hash']
  /** `field`: the input that is told to be wrong. */
  demandPassword(person: { id: string; email: string }, password: string, field: string): Promise<void>
}

async function enter(
  parts: Inside,
  path: string,
  caller: Caller,
  body: Record<string, unknown>,
  by: string,
  whose: Whose | null,
) {
  const proof = whose === null ? null : await proofOf(parts.db.kysely, whose)
  const start = recordStart(by, caller.address)
  const answer = await change(
    parts,
    () => parts.ask(path, caller, body),
    async (done) => {
      // A password takes long to check: replaced meanwhile, with all its sessions ended, it must open no more.
      if (whose !== null && (await proofOf(done.tx, whose, true)) !== proof) throw proofReplaced()
      await start(done)
    },
  )
  // Not the caller's mistake: the database cannot be written.
  if (answer.status >= 500) throw notNow()
  return answer
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
  const account = triesKey('sign-in', email)
  if (!(await takeTry(parts.db, account, ACCOUNT_TRIES))) throw tooMany()
  const asked = { email: email.trim(), password, ...(rememberMe === undefined ? {} : { rememberMe }) }
  const answer = await enter(parts, '/sign-in/email', caller, asked, 'password', { email })
  if (!answer.ok) {
    noteRefusal(parts, email, caller.address)
    // One sentence for an unknown e-mail, a malformed one and a wrong password.
    throw answer.status === 429
      ? tooMany()
      : new AppError('unauthenticated', 'The e-mail address or the password is not right.')
  }
  await forgetTries(parts.db, account)
  const told: unknown = await answer.json()
  return withCookies(
    answer,
    Challenged.safeParse(told).success ? { secondFactor: true } : { user: shownUser(told) },
  )
}

const Challenged = z.object({ twoFactorRedirect: z.literal(true) })

/** Not waited for, so that an address with an account answers no later than one without. */
function noteRefusal(parts: Inside, email: string, address: string | null): void {
  const note = async () => {
    const person = await personByEmail(parts.db.kysely, email)
    if (person !== null) await recordRefusal(parts.db, person.id, address, 'password')
  }
  note().catch((error: unknown) => parts.log.warn('a refused sign-in was not recorded', { error }))
}

async function signOut(parts: Inside, caller: Caller): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  if (signedIn !== null) {
    const { id, sessionId } = signedIn.person
    const actor = { kind: 'person' as const, id, address: caller.address }
    // Ended by us, so that its end and its record are one; a session that ended meanwhile has its record already.
    await writeAbout(parts.db, { userId: id, actor }, async (tx, audit) => {
      if (!(await endSession(tx, id, sessionId))) throw signInFirst()
      await audit({ action: 'session.end', subjectKind: 'session', subjectId: sessionId })
    })
  }
  // The library is left with the cookies.
  return withCookies(await parts.ask('/sign-out', caller, {}), { signedOut: true })
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
  const { id, email, sessionId } = signedIn.person
  await parts.demandPassword({ id, email }, currentPassword, 'currentPassword')
  const hash = await parts.hash(newPassword)
  await writeAbout(
    parts.db,
    { userId: id, actor: { kind: 'person', id, address: caller.address } },
    async (tx, audit) => {
      // Every other session ends with the old password, whatever the caller asks.
      await setPassword(tx, id, hash, sessionId)
      await audit({ action: 'password.change', subjectKind: 'person', subjectId: id })
    },
  )
  return Response.json({ changed: true })
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

function proofReplaced(): AppError {
  return new AppError(
    'unauthenticated',
    'The password or the second factor of this account was changed at this moment. Sign in again.',
  )
}

export function signInFirst(): AppError {
  return new AppError('unauthenticated', 'Sign in first: there is no session, or it has ended.')
}

/** Where the library could not do what was right to ask for: the database or the activity log cannot be written. */
export function notNow(): AppError {
  return new AppError(
    'unavailable',
    'This cannot be done or recorded now, so nothing was changed. Try again; if it stays, look at the database.',
    undefined,
    5,
  )
}

/** The library keeps the reason to itself; what fails below it is the database. */
function ofDatabase(error: unknown): never {
  throw error instanceof APIError && error.statusCode >= 500 ? notNow() : error
}

export function tooMany(what = 'tries'): AppError {
  const sentence = `Too many ${what}. Wait a quarter of an hour, then try again.`
  return new AppError('limited', sentence, undefined, 15 * 60)
}

function wrongPassword(field: string): AppError {
  const sentence = 'This is not your present password.'
  return new AppError('invalid', sentence, { [field]: sentence })
}

function checkedPassword(password: string, field = 'password'): string {
  if (password.length >= PASSWORD_LENGTH.least && password.length <= PASSWORD_LENGTH.most) return password
  const sentence =
    password.length < PASSWORD_LENGTH.least
      ? `A password needs at least ${String(PASSWORD_LENGTH.least)} characters.`
      : `A password may have at most ${String(PASSWORD_LENGTH.most)} characters.`
  throw new AppError('invalid', sentence, { [field]: sentence })
}

/** The value of a cookie, whatever prefix its name carries; null where it was not sent. */
function cookieOf(headers: Headers | undefined, name: string): string | null {
  const ends = `.${name}`
  for (const part of (headers?.get('cookie') ?? '').split(';')) {
    const [key = '', ...value] = part.split('=')
    if (key.trim().endsWith(ends)) return decoded(value.join('='))
  }
  return null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The challenge that a second factor is to answer: what stands before the cookie's signature. The library checks the signature. */
export function challengeOf(headers: Headers): string | null {
  const cookie = cookieOf(headers, CHALLENGE_COOKIE)
  return cookie === null ? null : cookie.slice(0, Math.max(cookie.lastIndexOf('.'), 0))
}

/** The same caller without a session: who signs in is nobody yet, whatever the browser still sends. */
export function withoutSession(caller: Caller): Caller {
  const headers = new Headers(caller.headers)
  const kept = (headers.get('cookie') ?? '')
    .split(';')
    .filter((part) => !(part.split('=')[0] ?? '').trim().endsWith(`.${SESSION_COOKIE}`))
  headers.set('cookie', kept.join(';').trim())
  return { ...caller, headers }
}

/** Records that somebody could not prove to be this person. */
export function recordRefusal(db: Db, userId: string, address: string | null, by: string): Promise<void> {
  return writeAbout(db, { userId, actor: { kind: 'system', id: 'sign-in', address } }, (_, audit) =>
    audit({ action: 'session.refuse', subjectKind: 'person', subjectId: userId, data: { by } }),
  )
}

async function endOwnSession(
  db: Db,
  person: Person,
  sessionId: string,
  address: string | null,
): Promise<void> {
  const actor = { kind: 'person' as const, id: person.id, address }
  await writeAbout(db, { userId: person.id, actor }, async (tx, audit) => {
    if (!(await endSession(tx, person.id, sessionId))) throw nothingHere()
    await audit({ action: 'session.end', subjectKind: 'session', subjectId: sessionId })
  })
}

async function endOthers(db: Db, person: Person, address: string | null): Promise<number> {
  const actor = { kind: 'person' as const, id: person.id, address }
  const nothing = new Error('nothing to end')
  // Not a session yet, so it is in no log.
  await endChallenges(db.kysely, person.id)
  try {
    return await writeAbout(db, { userId: person.id, actor }, async (tx, audit) => {
      const ended = await endOtherSessions(tx, person.id, person.sessionId)
      if (ended.length === 0) throw nothing
      for (const subjectId of ended) await audit({ action: 'session.end', subjectKind: 'session', subjectId })
      return ended.length
    })
  } catch (error) {
    if (error === nothing) return 0
    throw error
  }
}
