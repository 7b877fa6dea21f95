// The log: one line per event, as time, level, message and facts, for people or as JSON. A value that knows how to hide itself (Redacted) stays hidden, since
// values are only ever printed through their own toJSON; line breaks and control characters are escaped, so that a name cannot forge a line.

import { AsyncLocalStorage } from 'node:async_hooks'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts beside the message. Ids and counts; never a secret, a token, an address with one, or a person's name. */
export type LogFacts = Record<string, unknown>

export interface Log {
  debug(message: string, facts?: LogFacts): void
  info(message: string, facts?: LogFacts): void
  warn(message: string, facts?: LogFacts): void
  error(message: string, facts?: LogFacts): void
  /** A log that adds these facts to each line. */
  with(facts: LogFacts): Log
}

/** Facts longer than this are cut: a log is for reading. */
const LONGEST = 2_000

const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

function escape(text: string): string {
  return text.replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** Causes of causes are followed so far: one may lead back to itself. */
const DEEPEST = 5

/** An error in one line: its name, message, code, where it was thrown, and what caused it. */
function errorText(error: Error, depth = 0): string {
  const code: unknown = 'code' in error ? error.code : undefined
  const where = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim())
    .join(' < ')
  const deeper = error.cause instanceof Error && depth < DEEPEST
  const cause = deeper ? ` caused by ${errorText(error.cause as Error, depth + 1)}` : ''
  const coded = typeof code === 'string' || typeof code === 'number' ? ` (${String(code)})` : ''
  return `${error.name}: ${error.message}${coded}${where === '' ? '' : ` ${where}`}${cause}`
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(cut(value))
  if (value instanceof Error) return JSON.stringify(cut(errorText(value)))
  try {
    return cut(
      JSON.stringify(typeof value === 'function' || typeof value === 'symbol' ? typeof value : value),
    )
  } catch {
    return '[cannot be printed]'
  }
}

/** One line of the log, without its line break. */
export function logLine(at: Date, level: LogLevel, message: string, facts: LogFacts): string {
  const parts = [at.toISOString(), level.padEnd(5), cut(message)]
  for (const [key, value] of Object.entries(facts)) {
    if (value !== undefined) parts.push(`${key}=${valueText(value)}`)
  }
  return escape(parts.join(' '))
}

/** The same as one JSON object, for machines that gather logs. */
export function jsonLine(at: Date, level: LogLevel, message: string, facts: LogFacts): string {
  const told: Record<string, unknown> = { at: at.toISOString(), level, message: cut(message) }
  for (const [key, value] of Object.entries(facts)) {
    if (value === undefined) continue
    // What is long or an error goes in as text; an own fact never covers time, level or message.
    const name = key in told ? `${key}_` : key
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) told[name] = value
    else if (typeof value === 'string') told[name] = cut(value)
    else if (value instanceof Error) told[name] = cut(errorText(value))
    else told[name] = valueText(value)
  }
  return JSON.stringify(told).replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const surroundings = new AsyncLocalStorage<LogFacts>()

/** Runs `fn`; every line that is logged meanwhile, by whichever log, has these facts. */
export function during<T>(facts: LogFacts, fn: () => T): T {
  return surroundings.run({ ...surroundings.getStore(), ...facts }, fn)
}

/**
 * A log that writes lines of the level and above, to standard error where nothing else is said: as text where a person looks at it, as
 * JSON otherwise.
 */
export function createLog(level: LogLevel, print?: (line: string) => void): Log {
  const least = logLevels.indexOf(level)
  const toFile = print === undefined && !process.stderr.isTTY
  const line = toFile ? jsonLine : logLine
  const out = print ?? ((text: string) => process.stderr.write(`${text}\n`))
  if (print === undefined) letWritesFail()
  const make = (common: LogFacts): Log => {
    const at = (own: LogLevel) => (message: string, facts?: LogFacts) => {
      if (logLevels.indexOf(own) < least) return
      out(line(new Date(), own, message, { ...surroundings.getStore(), ...common, ...facts }))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (facts) => make({ ...common, ...facts }),
    }
  }
  return make({})
}

const letFail = () => undefined

/** What cannot be written, on a full disk or to a reader that went away, must not end the program. */
function letWritesFail(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners('error').includes(letFail)) stream.on('error', letFail)
}
