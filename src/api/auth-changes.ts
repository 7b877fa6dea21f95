// What the auth library changes, recorded in the transaction in which it does it.
import { z } from 'zod'
import type { Log } from '../lib/log.ts'
import { AppError } from '../model/error.ts'
import { writeAbout, writeAboutIn } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { inOneChange } from '../store/library.ts'
import { proofOf } from '../store/people.ts'
import type { Caller, Person, SessionAsk, SignedIn } from './caller.ts'
import { notNow } from './errors.ts'

/** Sign-in, second factor and password: tries per account, whatever the address they come from. */
export const ACCOUNT_TRIES = { most: 10, windowSeconds: 15 * 60 }

/** An account, by what is known of it. */
export type Whose = { id: string } | { email: string }

/** The library, as asked by what is built on it. */
export interface Inside {
  db: Db
  log: Log
  ask(path: string, caller: Caller, body?: Record<string, unknown>): Promise<Response>
  session(headers: Headers, asked?: SessionAsk): Promise<SignedIn | null>
  hash(password: string): Promise<string>
  /** Runs a sign-in whose refusals may not tell by their time what stood behind them. */
  refusing<T>(signIn: () => Promise<T>): Promise<T>
  /** `field`: the input that is told to be wrong. */
  demandPassword(person: { id: string; email: string }, password: string, field: string): Promise<void>
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
export function change(
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
export function recordStart(by: string, address: string | null) {
  return async ({ tx, answer, person }: Done): Promise<void> => {
    if (Challenged.safeParse(answer).success) return
    if (person === null) throw new Error('signed in without a session')
    const { id, sessionId } = person
    await writeAboutIn(tx, { userId: id, actor: { kind: 'person', id, address } }, (_, audit) =>
      audit({ action: 'session.start', subjectKind: 'session', subjectId: sessionId, data: { by } }),
    )
  }
}

export async function enter(
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

/** The answer to a right password where a second factor is still to come. */
export const Challenged = z.object({ twoFactorRedirect: z.literal(true) })

function proofReplaced(): AppError {
  return new AppError(
    'unauthenticated',
    'The password or the second factor of this account was changed at this moment. Sign in again.',
  )
}

/** Records that somebody could not prove to be this person. */
export function recordRefusal(db: Db, userId: string, address: string | null, by: string): Promise<void> {
  return writeAbout(db, { userId, actor: { kind: 'system', id: 'sign-in', address } }, (_, audit) =>
    audit({ action: 'session.refuse', subjectKind: 'person', subjectId: userId, data: { by } }),
  )
}
