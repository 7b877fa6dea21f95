// How a part that a token may not read is told: with what is missing and what to do, and whether the run may be complete without it.
import { ConnectorError } from '../../model/error.ts'
import type { AssetKind } from './asset-kind.ts'

export interface Refusal {
  scopes: string[]
  error: ConnectorError
  optional: boolean
}

/** Not asked, because the token lacks the permission. */
export function notAsked(kind: AssetKind, scopes: string[]): Refusal {
  const lacks = kind.peopleScopes.join(' or ')
  return {
    scopes,
    error: new ConnectorError({
      kind: 'denied',
      sentence: `Who can use ${kind.labelPlural} cannot be seen: the token lacks ${lacks}.`,
      fix: `Generate a new token with ${lacks} and replace it.`,
    }),
    optional: kind.beyondGuide,
  }
}

/** Refused before with this token: told without asking again. `what`: who is assigned, or whom it is shared with. */
export function deniedHere(
  kind: AssetKind,
  what: 'assigned' | 'agencies',
  scopes: string[],
  code: string | null,
): Refusal {
  const read = what === 'assigned' ? 'read' : 'see the partners of'

  return {
    scopes,
    error: new ConnectorError({
      kind: 'denied',
      sentence: `Meta does not let this token ${read} ${kind.labelPlural}. It is asked again within a week, or at once with another token or by Retry.`,
      fix: `Give the system user full control of the ${kind.labelPlural}, or generate a token with more permissions and replace it.`,
      code: code === '?' ? null : code,
    }),
    optional: kind.beyondGuide,
  }
}
