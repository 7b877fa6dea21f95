// A forgotten password: asked for by mail, or with a one-time link that an admin made. Both end in the same place: a new password, every
// session ended, the second factor kept.
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { writeAbout } from '../store/db.ts'
import { addPasswordLink, PASSWORD_LINK_MINUTES } from '../store/password-links.ts'
import { passwordLinkBySecret, takePasswordLink } from '../store/password-links.ts'
import type { PasswordLink } from '../store/password-links.ts'
import { personByEmail, personById, setPassword } from '../store/people.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import { tooMany } from './errors.ts'
import { passwordLetter, sendLetter } from './letters.ts'
import { hashOf, lookedUp, MISSES, newLink, Secret } from './links.ts'
import { demandStillHelps, mayHelp } from './members.ts'
import type { Parts } from './parts.ts'
import { open } from './route.ts'
import type { Ask } from './route.ts'

/** Letters per account, whoever asks for them. */
const LETTERS = { most: 5, windowSeconds: 60 * 60 }

export const forgotten = open({
  body: z.object({ email: z.email().max(320) }),
  answer: 'nothing',
  handle: async ({ parts, body, address }) => {
    if (parts.mail === undefined) {
      throw new AppError(
        'unavailable',
        'No mail server is set here. Ask an admin of your workspace for a one-time link.',
      )
    }
    const asked = await takeTry(parts.db, triesKey('forgotten-from', address ?? 'unknown'), MISSES)
    if (!asked || !(await takeTry(parts.db, triesKey('forgotten', body.email), LETTERS))) throw tooMany()
    // Not waited for: the answer is the same, and as quick, for an address without an account.
    mailLink(parts, body.email, address).catch((error: unknown) =>
      parts.log.warn('a link to a new password was not made', { error }),
    )
  },
})

async function mailLink(parts: Parts, email: string, address: string | null): Promise<void> {
  const person = await personByEmail(parts.db.kysely, email)
  if (person === null) return
  const { secretHash, link } = newLink(parts, 'password')
  const actor = { kind: 'system' as const, id: 'sign-in', address }
  await writeAbout(parts.db, { userId: person.id, actor }, async (tx, audit) => {
    await addPasswordLink(tx, { secretHash, userId: person.id, madeBy: null })
    await audit({ action: 'password-link.mail', subjectKind: 'person', subjectId: person.id })
  })
  await sendLetter(
    parts,
    passwordLetter({ to: person.email, name: person.name, link, minutes: PASSWORD_LINK_MINUTES }),
  )
}

const states = ['open', 'expired', 'used', 'void', 'unknown'] as const
type State = (typeof states)[number]

const sentences: Record<Exclude<State, 'open'>, string> = {
  expired: 'This link has expired. Ask for a new one.',
  used: 'This link was used already. If it was not you, ask for a new one at once.',
  void: 'This link is no longer valid: a newer one was made, or whoever made it may no longer do so. Ask for a new one.',
  unknown: 'This link leads nowhere. Copy it whole, or ask for a new one.',
}

async function opened({
  parts,
  address,
  body,
}: Ask<unknown, unknown, { secret: string }>): Promise<{ state: State; link: PasswordLink | null }> {
  const link = await lookedUp(parts, address, () => passwordLinkBySecret(parts.db, hashOf(body.secret)))
  if (link === null) return { state: 'unknown', link }
  const judged = link.state === 'open' && link.madeBy !== null
  if (judged && !(await mayHelp(parts.db, link.madeBy ?? '', link.userId))) return { state: 'void', link }
  return { state: link.state, link }
}

function refusal(state: Exclude<State, 'open'>): AppError {
  return new AppError(state === 'unknown' ? 'not_found' : 'conflict', sentences[state])
}

export const look = open({
  body: z.object({ secret: Secret }),
  answer: z.object({
    state: z.enum(states),
    sentence: z.string().nullable(),
    person: z.object({ name: z.string(), email: z.string() }).nullable(),
  }),
  handle: async (ask) => {
    const { state, link } = await opened(ask)
    const person =
      state === 'open' && link !== null ? await personById(ask.parts.db.kysely, link.userId) : null
    return { state, sentence: state === 'open' ? null : sentences[state], person }
  },
})

export const redeem = open({
  body: z.object({ secret: Secret, password: z.string().max(1_000) }),
  answer: 'nothing',
  handle: async (ask) => {
    const { parts, body, address } = ask
    const { state, link } = await opened(ask)
    if (state !== 'open') throw refusal(state)
    if (link === null) throw refusal('unknown')
    const { userId, madeBy } = link
    const actor = { kind: 'person' as const, id: userId, address }
    await writeAbout(parts.db, { userId, actor }, async (tx, audit, inside) => {
      // Places first and the link next, in the order of whoever makes one.
      if (madeBy !== null) await demandStillHelps([tx, inside], { helperId: madeBy, personId: userId })
      // Before the password: others with the same link wait here, and find it used.
      if (!(await takePasswordLink(tx, hashOf(body.secret)))) throw refusal('used')
      await setPassword(tx, userId, await parts.auth.hash(body.password))
      await audit({
        action: 'password.reset',
        subjectKind: 'person',
        subjectId: userId,
        data: { by: madeBy === null ? 'mail' : 'link', madeBy },
      })
    })
  },
})
