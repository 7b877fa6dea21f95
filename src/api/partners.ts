// Partners: see them, connect one with its token, replace or disconnect the token.
import { z } from 'zod'
import { startTokenCheck } from '../jobs/start.ts'
import { Verdict } from '../model/credential.ts'
import { Rank } from '../model/entitlement.ts'
import { AppError } from '../model/error.ts'
import { listOf } from '../model/list.ts'
import { Partner, partnerStatuses, partnerStatusLabels } from '../model/partner.ts'
import type { PartnerStatus } from '../model/partner.ts'
import type { Redacted } from '../model/redacted.ts'
import { connectionById, demandConnection } from '../store/connections.ts'
import { destroyCredentials, loadCredentials, putCredential } from '../store/credentials.ts'
import { allIds, inOrder, listRows } from '../store/list.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import {
  lockPartner,
  markConnected,
  markDisconnected,
  partnerById,
  partnerList,
  partnersByIds,
  setSharedOnly,
  sharesOfPartner,
} from '../store/partners.ts'
import { csv } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { inPortions, listAsk, listQuery, valuesOf } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import type { WorkspaceAsk } from './route.ts'
import { confirmation, handedToken, judge, openOwn, ownVerdict, sealedRow } from './token-guard.ts'
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
      await demandConnection(tx, params.connection)
      const page = await listRows(tx, spec(params.connection, query), asked(query), partnersByIds)
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
    const ids = await read(async (tx) => {
      await demandConnection(tx, params.connection)
      return allIds(tx, spec(params.connection, query), asked(query))
    })
    return csv(
      'partners',
      columns,
      inPortions(ids, async (some) => inOrder(some, await read((tx) => partnersByIds(tx, some)))),
    )
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
  { token: string; confirm: boolean; replace: boolean }
>
type Present = Awaited<ReturnType<typeof present>>

export const connect = inWorkspace({
  params: AtPartner,
  body: z.object({ token: z.string(), confirm: z.boolean(), replace: z.boolean() }),
  answer: Connected,
  handle: async (ask) => {
    const token = handedToken(ask.body.token)
    const now = await present(ask)
    const early = withoutAsking(ask, now, token)
    if (early !== null) return { connected: false, partner: now.partner, ...early }
    const verdict = await judge(ask.parts, {
      connector: now.connection.connector,
      environment: ask.workspace.environment,
      settings: now.connection.settings,
      secrets: openOwn(ask.parts, now.own).secrets,
      token,
      target: {
        kind: 'partner',
        business: now.connection.externalId,
        partner: now.partner.externalId,
        sharedOnly: now.partner.sharedOnly,
        shared: now.shared,
      },
    })
    if (verdict.outcome === 'refused') return { connected: false, verdict, partner: now.partner, needs: null }
    if (verdict.outcome === 'confirm' && !ask.body.confirm)
      return { connected: false, verdict, partner: now.partner, needs: 'confirm' as const }
    if (verdict.outcome === 'later' && now.held?.state === 'good') {
      return { connected: false, verdict: keptWhatWorks(verdict), partner: now.partner, needs: null }
    }
    return seal(ask, now, token, verdict)
  },
})

/** Everything that is known before the token is looked at. */
function present({ read, params }: Pick<Ask, 'read' | 'params'>) {
  return read(async (tx) => {
    const partner = await partnerById(tx, params.partner)
    return {
      partner,
      connection: await connectionById(tx, partner.connectionId),
      own: await loadCredentials(tx, partner.connectionId, null),
      held: (await loadCredentials(tx, partner.connectionId, partner.id)).find((row) => row.kind === 'token'),
      shared: (await sharesOfPartner(tx, partner.id)).map(({ type, externalId, direction }) => ({
        type,
        externalId,
        direction,
      })),
    }
  })
}

/** What can be said without asking the provider: our own token, nothing shared, already onboarded. Null: ask it. */
function withoutAsking(
  ask: Ask,
  now: Present,
  token: Redacted,
): { verdict: Verdict; needs: 'replace' | null } | null {
  const name = now.partner.name ?? now.partner.externalId
  const fingerprint = ask.parts.vault.fingerprint(token)
  const own = now.own.find((row) => row.kind === 'token')
  const refuted = (id: string, label: string, sentence: string, fix: string) => ({
    verdict: ownVerdict([{ id, label, state: 'refuted' as const, sentence, fix }]),
    needs: null,
  })
  if (own !== undefined && own.fingerprint === fingerprint) {
    const fix = `Ask ${name} for a token that they generate in their own business.`
    return refuted(
      'own-token',
      "The partner's token",
      'This is your own token, the one that this app signs in with.',
      fix,
    )
  }
  if (now.partner.status === 'gone') {
    const fix = 'Once something is shared again, check for updates and connect the partner then.'
    return refuted('shares', 'Shares assets with you', `${name} no longer shares assets with you.`, fix)
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

/** A token that works is not given up for one that could not be judged. */
function keptWhatWorks(verdict: Verdict): Verdict {
  const claim = {
    id: 'kept',
    label: 'The present token',
    state: 'unknown' as const,
    sentence:
      'The new token could not be checked now, so the present one stays in use and nothing was changed.',
    fix: 'Try again in a few minutes.',
  }
  return { ...verdict, claims: [...verdict.claims, claim] }
}

async function seal(
  ask: Ask,
  now: Present,
  token: Redacted,
  verdict: Verdict,
): Promise<z.input<typeof Connected>> {
  const { partner } = now
  const later = verdict.outcome === 'later'
  const row = sealedRow(
    ask.parts,
    {
      workspaceId: ask.workspace.id,
      connectionId: partner.connectionId,
      partnerId: partner.id,
      kind: 'token',
      text: token,
      by: ask.person.id,
    },
    verdict,
  )
  const after = await ask.write(async (tx, audit) => {
    await lockPartner(tx, partner.id)
    await partnerById(tx, partner.id)
    const held = (await loadCredentials(tx, partner.connectionId, partner.id)).find(
      (one) => one.kind === 'token',
    )
    if (held?.id !== now.held?.id) {
      throw new AppError(
        'conflict',
        'Somebody else has just changed the token of this partner. Look at it, then try again.',
      )
    }
    await putCredential(tx, row)
    await markConnected(tx, partner.id)
    await recomputePartnerStatuses(tx, partner.connectionId, new Date())
    await audit({
      action: held === undefined ? 'partner.connect' : 'partner.replace',
      subjectKind: 'partner',
      subjectId: partner.id,
      data: {
        fingerprint: row.fingerprint,
        outcome: verdict.outcome,
        confirmed: confirmation(verdict, ask.person.id)?.claims ?? [],
      },
    })
    return partnerById(tx, partner.id)
  })
  if (later) {
    await startTokenCheck(ask.parts.engine, {
      workspaceId: ask.workspace.id,
      connectionId: partner.connectionId,
      partnerId: partner.id,
      actor: ask.actor,
      trigger: ask.trigger,
    })
  }
  return { connected: !later, verdict, partner: after, needs: null }
}

export const disconnect = inWorkspace({
  params: AtPartner,
  answer: Partner,
  handle: ({ write, params }) =>
    write(async (tx, audit) => {
      await lockPartner(tx, params.partner)
      const partner = await partnerById(tx, params.partner)
      const destroyed = await destroyCredentials(tx, partner.connectionId, partner.id)
      if (destroyed === 0) throw new AppError('conflict', 'This partner has no token to disconnect.')
      await markDisconnected(tx, partner.id)
      await recomputePartnerStatuses(tx, partner.connectionId, new Date())
      await audit({ action: 'partner.disconnect', subjectKind: 'partner', subjectId: partner.id })
      return partnerById(tx, partner.id)
    }),
})
