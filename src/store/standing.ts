// What stands in each scope, row by row with what is known of it: a read notices by it what a list does not tell any more.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { inForce, observationKey } from '../model/snapshot.ts'
import type { Observation, PrincipalFacts } from '../model/snapshot.ts'
import type { Tx } from './db.ts'
import { partnerIn } from './inventory.ts'

/** Names a row, whatever is told of it; null of what stands in no list of its own: somebody who was only seen as assigned. */
export function nameOf(o: Observation): string | null {
  if (o.of === 'principal' && o.source !== 'list') return null
  // Agency and client are two sides of one row.
  return `${o.of}|${o.of === 'partner' ? o.externalId : observationKey(o)}`
}

/** A share that carries access. */
export const IN_FORCE = 'in force'
/** Facts that a list of people tells or leaves out. What an invitation will give is asked for beside it. */
const FACTS = [
  'firstName',
  'lastName',
  'title',
  'twoFactor',
  'financePermission',
  'pendingEmail',
  'markedForRemoval',
  'status',
  'createdBy',
  'createdAt',
  'expiresAt',
] as const satisfies (keyof PrincipalFacts)[]

/**
 * What is told of a row that can be taken away: rights, the role, the owner, the address by which a human is known, and which other facts are told. Names are
 * always there and need no word.
 */
export function claimsOf(o: Observation): string {
  switch (o.of) {
    case 'grant':
      return o.entitlements.join()
    case 'share':
      return (inForce(o.status) ? [IN_FORCE, ...o.entitlements] : o.entitlements).join()
    case 'resource':
      return [
        ...(o.relation === 'client' && o.ownerBusiness !== null ? [`owner ${o.ownerBusiness}`] : []),
        ...Object.keys(o.facts)
          .sort()
          .map((label) => `${label}=${o.facts[label] ?? ''}`),
      ].join()
    case 'principal':
      return [
        ...(o.role === null ? [] : [`role ${o.role}`]),
        ...(o.email === null ? [] : [`email ${o.email}`]),
        ...FACTS.filter((name) => o.facts[name] !== null),
      ].join()
    case 'partner':
      return ''
  }
}

/** A row as it stands: its name and its claims. */
export const lineOf = (name: string, claims: string): string => `${name}\n${claims}`
export const nameIn = (line: string): string => line.slice(0, line.indexOf('\n'))

/** Claims one by one, of what `claimsOf` puts together. */
export const claimsFrom = (text: string): string[] => text.split(',').filter((claim) => claim !== '')
export const claimsIn = (line: string): string[] => claimsFrom(line.slice(line.indexOf('\n') + 1))

/** The label of the fact that an asset's claim is about; undefined of any other claim. */
export const factIn = (claim: string): string | undefined => /^([^=]+)=/.exec(claim)?.[1]

/** What is claimed in a line and not told. A role that a list leaves out stays as it was. */
export function untold(line: string, o: Observation | undefined): string[] {
  const told = new Set(o === undefined ? [] : claimsOf(o).split(','))
  const keepsRole = o?.of === 'principal' && o.role === null
  return claimsIn(line).filter((claim) => !told.has(claim) && !(keepsRole && claim.startsWith('role ')))
}

/** `nameOf` in SQL: of principals `o`, rights `g` of `o` on the asset `r`, partners `w`, assets `r`, and shares `s` of `r` with `w`. */
export const namesInSql = {
  principal: sql<string>`concat_ws('|', 'principal', o.external_id)`,
  grant: sql<string>`concat_ws('|', 'grant', o.external_id, r.type, r.external_id, g.how, g.through)`,
  partner: sql<string>`concat_ws('|', 'partner', w.external_id)`,
  resource: sql<string>`concat_ws('|', 'resource', r.type, r.external_id)`,
  share: sql<string>`concat_ws('|', 'share', w.external_id, r.type, r.external_id, s.direction)`,
}

/** `lineOf` in SQL, of a row of the table `alias`; null of what the API did not tell. */
const lineIn = (
  alias: string,
  name: RawBuilder<string>,
  claims: RawBuilder<unknown> = sql`''`,
): RawBuilder<string | null> =>
  sql`case when ${sql.ref(`${alias}.path`)} = 'api' then ${name} || E'\n' || ${claims} end`

/**
 * Scopes that have live rows, with the lines of those that the API told of: our own with everything that is shared, or those of one partner. A scope
 * of which only pages told, or only who is assigned, has none. What follows from roles is told by no scope.
 */
export async function standingIn(
  tx: Tx,
  connectionId: string,
  partner: string | null,
): Promise<Map<string, readonly string[]>> {
  const live = (alias: string): RawBuilder<boolean> => {
    const column = (name: string) => sql.ref(`${alias}.${name}`)
    return sql`${column('connection_id')} = ${connectionId} and ${column('ended_at')} is null`
  }
  const theirs = (alias: string) => {
    const column = sql.ref(`${alias}.partner_id`)
    return partner === null ? sql`${column} is null` : sql`${column} = ${partnerIn(connectionId, partner)}`
  }
  const facts = FACTS.map(
    (name) => sql`case when o.facts ->> ${sql.lit(name)} is not null then ${sql.lit(name)} end`,
  )
  const person = sql`concat_ws(',', 'role ' || o.role, 'email ' || o.email, ${sql.join(facts)})`
  const asset = sql`concat_ws(',', case when r.relation = 'client' then 'owner ' || r.owner_business end,
    (select string_agg(label || '=' || told, ',' order by label collate "C") from jsonb_each_text(r.facts) as fact(label, told)))`
  const share = sql`concat_ws(',', case when coalesce(upper(s.status), 'CONFIRMED') = 'CONFIRMED' then ${sql.lit(IN_FORCE)} end,
    nullif(array_to_string(s.entitlements, ','), ''))`
  const right = sql`array_to_string(g.entitlements, ',')`
  const ground = sql`
    union all select unnest(w.scopes), ${lineIn('w', namesInSql.partner)} from partners w where ${live('w')}
    union all select r.scope, ${lineIn('r', namesInSql.resource, asset)} from resources r where ${live('r')}
    union all select s.scope, ${lineIn('s', namesInSql.share, share)} from shares s
      join partners w on w.id = s.partner_id join resources r on r.id = s.resource_id where ${live('s')}`
  const { rows } = await sql<{ scope: string; lines: string[] }>`
    select scope, coalesce(json_agg(line) filter (where line is not null), '[]') as lines from (
      select o.scope, case when o.source = 'list' then ${lineIn('o', namesInSql.principal, person)} end as line
        from principals o where ${live('o')} and ${theirs('o')}
      union all select g.scope, ${lineIn('g', namesInSql.grant, right)} from grants g
        join principals o on o.id = g.principal_id join resources r on r.id = g.resource_id
        where ${live('g')} and ${theirs('g')} and g.how <> 'role'
      ${partner === null ? ground : sql``}) as standing group by scope`.execute(tx)
  return new Map(rows.map(({ scope, lines }) => [scope, lines]))
}
