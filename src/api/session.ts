// The signed-in person: who it is, their workspaces, and the places where they are signed in.
import { z } from 'zod'
import { News, Settings } from '../model/person.ts'
import { Workspace } from '../model/workspace.ts'
import { forUser } from '../store/db.ts'
import { newsOf, settingsOf } from '../store/people.ts'
import { workspacesOf } from '../store/workspaces.ts'
import { networkOf } from './address.ts'
import { signedIn } from './route.ts'

export const me = signedIn({
  answer: z.object({
    user: z.object({ id: z.string(), name: z.string(), email: z.string(), twoFactor: z.boolean() }),
    workspaces: z.array(Workspace.extend({ secondFactorNeeded: z.boolean() })),
    settings: Settings,
    news: z.array(News),
  }),
  handle: async ({ parts, person }) => ({
    user: person,
    workspaces: await forUser(parts.db, person.id, (tx) => workspacesOf(tx, person.id)),
    settings: await settingsOf(parts.db.kysely, person.id),
    news: await newsOf(parts.db.kysely, person.id),
  }),
})

export const sessions = signedIn({
  answer: z.object({
    rows: z.array(
      z.object({
        id: z.string(),
        current: z.boolean(),
        createdAt: z.string(),
        lastSeenAt: z.string(),
        /** The network address that it was used from last. */
        address: z.string().nullable(),
        /** Where that is, as far as it can be told without asking anybody: null where the address is not known. */
        network: z.enum(['same', 'machine', 'local', 'other']).nullable(),
        device: z.string().nullable(),
      }),
    ),
  }),
  handle: async ({ parts, person, address }) => ({
    rows: (await parts.auth.sessionsOf(person.id)).map((session) => ({
      id: session.id,
      current: session.id === person.sessionId,
      createdAt: session.createdAt.toISOString(),
      lastSeenAt: session.lastSeenAt.toISOString(),
      address: session.address,
      network: networkOf(session.address, address),
      device: deviceOf(session.userAgent),
    })),
  }),
})

export const endSession = signedIn({
  params: z.object({ session: z.string().max(100) }),
  answer: 'nothing',
  handle: ({ parts, person, params, address }) => parts.auth.endSession(person, params.session, address),
})

export const endOthers = signedIn({
  answer: z.object({ ended: z.number() }),
  handle: async ({ parts, person, address }) => ({
    ended: await parts.auth.endOtherSessions(person, address),
  }),
})

const browsers: [RegExp, string][] = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

/** A browser in a few words, as far as it tells; null where it tells nothing we know. */
function deviceOf(userAgent: string | null): string | null {
  const named = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1]
  const [browser, system] = [named(browsers), named(systems)]
  if (browser === undefined && system === undefined) return null
  return `${browser ?? 'A browser'}${system === undefined ? '' : ` on ${system}`}`
}
