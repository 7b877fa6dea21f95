// Answers one read of the second Graph server: fields with expansions, pages with cursors, and what is refused on the way.
import type { Habits } from './habits.ts'
import { Refusal, tooMuch, unknownField } from './rows.ts'
import type { Row, Shelf } from './rows.ts'

interface Field {
  name: string
  args: Record<string, string>
  fields: Field[] | null
}

/** `a,b.limit(2){c}` → fields. */
function parseFields(text: string): Field[] {
  let at = 0
  const list = (): Field[] => {
    const out: Field[] = []
    while (at < text.length && text[at] !== '}') {
      const name = /^\w+/.exec(text.slice(at))?.[0]
      if (name === undefined) throw new Refusal(2500, `Syntax error at position ${at}`)
      at += name.length
      const field: Field = { name, args: {}, fields: null }
      while (text[at] === '.') {
        const call = /^\.(\w+)\(([^)]*)\)/.exec(text.slice(at))
        if (call === null) throw new Refusal(2500, 'Syntax error')
        field.args[call[1] ?? ''] = call[2] ?? ''
        at += call[0].length
      }
      if (text[at] === '{') {
        at++
        field.fields = list()
        at++
      }
      out.push(field)
      if (text[at] === ',') at++
    }
    return out
  }
  return list()
}

const edgeName =
  /^(business_users|system_users|pending_users|agencies|clients|assigned_users|business_asset_groups|(owned|client|contained)_\w+)$/

/** Fields that every node is taken to know; the habits take some away. */
const known = new Set(
  'id name role email first_name last_name title two_fac_status finance_permission pending_email marked_for_removal ip_permission created_by created_time expiration_time expiry_time status updated_time invited_user_type account_id currency timezone_name business owner_business permitted_tasks permitted_roles access_status access_requested_time access_updated_time ig_user_id ig_username vertical user_type tasks adaccount_tasks page_tasks pixel_tasks adaccount_permissions page_permissions productcatalog_permissions application_permissions shared_ca_count link category namespace'.split(
    ' ',
  ),
)
/** Texts that may be there and empty. */
const mayBeEmpty = new Set(['email', 'title', 'pending_email', 'first_name'])
/** Fields that no node of this name has. */
const lacking: Record<string, string[]> = {
  InstagramBusinessAsset: ['name', 'owner_business', 'business', 'permitted_tasks'],
  BusinessAssetGroup: ['email', 'tasks'],
  AssignedUser: ['email'],
  GroupMember: ['email', 'tasks'],
  PlainMember: ['email', 'tasks', 'adaccount_tasks', 'page_tasks', 'pixel_tasks'],
  UnitedMember: ['email', 'adaccount_tasks', 'page_tasks', 'pixel_tasks'],
  AdsPixel: ['business'],
}

/** Marks a refusal of what is inside a read, not of its path. */
function inside(refusal: Refusal): Refusal {
  refusal.nested = true
  return refusal
}

function expanded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof Refusal ? inside(error) : error
  }
}

export interface Reading {
  shelf: Shelf
  habits: Habits
  viewer: string
  url: string
  /** Rows that the limits of this read have asked for so far. */
  asked: number
}

export function readNode(r: Reading, id: string, query: URLSearchParams): unknown {
  const fields = parseFields(query.get('fields') ?? 'name')
  const { of, row } = r.shelf.nodeOf(r.viewer, id)
  const edges = fields.filter((f) => edgeName.test(f.name) && r.shelf.isNode(id)).map((f) => f.name)
  if (of === 'Business') {
    if (r.habits.root === 'code 1' && edges.length > 1) throw tooMuch()
    const bad = edges.find((name) => r.habits.rootRefuses.includes(name))
    if (bad !== undefined) throw inside(unknownField(bad, 'Business'))
  }
  if (r.habits.plainOnly && edges[0] !== undefined) throw inside(unknownField(edges[0], of))
  return pick(r, of, row, fields, 1)
}

export function readEdge(r: Reading, id: string, name: string, query: URLSearchParams): unknown {
  const own = ['fields', 'access_token', 'appsecret_proof']
  const args = Object.fromEntries([...query].filter(([key]) => !own.includes(key)))
  const fields = query.get('fields')
  return page(r, id, name, args, fields === null ? null : parseFields(fields), 1)
}

/** The rest of the read is answered. */
const isQuiet = ({ expansionError }: Habits): boolean => ['silent', 'inside'].includes(expansionError)

const kindOfEdge = (name: string): string => name.replace(/^(owned|client)_/, '')

const isRefused = ({ habits }: Reading, edge: string, f: Field): boolean =>
  edgeName.test(f.name) &&
  f.fields !== null &&
  (habits.plainOnly || habits.refusedExpansions.includes(`${kindOfEdge(edge)}.${f.name}`))

function refuseExpansions(r: Reading, edge: string, of: string, fields: Field[]): void {
  const { habits } = r
  const bad = fields.find((f) => isRefused(r, edge, f))
  if (bad === undefined || isQuiet(habits)) return
  if (habits.expansionError === 'code 1') throw tooMuch()
  if (habits.expansionError === 'unsupported')
    throw new Refusal(100, '(#100) Unsupported field expansion for this edge')
  if (habits.expansionError === 'field')
    throw inside(new Refusal(100, `(#100) Tried accessing nonexisting field (${bad.name})`))
  throw inside(unknownField(bad.name, of))
}

function page(
  r: Reading,
  id: string,
  name: string,
  args: Record<string, string>,
  fields: Field[] | null,
  outer: number,
): { data: Row[]; paging?: unknown; summary?: unknown } {
  const { habits } = r
  const asked = Number(args.limit ?? 25) + (habits.larger ? 3 : 0)
  if (!Number.isInteger(asked) || asked < 1) throw new Refusal(100, '(#100) limit must be a positive integer')
  if (asked - (habits.larger ? 3 : 0) > (habits.maxLimits[name] ?? habits.maxLimit)) throw tooMuch()
  r.asked += outer * asked
  if (habits.mostRows > 0 && r.asked > habits.mostRows) throw tooMuch()
  const { of, rows } = r.shelf.edge(r.viewer, id, name, args)
  if (fields !== null) refuseExpansions(r, name, of, fields)
  // Expansions count as often as there may be rows.
  for (const f of fields ?? [])
    if (edgeName.test(f.name) && f.fields !== null) r.asked += outer * asked * Number(f.args.limit ?? 25)
  if (habits.mostRows > 0 && r.asked > habits.mostRows) throw tooMuch()
  const size = habits.pageRows === 0 ? asked : Math.min(asked, habits.pageRows)
  const [at = 0, empty = 0] =
    (args.after ?? args.offset) === undefined
      ? []
      : Buffer.from(args.after ?? args.offset ?? '', 'base64url')
          .toString()
          .split('.')
          .map(Number)
  const cursor = (...parts: number[]): string => Buffer.from(parts.join('.')).toString('base64url')
  const total =
    habits.totals === 'always' || (habits.totals === 'asked' && args.summary !== undefined)
      ? { summary: { total_count: habits.totalsAsText ? String(rows.length) : rows.length } }
      : {}
  const next = (after: string): unknown => ({
    ...(habits.paging === 'cursors' ? { cursors: { before: cursor(at), after } } : {}),
    next: addressOf(r, id, name, args, fields, after),
  })
  if (habits.emptyPages && rows.length > 0 && empty === 0 && (at + rows.length) % 3 === 0)
    return { data: [], paging: next(cursor(at, 1)), ...total }
  const start = habits.overlap && at > 0 ? at - 1 : at
  const end = Math.min(rows.length, at + size)
  const refused = (fields ?? []).filter((f) => isQuiet(habits) && isRefused(r, name, f))
  const told = (fields ?? defaults).filter((f) => !refused.includes(f))
  const inPlace = habits.expansionError === 'inside' ? refused.map((f) => [f.name, away] as const) : []
  const data = rows.slice(start, end).map((row) => ({
    ...pick(r, of, row, fields === null ? defaults : told, 0),
    ...Object.fromEntries(inPlace),
  }))
  const paging =
    end < rows.length
      ? next(cursor(end))
      : { cursors: { before: cursor(at), after: cursor(end) }, ...(habits.nulls ? { next: null } : {}) }
  return { data, ...(rows.length === 0 ? {} : { paging }), ...total }
}

/** What stands in the place of a list that failed by itself. */
const away = { error: { message: '(#2) Service temporarily unavailable', type: 'OAuthException', code: 2 } }

const defaults: Field[] = ['name', 'role', 'tasks', 'permitted_tasks'].map((name) => ({
  name,
  args: {},
  fields: null,
}))

function addressOf(
  r: Reading,
  id: string,
  name: string,
  args: Record<string, string>,
  fields: Field[] | null,
  after: string,
): string {
  const query = new URLSearchParams({
    access_token: 'EAAinthenextaddress',
    ...without(args, 'offset'),
    [r.habits.paging === 'offset' ? 'offset' : 'after']: after,
    ...(fields === null ? {} : { fields: fieldText(fields) }),
  })
  if (r.habits.paging === 'bare address') return `/${id}/${name}?access_token=EAAx&after=${after}`
  return `${r.url}/v26.0/${id}/${name}?${query.toString()}`
}

const without = (args: Record<string, string>, key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(args).filter(([name]) => name !== key))

const fieldText = (fields: Field[]): string =>
  fields
    .map(
      (f) =>
        f.name +
        Object.entries(f.args)
          .map(([k, v]) => `.${k}(${v})`)
          .join('') +
        (f.fields === null ? '' : `{${fieldText(f.fields)}}`),
    )
    .join(',')

/** Lists inside a field, as those of permissions, lack what is left out as well. */
function withoutLeftOut({ leftOut }: Habits, value: unknown): unknown {
  if (leftOut.length === 0 || !Array.isArray(value)) return value
  return value.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null
      ? Object.fromEntries(Object.entries(entry).filter(([key]) => !leftOut.includes(key)))
      : entry,
  )
}

function pick(r: Reading, of: string, row: Row, fields: Field[], outer: number): Row {
  const out: Row = { id: row.id }
  for (const f of fields) {
    if (r.habits.leftOut.includes(f.name)) continue
    const isEdge = edgeName.test(f.name) && r.shelf.isNode(row.id)
    if (isEdge) {
      const inner = expanded(() => page(r, row.id, f.name, f.args, f.fields, outer))
      const bare = inner.data.length === 0 && !/"next":"/.test(JSON.stringify(inner.paging ?? {}))
      if (!bare || r.habits.nulls) out[f.name] = inner
    } else if (
      !known.has(f.name) ||
      r.habits.unknownFields.includes(f.name) ||
      (lacking[of] ?? []).includes(f.name)
    ) {
      if (fields !== defaults) throw inside(unknownField(f.name, of))
    } else if (row[f.name] !== undefined) out[f.name] = withoutLeftOut(r.habits, row[f.name])
    else if (r.habits.nulls) out[f.name] = null
    else if (r.habits.empty === 'empty text' && mayBeEmpty.has(f.name)) out[f.name] = ''
  }
  if (r.habits.extras) Object.assign(out, { __type__: of, uri: '', data: [{ id: '1' }] })
  return out
}
