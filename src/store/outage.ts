// Every way in which it is told that the database is away, has no room or cannot write: by PostgreSQL, by its driver and by the network.
// https://www.postgresql.org/docs/current/errcodes-appendix.html

/**
 * `away`: it did not answer, ended the connection, or had none to give; whether a commit under way was done is not known. `full`: it
 * answered that it cannot write, or has not enough memory: nothing was done.
 */
export type Outage = 'away' | 'full'

const AWAY = /^(08|57P0|53300|ECONN|EPIPE|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)/
const FULL = /^(53|58030|25006)/
// The last is what a rollback says on a connection that broke at its commit: it hides the first reason.
const AWAY_IN_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|connection error and is not queryable/

/** What of this is the database's doing; null for every other failure. */
export function outageOf(error: unknown): Outage | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  if (AWAY.test(code) || AWAY_IN_WORDS.test(error.message)) return 'away'
  return FULL.test(code) ? 'full' : null
}
