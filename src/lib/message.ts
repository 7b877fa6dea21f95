// What an error says, for a person.

/**
 * Its message. Where a host has several addresses and none of them answers, Node's error says nothing by itself: then what it says of each
 * of them.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message === '' && error instanceof AggregateError)
    return [...new Set(error.errors.map(messageOf))].join('; ')
  return error.message
}
