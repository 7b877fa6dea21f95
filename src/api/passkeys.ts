// Passkeys: added, named and removed by their owner, and signed in with, in place of password and code.
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { Passkey } from '../model/person.ts'
import { writeAbout, writeAboutIn } from '../store/db.ts'
import type { AuditEntry, Tx } from '../store/db.ts'
import { notePasskeyHost, passkeyOwner, passkeysOf, removePasskey, renamePasskey } from '../store/people.ts'
import { recordRefusal } from './auth-changes.ts'
import { withoutSession } from './auth-cookies.ts'
import { nothingHere, tooMany } from './errors.ts'
import { open, signedIn } from './route.ts'
import type { SignedInAsk } from './route.ts'

/** WebAuthn's own JSON forms (https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON); the library checks them. */
const Json = z.record(z.string(), z.unknown())
const Name = z.string().trim().min(1).max(100)
const One = z.object({ passkey: z.string().min(1).max(100) })
const Options = z.object({ options: Json })

const MOST = 20

export const options = signedIn({
  body: z.object({ password: z.string().min(1).max(1_000) }),
  answer: Options,
  handle: async (ask) => {
    const { parts, person, body, answerHeader } = ask
    await parts.auth.demandPassword(person, body.password)
    if ((await passkeysOf(parts.db.kysely, person.id, parts.publicUrl.hostname)).length >= MOST)
      throw new AppError('conflict', `You have ${String(MOST)} passkeys. Remove one first.`)
    return optionsOf(await parts.auth.ask('/passkey/generate-register-options', ask), answerHeader)
  },
})

/** The challenge's cookie goes along with the options. */
async function optionsOf(answer: Response, answerHeader: (name: string, value: string) => void) {
  if (!answer.ok) throw answer.status === 429 ? tooMany() : failed()
  for (const cookie of answer.headers.getSetCookie()) answerHeader('set-cookie', cookie)
  return { options: Json.parse(await answer.json()) }
}

function failed(): AppError {
  return new AppError(
    'invalid',
    'The passkey was not added. Try again; the device must ask for your finger, your face or its PIN.',
  )
}

async function about(
  ask: SignedInAsk<unknown, unknown, unknown>,
  entry: AuditEntry,
  change: (tx: Tx) => Promise<boolean>,
): Promise<void> {
  const actor = { kind: 'person' as const, id: ask.person.id, address: ask.address }
  await writeAbout(ask.parts.db, { userId: ask.person.id, actor }, async (tx, audit) => {
    if (!(await change(tx))) throw nothingHere()
    await audit(entry)
  })
}

const Added = z.object({ id: z.string() })

export const add = signedIn({
  body: z.object({ name: Name, response: Json }),
  answer: Passkey,
  handle: async (ask) => {
    const { parts, person, body, address } = ask
    const who = { userId: person.id, actor: { kind: 'person' as const, id: person.id, address } }
    const answer = await parts.auth.change('/passkey/verify-registration', ask, body, async (done) => {
      const { id } = Added.parse(done.answer)
      await writeAboutIn(done.tx, who, async (tx, audit) => {
        await notePasskeyHost(tx, id, parts.publicUrl.hostname)
        await audit({ action: 'passkey.add', subjectKind: 'passkey', subjectId: id })
      })
    })
    if (!answer.ok) throw answer.status === 429 ? tooMany() : failed()
    const { id } = Added.parse(await answer.json())
    return found(await passkeysOf(parts.db.kysely, person.id, parts.publicUrl.hostname), id)
  },
})

function found(rows: Passkey[], id: string): Passkey {
  const row = rows.find((one) => one.id === id)
  if (row === undefined) throw nothingHere()
  return row
}

export const rename = signedIn({
  params: One,
  body: z.object({ name: Name }),
  answer: Passkey,
  handle: async (ask) => {
    const { parts, person, params, body } = ask
    const entry = { action: 'passkey.rename', subjectKind: 'passkey', subjectId: params.passkey }
    await about(ask, entry, (tx) => renamePasskey(tx, person.id, params.passkey, body.name))
    return found(await passkeysOf(parts.db.kysely, person.id, parts.publicUrl.hostname), params.passkey)
  },
})

export const remove = signedIn({
  params: One,
  answer: 'nothing',
  handle: async (ask) => {
    const { person, params } = ask
    const entry = { action: 'passkey.remove', subjectKind: 'passkey', subjectId: params.passkey }
    await about(ask, entry, (tx) => removePasskey(tx, person.id, params.passkey))
  },
})

export const signInOptions = open({
  body: z.object({}),
  answer: Options,
  handle: async ({ parts, headers, address, answerHeader }) => {
    const caller = withoutSession({ headers, address })
    const answer = await optionsOf(
      await parts.auth.ask('/passkey/generate-authenticate-options', caller),
      answerHeader,
    )
    // The library only prefers it; the answer is refused without.
    return { options: { ...answer.options, userVerification: 'required' } }
  },
})

export const signIn = open({
  body: z.object({ response: Json }),
  answer: z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) }),
  handle: async ({ parts, body, headers, address, answerHeader }) => {
    const caller = withoutSession({ headers, address })
    const userId = await passkeyOwner(parts.db.kysely, String(body.response.id))
    const answer = await parts.auth.enter('/passkey/verify-authentication', caller, body, 'passkey', null)
    if (!answer.ok) {
      if (userId !== null) await recordRefusal(parts.db, userId, address, 'passkey')
      throw answer.status === 429
        ? tooMany()
        : new AppError('unauthenticated', 'This passkey is not known here. Sign in with your password.')
    }
    for (const cookie of answer.headers.getSetCookie()) answerHeader('set-cookie', cookie)
    return z
      .object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) })
      .parse(await answer.json())
  },
})
