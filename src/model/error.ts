// The one vocabulary for failures: what an API answers (AppError) and what a provider did (ConnectorError).

/** Codes of the HTTP API; `src/api/errors.ts` maps each to one status. */
export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'second_factor_needed'
  | 'not_found'
  | 'conflict'
  | 'limited'
  | 'unavailable'
  | 'internal'

/** An expected failure with a sentence for a person that says what to do next. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Field name → sentence, for forms. */
  readonly fields: Readonly<Record<string, string>> | undefined
  /** Where it is `limited` or `unavailable`: after how many seconds to try again. */
  readonly waitSeconds: number
  constructor(code: ErrorCode, sentence: string, fields?: Record<string, string>, waitSeconds = 60) {
    super(sentence)
    this.name = 'AppError'
    this.code = code
    this.fields = fields
    this.waitSeconds = waitSeconds
  }
}

/**
 * What a provider's failure means for the run. `auth`: the token is dead. `denied`: this edge may not be read.
 * `limited`: stop asking until `retryAt`. `gone`: missing or not visible, which never means deleted. `changed`: the answer
 * does not fit what was asked (cursor that does not move, another version, another shape). `too_much`: ask for less.
 * `transient`: try again soon.
 */
export const failureKinds = ['auth', 'denied', 'limited', 'gone', 'changed', 'too_much', 'transient'] as const
export type FailureKind = (typeof failureKinds)[number]

/** A failure in the form that is stored and shown: never holds a token, an address or a person's name. */
export interface Failure {
  kind: FailureKind
  /** What happened and why, in plain words. */
  sentence: string
  /** What to do next, in plain words. */
  fix: string
  /** The provider's own code, as `100/33`. */
  code: string | null
  /** The provider's trace id, to quote to its support. */
  trace: string | null
  /** Epoch milliseconds before which no further call may go out (kind `limited`). */
  retryAt: number | null
}

/** A provider's failure with its kind. The message is the sentence of the failure. */
export class ConnectorError extends Error {
  readonly failure: Failure
  constructor(failure: Omit<Failure, 'code' | 'trace' | 'retryAt'> & Partial<Failure>) {
    super(failure.sentence)
    this.name = 'ConnectorError'
    this.failure = { code: null, trace: null, retryAt: null, ...failure }
  }
}
