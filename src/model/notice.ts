// Notices: what people are told, in the console and by mail: those who run a workspace what happens in it, everybody what is given to
// them.
import { z } from 'zod'
import { can } from './can.ts'
import type { Role } from './member.ts'
import { EXPIRES_SOON_DAYS } from './partner.ts'
import { plain } from './plain.ts'

export const noticeKinds = [
  'task-not-completed',
  'task-waiting',
  'removals-held',
  'token-expires',
  'token-died',
  'partner-onboarded',
  'token-handed-over',
  'token-withdrawn',
  'second-factor-reset',
  'ownership-transferred',
  'secret-shared',
] as const
export const NoticeKind = z.enum(noticeKinds)
export type NoticeKind = z.infer<typeof NoticeKind>

export const noticeLabels: Record<NoticeKind, string> = {
  'task-not-completed': 'A task was not completed',
  'task-waiting': 'A task waits for you',
  'removals-held': 'Removals are held',
  'token-expires': `A token expires within ${String(EXPIRES_SOON_DAYS)} days`,
  'token-died': 'A token no longer works',
  'partner-onboarded': 'A partner was onboarded',
  'token-handed-over': 'A token that was handed over waits',
  'token-withdrawn': 'A token was withdrawn',
  'second-factor-reset': 'A second factor was reset',
  'ownership-transferred': 'Ownership was handed over',
  'secret-shared': 'A secret was shared with you',
}

/** The kinds that somebody with this role is told. */
export function noticeKindsOf(role: Role): NoticeKind[] {
  const who = { role, userId: '' }
  return noticeKinds.filter((kind) =>
    kind === 'secret-shared' ? can(who, 'secret.open') : can(who, 'member.manage'),
  )
}

/** The present names of what a notice is about; null where it is gone, or not about such a thing. */
export interface NoticeNames {
  connection: string | null
  partner: string | null
  job: string | null
  person: string | null
}

/** The facts that a notice keeps. */
export interface NoticeData {
  count?: number
  /** Whether the partner's token answered a token request. */
  answered?: boolean
  /** The secret that was shared. */
  secret?: string
  expiresAt?: string
}

/** What a notice says, in one plain sentence. Names are other people's text: one line each, without direction marks. */
export function noticeSentence(kind: NoticeKind, names: NoticeNames, data: NoticeData): string {
  const app = plain(names.connection ?? 'an app that was removed')
  const whose = names.partner === null ? `your own token for ${app}` : `the token of ${plain(names.partner)}`
  const job = plain(names.job ?? 'A task')
  const person = plain(names.person ?? 'a former member')
  switch (kind) {
    case 'task-not-completed':
      return `${job} of ${app} was not completed. The task says why and what mends it.`
    case 'task-waiting':
      return `${job} of ${app} waits for an answer of yours.`
    case 'removals-held':
      return `A check of ${app} would remove ${String(data.count ?? 'many')} people or assets at once, so it was held. Apply or discard it.`
    case 'token-expires':
      return `${capital(whose)} expires on ${(data.expiresAt ?? '').slice(0, 10)}. Replace it before then.`
    case 'token-died':
      return `${capital(whose)} no longer works. Replace it.`
    case 'partner-onboarded':
      return `${plain(names.partner ?? 'A partner')} ${data.answered === true ? 'answered the token request and ' : ''}was onboarded to ${app}.`
    case 'token-handed-over':
      return `${plain(names.partner ?? 'A partner')} answered the token request for ${app}. Look at the token: it is not in use yet.`
    case 'token-withdrawn':
      return `${capital(whose)} was withdrawn by ${person} and destroyed. Its people are no longer confirmed.`
    case 'second-factor-reset':
      return `The second factor of ${person} was reset.`
    case 'ownership-transferred':
      return `Ownership of the workspace was handed over to ${person}.`
    case 'secret-shared':
      return `${capital(person)} shared a secret with you. You find it under Secrets.`
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const Notice = z.object({
  id: z.string(),
  kind: NoticeKind,
  at: z.string(),
  /** The kind in words. */
  title: z.string(),
  sentence: z.string(),
  readAt: z.string().nullable(),
  /** What to open; null where there is nothing (any more). */
  target: z
    .object({
      kind: z.enum(['job', 'partner', 'connection', 'member', 'secret']),
      id: z.string(),
      connectionId: z.string().nullable(),
    })
    .nullable(),
})
export type Notice = z.infer<typeof Notice>

/** How a person is told of one kind. */
export const NoticeSetting = z.object({
  kind: NoticeKind,
  label: z.string(),
  console: z.boolean(),
  mail: z.boolean(),
})
export type NoticeSetting = z.infer<typeof NoticeSetting>
