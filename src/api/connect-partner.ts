// Connecting a partner with its token, as an admin does it: the token is looked at, judged, sealed; a token that somebody handed over is
// confirmed; one that is there is taken away.
import { z } from 'zod'
import { can } from '../model/can.ts'
import { Verdict } from '../model/credential.ts'
import { AppError } from '../model/error.ts'
import { Partner } from '../model/partner.ts'
import type { Redacted } from '../model/redacted.ts'
import { confirmCredential, destroyCredentials } from '../store/credentials.ts'
import type { NewCredential } from '../store/credentials.ts'
import type { Tx } from '../store/db.ts'
import { recordHandOver } from '../store/hand-overs.ts'
import { isPresent, placesOf } from '../store/members.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { lockPartner, markDisconnected, partnerById } from '../store/partners.ts'
import { bringerOf, secretById } from '../store/secrets.ts'
import { closeRequests } from '../store/token-requests.ts'
import { nothingHere } from './errors.ts'
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

const AtPartner = z.object({ partner: Id })

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
