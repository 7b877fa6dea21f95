// What a token request is to whoever opened it, by link or signed in, and what becomes of the token that they answer with: it comes in by the
// same door as an admin's, and nothing leads back to it.
import type { z } from 'zod'
import { connectorOf } from '../connectors/registry.ts'
import type { Actor } from '../model/audit.ts'
import type { Verdict } from '../model/credential.ts'
import { AppError } from '../model/error.ts'
import type { HandedOverState, HandOver, LiveCheck, OpenedRequest } from '../model/token-request.ts'
import type { NewCredential } from '../store/credentials.ts'
import { read } from '../store/db.ts'
import { recordHandOver } from '../store/hand-overs.ts'
import { tell } from '../store/notices.ts'
import * as store from '../store/token-requests.ts'
import type { RequestRow } from '../store/token-requests.ts'
import { workspaceName } from '../store/workspaces.ts'
import { liveCheck, refreshLiveCheck } from './live-check.ts'
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
import type { Parts } from './parts.ts'
import type { WorkspaceAsk } from './route.ts'
import { handedToken } from './token-guard.ts'

/** Who answers which request. */
export interface Answerer {
  parts: Parts
  row: RequestRow
  /** Of the link that was opened; null where the request is a guest's. */
  secretHash: Buffer | null
  /** The member who is signed in; null where nobody is, or somebody who has no place in the workspace. */
  userId: string | null
  actor: Actor
  write: WorkspaceAsk<unknown, unknown, unknown>['write']
}

const sentences = {
  unknown: 'This link leads nowhere. Copy it whole, or ask whoever sent it for a new one.',
  expired: 'This request has expired. Ask whoever sent it to send it again.',
  revoked: 'This request was withdrawn by the side that asked. There is nothing left to do.',
  spent: 'This request was answered already. If it was not you, tell whoever sent it.',
  exhausted:
    'Too many tokens were tried with this request, so it takes no more. Ask whoever sent it to send it again.',
  void: 'What this request was for is no longer there. Ask whoever sent it.',
}
type Trouble = keyof typeof sentences

export function trouble(state: Trouble): AppError {
  return new AppError(state === 'unknown' ? 'not_found' : 'conflict', sentences[state])
}

export const nowhere = {
  state: 'unknown' as const,
  sentence: sentences.unknown,
  request: null,
  guide: null,
  live: null,
}

/** What is there now; null where the app or the partner is gone. */
async function presentOf({ parts, row }: Answerer): Promise<Present | null> {
  try {
    return await read(parts.db, row.workspaceId, (tx) => presentPartner(tx, row.partnerId))
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  }
}

/** What the request is to whoever opened it. `whole`: with the guide. */
export async function opened(who: Answerer, whole = true): Promise<z.input<typeof OpenedRequest>> {
  const { parts, row } = who
  const now = await presentOf(who)
  if (now === null) return { ...nowhere, state: 'void', sentence: sentences.void }
  const isOpen = row.state === 'open'
  if (isOpen && row.openedAt === null && whole) await store.markOpened(parts.db, row)
  const name = await read(parts.db, row.workspaceId, (tx) => workspaceName(tx, row.workspaceId))
  return {
    state: row.state,
    sentence: row.state === 'open' ? null : sentences[row.state],
    request: {
      id: row.id,
      workspaceName: name,
      requesterName: row.requestedBy?.name ?? '',
      business: { name: now.connection.name, id: now.connection.externalId },
      partner: { name: now.partner.name, id: now.partner.externalId },
      expiresAt: row.expiresAt,
      triesLeft: row.triesLeft,
      became: row.state === 'spent' ? becameOf(row, now) : null,
    },
    guide: isOpen && whole ? guideOf(now) : null,
    live: isOpen && whole ? await liveCheck(parts, now) : null,
  }
}

function becameOf(row: RequestRow, now: Present): HandedOverState {
  const { held } = now
  if (held === undefined || held.id !== row.credentialId) return 'gone'
  if (held.state === 'good') return 'connected'
  if (held.state === 'checking') return 'checking'
  return held.verdict?.outcome === 'confirm' && held.confirmed === null ? 'confirm' : 'problem'
}

function guideOf(now: Present) {
  const { manifest } = connectorOf(now.connection.connector)
  const names = new Set(manifest.guide.flatMap((step) => step.copies))
  return {
    provider: manifest.provider,
    name: manifest.name,
    businessId: manifest.words.businessId,
    steps: manifest.guide,
    permissions: manifest.permissions,
    taken: manifest.taken,
    neverTaken: manifest.neverTaken,
    values: [...names].map((name) => ({
      name,
      label: manifest.fields.find((field) => field.name === name)?.label ?? name,
      value: now.connection.settings[name] ?? '',
    })),
  }
}

export async function lively(who: Answerer): Promise<z.input<typeof LiveCheck> | null> {
  if (who.row.state !== 'open') throw trouble(who.row.state)
  const now = await presentOf(who)
  if (now === null) throw trouble('void')
  return refreshLiveCheck(who.parts, now)
}

/** Judges the token and, where it is good, seals it and spends the request. Where not, the request stays open. */
export async function taken(
  who: Answerer,
  body: { token: string; anyway: boolean },
): Promise<z.input<typeof HandOver>> {
  const { parts, row } = who
  if (row.state !== 'open') throw trouble(row.state)
  const token = handedToken(body.token)
  const now = await presentOf(who)
  if (now === null) throw trouble('void')
  if (!(await store.takeRequestTry(parts.db, row, who.secretHash)))
    throw lost(await read(parts.db, row.workspaceId, (tx) => store.requestById(tx, row.id)))
  const open = { became: null, needsConfirm: false, triesLeft: row.triesLeft - 1, taken: false }
  const verdict =
    early(who, now, token) ?? (await judgePartner(parts, now.connection.environment, now, token))
  if (verdict.outcome === 'refused') {
    await noteRefusal(who, verdict)
    return { ...open, verdict }
  }
  if (verdict.outcome === 'confirm' && !body.anyway) return { ...open, verdict, needsConfirm: true }
  if (verdict.outcome === 'later' && now.held?.state === 'good')
    return { ...open, verdict: keptWhatWorks(verdict) }
  await seal(who, now, sealable(who, now, token, verdict))
  if (verdict.outcome === 'later') await checkLater(parts, now, who.actor)
  const became = verdict.outcome === 'ok' ? 'connected' : verdict.outcome === 'later' ? 'checking' : 'confirm'
  return { ...open, taken: true, verdict, became }
}

/** What can be said without asking the provider, in words for the other side. */
function early({ parts }: Answerer, now: Present, token: ReturnType<typeof handedToken>): Verdict | null {
  const asker = now.connection.name ?? 'the business that asks'
  if (isOwnToken(parts, now, token)) {
    return refutedVerdict({
      id: 'own-token',
      label: 'Your own token',
      sentence: `This token belongs to ${asker}, not to you.`,
      fix: 'Generate one in your own business, by the steps on this page.',
    })
  }
  if (now.partner.status !== 'gone') return null
  return refutedVerdict({
    id: 'shares',
    label: 'Shared assets',
    sentence: `You and ${asker} share nothing any more, so there is nothing to see.`,
    fix: 'Share an asset again, or ask whoever sent this request.',
  })
}

/** What could not be told is for an admin to confirm: until then the token is kept and not used. */
function sealable(
  who: Answerer,
  now: Present,
  token: ReturnType<typeof handedToken>,
  verdict: Verdict,
): NewCredential {
  const row = partnerRow(who.parts, now, token, verdict, who.userId)
  if (verdict.outcome !== 'confirm') return { ...row, confirmed: null }
  const open = verdict.claims.find((claim) => claim.state === 'unknown')
  return {
    ...row,
    confirmed: null,
    state: 'attention',
    stateReason:
      `The token that was handed over waits for an admin to confirm it. ${open?.sentence ?? ''}`.trim(),
  }
}

async function seal(who: Answerer, now: Present, credential: NewCredential): Promise<void> {
  const { row, userId, secretHash } = who
  const { workspaceId } = row
  await who.write(async (tx, audit) => {
    // First of all: others with the same request wait here, and find it spent.
    const won = await store.spendRequest(tx, row.id, { secretHash, userId, credentialId: credential.id })
    if (!won) throw lost(await store.requestById(tx, row.id))
    await storePartnerToken(who.parts, tx, audit, now, credential, { request: row.id })
    if (userId !== null) {
      await recordHandOver(tx, { workspaceId, partnerId: row.partnerId, userId, credentialId: credential.id })
    }
    await audit({
      action: 'token-request.answer',
      subjectKind: 'partner',
      subjectId: row.partnerId,
      data: { request: row.id },
    })
    // That a partner is onboarded is told where its status is worked out.
    if (credential.state !== 'good')
      await tell(tx, {
        kind: 'token-handed-over',
        once: credential.id,
        connectionId: row.connectionId,
        partnerId: row.partnerId,
      })
  })
}

/** Why the request is not open any more, a moment after it was. */
function lost(found: RequestRow | null): AppError {
  // Open, but with another secret: it was sent again a moment ago.
  return trouble(found === null || found.state === 'open' ? 'unknown' : found.state)
}

/** That a token was refused, and by which checks, is for the admins to see; nothing of the token is. */
function noteRefusal({ row, write }: Answerer, verdict: Verdict): Promise<void> {
  return write((_, audit) =>
    audit({
      action: 'token-request.refuse',
      subjectKind: 'partner',
      subjectId: row.partnerId,
      data: {
        request: row.id,
        refuted: verdict.claims.filter((claim) => claim.state === 'refuted').map((claim) => claim.id),
      },
    }),
  )
}
