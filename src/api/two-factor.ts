// The second factor: set up, renewed and stopped by its owner, and asked for at sign-in. The library keeps the secret and checks the
// code; that a code counts once, and how many tries there are, is ours.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { forUser, writeAboutIn } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { challengedPerson, endSessions, personById, returnCode, takeCode } from '../store/people.ts'
import { forgetTries, takeTry, triesKey } from '../store/tries.ts'
import { requiringSecondFactor } from '../store/workspaces.ts'
import { ACCOUNT_TRIES, recordRefusal } from './auth-changes.ts'
import { challengeOf, withoutSession } from './auth-cookies.ts'
import { notNow, tooMany } from './errors.ts'
import type { Done } from './auth-changes.ts'
import { open, signedIn } from './route.ts'
import type { SignedInAsk } from './route.ts'

const Password = z.object({ password: z.string().min(1).max(1_000) })
const BackupCodes = z.array(z.string())
/** As people type it: with or without a gap. */
const Code = z
  .string()
  .max(20)
  .transform((text) => text.replaceAll(/\s/g, ''))

type Me<B> = SignedInAsk<unknown, unknown, B>

export const start = signedIn({
  body: Password,
  answer: z.object({ uri: z.string(), secret: z.string(), backupCodes: BackupCodes }),
  handle: async (ask) => {
    const { parts, person, body } = ask
    if (person.twoFactor) throw onAlready()
    await parts.auth.demandPassword(person, body.password)
    const answer = await parts.auth.ask('/two-factor/enable', ask, { password: body.password })
    if (!answer.ok) throw refusal(answer, onAlready)
    const { totpURI, backupCodes } = z
      .object({ totpURI: z.string(), backupCodes: BackupCodes })
      .parse(await answer.json())
    return { uri: totpURI, secret: new URL(totpURI).searchParams.get('secret') ?? '', backupCodes }
  },
})

/** What a no of the library is told as. */
function refusal({ status }: Response, otherwise: () => AppError): AppError {
  if (status === 429) return tooMany()
  return status >= 500 ? notNow() : otherwise()
}

function onAlready(): AppError {
  return new AppError('conflict', 'Your second factor is on already. Stop it first to set up another one.')
}

export const confirm = signedIn({
  body: z.object({ code: Code }),
  answer: 'nothing',
  handle: async (ask) => {
    const { parts, person, body } = ask
    if (person.twoFactor) throw onAlready()
    const record = renewed(ask, 'second-factor.start')
    const answer = await tried(parts.db, person.id, body.code, () =>
      parts.auth.change('/two-factor/verify-totp', ask, { code: body.code }, record),
    )
    if (answer === 'used' || !answer.ok) throw wrongCode()
    passCookies(ask, answer)
  },
})

function wrongCode(): AppError {
  const sentence = 'This is not the present code. Wait for the next one, and check the clock of the device.'
  return new AppError('invalid', sentence, { code: sentence })
}

/** The library made a new session in place of this one; every other one ends. */
function renewed({ person, address }: Me<unknown>, action: string) {
  return async (done: Done): Promise<void> => {
    const who = { userId: person.id, actor: { kind: 'person' as const, id: person.id, address } }
    await writeAboutIn(done.tx, who, async (tx, audit) => {
      await endSessions(tx, person.id, done.person?.sessionId ?? null)
      await audit({ action, subjectKind: 'person', subjectId: person.id })
    })
  }
}

function passCookies({ answerHeader }: Pick<Me<unknown>, 'answerHeader'>, answer: Response): void {
  for (const cookie of answer.headers.getSetCookie()) answerHeader('set-cookie', cookie)
}

export const backupCodes = signedIn({
  body: Password,
  answer: z.object({ backupCodes: BackupCodes }),
  handle: async (ask) => {
    const { parts, person, body, address } = ask
    await parts.auth.demandPassword(person, body.password)
    if (!person.twoFactor) throw isOff()
    const who = { userId: person.id, actor: { kind: 'person' as const, id: person.id, address } }
    const entry = { action: 'second-factor.renew-codes', subjectKind: 'person', subjectId: person.id }
    const answer = await parts.auth.change(
      '/two-factor/generate-backup-codes',
      ask,
      { password: body.password },
      ({ tx }) => writeAboutIn(tx, who, (_, audit) => audit(entry)),
    )
    if (!answer.ok) throw refusal(answer, isOff)
    return z.object({ backupCodes: BackupCodes }).parse(await answer.json())
  },
})

function isOff(): AppError {
  return new AppError('conflict', 'Your second factor is off. Set it up first.')
}

export const stop = signedIn({
  body: Password,
  answer: 'nothing',
  handle: async (ask) => {
    const { parts, person, body } = ask
    await parts.auth.demandPassword(person, body.password)
    if (!person.twoFactor) throw isOff()
    const [required] = await forUser(parts.db, person.id, (tx) => requiringSecondFactor(tx, person.id))
    if (required !== undefined) {
      throw new AppError('conflict', `${required} asks your role for a second factor, so it stays on.`)
    }
    const record = renewed(ask, 'second-factor.stop')
    const password = { password: body.password }
    const answer = await parts.auth.change('/two-factor/disable', ask, password, record)
    if (!answer.ok) throw refusal(answer, isOff)
    passCookies(ask, answer)
  },
})

export const signIn = open({
  body: z
    .object({ code: Code.optional(), backupCode: Code.optional() })
    .refine(
      (body) => (body.code === undefined) !== (body.backupCode === undefined),
      'Send one of the two codes.',
    ),
  answer: z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) }),
  handle: async ({ parts, body, headers, address, answerHeader }) => {
    const challenge = challengeOf(headers)
    const userId = challenge === null ? null : await challengedPerson(parts.db.kysely, challenge)
    if (userId === null) throw challengeOver()
    const [path, code, by] =
      body.code === undefined
        ? ['/two-factor/verify-backup-code', body.backupCode ?? '', 'password and backup code']
        : ['/two-factor/verify-totp', body.code, 'password and code']
    const caller = withoutSession({ headers, address })
    const answer = await tried(parts.db, userId, code, () =>
      parts.auth.enter(path, caller, { code }, by, { id: userId }),
    )
    if (answer === 'used' || !answer.ok) {
      await recordRefusal(parts.db, userId, address, body.code === undefined ? 'backup code' : 'code')
      throw new AppError(
        'unauthenticated',
        'This code is not right, or it was used already. Wait for the next one.',
      )
    }
    passCookies({ answerHeader }, answer)
    const user = await personById(parts.db.kysely, userId)
    if (user === null) throw challengeOver()
    return { user }
  },
})

function challengeOver(): AppError {
  return new AppError('unauthenticated', 'The time for the code is over. Sign in with your password again.')
}

/** One try of a code: counted before it is made, whatever it is tried for, and right at most once. Throws `limited`. */
async function tried(
  db: Db,
  userId: string,
  code: string,
  ask: () => Promise<Response>,
): Promise<Response | 'used'> {
  const tries = triesKey('second-factor', userId)
  if (!(await takeTry(db, tries, ACCOUNT_TRIES))) throw tooMany()
  const hash = createHash('sha256').update(`${userId}/${code}`).digest('hex')
  if (!(await takeCode(db.kysely, userId, hash))) return 'used'
  let taken = false
  try {
    const answer = await ask()
    taken = answer.ok
    if (answer.status === 429) throw tooMany()
    if (answer.status >= 500) throw notNow()
    return answer
  } finally {
    if (taken) await forgetTries(db, tries)
    else await returnCode(db.kysely, userId, hash)
  }
}
