// The one place where a failure becomes an answer: code → status, one form, never a stack, an address or a token.
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { z } from 'zod'
import { AppError, ConnectorError } from '../model/error.ts'
import type { ErrorCode } from '../model/error.ts'
import type { Log } from '../lib/log.ts'
import { outageOf } from '../store/outage.ts'
import type { Outage } from '../store/outage.ts'

export const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  second_factor_needed: 403,
  not_found: 404,
  conflict: 409,
  limited: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>

export const ErrorAnswer = z.object({
  error: z.object({
    code: z.enum(Object.keys(statusOf) as [ErrorCode, ...ErrorCode[]]),
    /** What happened and what to do next, for a person. */
    sentence: z.string(),
    /** To quote when asking for help: the line of the log carries it. */
    reference: z.string(),
    /** Field → sentence, for forms. */
    fields: z.record(z.string(), z.string()).optional(),
  }),
})
export type ErrorAnswer = z.infer<typeof ErrorAnswer>

/** A short number that joins an answer with its line in the log. */
export function newReference(): string {
  return crypto.randomUUID().slice(0, 13)
}

/** Turns any failure into the answer that is sent. Unknown ones are logged once, with the reference that the answer tells. */
export function answerError(c: Context, error: unknown, log: Log): Response {
  const reference = requestOf(c) ?? newReference()
  const outage = outageOf(error)
  const known = outage === null ? asAppError(error) : duringOutage(outage, c.req.method)
  const where = { reference, method: c.req.method, path: routePath(c) }
  // Not its message: it holds the database's address.
  if (outage !== null) log.warn(outages[outage], { ...where, ...codeOf(error) })
  else if (known === null) log.error('request failed', { ...where, ...factsOf(error) })
  const shown =
    known ??
    new AppError(
      'internal',
      `Something went wrong on our side. Try again; if it stays, quote the reference ${reference}.`,
    )
  const body: ErrorAnswer = {
    error: {
      code: shown.code,
      sentence: shown.message,
      reference,
      ...(shown.fields === undefined ? {} : { fields: { ...shown.fields } }),
    },
  }
  if (shown.code === 'limited' || shown.code === 'unavailable')
    c.header('Retry-After', String(shown.waitSeconds))
  return c.json(body, statusOf[shown.code])
}

function requestOf(c: Context): string | undefined {
  const request: unknown = c.get('request')
  return typeof request === 'string' ? request : undefined
}

const outages: Record<Outage, string> = {
  away: 'the database did not answer a request',
  full: 'the database could not write for a request',
}

/** A restart is over within seconds; room is made by somebody. */
const OUTAGE_SECONDS: Record<Outage, number> = { away: 5, full: 60 }

/** What a request is told that the database failed. A write that was cut off may have been done. */
function duringOutage(outage: Outage, method: string): AppError {
  const next = 'If it stays, whoever runs this server finds the cause with its command "doctor".'
  const reads = method === 'GET' || method === 'HEAD'
  const sentences: Record<Outage, string> = {
    away: reads
      ? 'The database does not answer now. Try again in a moment.'
      : 'The database does not answer now, so this may not have been done. Look in a moment before you try again.',
    full: 'The database has no room or may not write now, so nothing was changed. Try again later.',
  }
  return new AppError('unavailable', `${sentences[outage]} ${next}`, undefined, OUTAGE_SECONDS[outage])
}

function asAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error
  if (error instanceof ConnectorError) {
    const { sentence, fix } = error.failure
    return new AppError('unavailable', fix === '' ? sentence : `${sentence} ${fix}`)
  }
  if (error instanceof HTTPException) return ofHttp(error)
  if (isContended(error))
    return new AppError(
      'unavailable',
      'Somebody else changed the same thing at this moment, so nothing was changed. Try again.',
      undefined,
      1,
    )
  if (isUnstorable(error))
    return new AppError(
      'invalid',
      'A text holds a character that cannot be stored. Take it out and try again.',
    )
  return null
}

function ofHttp(error: HTTPException): AppError | null {
  if (error.status === 413)
    return new AppError('invalid', 'That is more than this server takes in one request.')
  if (error.status === 415) return new AppError('invalid', 'Send the request as application/json.')
  if (error.status === 404) return nothingHere()
  if (error.status >= 400 && error.status < 500)
    return new AppError('invalid', 'The request could not be read as JSON.')
  return null
}

/** What an unknown address answers, and every id that the caller may not know of. */
export function nothingHere(): AppError {
  return new AppError('not_found', 'There is nothing here. It may have been removed, or you may not see it.')
}

/** PostgreSQL's "deadlock detected" and "could not serialize access": the transaction was undone, and may be done again. */
function isContended(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001')
}

/** PostgreSQL's "invalid byte sequence" and "untranslatable character": a NUL, for example. */
function isUnstorable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '22021' || error.code === '22P05')
}

/** What the log may know of an unknown failure: its name, its message, its database code and where it was thrown; not PostgreSQL's details, which hold values. */
function factsOf(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error }
  if (error instanceof z.ZodError) {
    return {
      error: 'an answer did not fit its schema',
      at: error.issues
        .map((issue) => issue.path.join('.'))
        .slice(0, 5)
        .join(' '),
    }
  }
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((frame) => frame.trimStart().startsWith('at '))
    .slice(0, 6)
  return {
    ...codeOf(error),
    error: error.name,
    message: error.message.slice(0, 300),
    at: frames.map((frame) => frame.trim()).join(' < '),
  }
}

function codeOf(error: unknown): { code?: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? { code: error.code }
    : {}
}

/** A request that does not fit its schema, told per field. */
export function invalidInput(error: z.ZodError): AppError {
  const fields: Record<string, string> = {}
  for (const issue of error.issues) fields[issue.path.join('.') || 'request'] ??= sentenceOf(issue)
  return new AppError('invalid', 'Something in the request is missing or not as expected.', fields)
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? 'This is needed.'
        : `This must be ${words[issue.expected] ?? issue.expected}.`
    case 'too_small':
      if (issue.origin !== 'string') return `This must be at least ${String(issue.minimum)}.`
      return issue.minimum === 1
        ? 'This is needed.'
        : `This must have at least ${String(issue.minimum)} characters.`
    case 'too_big':
      return issue.origin === 'string'
        ? `This must have at most ${String(issue.maximum)} characters.`
        : `This must be at most ${String(issue.maximum)}.`
    case 'invalid_value':
      return `This must be one of: ${issue.values.map(String).join(', ')}.`
    case 'unrecognized_keys':
      return 'This holds something that is not known here.'
    case 'custom':
      return issue.message
    case 'invalid_format':
      return issue.format === 'email'
        ? 'This is not an e-mail address.'
        : 'This does not have the expected form.'
    default:
      return 'This does not have the expected form.'
  }
}

const words: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

export function signInFirst(): AppError {
  return new AppError('unauthenticated', 'Sign in first: there is no session, or it has ended.')
}

/** Where the library could not do what was right to ask for: the database or the activity log cannot be written. */
export function notNow(): AppError {
  return new AppError(
    'unavailable',
    'This cannot be done or recorded now, so nothing was changed. Try again; if it stays, look at the database.',
    undefined,
    5,
  )
}

export function tooMany(what = 'tries'): AppError {
  const sentence = `Too many ${what}. Wait a quarter of an hour, then try again.`
  return new AppError('limited', sentence, undefined, 15 * 60)
}
