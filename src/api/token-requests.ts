// Token requests as those who run the workspace make them: send, list, send again, revoke. How they are answered stands in hand-over.ts.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { can } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import { listOf } from '../model/list.ts'
import { MOST_REQUESTS, REQUEST_DAYS, TokenRequest } from '../model/token-request.ts'
import { demandConnection } from '../store/connections.ts'
import type { Tx } from '../store/db.ts'
import { roleInvitedWith } from '../store/invitations.ts'
import { listRows } from '../store/list.ts'
import { isPresent, placesOf } from '../store/members.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { demandPartners, lockPartner, partnerById } from '../store/partners.ts'
import { emailKey, personByEmail } from '../store/people.ts'
import * as store from '../store/token-requests.ts'
import type { RequestRow } from '../store/token-requests.ts'
import { nothingHere } from './errors.ts'
import { sendAsked, tokenRequestLetter } from './letters.ts'
import { newLink } from './links.ts'
import { listAsk, listQuery } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import type { WorkspaceAsk } from './route.ts'

type Inside = WorkspaceAsk<unknown, unknown, unknown>

const AtConnection = z.object({ connection: Id })
const One = z.object({ request: Id })

/** `link`: to copy. Of a guest's request it leads to the page behind their sign-in. */
const Sent = z.object({
  request: TokenRequest,
  partnerName: z.string(),
  link: z.string(),
  mailed: z.boolean(),
})

export const list = inWorkspace({
  params: AtConnection,
  query: listQuery('state', 'by').extend({ partner: Id.optional() }),
  answer: listOf(TokenRequest),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      await demandConnection(tx, params.connection)
      await demandPartners(tx, params.connection, query.partner === undefined ? undefined : [query.partner])
      const spec = store.requestList(params.connection, query.partner ?? null)
      const asked = listAsk(query, { state: query.state, by: query.by })
      return listRows(tx, spec, asked, (_, ids) => store.requestsByIds(tx, ids))
    }),
})

/** By link: whoever has it answers; it is mailed where an address is given. To a guest: they alone answer, signed in. */
const To = z.discriminatedUnion('by', [
  z.object({ by: z.literal('link'), email: z.email().max(320).optional() }),
  z.object({ by: z.literal('guest'), email: z.email().max(320) }),
])

interface Made {
  row: RequestRow
  partnerName: string
  link: string
}

export const send = inWorkspace({
  params: AtConnection,
  body: z.object({
    requests: z
      .array(z.object({ partnerId: Id, to: To }))
      .min(1)
      .max(MOST_REQUESTS),
  }),
  answer: z.object({ sent: z.array(Sent) }),
  handle: async (ask) => {
    const { connection } = ask.params
    const made = await ask.write(async (tx, audit) => {
      await demandConnection(tx, connection)
      const wanted = ask.body.requests
      // Requests before partners, as everywhere: whoever holds one waits for nobody who holds the other.
      await store.holdRequests(
        tx,
        wanted.map((one) => one.partnerId),
      )
      const done: Made[] = []
      for (const one of wanted) {
        const next = await make(tx, ask, connection, one)
        await audit({
          action: 'token-request.send',
          subjectKind: 'partner',
          subjectId: one.partnerId,
          data: { request: next.row.id, by: one.to.by },
        })
        done.push(next)
      }
      await recomputePartnerStatuses(tx, connection, new Date())
      return done
    })
    return { sent: await Promise.all(made.map((one) => mailed(ask, one))) }
  },
})

async function make(
  tx: Tx,
  ask: Inside,
  connectionId: string,
  one: { partnerId: string; to: z.output<typeof To> },
): Promise<Made> {
  await lockPartner(tx, one.partnerId)
  const partner = await partnerById(tx, one.partnerId)
  if (partner.connectionId !== connectionId) throw nothingHere()
  const partnerName = partner.name ?? partner.externalId
  if (partner.status === 'gone')
    throw new AppError(
      'conflict',
      `${partnerName} shares nothing with you any more, so there is nothing to ask for.`,
    )
  const email = one.to.email === undefined ? null : emailKey(one.to.email)
  if (one.to.by === 'guest') await demandAnswerer(tx, email ?? '')
  const id = newId()
  const { secretHash, link } = address(ask, one.to.by, id)
  const added = await store.addRequest(tx, {
    id,
    workspaceId: ask.workspace.id,
    connectionId,
    partnerId: partner.id,
    secretHash,
    email,
    requestedBy: ask.person.id,
    expiresAt: expiry(),
  })
  if (!added) {
    throw new AppError(
      'conflict',
      `There is an open request to ${partnerName}. Send it again, or revoke it before you make another one.`,
    )
  }
  return { row: (await store.requestById(tx, id)) ?? fail(), partnerName, link }
}

function fail(): never {
  throw nothingHere()
}

const expiry = () => new Date(Date.now() + REQUEST_DAYS * 86_400_000)

function address(ask: Inside, by: 'link' | 'guest', id: string): { secretHash: Buffer | null; link: string } {
  if (by === 'link') return newLink(ask.parts, 'request')
  return { secretHash: null, link: `${ask.parts.publicUrl.origin}/w/${ask.workspace.id}/requests/${id}` }
}

/** A request to a guest is for somebody who is in the workspace, or was invited and may answer then. */
async function demandAnswerer(tx: Tx, email: string): Promise<void> {
  const known = await personByEmail(tx, email)
  const place = known === null ? undefined : (await placesOf(tx, [known.id])).get(known.id)
  if (isPresent(place) && can({ role: place.role, userId: place.userId }, 'request.answer')) return
  const invited = await roleInvitedWith(tx, email)
  if (invited !== null && can({ role: invited, userId: '' }, 'request.answer')) return
  const sentence =
    'Nobody with this address is in the workspace. Invite them as a guest first, or send a link.'
  throw new AppError('invalid', sentence, { email: sentence })
}

async function mailed(ask: Inside, { row, partnerName, link }: Made): Promise<z.input<typeof Sent>> {
  const sent =
    row.email !== null &&
    (await sendAsked(
      ask.parts,
      ask.person.id,
      tokenRequestLetter({
        to: row.email,
        workspaceName: ask.workspace.name,
        requesterName: ask.person.name,
        partnerName,
        link,
        days: REQUEST_DAYS,
        asGuest: row.by === 'guest',
      }),
    ))
  return { request: row, partnerName, link, mailed: sent }
}

/** Holds the request of one that can still be changed. */
async function held(tx: Tx, id: string): Promise<RequestRow> {
  const row = await store.requestById(tx, id, true)
  if (row === null) throw nothingHere()
  if (row.state === 'spent') throw new AppError('conflict', 'This request was answered already.')
  if (row.state === 'revoked')
    throw new AppError('conflict', 'This request was revoked already. Send a new one.')
  return row
}

export const sendAgain = inWorkspace({
  params: One,
  answer: Sent,
  handle: async (ask) => {
    const made = await ask.write(async (tx, audit) => {
      const { id, by, partnerId, connectionId } = await held(tx, ask.params.request)
      const partner = await partnerById(tx, partnerId)
      const { secretHash, link } = address(ask, by, id)
      // Whoever sends it stands for it from now on.
      await store.renewRequest(tx, id, { secretHash, expiresAt: expiry(), requestedBy: ask.person.id })
      await recomputePartnerStatuses(tx, connectionId, new Date())
      await audit({
        action: 'token-request.send-again',
        subjectKind: 'partner',
        subjectId: partnerId,
        data: { request: id },
      })
      const row = (await store.requestById(tx, id)) ?? fail()
      return { row, partnerName: partner.name ?? partner.externalId, link }
    })
    return mailed(ask, made)
  },
})

export const revoke = inWorkspace({
  params: One,
  answer: TokenRequest,
  handle: (ask) =>
    ask.write(async (tx, audit) => {
      const { id, partnerId, connectionId } = await held(tx, ask.params.request)
      await store.revokeRequest(tx, id)
      await recomputePartnerStatuses(tx, connectionId, new Date())
      await audit({
        action: 'token-request.revoke',
        subjectKind: 'partner',
        subjectId: partnerId,
        data: { request: id },
      })
      return (await store.requestById(tx, id)) ?? fail()
    }),
})
