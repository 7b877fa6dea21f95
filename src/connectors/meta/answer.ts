// Takes apart what Graph answers: tolerant in form (numbers as ids, missing keys, more keys than asked for), strict in what it concludes:
// a list that is not a list, or a row without an id, is a failure and never an empty answer.
import { createHash } from 'node:crypto'
import { ConnectorError } from '../../model/error.ts'

export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json | undefined
}

/** The parameters that lead to the next page: usually `after` alone. Never a token or a proof. */
export type Cursor = Record<string, string>

export interface Page {
  rows: JsonObject[]
  /** Null at the end of the list. */
  next: Cursor | null
  /** `summary.total_count`, where the answer has one. */
  total: number | null
}

/** Parameters of a `next` address that we set ourselves, or that must not be kept. */
const ownParameters = new Set([
  'access_token',
  'appsecret_proof',
  'fields',
  'limit',
  'pretty',
  'business',
  'before',
  'method',
  'summary',
  'format',
])

/** Digits that lose their last places when they become a number. */
const longNumber = /[[:,]\s*-?\d{16,}/

/** Every text and every number of a JSON document, whole. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Parses JSON so that an id beyond 2^53 keeps all its digits (as a text). Throws SyntaxError. */
export function parseJson(text: string): Json {
  if (!longNumber.test(text)) return JSON.parse(text) as Json
  const quoted = text.replace(tokens, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  )
  return JSON.parse(quoted) as Json
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The answer does not fit what was asked. `what` names the edge or field, never a value. */
export function changed(what: string): ConnectorError {
  return new ConnectorError({
    kind: 'changed',
    sentence: `Meta's answer does not have the expected form: ${what}.`,
    fix: 'Check for updates again. If it stays, this version of Guestlist does not know what Meta answers now: report it.',
  })
}

/** A text worth showing: null where it is missing, empty or not a text. Control zeros and half characters are taken out. */
export function text(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return null
  const clean = value.toWellFormed().replaceAll('\u0000', '')
  return clean.trim() === '' ? null : clean
}

/** An id, given as text or as a number; null where there is none. */
export function id(value: Json | undefined): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? String(value) : null
  if (typeof value !== 'string') return null
  const trimmed = value.trim()
  return /^[\w.-]{1,80}$/.test(trimmed) ? trimmed : null
}

/** The id of a row; a row without one fails the read. */
export function requiredId(row: JsonObject, what: string): string {
  const found = id(row.id)
  if (found === null) throw changed(`a row of ${what} has no id`)
  return found
}

const told = (row: JsonObject, fields: readonly string[]): boolean =>
  fields.some((field) => row[field] !== undefined && row[field] !== null)

/** Only people have a role or a kind of user: a row with one in a list of anything else is of another list, as where two answers of a batch were swapped. */
export function noPerson(row: JsonObject, what: string): void {
  if (told(row, ['role', 'user_type'])) throw changed(`${what} tells of people`)
}

/** The same the other way round: only assets have owners and people assigned to them. */
export function noAsset(row: JsonObject, what: string): void {
  if (told(row, ['assigned_users', 'owner_business', 'account_id', 'ig_user_id']))
    throw changed(`${what} tells of assets`)
}

/** Only who is assigned to an asset comes with rights on it and a kind of user. */
export function notAssigned(row: JsonObject, what: string): void {
  if (told(row, ['tasks', 'user_type'])) throw changed(`${what} tells of who is assigned`)
}

/**
 * A list of names as permissions are: kept as they are written, in alphabetical order, each once. A text with commas or JSON, an object
 * with `data` and one with numbered keys are taken too; missing means none, anything else, a text without a word among it, throws ConnectorError `changed`, also inside.
 */
export function names(value: Json | undefined): string[] {
  if (!Array.isArray(value) || value.length > MOST_NAMES) return namesIn(value)
  const as = JSON.stringify(value)
  const known = lists.get(as)
  if (known !== undefined) return known
  const told = Object.freeze(namesIn(value)) as string[]
  if (lists.size >= MOST_LISTS) lists.clear()
  if (as.length <= LONGEST_LIST) lists.set(as, told)
  return told
}

/** Lists of permissions as they came, with how they are kept: few different ones come with very many rows, and one is held for all of them. */
const lists = new Map<string, string[]>()
const MOST_LISTS = 1_000
const MOST_NAMES = 50
const LONGEST_LIST = 2_000

function namesIn(value: Json | undefined): string[] {
  const found = listOf(value).map((v) => {
    if (typeof v !== 'string' && typeof v !== 'number')
      throw changed('a list of permissions holds something that is not a word')
    return text(v)?.trim()
  })
  return [...new Set(found.filter((v): v is string => v !== undefined && v !== ''))].sort()
}

function listOf(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  if (typeof value === 'string' && !/[^\s,]/.test(value))
    throw changed('a list of permissions is an empty text')
  if (typeof value === 'string')
    return value.trim().startsWith('[') ? listOf(jsonOf(value)) : value.split(',')
  if (isObject(value) && Array.isArray(value.data)) return value.data
  const entries = isObject(value) ? Object.entries(value) : null
  if (entries?.every(([key, v]) => /^\d+$/.test(key) && typeof v === 'string') !== true)
    throw changed('a list of permissions is not a list')
  return entries.map(([, v]) => v ?? null)
}

function jsonOf(value: string): Json {
  try {
    return JSON.parse(value) as Json
  } catch {
    return value.split(/[[\]",\s]+/)
  }
}

/** The id and name of another object inside a row, as `owner_business`; a bare id is taken too. */
export function reference(value: Json | undefined): { id: string; name: string | null } | null {
  const found = isObject(value) ? id(value.id) : id(value)
  if (found === null) return null
  return { id: found, name: isObject(value) ? text(value.name) : null }
}

/** A list inside a row that has no pages: an array, or an object with `data`. Missing means none; anything else fails. */
export function plainList(value: Json | undefined, what: string): JsonObject[] {
  if (value === undefined || value === null) return []
  const list = isObject(value) ? value.data : value
  if (!Array.isArray(list)) throw changed(`${what} is not a list`)
  // Nothing leads to the rest of such a list, and a part of it must not pass for the whole.
  const paging = isObject(value) && isObject(value.paging) ? value.paging : {}
  if (paging.next !== undefined && paging.next !== null) throw changed(`${what} goes on`)
  return list.map((row) => {
    if (!isObject(row)) throw changed(`${what} holds something that is not a row`)
    return row
  })
}

/** One page of a list edge. Throws ConnectorError `changed` where `data` is missing. */
export function page(body: Json, what: string): Page {
  if (!isObject(body) || !Array.isArray(body.data)) throw changed(`${what} has no list of rows`)
  const paging = isObject(body.paging) ? body.paging : {}
  const summary = isObject(body.summary) ? body.summary : {}
  const counted = summary.total_count
  const total = typeof counted === 'string' && /^\d{1,9}$/.test(counted) ? Number(counted) : counted
  const rows = plainList(body.data, what)
  return { rows, next: cursor(paging, what), total: typeof total === 'number' ? total : null }
}

/** A list that was expanded inside a row: the key is left out where the list is empty. */
export function expandedPage(row: JsonObject, key: string, what: string): Page {
  const value = row[key]
  if (value === null) throw changed(`${what} is neither a list nor left out`)
  if (value === undefined) return { rows: [], next: null, total: null }
  if (Array.isArray(value)) return { rows: plainList(value, what), next: null, total: null }
  return page(value, what)
}

/**
 * The end of a list is the absence of `next`; `cursors.after` is there on the last page too. Only the parameters of `next` are
 * taken: its host is not ours to trust, and it carries the token.
 */
function cursor(paging: JsonObject, what: string): Cursor | null {
  if (paging.next === undefined || paging.next === null || paging.next === '') return null
  const cursors = isObject(paging.cursors) ? paging.cursors : {}
  const parameters = typeof paging.next === 'string' ? queryOf(paging.next) : null
  const after = parameters?.get('after') ?? (typeof cursors.after === 'string' ? cursors.after : null)
  if (after !== null && after !== '') return { after }
  const kept: Cursor = {}
  for (const [key, value] of parameters ?? []) {
    if (!ownParameters.has(key) && value !== '') kept[key] = value
  }
  if (Object.keys(kept).length === 0) throw changed(`${what} has a next page without a way to it`)
  return kept
}

function queryOf(address: string): URLSearchParams | null {
  const at = address.indexOf('?')
  // A cursor holds no spaces: a plus sign stands for itself, also where whoever wrote the address did not escape it.
  return at < 0 ? null : new URLSearchParams(address.slice(at + 1).replaceAll('+', '%2B'))
}

/** A short name of a cursor, to notice one that was there before. */
export function cursorMark(next: Cursor): string {
  return createHash('sha256').update(JSON.stringify(next)).digest('base64url').slice(0, 10)
}
