// Who is signed in, and what an account asks of the auth library, which this file and auth-library.ts alone know. What is asked of it beside
// the few paths of auth-paths.ts (second factor, passkeys) is asked by routes of the table, through ask().
import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { writeAbout } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { CLOCKS_DIFFER_MS } from '../store/ends.ts'
import { isChanging } from '../store/library.ts'
import {
  addPerson,
  endChallenges,
  endOtherSessions,
  endSession,
  noteAddress,
  passwordHashOf,
  sessionsOf,
} from '../store/people.ts'
import type { SessionInfo } from '../store/people.ts'
import { sessionFound } from '../store/sessions.ts'
import type { SessionFound } from '../store/sessions.ts'
import { forgetTries, takeTry, triesKey } from '../store/tries.ts'
import { ACCOUNT_TRIES, change, enter, recordStart } from './auth-changes.ts'
import type { Done, Inside, Whose } from './auth-changes.ts'
import { tokenIn } from './auth-cookies.ts'
import { SEEN_SECONDS, SESSION_SECONDS, inner, libraryOptions } from './auth-library.ts'
import type { AuthOptions } from './auth-library.ts'
import { handle } from './auth-paths.ts'
import type { Caller, Person, SessionAsk, SignedIn } from './caller.ts'
import { notNow, nothingHere, tooMany } from './errors.ts'
import { checkedPassword, wrongPassword } from './password-rules.ts'
import { atRoundTimes } from './round-times.ts'
import { askTogether } from './together.ts'

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
    refusing: atRoundTimes(async () => (await library.$context).password.hash('what a check takes')),
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

/** The library keeps the reason to itself; what fails below it is the database. */
function ofDatabase(error: unknown): never {
  throw error instanceof APIError && error.statusCode >= 500 ? notNow() : error
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
