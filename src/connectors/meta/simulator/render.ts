// Turns nodes into answers: default fields, fields asked for, and edges inside fields with their own pages.
import { errors } from './errors.ts'
import type { Field } from './fields.ts'
import type { Call, EdgeAnswer, EdgePlace, Row, Value } from './node-spec.ts'
import { specOf } from './nodes.ts'
import { encodeCursor, pageOf } from './paging.ts'
import type { Json } from './world.ts'

function isRow(value: Value): value is Row {
  return typeof value === 'object' && value !== null && 'thing' in value && 'type' in value
}

/** A node with these fields; null = its default ones. Keys that have no value are left out; `id` never is. */
export function renderNode(call: Call, row: Row, fields: readonly Field[] | null): { [key: string]: Json } {
  const answer: { [key: string]: Json } = {}
  const asked = fields ?? [...specOf(row.type).defaults, ...row.extraDefaults].map(bare)
  for (const field of asked) {
    const value = renderField(call, row, field)
    if (value !== undefined && value !== null) answer[field.key] = value
  }
  if (!('id' in answer)) {
    const id = specOf(row.type).field('id')?.(row.thing, call)
    if (typeof id === 'string') answer['id'] = id
  }
  return answer
}

function bare(name: string): Field {
  return { name, key: name, args: new Map(), nested: null, source: null }
}

function renderField(call: Call, row: Row, field: Field): Json | undefined {
  const spec = specOf(row.type)
  const read = Object.hasOwn(row.extra, field.name) ? row.extra[field.name] : undefined
  const value = read ? read() : spec.field(field.name)?.(row.thing, call)
  if (value !== undefined) return isRow(value) ? renderNode(call, value, field.nested) : value
  if (read || spec.field(field.name)) return undefined
  if (!spec.edge(field.name) || refuses(call, spec.name, field.name))
    throw errors.unknownField(field.name, spec.name)
  const answer = readEdge(call, row, {
    edge: field.name,
    args: field.args,
    fields: field.nested,
    source: field.source,
    nested: true,
  })
  const { data } = answer
  // Where nobody is assigned the whole key is missing.
  return Array.isArray(data) && data.length === 0 && !('paging' in answer) && !('summary' in answer)
    ? undefined
    : answer
}

function refuses(call: Call, type: string, edge: string): boolean {
  const { refusedExpansions } = call.switches
  return refusedExpansions.includes(`${type}.${edge}`) || refusedExpansions.includes(`*.${edge}`)
}

export interface EdgeRead {
  edge: string
  args: ReadonlyMap<string, string>
  fields: readonly Field[] | null
  /** Text of the fields, repeated in the next page's address. */
  source: string | null
  nested: boolean
}

/** One page of an edge. */
export function readEdge(call: Call, row: Row, read: EdgeRead): EdgeAnswer {
  const spec = specOf(row.type)
  const edge = spec.edge(read.edge)
  if (!edge) throw errors.unknownEdge(read.edge)
  const limit = limitOf(call, read)
  call.asked += limit
  if (call.switches.complexity > 0 && call.asked > call.switches.complexity) throw errors.reduce()
  const list = edge.open(row.thing, call, read.args)
  const page = pageOf(list.keys, limit, read.args.get('after'), read.args.get('before'))
  const answer: EdgeAnswer = { data: page.keys.map((key) => renderNode(call, list.row(key), read.fields)) }
  const id = specOf(row.type).field('id')?.(row.thing, call)
  const node = typeof id === 'string' ? id : ''
  if (page.before !== null && page.after !== null) {
    const paging: { [key: string]: Json } = { cursors: { before: page.before, after: page.after } }
    if (page.earlier) paging['previous'] = address(call, node, read, limit, 'before', page.before)
    if (page.more) paging['next'] = address(call, node, read, limit, 'after', page.after)
    answer['paging'] = paging
  }
  const summary = read.args.get('summary')
  if (
    summary !== undefined &&
    !['', '0', 'false'].includes(summary) &&
    (edge.total || call.switches.totalEverywhere)
  ) {
    answer['summary'] = { total_count: list.keys.length }
  }
  const place: EdgePlace = {
    node,
    edge: read.edge,
    page: page.number,
    nested: read.nested,
    start: page.start,
    cursor: read.args.get('after'),
    cursorAt: (at) => encodeCursor({ at, key: '', page: page.number }),
    addressOf: (cursor) => address(call, node, read, limit, 'after', cursor),
  }
  return call.tap(place, answer)
}

function limitOf(call: Call, read: EdgeRead): number {
  const text = read.args.get('limit')
  if (text === undefined || text === '') return call.switches.defaultLimit
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1) throw errors.invalidParameter('limit')
  if (limit > (call.switches.maxLimits[read.edge] ?? call.switches.maxLimit)) throw errors.reduce()
  return limit
}

const ownParameters = new Set([
  'access_token',
  'after',
  'before',
  'limit',
  'fields',
  'batch',
  'method',
  'include_headers',
])

/** Address of another page: this server, every parameter again, the token included. */
function address(
  call: Call,
  node: string,
  read: EdgeRead,
  limit: number,
  way: 'after' | 'before',
  cursor: string,
): string {
  const query = new URLSearchParams({ access_token: call.token.text })
  for (const [name, value] of read.args) if (!ownParameters.has(name)) query.set(name, value)
  if (read.source !== null) query.set('fields', read.source)
  query.set('limit', String(limit))
  query.set(way, cursor)
  return `${call.origin}/${call.version}/${node}/${read.edge}?${query.toString()}`
}
