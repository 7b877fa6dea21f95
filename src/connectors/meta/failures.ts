// Finds the error in an answer and says what kind of failure it is. Meta's own message is read for a few facts and then dropped: it may hold
// a token ("Malformed access token …"), a name or markup.
import { ConnectorError } from '../../model/error.ts'
import { isObject } from './answer.ts'
import type { Json, JsonObject } from './answer.ts'
import { again, meaning, wait } from './meanings.ts'
import type { Meaning } from './meanings.ts'

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

/** True where the whole token or app is refused for now or for good, or Meta is away: of what was asked nothing was learnt. */
export const learntNothing = ({ failure }: GraphError): boolean =>
  ['auth', 'limited', 'transient'].includes(failure.kind)

/** The error of an answer, whatever its HTTP status; null where the body is not an error. */
export function errorIn(body: Json, status: number): GraphError | null {
  if (!isObject(body) || body.error === undefined || body.error === null) {
    return status >= 200 && status < 300 ? null : withoutBody(status)
  }
  return isObject(body.error) ? fromError(body.error, status) : withoutBody(status)
}

/** The field or edge that a message says does not exist: `nonexisting field (x)`, `path components: /x`, and what else is said in their place. */
const unknownIn =
  /(?:(?:nonexisting|unknown|invalid) (?:field|edge|connection)s?:? ?[("'`]?|unknown path components: (?:\/[\w.]{1,80}){0,3}\/)([\w.]{1,80})/i

/** The size of a page that Meta does not give, in words of a refused parameter; not how deep a cursor may lead. */
const tooLargeLimit =
  /\blimit\b.{0,60}(?:at most|less than|lower than|no more than|cannot exceed|must not exceed|<=?|too (?:large|high|big)|maximum)/i

/** Meta's have 11 to 23 characters. What is longer may be a token or an app secret that something on the way gave back, and would be stored. */
const TRACE = /^[\w-]{1,28}(?![\w-])/

function fromError(error: JsonObject, status: number): GraphError {
  const message = typeof error.message === 'string' ? error.message : ''
  const code = numberOf(error.code) ?? numberOf(/^\(#(\d{1,6})\)/.exec(message)?.[1])
  const subcode = numberOf(error.error_subcode) ?? numberOf(error.subcode)
  const facts = {
    reduce: /reduce the amount of data/i.test(message) || (code === 100 && tooLargeLimit.test(message)),
    proof: code === 100 && /appsecret_proof/i.test(message),
    otherApp: /did not match the viewing app|does not belong to app/i.test(message),
    nodeType: /on node type \((\w{1,60})\)/i.exec(message)?.[1] ?? null,
    unknownField: unknownIn.exec(message)?.[1] ?? null,
    permission: /missing permission|requires? (the )?'?\w+'? permission/i.test(message),
  }
  const found: Meaning =
    code === null && (error.is_transient === true || status >= 500)
      ? { kind: 'transient', sentence: "Meta's service failed at the moment.", fix: again }
      : meaning(code, subcode, facts)
  const transient = found.kind === 'changed' && error.is_transient === true && code !== 100
  // A limit that is told by the status alone, or with a code that nobody knows.
  const told = found.kind === 'changed' && status === 429 ? withoutBody(status).failure : found
  return new GraphError(
    {
      ...told,
      kind: transient && told === found ? 'transient' : told.kind,
      code: code === null ? String(status) : subcode === null ? String(code) : `${code}/${subcode}`,
      trace: typeof error.fbtrace_id === 'string' ? (TRACE.exec(error.fbtrace_id)?.[0] ?? null) : null,
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

/** A failure of the moment that says when it may be asked again: nothing is asked before. */
export function asLimited(error: GraphError): GraphError {
  return new GraphError({ ...error.failure, kind: 'limited', fix: wait }, error)
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
