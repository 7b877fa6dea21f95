// Words of secrets: roles, deeds, ends, and what is said of who wrote one.
import { expiryDays } from '../../src/model/secret.ts'
import type { Secret, SecretDeed } from '../../src/model/secret.ts'
import { endOf } from '../dates.ts'
import type { Shown } from '../secret-work.ts'
import { actionWords } from './audit-words.ts'

export const roleWords: Record<string, string> = {
  owner: 'Owner of the workspace',
  admin: 'Admin',
  member: 'Member',
  guest: 'Guest user',
}

export const deedWords: Record<SecretDeed, string> = {
  add: 'Added',
  change: 'Changed',
  share: 'Shared',
  unshare: 'Access removed',
  restore: 'Restored',
}

export const secretEventWords = (action: string) => actionWords(action).replace(/ ((of|to) )?a secret$/, '')

export type ExpiryChoice = 'none' | `${(typeof expiryDays)[number]}` | 'date'

export const expiryOptions: { value: ExpiryChoice; label: string }[] = [
  { value: 'none', label: 'Never' },
  ...expiryDays.map((days) => ({
    value: `${days}` as const,
    label: days === 1 ? 'In 1 day' : `In ${String(days)} days`,
  })),
  { value: 'date', label: 'On a date' },
]

/** The end as the API takes it; a date ends with its day, in the reader's zone. Undefined where no date is chosen yet. */
export function expiryOf(choice: ExpiryChoice, date: string): string | null | undefined {
  if (choice === 'none') return null
  if (choice !== 'date') return new Date(Date.now() + Number(choice) * 86_400_000).toISOString()
  return endOf(date)?.toISOString()
}

/** Who wrote what is shown, and how sure that is. */
export function senderWords(
  shown: Shown,
  secret: Secret,
  me: string,
): { tone: 'ok' | 'wait' | 'bad'; sentence: string } {
  const nameOf = (id: string) =>
    id === me
      ? 'you'
      : (secret.members.find(({ userId }) => userId === id)?.name ?? 'somebody who no longer has it')
  const { from, by } = shown
  if (from === null) {
    return {
      tone: 'wait',
      sentence: `Sender not proven: it is said to come from ${nameOf(by)}, who had no vault to sign it with. Ask them before you rely on it.`,
    }
  }
  if (from.user !== by)
    return {
      tone: 'bad',
      sentence: `It is signed by ${nameOf(from.user)}, but the server says that ${nameOf(by)} wrote it. Ask both.`,
    }
  switch (from.state.trust) {
    case 'own':
      return { tone: 'ok', sentence: 'Signed with your own key.' }
    case 'confirmed':
      return { tone: 'ok', sentence: `Signed by ${nameOf(from.user)}, whose fingerprint you have confirmed.` }
    case 'new':
      return {
        tone: 'wait',
        sentence: `Signed in the name of ${nameOf(from.user)}. You have not compared their fingerprint yet.`,
      }
    case 'changed':
      return {
        tone: 'bad',
        sentence: `Signed with another key of ${nameOf(from.user)} than the one that you have confirmed. Ask them whether they wrote it.`,
      }
  }
}
