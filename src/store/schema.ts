// Describes the database's structure from PostgreSQL's own catalogue, in a stable order, so that a change of a migration is seen as a
// change of schema.sql. Written here because the embedded PostgreSQL brings no pg_dump.
import type pg from 'pg'
import { APP_ROLE } from './database.ts'

interface TableRow {
  table: string
  columns: string[]
  constraints: string[] | null
  indexes: string[] | null
  enabled: boolean
  forced: boolean
  policies: string[] | null
  rights: string[] | null
}

const TABLES = `
select c.relname as "table",
  (select array_agg(format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      case when a.attidentity = 'a' then ' generated always as identity'
           when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end) order by a.attnum)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select array_agg(format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)) order by k.contype, k.conname)
    from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n') as constraints,
  (select array_agg(replace(pg_get_indexdef(i.indexrelid), 'public.', '') order by pg_get_indexdef(i.indexrelid))
    from pg_index i where i.indrelid = c.oid
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = c.oid)) as indexes,
  c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
  (select array_agg(format('create policy %I on %I for %s%s%s', p.polname, c.relname,
      case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end,
      ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
      ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') order by p.polname)
    from pg_policy p where p.polrelid = c.oid) as policies,
  (select array_agg(lower(x.privilege_type) order by x.privilege_type)
    from aclexplode(c.relacl) x join pg_roles r on r.oid = x.grantee where r.rolname = $1) as rights
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
order by c.relname collate "C"`

const FUNCTIONS = `
select array_agg(trim(pg_get_functiondef(p.oid)) order by p.proname) as functions
from pg_proc p where p.pronamespace = 'public'::regnamespace
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`

const TRIGGERS = `
select array_agg(replace(pg_get_triggerdef(t.oid), 'public.', '') order by t.tgname) as triggers
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'public'::regnamespace and not t.tgisinternal`

/** The structure of schema public as text. Not for running: for comparing, and for reading. */
export async function describeSchema(client: pg.ClientBase): Promise<string> {
  const parts = [
    `-- The structure that the migrations make, as PostgreSQL tells it. Written by scripts/dump-schema.ts: change a migration, not this file.`,
  ]
  const functions = await client.query<{ functions: string[] | null }>(FUNCTIONS)
  for (const text of functions.rows[0]?.functions ?? []) {
    parts.push(`${text.replaceAll('public.', '').replace(/\s*\n\s*/g, ' ')};`)
  }
  const tables = await client.query<TableRow>(TABLES, [APP_ROLE])
  for (const row of tables.rows) parts.push(describeTable(row))
  const triggers = await client.query<{ triggers: string[] | null }>(TRIGGERS)
  for (const text of triggers.rows[0]?.triggers ?? []) parts.push(`${text};`)
  return `${parts.join('\n\n')}\n`
}

function describeTable(row: TableRow): string {
  const inside = [...row.columns, ...(row.constraints ?? [])].map((line) => `  ${line}`)
  const lines = [`create table ${row.table} (\n${inside.join(',\n')}\n);`]
  for (const index of row.indexes ?? []) lines.push(`${index};`)
  if (row.enabled) lines.push(`alter table ${row.table} enable row level security;`)
  if (row.forced) lines.push(`alter table ${row.table} force row level security;`)
  for (const policy of row.policies ?? []) lines.push(`${policy};`)
  if (row.rights !== null) lines.push(`grant ${row.rights.join(', ')} on ${row.table} to ${APP_ROLE};`)
  return lines.join('\n')
}
