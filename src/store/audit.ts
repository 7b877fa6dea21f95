// The activity log as it is read: rows hold ids, and names are looked up here. Rows are written by write() in db.ts, in the
// transaction of what they record.
import { sql } from 'kysely'
import type { AuditEvent } from '../model/audit.ts'
import type { Tx } from './db.ts'
import { between } from './list.ts'
import type { ListSpec } from './list.ts'

/** The value of the actor facet that stands for every part of the product: a task each would make a list without an end. */
const GUESTLIST = 'guestlist'

/** The workspace's log between two times (ISO 8601), newest first. */
export function auditList(times: { from?: string | undefined; to?: string | undefined }): ListSpec {
  return {
    base: sql`select e.id, e.at, e.action, case when e.actor_kind = 'person' then e.actor_id else ${GUESTLIST} end as actor,
        coalesce(u.name, e.actor_id) as actor_name, e.subject_id
      from audit_events e left join auth_user u on e.actor_kind = 'person' and u.id = e.actor_id
      where ${between(sql`e.at`, times)}`,
    search: ['action', 'actor_name', 'subject_id'],
    sorts: { at: 'id' },
    defaultSort: '-at',
    facets: { action: { column: 'action' }, actor: { column: 'actor', label: 'actor_name' } },
  }
}

/** Rows of the log with the present names of actors and subjects. */
export async function auditByIds(tx: Tx, ids: readonly string[]): Promise<AuditEvent[]> {
  const { rows } = await sql<Omit<AuditEvent, 'at'> & { at: Date }>`
    select e.id::text as id, e.at, e.actor_kind, e.actor_id, actor.name as actor_name, e.action, e.subject_kind, e.subject_id,
      coalesce(connections.label, partners.name, subject.name, workspaces.name, subject_key.name) as subject_name, e.data, e.address,
      used.name as key_name, chain.seq
    from audit_events e
    left join auth_user actor on e.actor_kind = 'person' and actor.id = e.actor_id
    left join connections on e.subject_kind = 'connection' and connections.id::text = e.subject_id
    left join partners on e.subject_kind = 'partner' and partners.id::text = e.subject_id
    left join auth_user subject on e.subject_kind in ('person', 'member') and subject.id = e.subject_id
    left join workspaces on e.subject_kind = 'workspace' and workspaces.id::text = e.subject_id
    left join api_keys subject_key on e.subject_kind = 'api-key' and subject_key.id::text = e.subject_id
    left join api_keys used on used.id::text = e.data ->> 'key'
    left join audit_chain chain on chain.event_id = e.id
    where e.id = any(${ids}::bigint[])`.execute(tx)
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}
