// Partners: see them, connect one with its token, replace or disconnect the token.
import { z } from 'zod'
import { can } from '../model/can.ts'
import { Verdict } from '../model/credential.ts'
import { Rank } from '../model/entitlement.ts'
import { AppError } from '../model/error.ts'
import { listOf } from '../model/list.ts'
import { Partner, partnerStatuses, partnerStatusLabels } from '../model/partner.ts'
import type { PartnerStatus } from '../model/partner.ts'
import type { Redacted } from '../model/redacted.ts'
import { paths } from '../model/snapshot.ts'
import { demandConnection } from '../store/connections.ts'
import { confirmCredential, destroyCredentials } from '../store/credentials.ts'
import type { NewCredential } from '../store/credentials.ts'
import type { Tx } from '../store/db.ts'
import { recordHandOver } from '../store/hand-overs.ts'
import { allIds, listRows } from '../store/list.ts'
import { isPresent, placesOf } from '../store/members.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import {
  lockPartner,
  markDisconnected,
  partnerById,
  partnerList,
  partnersByIds,
  setSharedOnly,
  sharesOfPartner,
} from '../store/partners.ts'
import { bringerOf, secretById } from '../store/secrets.ts'
import { closeRequests } from '../store/token-requests.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { nothingHere } from './errors.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import {
  checkLater,
  isOwnToken,
  judgePartner,
  keptWhatWorks,
  partnerRow,
  presentPartner,
  refutedVerdict,
  storePartnerToken,
} from './partner-token.ts'
import type { Present } from './partner-token.ts'
import { tokenEnder } from './revoke.ts'
import { Id, inWorkspace } from './route.ts'
import type { WorkspaceAsk } from './route.ts'
import { confirmation, handedToken, ownVerdict } from './token-guard.ts'
import { typeLabel } from './words.ts'

const AtConnection = z.object({ connection: Id })
const AtPartner = z.object({ partner: Id })
const Query = listQuery('status', 'direction')

const directions: Record<string, string> = { agency: 'Agency', client: 'Client', both: 'Both' }
const spec = (connection: string, query: z.output<typeof Query>) =>
  partnerList(connection, valuesOf(query.status)?.includes('gone') ?? false)
const asked = (query: z.output<typeof Query>) =>
  listAsk(query, { status: query.status, direction: query.direction })

export const list = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: listOf(Partner),
  handle: ({ read, params, query }) =>
    read(async (tx) => {
      const [page] = await Promise.all([
        listRows(tx, spec(params.connection, query), asked(query), partnersByIds),
        demandConnection(tx, params.connection),
      ])
      const label = (facet: string, of: (value: string) => string) =>
        (page.facets[facet] ?? []).map((entry) => ({ ...entry, label: of(entry.value) }))
      const facets = {
        status: label('status', (value) => partnerStatusLabels[value as PartnerStatus]),
        direction: label('direction', (value) => directions[value] ?? value),
      }
      facets.status.sort(
        (a, b) =>
          partnerStatuses.indexOf(a.value as PartnerStatus) -
          partnerStatuses.indexOf(b.value as PartnerStatus),
      )
      return { ...page, facets }
    }),
})

const columns: CsvColumn<Partner>[] = [
  { head: 'Name', of: (row) => row.name },
  { head: 'ID', of: (row) => row.externalId },
  { head: 'Agency', of: (row) => row.isAgency },
  { head: 'Client', of: (row) => row.isClient },
  { head: 'Status', of: (row) => partnerStatusLabels[row.status] },
  { head: 'Shared assets', of: (row) => row.shares },
  { head: 'People', of: (row) => row.people },
  { head: 'First seen', of: (row) => row.firstSeenAt },
  { head: 'Last confirmed', of: (row) => row.lastConfirmedAt },
  { head: 'People last confirmed', of: (row) => row.peopleConfirmedAt },
]

export const exported = inWorkspace({
  params: AtConnection,
  query: Query,
  answer: 'csv',
  handle: async ({ read, params, query }) => {
    await read((tx) => demandConnection(tx, params.connection))
    const ids = (tx: Tx) => allIds(tx, spec(params.connection, query), asked(query))
    return csv('partners', columns, inPortions(read, ids, partnersByIds))
  },
})

export const one = inWorkspace({
  params: AtPartner,
  answer: Partner,
  handle: ({ read, params }) => read((tx) => partnerById(tx, params.partner)),
})

export const shares = inWorkspace({
  params: AtPartner,
  answer: z.object({
    rows: z.array(
      z.object({
        resourceId: z.string(),
        name: z.string().nullable(),
        externalId: z.string(),
        type: z.string(),
        typeLabel: z.string(),
        direction: z.enum(['out', 'in']),
        entitlements: z.array(z.string()),
        rank: Rank,
        status: z.string().nullable(),
        /** How it was last read. */
        path: z.enum(paths),
        firstSeenAt: z.string(),
        lastConfirmedAt: z.string(),
      }),
    ),
  }),
  handle: ({ read, params }) =>
    read(async (tx) => {
      const { connectionId } = await partnerById(tx, params.partner)
      const { connector } = await demandConnection(tx, connectionId)
      const rows = await sharesOfPartner(tx, params.partner)
      return { rows: rows.map((row) => ({ ...row, typeLabel: typeLabel(connector, row.type) })) }
    }),
})

export const change = inWorkspace({
  params: AtPartner,
  body: z.object({ sharedOnly: z.boolean() }),
  answer: Partner,
  handle: ({ write, params, body }) =>
    write(async (tx, audit) => {
      await partnerById(tx, params.partner)
      await setSharedOnly(tx, params.partner, body.sharedOnly)
      await audit({
        action: 'partner.change',
        subjectKind: 'partner',
        subjectId: params.partner,
        data: { sharedOnly: body.sharedOnly },
      })
      return partnerById(tx, params.partner)
    }),
})

const Connected = z.object({
  connected: z.boolean(),
  verdict: Verdict,
  partner: Partner,
  needs: z.enum(['confirm', 'replace']).nullable(),
})
type Ask = WorkspaceAsk<
  z.output<typeof AtPartner>,
  unknown,
  { token: string; confirm: boolean; replace: boolean; secretId?: string | undefined }
>

export const connect = inWorkspace({
  params: AtPartner,
  body: z.object({
    token: z.string(),
    confirm: z.boolean(),
    replace: z.boolean(),
    /** The secret that the token came in, where it came in one. */
    secretId: Id.optional(),
  }),
  answer: Connected,
  handle: async (ask) => {
    const { parts } = ask
    const now = await ask.read(async (tx) => {
      await demandSecret(tx, ask)
      return presentPartner(tx, ask.params.partner)
    })
    const token = handedToken(ask.body.token)
    const early = withoutAsking(ask, now, token)
    if (early !== null) return { connected: false, partner: now.partner, ...early }
    const verdict = await judgePartner(parts, ask.workspace.environment, now, token)
    if (verdict.outcome === 'refused') return { connected: false, verdict, partner: now.partner, needs: null }
    if (verdict.outcome === 'confirm' && !ask.body.confirm)
      return { connected: false, verdict, partner: now.partner, needs: 'confirm' as const }
    if (verdict.outcome === 'later' && now.held?.state === 'good') {
      return { connected: false, verdict: keptWhatWorks(verdict), partner: now.partner, needs: null }
    }
    const row = partnerRow(parts, now, token, verdict, ask.person.id)
    const partner = await ask.write(async (tx, audit) => {
      // Before the status is worked out: what came this way is not asked for any more.
      for (const request of await closeRequests(tx, now.partner.id))
        await audit({
          action: 'token-request.revoke',
          subjectKind: 'partner',
          subjectId: now.partner.id,
          data: { request },
        })
      const { secretId } = ask.body
      await demandSecret(tx, ask)
      await storePartnerToken(parts, tx, audit, now, row, secretId === undefined ? {} : { secret: secretId })
      if (secretId !== undefined) await noteBringer(tx, ask, secretId, row)
      return partnerById(tx, now.partner.id)
    })
    const later = verdict.outcome === 'later'
    if (later) await checkLater(parts, now, ask.actor, ask.trigger)
    return { connected: !later, verdict, partner, needs: null }
  },
})

/** Throws `not_found` where the token is said to come in a secret that the caller does not have: the log would tell something untrue. */
async function demandSecret(tx: Tx, { body, person }: Ask): Promise<void> {
  if (body.secretId === undefined) return
  if ((await secretById(tx, body.secretId, person.id)) === null) throw nothingHere()
}

/** A guest who brought the token as a secret of their own sees from now on what is taken with it. */
async function noteBringer(tx: Tx, ask: Ask, secretId: string, row: NewCredential): Promise<void> {
  const userId = await bringerOf(tx, secretId, ask.person.id)
  if (userId === null || row.partnerId === null) return
  const place = (await placesOf(tx, [userId])).get(userId)
  if (!isPresent(place) || !can({ role: place.role, userId }, 'own-data.see')) return
  const { id: credentialId, workspaceId, partnerId } = row
  await recordHandOver(tx, { credentialId, workspaceId, partnerId, userId })
}

/** What can be said without asking the provider: our own token, nothing shared, already onboarded. Null: ask it. */
function withoutAsking(
  ask: Ask,
  now: Present,
  token: Redacted,
): { verdict: Verdict; needs: 'replace' | null } | null {
  const name = now.partner.name ?? now.partner.externalId
  if (isOwnToken(ask.parts, now, token)) {
    const verdict = refutedVerdict({
      id: 'own-token',
      label: "The partner's token",
      sentence: 'This is your own token, the one that this app signs in with.',
      fix: `Ask ${name} for a token that they generate in their own business.`,
    })
    return { verdict, needs: null }
  }
  if (now.partner.status === 'gone') {
    const verdict = refutedVerdict({
      id: 'shares',
      label: 'Shares assets with you',
      sentence: `${name} no longer shares assets with you.`,
      fix: 'Once something is shared again, check for updates and connect the partner then.',
    })
    return { verdict, needs: null }
  }
  if (now.held === undefined || now.held.state === 'dead' || ask.body.replace) return null
  const since = now.held.createdAt.toISOString().slice(0, 10)
  const claim = {
    id: 'replace',
    label: 'Already connected',
    state: 'unknown' as const,
    sentence: `${name} is connected already, with the token ${now.held.fingerprint} (it ends in ${now.held.lastFour}) since ${since}.`,
    fix: 'Confirm that the token you entered should take its place.',
  }
  return { verdict: ownVerdict([claim]), needs: 'replace' }
}

/** An admin vouches for what could not be told of a token that somebody handed over; only then it is used. */
export const confirmToken = inWorkspace({
  params: AtPartner,
  body: z.object({
    /** The token as the caller saw it, and what could not be told of it: nobody vouches for what came since. */
    seen: z
      .object({ fingerprint: z.string().max(100), claims: z.array(z.string().max(100)).max(100) })
      .optional(),
  }),
  answer: Partner,
  handle: ({ write, params, body: { seen }, person }) =>
    write(async (tx, audit) => {
      await lockPartner(tx, params.partner)
      const { connectionId, credential } = await partnerById(tx, params.partner)
      const confirmed =
        credential?.verdict == null || credential.confirmed !== null
          ? null
          : confirmation(credential.verdict, person.id)
      if (credential === null || confirmed === null)
        throw new AppError('conflict', 'There is nothing to confirm about the token of this partner.')
      const isSeen = ({ fingerprint, claims }: NonNullable<typeof seen>) =>
        fingerprint === credential.fingerprint && confirmed.claims.every((claim) => claims.includes(claim))
      if (seen !== undefined && !isSeen(seen))
        throw new AppError(
          'conflict',
          'Another token came in since, or something else of it cannot be told by now. Look at it again, then confirm it.',
        )
      await confirmCredential(tx, credential.id, confirmed)
      await recomputePartnerStatuses(tx, connectionId, new Date())
      await audit({
        action: 'partner.confirm',
        subjectKind: 'partner',
        subjectId: params.partner,
        data: { fingerprint: credential.fingerprint, confirmed: confirmed.claims },
      })
      return partnerById(tx, params.partner)
    }),
})

export const disconnect = inWorkspace({
  params: AtPartner,
  answer: Partner,
  handle: async ({ parts, workspace, actor, write, params }) => {
    const { after, ender } = await write(async (tx, audit) => {
      await lockPartner(tx, params.partner)
      const partner = await partnerById(tx, params.partner)
      const at = {
        workspaceId: workspace.id,
        connectionId: partner.connectionId,
        partnerId: partner.id,
        actor,
      }
      const ender = await tokenEnder(parts, tx, at)
      const destroyed = await destroyCredentials(tx, partner.connectionId, partner.id)
      if (destroyed === 0) throw new AppError('conflict', 'This partner has no token to disconnect.')
      await markDisconnected(tx, partner.id)
      await recomputePartnerStatuses(tx, partner.connectionId, new Date())
      await audit({
        action: 'partner.disconnect',
        subjectKind: 'partner',
        subjectId: partner.id,
        ...(ender === null ? {} : { data: ender.asked }),
      })
      return { after: await partnerById(tx, partner.id), ender }
    })
    await ender?.end()
    return after
  },
})
