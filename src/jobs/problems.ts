// Turns what could not be read into sentences for a person: equal failures are told once, with their number.
import { ConnectorError } from '../model/error.ts'
import type { Failure } from '../model/error.ts'
import type { Problem, StepOutcome } from '../model/job.ts'

/** Scopes that a read left open, and why. `optional`: the guide does not ask for the permission that they want. */
export interface ReadFailure {
  scopes: string[]
  failure: Failure
  optional?: boolean
}

/** What a problem of a whole token is told of: our own (null), or a partner's. */
export function tokenLabel(partner: { name: string | null; externalId: string } | null): string {
  return partner === null ? 'Our own token' : `Token of ${partner.name ?? partner.externalId}`
}

export function problemOf(where: string, failure: Failure): Problem {
  const { sentence, fix, code, trace } = failure
  return { where, sentence, fix, code, trace }
}

/**
 * What a read of one business leaves to be told. A list that is refused for want of a permission that the guide does not ask for is a
 * note: no later run could read it either, so it must not keep every run from being complete. Everything else is a problem.
 */
export function outcomeOfRead(where: string, failures: readonly ReadFailure[]): StepOutcome {
  const groups = new Map<string, ReadFailure>()
  for (const { scopes, failure, optional } of failures) {
    const key = JSON.stringify([failure.kind, failure.code, failure.sentence, optional === true])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { scopes: [...scopes], failure, optional: optional === true })
    else group.scopes.push(...scopes)
  }
  const outcome: StepOutcome = { problems: [], notes: [] }
  for (const { scopes, failure, optional } of groups.values()) {
    // Of the whole read nothing need be named.
    const what = scopes.length === 0 ? where : `${where}: ${scopesInWords(scopes)}`
    if (optional === true) outcome.notes.push(`${what}. ${failure.sentence}`)
    else outcome.problems.push(problemOf(what, failure))
  }
  return outcome
}

/** Scopes as a person may read them: the lists by name, and the number of assets whose people were asked for. */
export function scopesInWords(scopes: readonly string[]): string {
  const lists = new Set<string>()
  let assigned = 0
  for (const scope of scopes) {
    const parts = scope.split('/')
    if (parts[1] === 'assigned') assigned += 1
    else lists.add(parts.slice(1).join(' ').replaceAll('_', ' '))
  }
  const words = [...lists].sort().slice(0, 5)
  if (lists.size > 5) words.push(`${lists.size - 5} more lists`)
  if (assigned > 0)
    words.push(
      assigned === 1 ? 'people on one asset' : `people on ${assigned.toLocaleString('en-US')} assets`,
    )
  return words.join(', ')
}

/** What a task tells that broke for a reason of our own; `reference` stands in the log beside the reason. */
export function brokenProblem(reference: string): Problem {
  return {
    where: 'Guestlist',
    sentence: 'Something went wrong inside Guestlist, so this task was not completed.',
    fix: 'Try again. If it happens again, look for the reference in the log and tell the maintainers.',
    code: null,
    trace: reference,
  }
}

/** An error of the provider as its failure; anything else is not for a person and is thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ConnectorError) return error.failure
  throw error
}
