// What is mailed, in words, and sending it where a mail server is set. Names are other people's text: one line each, plain, and
// never a link.
import type { Letter } from '../lib/mail.ts'
import type { Role } from '../model/member.ts'
import { plain, unlinked } from '../model/plain.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import type { Parts } from './parts.ts'

/** Letters that one person has sent, and that go to one address: whoever may invite must not fill strangers' mailboxes in our name. */
const SENT = { most: 200, windowSeconds: 60 * 60 }
const TO_ONE = { most: 10, windowSeconds: 60 * 60 }

/** Sends a letter that somebody asks for; false also where they, or others to this address, asked too often: its link is there to be copied. */
export async function sendAsked(parts: Parts, senderId: string, letter: Letter): Promise<boolean> {
  if (parts.mail === undefined) return false
  const may =
    (await takeTry(parts.db, triesKey('letters-by', senderId), SENT)) &&
    (await takeTry(parts.db, triesKey('letters-to', letter.to), TO_ONE))
  if (may) return sendLetter(parts, letter)
  parts.log.warn('a letter was not sent: there were too many', { by: senderId })
  return false
}

/** Sends a letter; false where no server is set, or it did not take the letter (the log tells why). */
export async function sendLetter(parts: Parts, letter: Letter): Promise<boolean> {
  if (parts.mail === undefined) return false
  try {
    await parts.mail.send(letter)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'none'
    // Not the message: servers repeat the recipient in it.
    parts.log.warn('a letter was not sent', { code })
    return false
  }
}

const roleWords: Record<Role, string> = {
  owner: 'owner',
  admin: 'admin',
  auditor: 'auditor',
  member: 'member',
  guest: 'guest',
}

export function invitationLetter(what: {
  to: string
  workspaceName: string
  inviterName: string
  role: Role
  link: string
  hours: number
}): Letter {
  const [inviter, workspace] = [plain(what.inviterName), plain(what.workspaceName)]
  return {
    to: what.to,
    subject: `${inviter} invites you to ${workspace} in Guestlist`,
    text: [
      `${unlinked(inviter)} invites you to the workspace "${unlinked(workspace)}" as ${roleWords[what.role]}.`,
      `Open this link within ${String(what.hours)} hours. It works once, and only for this e-mail address:`,
      what.link,
      'If you did not expect this, do nothing: the link ends by itself.',
    ].join('\n\n'),
  }
}

export function passwordLetter(what: { to: string; name: string; link: string; minutes: number }): Letter {
  return {
    to: what.to,
    subject: 'A new password for Guestlist',
    text: [
      `Hello ${unlinked(plain(what.name))},`,
      `somebody asked for a new password for your account. Open this link within ${String(what.minutes)} minutes to set one. It works once:`,
      what.link,
      'If it was not you, do nothing: your password stays as it is.',
    ].join('\n\n'),
  }
}

/** `link`: of a guest's request the page behind their sign-in. */
export function tokenRequestLetter(what: {
  to: string
  workspaceName: string
  requesterName: string
  partnerName: string
  link: string
  days: number
  asGuest: boolean
}): Letter {
  const [requester, workspace, partner] = [
    plain(what.requesterName),
    plain(what.workspaceName),
    plain(what.partnerName),
  ]
  return {
    to: what.to,
    subject: `${workspace} asks for access to see who at ${partner} works on shared assets`,
    text: [
      `${unlinked(requester)} of "${unlinked(workspace)}" asks you, as an admin of ${unlinked(partner)}, for a read-only look at who in your business can use the assets that the two of you share.`,
      'The page behind this link says what is taken and what never is, leads through the steps, and takes the result once:',
      what.link,
      what.asGuest
        ? `Sign in with this e-mail address to open it. It ends in ${String(what.days)} days.`
        : `Whoever has the link can answer, so forward it only to the admin who is to. It ends in ${String(what.days)} days.`,
      'If you do not know who is asking, ask them by another way first. If you do nothing, nothing happens.',
    ].join('\n\n'),
  }
}
