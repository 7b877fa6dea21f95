// Joining a workspace with the link of an invitation: looked at by whoever has it, redeemed once. The row fixes address and role; nothing
// that comes with the link can change them.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { giveableRoles } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import { OpenedInvitation } from '../model/invitation.ts'
import type { InvitationState } from '../model/invitation.ts'
import { PersonName } from '../model/person.ts'
import { read, write } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import * as store from '../store/invitations.ts'
import type { InvitationRow } from '../store/invitations.ts'
import { addMember, isPresent, lockMembers, placesOf } from '../store/members.ts'
import { personByEmail } from '../store/people.ts'
import { endShares } from '../store/secrets.ts'
import { workspaceName } from '../store/workspaces.ts'
import { hashOf, lookedUp, Secret } from './links.ts'
import type { Parts } from './parts.ts'
import { open } from './route.ts'
import type { Ask } from './route.ts'

export const sentences = {
  'sign-in': 'This e-mail address has an account already. Sign in, then open the link again.',
  'somebody-else':
    'You are signed in as somebody else. Sign out, then open the link again: it is for another e-mail address.',
  'member-already': 'You are a member of this workspace already.',
  expired: 'This invitation has expired. Ask whoever invited you to send it again.',
  revoked: 'This invitation was revoked. Ask whoever invited you for a new one.',
  used: 'This invitation was used already. If it was not you, tell whoever invited you.',
  void: 'Whoever made this invitation may no longer invite. Ask an admin of the workspace for a new one.',
  unknown: 'This link leads nowhere. Copy it whole, or ask for a new one.',
} satisfies Partial<Record<InvitationState, string>>

type Trouble = keyof typeof sentences

function isTrouble(state: InvitationState): state is Trouble {
  return state in sentences
}

function trouble(state: Trouble): AppError {
  const code = { unknown: 'not_found', 'somebody-else': 'forbidden' } as const
  return new AppError(state in code ? code[state as keyof typeof code] : 'conflict', sentences[state])
}

interface Opened {
  state: InvitationState
  row: InvitationRow | null
  reader: { id: string; email: string } | null
}

/** What the link is to whoever opened it. Writes nothing. */
async function opened(ask: Ask<unknown, unknown, { secret: string }>): Promise<Opened> {
  const { parts, address, body, headers } = ask
  const reader = (await parts.auth.session(headers))?.person ?? null
  const row = await lookedUp(parts, address, () => store.invitationBySecret(parts.db, hashOf(body.secret)))
  return { state: row === null ? 'unknown' : await stateOf(parts, row, reader), row, reader }
}

async function stateOf(
  parts: Parts,
  row: InvitationRow,
  reader: { id: string; email: string } | null,
): Promise<InvitationState> {
  if (row.state !== 'open') return row.state
  return read(parts.db, row.workspaceId, async (tx) => {
    const known = await personByEmail(tx, row.email)
    const places = await placesOf(tx, [row.inviterId, ...(known === null ? [] : [known.id])])
    if (!mayStillGive(places.get(row.inviterId), row)) return 'void'
    if (reader !== null && reader.id !== known?.id) return 'somebody-else'
    if (known !== null && isPresent(places.get(known.id))) return 'member-already'
    if (known === null) return 'new-person'
    return reader === null ? 'sign-in' : 'accept'
  })
}

function mayStillGive(inviter: Parameters<typeof isPresent>[0], row: InvitationRow): boolean {
  return (
    isPresent(inviter) && giveableRoles({ userId: inviter.userId, role: inviter.role }).includes(row.role)
  )
}

export const look = open({
  body: z.object({ secret: Secret }),
  answer: OpenedInvitation,
  handle: async (ask) => {
    const { state, row, reader } = await opened(ask)
    return {
      state,
      sentence: isTrouble(state) ? sentences[state] : null,
      invitation: row === null ? null : await told(ask.parts, row),
      signedInAs: reader?.email ?? null,
    }
  },
})

async function told(parts: Parts, row: InvitationRow): Promise<OpenedInvitation['invitation']> {
  const { email, role, endsAt } = row
  const name = await read(parts.db, row.workspaceId, (tx) => workspaceName(tx, row.workspaceId))
  return { email, role, endsAt, workspaceName: name, inviterName: row.invitedBy?.name ?? '' }
}

export const redeem = open({
  body: z.object({
    secret: Secret,
    name: PersonName.optional(),
    password: z.string().max(1_000).optional(),
  }),
  answer: z.object({ workspaceId: z.string() }),
  handle: async (ask) => {
    const { state, row, reader } = await opened(ask)
    if (row === null) throw trouble('unknown')
    if (isTrouble(state)) throw trouble(state)
    if (reader !== null) {
      await join(ask, row, reader.id, () => Promise.resolve())
      return { workspaceId: row.workspaceId }
    }
    await joinAsNew(ask, row)
    return { workspaceId: row.workspaceId }
  },
})

type Redeem = Ask<
  unknown,
  unknown,
  { secret: string; name?: string | undefined; password?: string | undefined }
>

async function joinAsNew(ask: Redeem, row: InvitationRow): Promise<void> {
  const { parts, body, headers, address, answerHeader } = ask
  const { name, password } = body
  if (name === undefined || password === undefined) {
    throw new AppError('invalid', 'Tell your name and choose a password.', {
      ...(name === undefined ? { name: 'This is needed.' } : {}),
      ...(password === undefined ? { password: 'This is needed.' } : {}),
    })
  }
  const id = newId()
  await join(ask, row, id, async (tx) => {
    await parts.auth.addPerson(tx, { id, name, email: row.email, password })
  })
  const cookies = await parts.auth.signIn({ email: row.email, password }, { headers, address })
  for (const cookie of cookies) answerHeader('set-cookie', cookie)
}

/** Everything or nothing: the invitation is used up, the person is there, the place is taken, the log tells it. */
async function join(
  { parts, body, address }: Redeem,
  row: InvitationRow,
  userId: string,
  prepare: (tx: Tx) => Promise<void>,
): Promise<void> {
  const actor = { kind: 'person' as const, id: userId, address }
  try {
    await write(parts.db, { workspaceId: row.workspaceId, actor }, async (tx, audit) => {
      // First of all: others with the same link wait here, and find it used.
      if (!(await store.takeInvitation(tx, row.id, hashOf(body.secret), userId))) throw await lost(tx, row.id)
      const places = await lockMembers(tx, [row.inviterId, userId])
      if (!mayStillGive(places.get(row.inviterId), row)) throw trouble('void')
      if (isPresent(places.get(userId))) throw trouble('member-already')
      await prepare(tx)
      await addMember(tx, row.workspaceId, {
        userId,
        role: row.role,
        endsAt: row.endsAt === null ? null : new Date(row.endsAt),
        invitedBy: row.inviterId,
      })
      await audit({
        action: 'member.join',
        subjectKind: 'member',
        subjectId: userId,
        data: { role: row.role, invitation: row.id },
      })
      // Whoever was here before begins anew.
      await endShares(tx, audit, userId)
    })
  } catch (error) {
    throw isTaken(error) ? trouble('sign-in') : error
  }
}

async function lost(tx: Tx, id: string): Promise<AppError> {
  const state = (await store.invitationById(tx, id))?.state
  // Open, but with another secret: it was sent again a moment ago.
  return trouble(state === undefined || state === 'open' ? 'unknown' : state)
}

/** PostgreSQL's unique violation: two invitations made an account for the same address at once. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}
