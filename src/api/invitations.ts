// Invitations: made, sent again and revoked by those who may. What whoever has the link does with it stands in join.ts.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { can, giveableRoles } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import { Invitation, INVITATION_HOURS, InvitedRole } from '../model/invitation.ts'
import { listOf } from '../model/list.ts'
import type { Tx } from '../store/db.ts'
import * as store from '../store/invitations.ts'
import type { InvitationRow } from '../store/invitations.ts'
import { listRows } from '../store/list.ts'
import { isPresent, lockMembers, placesOf } from '../store/members.ts'
import { emailKey, personByEmail } from '../store/people.ts'
import { nothingHere } from './errors.ts'
import { guestEnd } from './guest-end.ts'
import { sentences } from './join.ts'
import { invitationLetter, sendAsked } from './letters.ts'
import { newLink } from './links.ts'
import { listAsk, listQuery } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import type { WorkspaceAsk } from './route.ts'

type Inside = WorkspaceAsk<unknown, unknown, unknown>

const Made = z.object({ invitation: Invitation, link: z.string(), mailed: z.boolean() })
const One = z.object({ invitation: Id })

function seenBy(row: InvitationRow, { member }: Inside): Invitation {
  const mayManage =
    row.inviterId === member.userId ? can(member, 'guest.invite') : can(member, 'member.manage')
  return { ...row, mayManage: mayManage && giveableRoles(member).includes(row.role) }
}

/** True where the caller sees also what others made. */
const seesAll = ({ member }: Inside) => can(member, 'member.manage') || can(member, 'audit.read')

export const list = inWorkspace({
  query: listQuery('role', 'state'),
  answer: listOf(Invitation),
  handle: (ask) => {
    const { query } = ask
    const asked = listAsk(query, { role: query.role, state: query.state })
    return ask.read((tx) =>
      listRows(tx, store.invitationList(seesAll(ask) ? null : ask.person.id), asked, async (_, ids) =>
        (await store.invitationsByIds(tx, ids)).map((row) => seenBy(row, ask)),
      ),
    )
  },
})

export const one = inWorkspace({
  params: One,
  answer: Invitation,
  handle: (ask) =>
    ask.read(async (tx) => {
      const [row] = await store.invitationsByIds(tx, [ask.params.invitation])
      if (row === undefined || !(seesAll(ask) || row.inviterId === ask.person.id)) throw nothingHere()
      return seenBy(row, ask)
    }),
})

const expiry = () => new Date(Date.now() + INVITATION_HOURS * 3_600_000)

export const invite = inWorkspace({
  body: z.object({
    email: z.email().max(320),
    role: InvitedRole,
    endsAt: z.iso.datetime({ offset: true }).optional(),
  }),
  answer: Made,
  handle: async (ask) => {
    const { body, person, workspace, parts } = ask
    const endsAt = body.role === 'guest' ? guestEnd(body.endsAt) : null
    const email = emailKey(body.email)
    const { secretHash, link } = newLink(parts, 'join')
    const id = newId()
    const row = await ask.write(async (tx, audit) => {
      const places = await lockMembers(tx, [person.id])
      const me = places.get(person.id)
      if (!isPresent(me) || !giveableRoles({ userId: person.id, role: me.role }).includes(body.role))
        throw mayNotGive()
      await demandStranger(tx, email)
      const added = await store.addInvitation(tx, {
        id,
        workspaceId: workspace.id,
        email,
        role: body.role,
        endsAt,
        secretHash,
        invitedBy: person.id,
        expiresAt: expiry(),
      })
      if (!added) throw openAlready()
      await audit({
        action: 'invitation.make',
        subjectKind: 'invitation',
        subjectId: id,
        data: { role: body.role },
      })
      return store.invitationById(tx, id)
    })
    return sent(ask, row, link)
  },
})

async function demandStranger(tx: Tx, email: string): Promise<void> {
  const known = await personByEmail(tx, email)
  if (known === null) return
  if (isPresent((await placesOf(tx, [known.id])).get(known.id)))
    throw new AppError('conflict', 'This person is a member of this workspace already.', {
      email: 'This person is a member already.',
    })
}

function openAlready(): AppError {
  const sentence =
    'There is an open invitation for this address. Send it again, or revoke it before you make another one.'
  return new AppError('conflict', sentence, { email: sentence })
}

function mayNotGive(): AppError {
  return new AppError('forbidden', 'You may not invite with this role: nobody gives more than they have.')
}

async function sent(ask: Inside, row: InvitationRow | null, link: string): Promise<z.input<typeof Made>> {
  if (row === null) throw nothingHere()
  const mailed = await sendAsked(
    ask.parts,
    ask.person.id,
    invitationLetter({
      to: row.email,
      workspaceName: ask.workspace.name,
      inviterName: ask.person.name,
      role: row.role,
      link,
      hours: INVITATION_HOURS,
    }),
  )
  return { invitation: seenBy(row, ask), link, mailed }
}

/** Holds the row, for those who may manage it; an invitation that the caller does not see is not there. */
async function held(tx: Tx, ask: Inside, id: string): Promise<InvitationRow> {
  const madeBy = can(ask.member, 'member.manage') ? null : ask.person.id
  const row = await store.holdInvitation(tx, id, madeBy)
  if (row === null) throw nothingHere()
  if (!giveableRoles(ask.member).includes(row.role)) throw mayNotGive()
  return row
}

export const sendAgain = inWorkspace({
  params: One,
  answer: Made,
  handle: async (ask) => {
    const { secretHash, link } = newLink(ask.parts, 'join')
    const row = await ask.write(async (tx, audit) => {
      const { id, email, state } = await held(tx, ask, ask.params.invitation)
      if (state === 'used' || state === 'revoked') throw new AppError('conflict', sentences[state])
      await demandStranger(tx, email)
      // Whoever sends it vouches for it from now on.
      await store.renewInvitation(tx, id, { secretHash, expiresAt: expiry(), invitedBy: ask.person.id })
      await audit({ action: 'invitation.send-again', subjectKind: 'invitation', subjectId: id })
      return store.invitationById(tx, id)
    })
    return sent(ask, row, link)
  },
})

export const revoke = inWorkspace({
  params: One,
  answer: Invitation,
  handle: async (ask) => {
    const row = await ask.write(async (tx, audit) => {
      const { id, state } = await held(tx, ask, ask.params.invitation)
      if (state === 'used' || state === 'revoked') throw new AppError('conflict', sentences[state])
      await store.revokeInvitation(tx, id)
      await audit({ action: 'invitation.revoke', subjectKind: 'invitation', subjectId: id })
      return store.invitationById(tx, id)
    })
    if (row === null) throw nothingHere()
    return seenBy(row, ask)
  },
})
