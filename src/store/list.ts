// One builder for every list: search, sort, facets and paging in the database. A list names its base, a query with one row per thing
// that holds every column which can be searched, sorted or counted; the rows themselves are read afterwards, by id, for the page alone.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { MAX_PAGE_SIZE, PAGE_SIZE } from '../model/list.ts'
import type { Facets, List } from '../model/list.ts'
import type { Tx } from './db.ts'

export interface FacetSpec {
  /** A column of the base: a text, or a text[] whose values each count (`many`). */
  column: string
  many?: boolean
  /** A column with the words for the value; without it the value itself is the label. */
  label?: string
}

export interface ListSpec {
  /** `select id, … from …`: one row per thing. Joins of columns that a page does not ask for are left out by the planner. */
  base: RawBuilder<unknown>
  /** Text columns of the base that the search looks in. */
  search: readonly string[]
  /** Name in the address → column of the base. Ties are broken by id. */
  sorts: Readonly<Record<string, string>>
  defaultSort: string
  /** Columns to sort by that never are null: an index gives them in both directions. */
  filled?: readonly string[]
  facets: Readonly<Record<string, FacetSpec>>
  /**
   * A query for one text, `version`, that becomes another one with every write to what is counted: under the same text counts are not asked
   * again. No row, or no query: they always are.
   */
  version?: RawBuilder<{ version: string }>
}

/** From a moment on, and before another (ISO 8601), of a column that holds when. */
export function between(
  column: RawBuilder<unknown>,
  { from, to }: { from?: string | undefined; to?: string | undefined },
): RawBuilder<unknown> {
  return sql`${column} >= coalesce(${from ?? null}::timestamptz, '-infinity') and ${column} < coalesce(${to ?? null}::timestamptz, 'infinity')`
}

export interface ListAsk {
  search?: string | undefined
  /** A name of `sorts`, with a leading `-` for descending; an unknown one means the default. */
  sort?: string | undefined
  offset?: number | undefined
  limit?: number | undefined
  /** Facet → values, any of which may hold. */
  only?: Readonly<Record<string, readonly string[] | undefined>>
}

/** Values of a facet beyond this are not listed; the commonest come first. */
const MOST_VALUES = 300

/**
 * Ids of one page, in order, with the count of all that match. Facets, each under the other filters, come with the first page only:
 * they are the same for every page.
 */
export async function listIds(
  tx: Tx,
  spec: ListSpec,
  ask: ListAsk,
): Promise<{ ids: string[]; total: number; facets: Facets }> {
  const { ids, counts } = await listPage(tx, spec, ask)
  return { ids, ...(await counts()) }
}

interface Counts {
  total: number
  facets: Facets
}

/** The ids of a page, and what is still to be counted: at the same time as the rows are read. */
async function listPage(
  tx: Tx,
  spec: ListSpec,
  ask: ListAsk,
): Promise<{ ids: string[]; counts: () => Promise<Counts> }> {
  const limit = Math.min(Math.max(ask.limit ?? PAGE_SIZE, 1), MAX_PAGE_SIZE)
  const offset = ask.offset ?? 0
  const [page, versions] = await Promise.all([
    sql<{ id: string }>`${ordered(spec, ask)} limit ${limit} offset ${offset}`.execute(tx),
    spec.version?.execute(tx),
  ])
  const version = versions?.rows[0]?.version
  return {
    ids: page.rows.map((row) => row.id),
    counts: async () => {
      if (offset === 0 && Object.keys(spec.facets).length > 0) return firstCounts(tx, spec, ask, version)
      return { total: await totalOf(tx, spec, ask, version), facets: {} }
    },
  }
}

/** What was counted lately, by the version of what was counted and the question. */
const counted = new Map<string, unknown>()
const MOST_COUNTED = 500

/** What is known under a key, which becomes the newest with it. */
function known<T>(key: string): T | undefined {
  const value = counted.get(key) as T | undefined
  if (value !== undefined) keep(key, value)
  return value
}

function keep(key: string, value: unknown): void {
  // The newest is the last one.
  counted.delete(key)
  counted.set(key, value)
  for (const oldest of counted.keys()) {
    if (counted.size <= MOST_COUNTED) break
    counted.delete(oldest)
  }
}

/** Names a question of a version; null where nothing tells when the answer becomes another one. */
function keyOf(tx: Tx, version: string | undefined, query: RawBuilder<unknown>): string | null {
  if (version === undefined) return null
  const { sql: text, parameters } = query.compile(tx)
  return JSON.stringify([version, text, parameters])
}

/** Ids of everything that matches, in order: for exports. In one text with commas between, since 100,000 texts of their own take ten times as much. */
export async function allIds(tx: Tx, spec: ListSpec, ask: ListAsk): Promise<string> {
  const query = sql<{ ids: string }>`select array_to_string(array(${ordered(spec, ask)}), ',') as ids`
  return (await query.execute(tx)).rows[0]?.ids ?? ''
}

/** A page with its rows, which `byIds` reads in any order. */
export async function listRows<Row extends { id: string }>(
  tx: Tx,
  spec: ListSpec,
  ask: ListAsk,
  byIds: (tx: Tx, ids: readonly string[]) => Promise<Row[]>,
): Promise<List<Row>> {
  const { ids, counts } = await listPage(tx, spec, ask)
  const [rows, { total, facets }] = await Promise.all([ids.length === 0 ? [] : byIds(tx, ids), counts()])
  return { rows: inOrder(ids, rows), total, facets }
}

/** Rows in the order of their ids; an id without a row (it went in between) is left out. */
export function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function ordered(spec: ListSpec, ask: ListAsk): RawBuilder<unknown> {
  return sql`select base.id::text as id from (${spec.base}) base where ${matches(spec, ask)}
    order by ${sortOf(spec, ask.sort)}`
}

function sortOf(spec: ListSpec, asked: string | undefined): RawBuilder<unknown> {
  const known = (name: string) => Object.hasOwn(spec.sorts, name.replace(/^-/, ''))
  const name = asked !== undefined && known(asked) ? asked : spec.defaultSort
  const column = spec.sorts[name.replace(/^-/, '')] ?? 'id'
  const nulls = spec.filled?.includes(column) === true ? sql`` : sql`nulls last`
  return name.startsWith('-')
    ? sql`${sql.ref(`base.${column}`)} desc ${nulls}, base.id desc`
    : sql`${sql.ref(`base.${column}`)} asc nulls last, base.id asc`
}

function matches(spec: ListSpec, ask: ListAsk): RawBuilder<unknown> {
  return all([searched(spec, ask), ...Object.keys(spec.facets).map((name) => chosen(spec, ask, name))])
}

const countAll = (spec: ListSpec, ask: ListAsk) =>
  sql<{ count: number }>`select count(*) as count from (${spec.base}) base where ${matches(spec, ask)}`

async function totalOf(tx: Tx, spec: ListSpec, ask: ListAsk, version: string | undefined): Promise<number> {
  const query = countAll(spec, ask)
  const key = keyOf(tx, version, query)
  const total =
    (key === null ? undefined : known<number>(key)) ?? (await query.execute(tx)).rows[0]?.count ?? 0
  if (key !== null) keep(key, total)
  return total
}

interface Count {
  /** Empty for the count of all. */
  facet: string
  value: string
  label: string | null
  count: number
}

/** Facets and total together: what is counted is looked at once. */
async function firstCounts(
  tx: Tx,
  spec: ListSpec,
  ask: ListAsk,
  version: string | undefined,
): Promise<Counts> {
  const columns = Object.values(spec.facets).flatMap((f) =>
    f.label === undefined ? [f.column] : [f.column, f.label],
  )
  const chosenAll = all(Object.keys(spec.facets).map((name) => chosen(spec, ask, name)))
  const query = sql<Count>`
    with base as materialized (
      select ${sql.join([...new Set(columns)].map((column) => sql.ref(`base.${column}`)))}
      from (${spec.base}) base where ${searched(spec, ask)})
    select '' as facet, '' as value, null as label, count(*) as count from base where ${chosenAll}
    union all ${sql.join(
      Object.entries(spec.facets).map(([name, facet]) => countsOf(spec, ask, name, facet)),
      sql` union all `,
    )}`
  const key = keyOf(tx, version, query)
  const before = key === null ? undefined : known<Counts>(key)
  if (before !== undefined) return before
  const counts = countsFrom(spec, (await query.execute(tx)).rows)
  if (key !== null) {
    keep(key, counts)
    // The pages that follow ask for the total alone.
    keep(keyOf(tx, version, countAll(spec, ask)) ?? key, counts.total)
  }
  return counts
}

function countsFrom(spec: ListSpec, rows: readonly Count[]): Counts {
  const names = Object.keys(spec.facets)
  const facets: Facets = {}
  for (const name of names) {
    facets[name] = rows
      .filter((row) => row.facet === name)
      .map(({ value, label, count }) => ({ value, label: label ?? value, count }))
      .sort((a, b) => b.count - a.count || a.label.localeCompare(b.label))
      .slice(0, MOST_VALUES)
  }
  return { total: rows.find(({ facet }) => facet === '')?.count ?? 0, facets }
}

/** One facet's values with their counts under the other facets' filters. */
function countsOf(spec: ListSpec, ask: ListAsk, name: string, facet: FacetSpec): RawBuilder<unknown> {
  const others = Object.keys(spec.facets).filter((other) => other !== name)
  const column = sql.ref(`base.${facet.column}`)
  const label = facet.label === undefined ? sql`null::text` : sql`max(${sql.ref(`base.${facet.label}`)})`
  const value = facet.many === true ? sql`each.value` : column
  const from = facet.many === true ? sql`base cross join unnest(${column}) as each (value)` : sql`base`
  return sql`select ${name}::text as facet, ${value}::text as value, ${label} as label, count(*) as count
    from ${from} where ${all(others.map((other) => chosen(spec, ask, other)))} and ${value} is not null group by ${value}`
}

function searched(spec: ListSpec, ask: ListAsk): RawBuilder<unknown> {
  const text = (ask.search ?? '').trim()
  if (text === '' || spec.search.length === 0) return sql`true`
  const pattern = `%${text.replaceAll(/[\\%_]/g, (found) => `\\${found}`)}%`
  return sql`(${sql.join(
    spec.search.map((column) => sql`${sql.ref(`base.${column}`)} ilike ${pattern}`),
    sql` or `,
  )})`
}

function chosen(spec: ListSpec, ask: ListAsk, name: string): RawBuilder<unknown> {
  const values = ask.only?.[name]
  const facet = spec.facets[name]
  if (values === undefined || values.length === 0 || facet === undefined) return sql`true`
  const column = sql.ref(`base.${facet.column}`)
  return facet.many === true
    ? sql`${column} && ${values}::text[]`
    : sql`${column}::text = any(${values}::text[])`
}

function all(conditions: RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
}
