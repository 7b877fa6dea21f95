// The second factor: set up, renewed and stopped by its owner, and asked for at sign-in. The library keeps the secret and checks the
// code; that a code counts once, and how many tries there are, is ours.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { demandLog, forUser, writeAbout } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { challengedPerson, endSessions, personById, returnCode, takeCode } from '../store/people.ts'
import { forgetTries, takeTry, triesKey } from '../store/tries.ts'
import { requiringSecondFactor } from '../store/workspaces.ts'
import { ACCOUNT_TRIES, challengeOf, notNow, recordRefusal, tooMany, withoutSession } from './auth.ts'
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
    if (!answer.ok) throw answer.status === 429 ? tooMany() : onAlready()
    const { totpURI, backupCodes } = z
      .object({ totpURI: z.string(), backupCodes: BackupCodes })
      .parse(await answer.json())
    return { uri: totpURI, secret: new URL(totpURI).searchParams.get('secret') ?? '', backupCodes }
  },
})

function onAlready(): AppError {
  return new AppError('conflict', 'Your second factor is on already. Stop it first to set up another one.')
}

export const confirm = signedIn({
  body: z.object({ code: Code }),
  answer: 'nothing',
  handle: async (ask) => {
    const { parts, person, body } = ask
    if (person.twoFactor) throw onAlready()
    await demandOwnLog(ask)
    const answer = await tried(parts.db, person.id, body.code, () =>
      parts.auth.ask('/two-factor/verify-totp', ask, { code: body.code }),
    )
    if (answer === 'used' || !answer.ok) throw wrongCode()
    await renewed(ask, answer, 'second-factor.start')
  },
})

function wrongCode(): AppError {
  const sentence = 'This is not the present code. Wait for the next one, and check the clock of the device.'
  return new AppError('invalid', sentence, { code: sentence })
}

async function demandOwnLog({ parts, person, address }: Me<unknown>): Promise<void> {
  await demandLog(parts.db, { userId: person.id, actor: { kind: 'person', id: person.id, address } })
}

/** The library made a new session in place of this one; every other one ends. */
async function renewed(ask: Me<unknown>, answer: Response, action: string): Promise<void> {
  const { parts, person, address, answerHeader } = ask
  const cookies = answer.headers.getSetCookie()
  for (const cookie of cookies) answerHeader('set-cookie', cookie)
  const present = await parts.auth.session(
    new Headers({ cookie: cookies.map((cookie) => cookie.split(';')[0] ?? '').join('; ') }),
  )
  const actor = { kind: 'person' as const, id: person.id, address }
  await writeAbout(parts.db, { userId: person.id, actor }, async (tx, audit) => {
    await endSessions(tx, person.id, present?.person.sessionId ?? null)
    await audit({ action, subjectKind: 'person', subjectId: person.id })
  })
}

export const backupCodes = signedIn({
  body: Password,
  answer: z.object({ backupCodes: BackupCodes }),
  handle: async (ask) => {
    const { parts, person, body, address } = ask
    await parts.auth.demandPassword(person, body.password)
    if (!person.twoFactor) throw isOff()
    await demandOwnLog(ask)
    const answer = await parts.auth.ask('/two-factor/generate-backup-codes', ask, { password: body.password })
    if (!answer.ok) throw answer.status === 429 ? tooMany() : isOff()
    const actor = { kind: 'person' as const, id: person.id, address }
    await writeAbout(parts.db, { userId: person.id, actor }, (_, audit) =>
      audit({ action: 'second-factor.renew-codes', subjectKind: 'person', subjectId: person.id }),
    )
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
    await demandOwnLog(ask)
    const answer = await parts.auth.ask('/two-factor/disable', ask, { password: body.password })
    if (!answer.ok) throw answer.status === 429 ? tooMany() : isOff()
    await renewed(ask, answer, 'second-factor.stop')
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
    const [path, code] =
      body.code === undefined
        ? ['/two-factor/verify-backup-code', body.backupCode ?? '']
        : ['/two-factor/verify-totp', body.code]
    const caller = withoutSession({ headers, address })
    const answer = await tried(parts.db, userId, code, () => parts.auth.ask(path, caller, { code }))
    if (answer === 'used' || !answer.ok) {
      await recordRefusal(parts.db, userId, address, body.code === undefined ? 'backup code' : 'code')
      throw new AppError(
        'unauthenticated',
        'This code is not right, or it was used already. Wait for the next one.',
      )
    }
    for (const cookie of answer.headers.getSetCookie()) answerHeader('set-cookie', cookie)
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
  const answer = await ask()
  if (answer.ok) await forgetTries(db, tries)
  else await returnCode(db.kysely, userId, hash)
  if (answer.status === 429) throw tooMany()
  if (answer.status >= 500) throw notNow()
  return answer
}
