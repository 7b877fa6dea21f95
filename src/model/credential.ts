// What a connection signs in with, and how it was judged. A verdict is a list of claims, each proven, refuted or unknown.
import { z } from 'zod'

export const ClaimState = z.enum(['proven', 'refuted', 'unknown', 'warning'])
export type ClaimState = z.infer<typeof ClaimState>

/**
 * One thing that was checked about a token. `refuted` never connects; `unknown` ("cannot tell") needs an admin's confirmation,
 * which is recorded; `warning` is proven enough to connect, with something to know.
 */
export const Claim = z.object({
  /** A stable name from the connector, as `app`, `business`, `scopes`. */
  id: z.string(),
  /** The line's label, as "Made for this app". */
  label: z.string(),
  state: ClaimState,
  /** What was found, in plain words; never holds the token. */
  sentence: z.string(),
  /** What to do next; empty where nothing is to be done. */
  fix: z.string(),
})
export type Claim = z.infer<typeof Claim>

export const Verdict = z.object({
  claims: z.array(Claim),
  /** `ok`: may be used. `confirm`: something could not be told, an admin may confirm. `refused`: never. `later`: provider unreachable, check again. */
  outcome: z.enum(['ok', 'confirm', 'refused', 'later']),
  /** When the token ends (ISO 8601); null = never or unknown. */
  expiresAt: z.string().nullable(),
  scopes: z.array(z.string()),
  /** Of `later`: the time (epoch milliseconds) before which the provider wants no call, where it named one. */
  retryAt: z.number().nullable().optional(),
  /** The business that the token belongs to, where proven: id and name. */
  business: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  /** The principal that the token acts as. */
  actsAs: z.object({ id: z.string(), name: z.string().nullable(), role: z.string().nullable() }).nullable(),
})
export type Verdict = z.infer<typeof Verdict>

/** The outcome that follows from the claims alone; `later` is the connector's word, given when the provider could not be asked. */
export function outcomeOf(claims: Claim[]): 'ok' | 'confirm' | 'refused' {
  if (claims.some((c) => c.state === 'refuted')) return 'refused'
  if (claims.some((c) => c.state === 'unknown')) return 'confirm'
  return 'ok'
}

export type CredentialState = 'checking' | 'good' | 'attention' | 'dead'

/**
 * What a judgement makes of a credential. `refused`: dead where the token itself no longer works (the claim `format` is refuted, or its
 * end is past), else it needs attention. What cannot be told changes nothing, unless nobody has confirmed a token that was never
 * judged, or somebody has confirmed just that: then a refusal that came between is over. `later` changes nothing.
 */
export function judgedState(
  verdict: Verdict,
  before: { state: CredentialState; reason: string | null; confirmed: readonly string[] | null },
  now: Date,
): { state: CredentialState; reason: string | null } {
  const told = (state: ClaimState) => verdict.claims.find((c) => c.state === state)?.sentence ?? null
  switch (verdict.outcome) {
    case 'ok':
      return { state: 'good', reason: null }
    case 'later':
      return { state: before.state, reason: before.reason }
    case 'confirm':
      if (before.state === 'good') return { state: before.state, reason: before.reason }
      if (isConfirmed(verdict, before.confirmed)) return { state: 'good', reason: null }
      return before.state === 'checking'
        ? { state: 'attention', reason: told('unknown') }
        : { state: before.state, reason: before.reason }
    case 'refused': {
      const ended = verdict.expiresAt !== null && Date.parse(verdict.expiresAt) <= now.getTime()
      const invalid = verdict.claims.some((c) => c.id === 'format' && c.state === 'refuted')
      return { state: ended || invalid ? 'dead' : 'attention', reason: told('refuted') }
    }
  }
}

/** True where a person has confirmed everything that this verdict cannot tell. */
function isConfirmed({ claims }: Verdict, confirmed: readonly string[] | null): boolean {
  return confirmed !== null && claims.every((c) => c.state !== 'unknown' || confirmed.includes(c.id))
}

/** A credential as it may be shown: never the text, only its last four characters and a fingerprint. */
export const CredentialInfo = z.object({
  id: z.string(),
  lastFour: z.string(),
  fingerprint: z.string(),
  expiresAt: z.string().nullable(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  createdBy: z.string().nullable(),
  checkedAt: z.string().nullable(),
  verdict: Verdict.nullable(),
  /** Who confirmed what could not be told, and when. */
  confirmed: z.object({ by: z.string(), at: z.string(), claims: z.array(z.string()) }).nullable(),
})
export type CredentialInfo = z.infer<typeof CredentialInfo>
