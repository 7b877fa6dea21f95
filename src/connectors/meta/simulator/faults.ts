// Planned misfortune. A fault names the calls it meets by what they are, not by when they come, and what then happens.
import type { CallIdentity } from './call-log.ts'
import type { WorldChange } from './changes.ts'
import type { ErrorName, GraphErrorFacts } from './errors.ts'
import type { EdgeAnswer, EdgePlace } from './node-spec.ts'
import type { Json } from './world.ts'

/** Every part that is given must fit. */
export type FaultMatch = Partial<CallIdentity> & {
  /** Whole HTTP request that carries a batch. */
  batch?: boolean
}

export type EdgeEdit =
  /** No rows, and `next` goes on where this page began. */
  | 'empty-with-next'
  /** `next` asks for this same page again, with the same cursor. */
  | 'repeat-cursor'
  /** No rows and no `next`: a full list that looks empty. */
  | 'turn-empty'
  /** The next page begins with this one's last row. */
  | 'overlap'
  | 'next-on-last'
  | 'foreign-next'
  | 'no-next'
  | 'no-data'
  | 'null-data'
  | 'object-data'
  | 'no-paging'
  | 'wrong-total'
  /** The first row has no id. */
  | 'row-without-id'
  | 'null-row'

export interface FaultAction {
  /** An error of the list by name, or a whole new one; with `status` it comes with another HTTP status. */
  error?: ErrorName | GraphErrorFacts
  status?: number
  /** A body that is not the API's: a proxy's page, nothing at all. Default type: text/html. */
  raw?: { status: number; body: string; type?: string }
  /** Milliseconds before anything happens. */
  delay?: number
  /** In-process only: nothing happens before this has come. */
  until?: Promise<undefined>
  /** Cuts the connection: before any byte, after the headers, or in the middle of the body. */
  drop?: 'before' | 'after-headers' | 'mid-body'
  /** Sends headers and then nothing, until the client gives up. */
  hang?: boolean
  /** Sends the body in pieces of this many bytes, with a pause between them. */
  slow?: { bytes: number; pause: number }
  /** Ends the body after this many characters, as if it were whole. */
  truncate?: number
  contentType?: string
  /** A null in place of this item of a batch. */
  nullItem?: boolean
  /** Swaps the first two answers of a batch. */
  swapItems?: boolean
  edit?: EdgeEdit
  /** In-process only: any other change of what an edge answers. */
  rewrite?: (answer: EdgeAnswer) => EdgeAnswer
  headers?: Record<string, string>
  /** `facebook-api-version` of the answer. */
  version?: string
  /** Changes of the world just before this call is answered. */
  changes?: WorldChange[]
}

/** What can only befall a whole call, never an edge inside one. */
const ofWholeCalls = [
  'raw',
  'delay',
  'until',
  'drop',
  'hang',
  'slow',
  'truncate',
  'nullItem',
  'headers',
] as const

/** Refuses a plan that would do nothing without a word. */
export function forNestedEdge(action: FaultAction | null): FaultAction | null {
  const wrong = ofWholeCalls.find((one) => action?.[one] !== undefined)
  if (wrong !== undefined)
    throw new Error(`The fault "${wrong}" met an edge inside another call, which it cannot change.`)
  return action
}

export interface Fault {
  match: FaultMatch
  do: FaultAction
  /** How often it meets a call; once by default. */
  times?: number
}

export interface PlannedFault extends Fault {
  id: number
  fired: number
}

export interface FaultPlan {
  add(fault: Fault): PlannedFault
  remove(id: number): void
  clear(): void
  list(): readonly PlannedFault[]
  /** The first fault that fits and has not met enough calls yet; counts it. */
  take(identity: CallIdentity, batch: boolean): FaultAction | null
}

export function faultPlan(): FaultPlan {
  let faults: PlannedFault[] = []
  let last = 0
  return {
    add: (fault) => {
      const planned = { ...fault, id: ++last, fired: 0 }
      faults.push(planned)
      return planned
    },
    remove: (id) => {
      faults = faults.filter((fault) => fault.id !== id)
    },
    clear: () => {
      faults = []
    },
    list: () => faults,
    take: (identity, batch) => {
      const fault = faults.find((one) => one.fired < (one.times ?? 1) && fits(one.match, identity, batch))
      if (!fault) return null
      fault.fired++
      return fault.do
    },
  }
}

function fits(match: FaultMatch, identity: CallIdentity, batch: boolean): boolean {
  const { batch: wanted = false, ...rest } = match
  if (wanted !== batch) return false
  return (Object.keys(rest) as (keyof CallIdentity)[]).every(
    (part) => rest[part] === undefined || rest[part] === identity[part],
  )
}

/** What an edge answers after an edit. */
export function editAnswer(edit: EdgeEdit, place: EdgePlace, answer: EdgeAnswer): EdgeAnswer {
  const { data, paging, ...others } = answer
  const rows: Json[] = Array.isArray(data) ? data : []
  const pages = typeof paging === 'object' && paging !== null && !Array.isArray(paging) ? paging : {}
  const goTo = (cursor: string): Json => ({
    ...pages,
    cursors: { before: cursor, after: cursor },
    next: place.addressOf(cursor),
  })
  switch (edit) {
    case 'empty-with-next':
      return { data: [], paging: goTo(place.cursorAt(place.start)), ...others }
    case 'repeat-cursor':
      return { data: rows, paging: goTo(place.cursor ?? place.cursorAt(place.start)), ...others }
    case 'turn-empty':
      return { data: [] }
    case 'overlap':
      return rows.length < 2 || !('next' in pages)
        ? answer
        : { data: rows, paging: goTo(place.cursorAt(place.start + rows.length - 1)), ...others }
    case 'next-on-last':
      return {
        data: rows,
        paging: { ...pages, next: place.addressOf(place.cursorAt(place.start + rows.length)) },
        ...others,
      }
    case 'foreign-next':
      return {
        data: rows,
        paging: {
          ...pages,
          next: place
            .addressOf(place.cursorAt(place.start))
            .replace(/^https?:\/\/[^/]+/, 'http://graph.facebook.example'),
        },
        ...others,
      }
    case 'no-next': {
      return { data: rows, paging: without(pages, 'next'), ...others }
    }
    case 'no-data':
      return { ...others, paging: pages }
    case 'null-data':
      return { ...answer, data: null }
    case 'object-data':
      return { ...answer, data: Object.fromEntries(rows.entries()) }
    case 'no-paging':
      return { data: rows, ...others }
    case 'wrong-total':
      return { ...answer, summary: { total_count: rows.length + place.start + 3 } }
    case 'row-without-id':
      return { ...answer, data: rows.map((row, n) => (n === 0 ? without(row, 'id') : row)) }
    case 'null-row':
      return { ...answer, data: [null, ...rows.slice(1)] }
  }
}

function without(value: Json, key: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
}
