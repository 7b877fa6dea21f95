// Cursors and pages. A cursor names a row and its place, so that pages stay whole when rows come or go between two reads.
import { errors } from './errors.ts'

export interface Cursor {
  /** Place of the row in the list when the cursor was made. */
  at: number
  key: string
  /** Number of the page that ended with this row, from 1. */
  page: number
}

/** As Meta prints them: base64 with its padding as `ZD`. */
export function encodeCursor({ at, key, page }: Cursor): string {
  return Buffer.from(`${at}:${page}:${key}`)
    .toString('base64')
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replaceAll('=', 'ZD')
}

/** @throws GraphError 100 for a text that is no cursor. */
export function decodeCursor(text: string): Cursor {
  const padding = text.length % 4
  const bare = padding > 0 ? text.slice(0, -2 * padding) : text
  const [, at, page, key] = /^(\d+):(\d+):(.*)$/s.exec(Buffer.from(bare, 'base64url').toString()) ?? []
  if (at === undefined || page === undefined || key === undefined) throw errors.invalidParameter('cursor')
  return { at: Number(at), page: Number(page), key }
}

export interface Page {
  keys: readonly string[]
  number: number
  /** Place of the first row in the whole list. */
  start: number
  /** Null where the list is empty. */
  before: string | null
  after: string | null
  more: boolean
  earlier: boolean
}

/** One page of a list. A cursor whose row is gone goes on from the row's place. */
export function pageOf(
  all: readonly string[],
  limit: number,
  after: string | undefined,
  before: string | undefined,
): Page {
  let start = 0
  let end = limit
  let number = 1
  if (after !== undefined && after !== '') {
    const cursor = decodeCursor(after)
    start = placeOf(all, cursor, 1)
    number = cursor.page + 1
    end = start + limit
  } else if (before !== undefined && before !== '') {
    const cursor = decodeCursor(before)
    end = placeOf(all, cursor, 0)
    start = Math.max(0, end - limit)
    number = Math.max(1, cursor.page - 1)
  }
  const keys = all.slice(start, end)
  const cursorAt = (at: number): string | null => {
    const key = all[at]
    return key === undefined ? null : encodeCursor({ at, key, page: number })
  }
  return {
    keys,
    number,
    start,
    before: keys.length > 0 ? cursorAt(start) : null,
    after: keys.length > 0 ? cursorAt(start + keys.length - 1) : null,
    more: start + keys.length < all.length,
    earlier: start > 0,
  }
}

function placeOf(all: readonly string[], { at, key }: Cursor, beyond: 0 | 1): number {
  if (all[at] === key) return at + beyond
  const moved = all.indexOf(key)
  return moved >= 0 ? moved + beyond : Math.min(at, all.length)
}
