// Mistakes that a resume may make, done by hand to what is stored and undone again: the oracle of everything that crashes has to find each.
import type pg from 'pg'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import type { Case } from './cases.ts'
import { differences, duplicates, storedLines, trueLines } from './oracle.ts'

/** A case for each mistake; every one of them has to be found wrong. */
export function plantedRows(root: () => pg.Pool, connectionId: string, sim: Simulator): Case[] {
  const expected = () => trueLines(sim.control.world, new Set(sim.partners.map((p) => p.id)))
  const after = async (query: string): Promise<string[]> => {
    const client = await root().connect()
    try {
      await client.query('begin')
      await client.query(query, [connectionId])
      // The same connection sees what is not committed.
      const same = client as unknown as pg.Pool
      return [
        ...differences(expected(), await storedLines(same, connectionId)),
        ...(await duplicates(same, connectionId)),
      ]
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const one = '(select id from grants where connection_id = $1 and ended_at is null limit 1)'
  return [
    { name: 'a right is lost', run: () => after(`update grants set ended_at = now() where id = ${one}`) },
    {
      name: 'history is told twice',
      run: () =>
        after(`insert into changes (workspace_id, connection_id, job_id, at, kind, noun, partner_id, principal_id, resource_id, before, after)
          select workspace_id, connection_id, job_id, at, kind, noun, partner_id, principal_id, resource_id, before, after
          from changes where connection_id = $1 and job_id is not null limit 1`),
    },
    {
      name: 'a run is applied twice',
      run: () =>
        after(`insert into audit_events (workspace_id, actor_kind, actor_id, action, subject_kind, subject_id, data)
          select workspace_id, actor_kind, actor_id, action, subject_kind, subject_id, data
          from audit_events where action = 'sync.apply' and subject_id = $1::text limit 1`),
    },
  ]
}
