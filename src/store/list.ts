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
  const limit = Math.min(Math.max(ask.limit ?? PAGE_SIZE, 1), MAX_PAGE_SIZE)
  const offset = ask.offset ?? 0
  await roomToCount(tx)
  const page = sql<{ id: string }>`${ordered(spec, ask)} limit ${limit} offset ${offset}`
  const ids = (await page.execute(tx)).rows.map((row) => row.id)
  const version = (await spec.version?.execute(tx))?.rows[0]?.version
  return {
    ids,
    total: await totalOf(tx, spec, ask, version),
    facets: offset === 0 ? await facetsOf(tx, spec, ask, version) : {},
  }
}

/** What was counted lately, by the version of what was counted and the question. */
const counted = new Map<string, readonly unknown[]>()
const MOST_COUNTED = 500

/** The rows of a query that counts, from memory where nothing was written since it was last asked. */
async function countOnce<Row>(
  tx: Tx,
  version: string | undefined,
  query: RawBuilder<Row>,
): Promise<readonly Row[]> {
  if (version === undefined) return (await query.execute(tx)).rows
  const { sql: text, parameters } = query.compile(tx)
  const key = JSON.stringify([version, text, parameters])
  const known = counted.get(key) as readonly Row[] | undefined
  const rows = known ?? (await query.execute(tx)).rows
  // The newest is the last one.
  counted.delete(key)
  counted.set(key, rows)
  for (const oldest of counted.keys()) {
    if (counted.size <= MOST_COUNTED) break
    counted.delete(oldest)
  }
  return rows
}

/** Lets the counts of a big connection stay in memory; the server's default of 4 MB would write them to disk. */
async function roomToCount(tx: Tx): Promise<void> {
  await sql`set local work_mem = '64MB'`.execute(tx)
}

/** Ids of everything that matches, in order: for exports. */
export async function allIds(tx: Tx, spec: ListSpec, ask: ListAsk): Promise<string[]> {
  await roomToCount(tx)
  return (await sql<{ id: string }>`${ordered(spec, ask)}`.execute(tx)).rows.map((row) => row.id)
}

/** A page with its rows, which `byIds` reads in any order. */
export async function listRows<Row extends { id: string }>(
  tx: Tx,
  spec: ListSpec,
  ask: ListAsk,
  byIds: (tx: Tx, ids: readonly string[]) => Promise<Row[]>,
): Promise<List<Row>> {
  const { ids, total, facets } = await listIds(tx, spec, ask)
  return { rows: inOrder(ids, ids.length === 0 ? [] : await byIds(tx, ids)), total, facets }
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

async function totalOf(tx: Tx, spec: ListSpec, ask: ListAsk, version: string | undefined): Promise<number> {
  const count = sql<{ count: number }>`
    select count(*) as count from (${spec.base}) base where ${matches(spec, ask)}`
  return (await countOnce(tx, version, count))[0]?.count ?? 0
}

async function facetsOf(tx: Tx, spec: ListSpec, ask: ListAsk, version: string | undefined): Promise<Facets> {
  const names = Object.keys(spec.facets)
  const columns = Object.values(spec.facets).flatMap((f) =>
    f.label === undefined ? [f.column] : [f.column, f.label],
  )
  if (names.length === 0) return {}
  const counts = sql<{ facet: string; value: string; label: string | null; count: number }>`
    with base as materialized (
      select ${sql.join([...new Set(columns)].map((column) => sql.ref(`base.${column}`)))}
      from (${spec.base}) base where ${searched(spec, ask)})
    ${sql.join(
      Object.entries(spec.facets).map(([name, facet]) => countsOf(spec, ask, name, facet)),
      sql` union all `,
    )}`
  const rows = await countOnce(tx, version, counts)
  const facets: Facets = {}
  for (const name of names) {
    facets[name] = rows
      .filter((row) => row.facet === name)
      .map(({ value, label, count }) => ({ value, label: label ?? value, count }))
      .sort((a, b) => b.count - a.count || a.label.localeCompare(b.label))
      .slice(0, MOST_VALUES)
  }
  return facets
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
