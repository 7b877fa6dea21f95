// A person's own page: name, language of dates, looks, time zone; what protects the account; what others did to it.
import { z } from 'zod'
import { Passkey, PASSWORD_LENGTH, Settings } from '../model/person.ts'
import { forUser, writeAbout } from '../store/db.ts'
import { passkeysOf, putNewsAway, putSettings, settingsOf } from '../store/people.ts'
import { requiringSecondFactor } from '../store/workspaces.ts'
import { nothingHere } from './errors.ts'
import { Id, signedIn } from './route.ts'
import type { SignedInAsk } from './route.ts'

const actorOf = (ask: SignedInAsk<unknown, unknown, unknown>) => ({
  kind: 'person' as const,
  id: ask.person.id,
  address: ask.address,
})

export const settings = signedIn({
  answer: Settings,
  handle: ({ parts, person }) => settingsOf(parts.db.kysely, person.id),
})

export const change = signedIn({
  body: Settings.partial(),
  answer: Settings,
  handle: async (ask) => {
    const { parts, person, body } = ask
    return writeAbout(parts.db, { userId: person.id, actor: actorOf(ask) }, async (tx, audit) => {
      const given = Object.entries<unknown>(body).filter(([, value]) => value !== undefined)
      await putSettings(tx, person.id, Object.fromEntries(given))
      await audit({
        action: 'person.change',
        subjectKind: 'person',
        subjectId: person.id,
        data: { changed: given.map(([name]) => name) },
      })
      return settingsOf(tx, person.id)
    })
  },
})

export const security = signedIn({
  answer: z.object({
    twoFactor: z.boolean(),
    /** Names of the workspaces that ask the person's role for a second factor. */
    requiredBy: z.array(z.string()),
    passkeys: z.array(Passkey),
    passwordLength: z.object({ least: z.number(), most: z.number() }),
  }),
  handle: async ({ parts, person }) => ({
    twoFactor: person.twoFactor,
    requiredBy: await forUser(parts.db, person.id, (tx) => requiringSecondFactor(tx, person.id)),
    passkeys: await passkeysOf(parts.db.kysely, person.id, parts.publicUrl.hostname),
    passwordLength: PASSWORD_LENGTH,
  }),
})

export const putAway = signedIn({
  params: z.object({ news: Id }),
  answer: 'nothing',
  handle: async (ask) => {
    const { parts, person, params } = ask
    await writeAbout(parts.db, { userId: person.id, actor: actorOf(ask) }, async (tx, audit) => {
      if (!(await putNewsAway(tx, person.id, params.news))) throw nothingHere()
      await audit({ action: 'news.read', subjectKind: 'person', subjectId: person.id })
    })
  },
})
