// What the browser throws: told as ours, with its own words as the cause for the log, and which of it only means that a page is just leaving.
import { PagesError } from '../model/recipe.ts'

/** A page that is just leaving cannot be looked at; where it arrives, it can. */
export const isLeaving = (error: unknown): boolean =>
  !(error instanceof PagesError) && /context was destroyed|navigat/i.test(String(error))

/** It ended, or its page did. */
export const ENDED = /has been closed|Target crashed|Page crashed|browser has disconnected/i

const LONGEST = 200

/**
 * The browser's own words, for the log: their first line, since the lines below it repeat what was typed, without addresses and without
 * anything in quotes, which may be a page's own text.
 */
export function wordsOf(error: Error): Error {
  const [first = ''] = error.message.split('\n')
  const words = first
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]*/gi, '<address>')
    .replace(/"[^"]*("|$)|“[^”]*(”|$)|`[^`]*(`|$)|'[^']*('|$)/g, '<text>')
  const said = new Error(words.slice(0, LONGEST))
  said.name = error.name
  // Where we threw is known of the error that it is the cause of.
  said.stack = ''
  return said
}

/** It ended, or a page did not come. */
export function told(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof PagesError || signal.aborted || !(error instanceof Error)) return error
  const text = error.message
  const gone = (sentence: string, fix: string) => new PagesError('gone', sentence, fix, wordsOf(error))
  if (ENDED.test(text)) return gone('The browser ended by itself.', 'Try again.')
  if (/Download is starting/.test(text))
    return gone('The pages sent a file in place of a page.', 'Try again later.')
  if (error.name === 'TimeoutError' || /net::ERR|Timeout/.test(text))
    return gone('A page did not load in time.', 'Try again later.')
  // Anything else that the browser says of a page: it went away or became another one while it was used.
  if (/^(page|frame|locator|browser|browserContext|elementHandle|mouse|keyboard)\.\w+: /.test(text))
    return gone('A page changed while it was used.', 'Try again.')
  return error
}
