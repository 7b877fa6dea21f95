// What an error of Graph means, in plain words: one table from Meta's codes to a kind, a sentence and what to do. Meta's own message is
// read for a few facts and then dropped: it may hold a token ("Malformed access token …"), a name or markup.
// Codes: https://developers.facebook.com/docs/graph-api/guides/error-handling
import { ConnectorError } from '../../model/error.ts'
import type { FailureKind } from '../../model/error.ts'
import { isObject } from './answer.ts'
import type { Json, JsonObject } from './answer.ts'

/** A failure of one call, with what the ladder of reads must know about it. */
export class GraphError extends ConnectorError {
  /** The field or edge that Meta says does not exist. */
  readonly unknownField: string | null
  /** Meta's name of the kind of node that lacks the field, as `AdAccount`. */
  readonly nodeType: string | null
  readonly code: number | null
  readonly subcode: number | null
  /** Meta says that the proof does not belong to token and app secret, or that one is required. */
  readonly proof: boolean
  /** Meta says that the token belongs to another app than the one that asks. */
  readonly otherApp: boolean
  constructor(failure: ConstructorParameters<typeof ConnectorError>[0], facts: Partial<GraphFacts> = {}) {
    super(failure)
    this.name = 'GraphError'
    this.unknownField = facts.unknownField ?? null
    this.nodeType = facts.nodeType ?? null
    this.code = facts.code ?? null
    this.subcode = facts.subcode ?? null
    this.proof = facts.proof ?? false
    this.otherApp = facts.otherApp ?? false
  }
}

interface GraphFacts {
  unknownField: string | null
  nodeType: string | null
  code: number | null
  subcode: number | null
  proof: boolean
  otherApp: boolean
}

interface Meaning {
  kind: FailureKind
  sentence: string
  fix: string
}

const newToken =
  'Make a new token in Meta (Settings, Users, System users, Generate new token) and replace it here.'
const wait = 'Nothing has to be done: the check goes on by itself when Meta allows calls again.'
const again = 'Check for updates again in a few minutes.'
const grant =
  'Generate a new token with the permissions that the guide names, and see that the system user has full control of these assets.'

/** Subcodes of 190 (and 102): why a token no longer works. */
const deadTokens: Record<number, Meaning> = {
  458: {
    kind: 'auth',
    sentence:
      'The app was removed from the account that this token belongs to, so the token no longer works.',
    fix: 'Request the app again in Meta Business Manager, let it be approved, then make a new token and replace it here.',
  },
  459: {
    kind: 'auth',
    sentence: 'Meta holds the account of this token at a security checkpoint.',
    fix: 'Sign in to Meta with that account and pass the checkpoint, then make a new token and replace it here.',
  },
  460: {
    kind: 'auth',
    sentence: 'Meta ended this token because a password was changed or for security reasons.',
    fix: newToken,
  },
  463: {
    kind: 'auth',
    sentence: 'This token has expired.',
    fix: `${newToken} Choose Never as its expiration where Meta offers it.`,
  },
  464: {
    kind: 'auth',
    sentence: 'The account of this token is not confirmed in Meta.',
    fix: 'Sign in to Meta with that account and confirm it, then make a new token and replace it here.',
  },
  466: { kind: 'auth', sentence: 'This token was revoked in Meta.', fix: newToken },
  467: { kind: 'auth', sentence: 'This token is no longer valid in Meta.', fix: newToken },
  492: {
    kind: 'auth',
    sentence: 'The account of this token has lost its role on the page that the token was made for.',
    fix: newToken,
  },
}

const limits: Record<number, string> = {
  4: 'Meta allows no more calls for this app at the moment.',
  17: 'Meta allows no more calls with this token at the moment.',
  32: 'Meta allows no more page calls with this token at the moment.',
  341: 'Meta has stopped this app for a while because a limit was reached.',
  368: 'Meta has blocked this action for a while.',
  613: 'Meta allows no more calls of this kind at the moment.',
}

const single: Record<number, Meaning> = {
  2: { kind: 'transient', sentence: "Meta's service is unavailable at the moment.", fix: again },
  3: {
    kind: 'denied',
    sentence: 'The Meta app does not have the capability for this call.',
    fix: 'Give the app Advanced Access to the permission in the App Dashboard, or leave this list out.',
  },
  10: { kind: 'denied', sentence: 'The token lacks a permission for this list.', fix: grant },
  104: {
    kind: 'auth',
    sentence: 'Meta did not accept the signature or the token of the call.',
    fix: 'See that the app secret belongs to the app whose ID is set, then check again.',
  },
  415: {
    kind: 'denied',
    sentence: 'Meta asks for two-factor authentication of a person for this call.',
    fix: 'Do it by hand in Meta Business Manager.',
  },
  452: { kind: 'auth', sentence: 'The session of this token is no longer valid in Meta.', fix: newToken },
  457: {
    kind: 'auth',
    sentence: 'Meta does not accept this token from where it was used.',
    fix: 'See in the App Dashboard whether calls are limited to some server addresses.',
  },
  803: {
    kind: 'gone',
    sentence: 'Meta does not know an object by this ID.',
    fix: 'See that the Business ID is right.',
  },
  2500: {
    kind: 'changed',
    sentence: 'Meta does not know this path in this version of the Graph API.',
    fix: 'See that the Graph API version in the settings of the app is one that Meta offers.',
  },
  2620: { kind: 'denied', sentence: 'Meta refused a change of account permissions.', fix: grant },
  104001: {
    kind: 'denied',
    sentence: 'The Meta app must be part of the business for this call.',
    fix: 'Add the app to the business in Meta Business Manager.',
  },
}

/** What Business Manager says no to, by its codes from 3910 to 3998; the others of them are told by their number. */
const business: Record<number, [sentence: string, fix: string]> = {
  3914: [
    'This person is the last admin of the business, whom Meta does not let go.',
    'Make somebody else an admin of the business first.',
  ],
  3919: ['Meta Business Manager failed in an unexpected way.', again],
  3936: ['Another business has claimed this asset already.', 'Ask that business to share or release it.'],
  3944: ['The business has access to this asset already.', 'Nothing has to be done.'],
  3949: ['The business has as many system users as Meta allows.', 'Use a system user that is there.'],
  3965: ['The business has as many admin system users as Meta allows.', 'Use a system user that is there.'],
  3962: [
    'Meta does not know a permission that was asked for.',
    'See that the names of the permissions are right.',
  ],
  3979: ['The business has as many accounts as Meta allows.', 'Look at the limits in Meta Business Manager.'],
  3980: ['Meta allows this business no more accounts now.', 'Look at the limits in Meta Business Manager.'],
  3994: [
    'Meta does not allow this with a personal account.',
    'Do it with an account that belongs to the business.',
  ],
}

/** Meaning of a code and subcode; codes that the table does not know are told by their number and never end a run's data. */
function meaning(
  code: number | null,
  subcode: number | null,
  facts: { reduce: boolean; proof: boolean; permission: boolean },
): Meaning {
  if (code === null) {
    return { kind: 'changed', sentence: 'Meta answered with an error that has no code.', fix: again }
  }
  if (facts.proof) {
    return {
      kind: 'auth',
      sentence: 'Meta did not accept the proof that the call was signed with the app secret.',
      fix: 'See that App ID and app secret belong together, and that the token was made for this app.',
    }
  }
  if (code === 1) {
    return facts.reduce
      ? { kind: 'too_much', sentence: 'Meta asks for smaller requests.', fix: again }
      : { kind: 'transient', sentence: 'Meta answered with an unknown error.', fix: again }
  }
  if (code === 190 || code === 102) {
    return (
      deadTokens[subcode ?? 0] ?? {
        kind: 'auth',
        sentence: 'Meta does not accept this token.',
        fix: newToken,
      }
    )
  }
  const limit = limits[code] ?? (code >= 80000 && code <= 80099 ? limits[613] : undefined)
  if (limit !== undefined) return { kind: 'limited', sentence: limit, fix: wait }
  const known = single[code]
  if (known !== undefined) return known
  if (code === 100 && subcode === 33) {
    return {
      kind: 'gone',
      sentence: 'Meta does not show this object: it does not exist, or the token may not see it.',
      fix: 'See that the Business ID is right, that the token has its permissions and assets, and that the app has Advanced Access.',
    }
  }
  if (code === 100 && subcode === 1752100) {
    return {
      kind: 'changed',
      sentence: 'Meta does not know this ID of a person in this business: each business has IDs of its own.',
      fix: 'Check for updates, so that the IDs of the business are read again.',
    }
  }
  if (code === 100 && facts.permission) {
    return { kind: 'denied', sentence: 'The token lacks a permission for this list.', fix: grant }
  }
  if (code === 100) {
    return { kind: 'changed', sentence: 'Meta did not accept the form of the call.', fix: again }
  }
  if (code >= 200 && code <= 299) {
    return { kind: 'denied', sentence: 'The token lacks a permission for this list.', fix: grant }
  }
  if (code >= 3910 && code <= 3998) {
    return {
      kind: 'denied',
      sentence: business[code]?.[0] ?? `Meta Business Manager refused this with its code ${code}.`,
      fix: business[code]?.[1] ?? 'Look at the business in Meta Business Manager.',
    }
  }
  return {
    kind: 'changed',
    sentence: `Meta answered with an error that is not known here (${code}).`,
    fix: again,
  }
}

/** The error of an answer, whatever its HTTP status; null where the body is not an error. */
export function errorIn(body: Json, status: number): GraphError | null {
  if (!isObject(body) || body.error === undefined || body.error === null) {
    return status >= 200 && status < 300 ? null : withoutBody(status)
  }
  return isObject(body.error) ? fromError(body.error, status) : withoutBody(status)
}

function fromError(error: JsonObject, status: number): GraphError {
  const message = typeof error.message === 'string' ? error.message : ''
  const code = numberOf(error.code) ?? numberOf(/^\(#(\d{1,6})\)/.exec(message)?.[1])
  const subcode = numberOf(error.error_subcode) ?? numberOf(error.subcode)
  const facts = {
    reduce: /reduce the amount of data/i.test(message),
    proof: code === 100 && /appsecret_proof/i.test(message),
    otherApp: /did not match the viewing app|does not belong to app/i.test(message),
    nodeType: /on node type \((\w{1,60})\)/i.exec(message)?.[1] ?? null,
    unknownField: /nonexisting field \(([\w.]{1,80})\)/i.exec(message)?.[1] ?? null,
    permission: /missing permission|requires? (the )?'?\w+'? permission/i.test(message),
  }
  const found: Meaning =
    code === null && (error.is_transient === true || status >= 500)
      ? { kind: 'transient', sentence: "Meta's service failed at the moment.", fix: again }
      : meaning(code, subcode, facts)
  const transient = found.kind === 'changed' && error.is_transient === true && code !== 100
  return new GraphError(
    {
      ...found,
      kind: transient ? 'transient' : found.kind,
      code: code === null ? String(status) : subcode === null ? String(code) : `${code}/${subcode}`,
      trace:
        typeof error.fbtrace_id === 'string' ? (/^[\w-]{1,64}/.exec(error.fbtrace_id)?.[0] ?? null) : null,
    },
    {
      code,
      subcode,
      proof: facts.proof,
      otherApp: facts.otherApp,
      unknownField: facts.unknownField,
      nodeType: facts.nodeType,
    },
  )
}

/** An answer that failed by its HTTP status alone. */
export function withoutBody(status: number): GraphError {
  if (status === 429) {
    return new GraphError({
      kind: 'limited',
      sentence: 'Meta allows no more calls at the moment.',
      fix: wait,
      code: '429',
    })
  }
  if (status >= 500) {
    return new GraphError({
      kind: 'transient',
      sentence: `Meta's service failed at the moment (HTTP ${status}).`,
      fix: again,
      code: String(status),
    })
  }
  if (status >= 300 && status < 400) {
    return new GraphError({
      kind: 'changed',
      sentence:
        'The address of the Graph API answered with a redirect, which is not followed: a token must not travel elsewhere.',
      fix: 'See that META_GRAPH_URL names the Graph API itself.',
      code: String(status),
    })
  }
  return new GraphError({
    kind: 'changed',
    sentence: `The address of the Graph API answered in an unexpected way (HTTP ${status}).`,
    fix: 'See that META_GRAPH_URL names the Graph API itself.',
    code: String(status),
  })
}

/** A call that brought no usable answer: no connection, cut, too slow, not JSON. */
export function unreachable(why: string): GraphError {
  return new GraphError({
    kind: 'transient',
    sentence: `Meta could not be reached: ${why}.`,
    fix: 'See that this machine reaches the Graph API. The check repeats by itself.',
  })
}

function numberOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null
}
