// What a person hands over to connect with, before anything but the check may use it: cleaned, judged, sealed, never echoed.
import type { Context, Target } from '../connectors/connector.ts'
import { connectorOf, limitsName, makeContext } from '../connectors/registry.ts'
import { newId } from '../lib/ids.ts'
import { outcomeOf } from '../model/credential.ts'
import type { Claim, Verdict } from '../model/credential.ts'
import { AppError } from '../model/error.ts'
import type { FieldSpec } from '../model/manifest.ts'
import { Redacted } from '../model/redacted.ts'
import type { Environment } from '../model/workspace.ts'
import { openLimits } from '../store/limits.ts'
import { putCredential } from '../store/credentials.ts'
import type { NewCredential } from '../store/credentials.ts'
import type { Tx } from '../store/db.ts'
import type { Parts } from './parts.ts'

/** The longest text of any field; Meta's tokens have about 200 characters, and it promises no bound. */
export const FIELD_LENGTH = 4_000
/** A judgement is a handful of calls; a person waits for it. */
const JUDGE_MS = 45_000

const around =
  /^[\s"'`\u00AB\u00BB\u2018-\u201F\u200B-\u200F\u2060\uFEFF]+|[\s"'`\u00AB\u00BB\u2018-\u201F\u200B-\u200F\u2060\uFEFF]+$/g

/** A pasted text without what copying puts around it: spaces, line breaks, quotes, invisible characters. */
export function cleaned(text: string): string {
  return text.replaceAll(around, '')
}

/** A connector's fields, parted: the token, the other secrets, and settings that are not secret. Absent ones were left empty. */
export interface Handed {
  token: Redacted | null
  secrets: Record<string, Redacted>
  settings: Record<string, string>
}

/**
 * Parts the fields that were typed by what the connector declares. Throws `invalid` with a sentence per field for one that is unknown, does
 * not fit, or is required and empty (`needed`: false accepts an empty one, which then stays as it is).
 */
export function handedOver(
  connector: string,
  fields: Readonly<Record<string, string>>,
  needed = true,
): Handed {
  const specs = connectorOf(connector).manifest.fields
  const handed: Handed = { token: null, secrets: {}, settings: {} }
  const complaints: Record<string, string> = {}
  for (const name of Object.keys(fields)) {
    if (!specs.some((spec) => spec.name === name)) complaints[name] = 'There is no such field.'
  }
  for (const spec of specs) {
    const text = cleaned(fields[spec.name] ?? '')
    const complaint = complaintOf(spec, text, needed)
    if (complaint !== null) complaints[spec.name] = complaint
    else if (text !== '') put(handed, spec, text)
  }
  if (Object.keys(complaints).length > 0) {
    throw new AppError('invalid', 'Something is missing or not as expected.', complaints)
  }
  return handed
}

function put(handed: Handed, spec: FieldSpec, text: string): void {
  if (spec.name === 'token') handed.token = new Redacted(text)
  else if (spec.secret) handed.secrets[spec.name] = new Redacted(text)
  else handed.settings[spec.name] = text
}

function complaintOf(spec: FieldSpec, text: string, needed: boolean): string | null {
  if (text === '') return spec.required && needed ? `${spec.label} is needed.` : null
  if (text.length > FIELD_LENGTH) return 'This is too long to be right.'
  if (spec.pattern !== null && !new RegExp(spec.pattern.source).test(text)) return spec.pattern.sentence
  return null
}

/** A token from a dialog's single field. Throws `invalid` where nothing is left of it. */
export function handedToken(text: string): Redacted {
  const token = cleaned(text)
  const sentence =
    token === '' ? 'Paste the token.' : token.length > FIELD_LENGTH ? 'This is too long to be a token.' : null
  if (sentence !== null) throw new AppError('invalid', sentence, { token: sentence })
  return new Redacted(token)
}

interface Given {
  connector: string
  environment: Environment
  settings: Readonly<Record<string, string>>
  secrets: Readonly<Record<string, Redacted>>
  token: Redacted
  target: Target
}

/** Judges a token at the provider. Outcome `later` where it cannot be reached; throws nothing for a bad token. */
export async function judge(parts: Parts, what: Given): Promise<Verdict> {
  return connectorOf(what.connector).check(await contextOf(parts, what, JUDGE_MS))
}

/** What a connector is given while a person waits, with nothing remembered but the provider's limits. */
export async function contextOf(parts: Parts, what: Given, timeoutMs: number): Promise<Context> {
  const named = limitsName({ ...what, connectionId: '' })
  const limits = openLimits(parts.db, Date.now, (error) =>
    parts.log.warn('limits were not shared', { error }),
  )
  return makeContext({
    // Without an app's id nobody knows whose limits they are.
    ...(what.settings.app_id === undefined ? {} : { limits: await limits.of(named) }),
    address: parts.addressOf(what.environment),
    settings: what.settings,
    secrets: what.secrets,
    token: what.token,
    target: what.target,
    memory: new Map(),
    urgent: true,
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), parts.stopping]),
    log: (message, facts) => parts.log.info(message, facts),
  })
}

/** A verdict that was reached without asking the provider. */
export function ownVerdict(claims: Claim[]): Verdict {
  return { claims, outcome: outcomeOf(claims), expiresAt: null, scopes: [], business: null, actsAs: null }
}

/** What an admin confirms by connecting although something could not be told. Null where everything was. */
export function confirmation(verdict: Verdict, by: string | null): NewCredential['confirmed'] {
  if (verdict.outcome !== 'confirm' || by === null) return null
  const claims = verdict.claims.filter((claim) => claim.state === 'unknown').map((claim) => claim.id)
  return { by, at: new Date().toISOString(), claims }
}

/** Seals one value into a row that is ready to store. `verdict`: of a token; null for the other secret fields. */
export function sealedRow(
  parts: Pick<Parts, 'vault'>,
  of: {
    workspaceId: string
    connectionId: string
    partnerId: string | null
    kind: string
    text: Redacted
    by: string | null
  },
  verdict: Verdict | null,
): NewCredential {
  const id = newId()
  const text = of.text.reveal()
  return {
    id,
    workspaceId: of.workspaceId,
    connectionId: of.connectionId,
    partnerId: of.partnerId,
    kind: of.kind,
    ...parts.vault.seal(of.text, `credentials/${id}`),
    // Of a short text the last four would be too much of it.
    lastFour: text.length < 16 ? '' : text.slice(-4),
    fingerprint: parts.vault.fingerprint(of.text),
    state: verdict?.outcome === 'later' ? 'checking' : 'good',
    verdict,
    confirmed: verdict === null ? null : confirmation(verdict, of.by),
    scopes: verdict?.scopes ?? [],
    expiresAt: verdict?.expiresAt ?? null,
    createdBy: of.by,
  }
}

/**
 * Stores a sealed row. Throws `conflict` where the master key was changed since it was sealed: whoever waited long for a lock would store what
 * opens no more once the old key is gone.
 */
export async function putSealed(parts: Pick<Parts, 'vault'>, tx: Tx, row: NewCredential): Promise<void> {
  if (row.keyVersion !== parts.vault.keyVersion)
    throw new AppError('conflict', 'The master key was changed at this moment. Try again.')
  await putCredential(tx, row)
}

/** Opens the connection's own token and its other secret fields. */
export function openOwn(
  parts: Pick<Parts, 'vault'>,
  rows: readonly { id: string; kind: string; sealed: Buffer }[],
): Pick<Handed, 'token' | 'secrets'> {
  const opened = Object.fromEntries(
    rows.map((row) => [row.kind, parts.vault.open(row.sealed, `credentials/${row.id}`)]),
  )
  const { token = null, ...secrets } = opened
  return { token, secrets }
}
