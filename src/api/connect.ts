// Connecting our own business: judge what was handed over, store it sealed, start the first check. Used by the wizard and by the
// simulator's workspace.
import { connectorOf } from '../connectors/registry.ts'
import { startCheckForUpdates, startTokenCheck } from '../jobs/start.ts'
import { newId } from '../lib/ids.ts'
import type { Verdict } from '../model/credential.ts'
import { AppError } from '../model/error.ts'
import type { Redacted } from '../model/redacted.ts'
import { addConnection } from '../store/connections.ts'
import type { WorkspaceAsk } from './route.ts'
import { cleaned, confirmation, handedOver, judge, putSealed, sealedRow } from './token-guard.ts'
import type { Handed } from './token-guard.ts'

/** Where something is connected, and by whom. */
export type Place = Pick<
  WorkspaceAsk<unknown, unknown, unknown>,
  'parts' | 'workspace' | 'person' | 'actor' | 'write'
>

export interface Typed {
  connector: string
  label: string
  business: string
  fields: Readonly<Record<string, string>>
}

type WithToken = Handed & { token: Redacted }

/** What was typed, parted, with the token that must be among it. Throws `invalid` with a sentence per field. */
export function demandToken(typed: Typed): WithToken {
  const handed = handedOver(typed.connector, typed.fields)
  const business = cleaned(typed.business)
  const sentence = `${connectorOf(typed.connector).manifest.words.businessId} is needed.`
  if (business === '') throw new AppError('invalid', sentence, { business: sentence })
  return { ...handed, token: tokenOf(handed.token) }
}

/** Throws `invalid` where there is no token at all. */
export function tokenOf(token: Redacted | null): Redacted {
  if (token === null) throw new AppError('invalid', 'The token is needed.', { token: 'The token is needed.' })
  return token
}

/** Judges a token as our own business's. */
export function judgeOwn(
  place: Pick<Place, 'parts' | 'workspace'>,
  of: { connector: string; business: string },
  handed: WithToken,
): Promise<Verdict> {
  return judge(place.parts, {
    connector: of.connector,
    environment: place.workspace.environment,
    settings: handed.settings,
    secrets: handed.secrets,
    token: handed.token,
    target: { kind: 'own', business: cleaned(of.business) },
  })
}

/** True where a verdict connects: everything proven, or confirmed, or to be judged later; never what was refuted. */
export function connects(verdict: Verdict, confirmed: boolean): boolean {
  return (
    verdict.outcome === 'ok' || verdict.outcome === 'later' || (verdict.outcome === 'confirm' && confirmed)
  )
}

/** Stores the connection with everything secret sealed, and starts the first check. Throws `conflict` where the business is connected. */
export async function connectOwn(
  place: Place,
  typed: Typed,
  handed: WithToken,
  verdict: Verdict,
): Promise<{ connectionId: string; jobId: string }> {
  const connectionId = newId()
  await place.write(async (tx, audit) => {
    await addConnection(tx, {
      id: connectionId,
      workspaceId: place.workspace.id,
      connector: typed.connector,
      label: typed.label,
      externalId: cleaned(typed.business),
      name: verdict.business?.name ?? null,
      settings: handed.settings,
      createdBy: place.person.id,
    })
    for (const row of ownRows(place, connectionId, handed, verdict)) await putSealed(place.parts, tx, row)
    await audit({
      action: 'connection.add',
      subjectKind: 'connection',
      subjectId: connectionId,
      data: {
        connector: typed.connector,
        outcome: verdict.outcome,
        confirmed: confirmation(verdict, place.person.id)?.claims ?? [],
      },
    })
  })
  return { connectionId, jobId: await startFirst(place, connectionId, verdict) }
}

/** The sealed rows of our own token and the other secret fields. */
export function ownRows(
  place: Place,
  connectionId: string,
  handed: Pick<WithToken, 'token' | 'secrets'>,
  verdict: Verdict,
) {
  const of = { workspaceId: place.workspace.id, connectionId, partnerId: null, by: place.person.id }
  return [
    sealedRow(place.parts, { ...of, kind: 'token', text: handed.token }, verdict),
    ...Object.entries(handed.secrets).map(([kind, text]) =>
      sealedRow(place.parts, { ...of, kind, text }, null),
    ),
  ]
}

/** The first check for updates starts by itself; where the provider could not be asked, judging the token comes first. */
export async function startFirst(place: Place, connectionId: string, verdict: Verdict): Promise<string> {
  const { parts, workspace, actor } = place
  const wish = { workspaceId: workspace.id, connectionId, partnerId: null, actor, trigger: 'setup' as const }
  const started =
    verdict.outcome === 'later'
      ? startTokenCheck(parts.engine, wish)
      : startCheckForUpdates(parts.engine, wish)
  return (await started).jobId
}
