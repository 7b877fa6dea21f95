// What happens by the clock: to a connection that was removed, to the pictures of pages, and to token requests.
import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { newId } from '../lib/ids.ts'
import { createLog } from '../lib/log.ts'
import { work } from '../store/db.ts'
import { addPicture, picturesOf } from '../store/job-questions.ts'
import { testDb } from '../store/testing/test-db.ts'
import { deletePictures, deleteRemoved, lapseTokenRequests } from './schedule.ts'

const t = await testDb()
const logged: string[] = []
const parts = { db: t.db, log: createLog('debug', (line) => logged.push(line)) }

test('the data of a removed connection stays thirty days, then one process deletes it and says so in the log', async () => {
  const workspaceId = await t.makeWorkspace()
  const [old, recent, kept] = [
    await t.makeConnection(workspaceId),
    await t.makeConnection(workspaceId),
    await t.makeConnection(workspaceId),
  ]
  await work(t.db, workspaceId, async (tx) => {
    await sql`update connections set removed_at = now() - interval '31 days' where id = ${old}`.execute(tx)
    await sql`update connections set removed_at = now() - interval '29 days' where id = ${recent}`.execute(tx)
  })
  const rounds = await Promise.all([deleteRemoved(parts), deleteRemoved(parts), deleteRemoved(parts)])
  expect(rounds.flat()).toEqual([old])
  const { left, log } = await work(t.db, workspaceId, async (tx) => ({
    left: await tx.selectFrom('connections').select('id').execute(),
    log: await tx.selectFrom('auditEvents').select(['action', 'subjectId']).execute(),
  }))
  expect(left.map((c) => c.id).sort()).toEqual([recent, kept].sort())
  expect(log).toEqual([{ action: 'connection.delete', subjectId: old }])
})

test('pictures of pages are deleted after thirty days, in every workspace, and younger ones stay', async () => {
  const day = 24 * 60 * 60_000
  const made = await Promise.all(
    [0, 1].map(async () => {
      const workspaceId = await t.makeWorkspace()
      const connectionId = await t.makeConnection(workspaceId)
      const jobId = newId()
      await work(t.db, workspaceId, async (tx) => {
        await sql`insert into jobs (id, workspace_id, connection_id, kind, trigger)
          values (${jobId}, ${workspaceId}, ${connectionId}, 'approve-app-requests', 'schedule')`.execute(tx)
        for (const [label, days] of [
          ['old', 30.01],
          ['young', 29.99],
          ['new', 0],
        ] as const)
          await addPicture(
            tx,
            { workspaceId, jobId },
            {
              step: 'find',
              label,
              failed: label === 'old',
              path: '/settings/requests',
              at: new Date(Date.now() - days * day),
              image: Buffer.from('PNG'),
            },
          )
      })
      return { workspaceId, jobId }
    }),
  )
  await deletePictures(parts)
  for (const { workspaceId, jobId } of made) {
    const left = await work(t.db, workspaceId, (tx) => picturesOf(tx, jobId))
    expect(left.map((picture) => picture.label)).toEqual(['young', 'new'])
  }
})

test('a removed connection that cannot be deleted holds up none of the others, and is told in the log', async () => {
  const workspaceId = await t.makeWorkspace()
  const [stuck, free] = [await t.makeConnection(workspaceId), await t.makeConnection(workspaceId)]
  await t.root.query(`update connections set removed_at = now() - interval '31 days' where id = any($1)`, [
    [stuck, free],
  ])
  await t.root.query(`create function stuck() returns trigger language plpgsql as $$
    begin if old.id = '${stuck}' then raise exception 'it is stuck'; end if; return old; end $$;
    create trigger stuck before delete on connections for each row execute function stuck()`)
  expect(await deleteRemoved(parts)).toEqual([free])
  expect(logged.join('\n')).toMatch(new RegExp(`${stuck}.*it is stuck`))
  await t.root.query('drop trigger stuck on connections; drop function stuck')
  expect(await deleteRemoved(parts)).toEqual([stuck])
})

test('token requests that cannot be ended in one workspace hold up those of no other, and are told in the log', async () => {
  const made: { workspaceId: string; partner: string }[] = []
  for (const at of [0, 1]) {
    const workspaceId = await t.makeWorkspace()
    const connectionId = await t.makeConnection(workspaceId)
    const partner = newId()
    await t.root.query(
      `insert into partners (id, workspace_id, connection_id, external_id, name, status, first_seen_at) values ($1, $2, $3, $4, 'A partner', 'requested', now())`,
      [partner, workspaceId, connectionId, `partner-${String(at)}`],
    )
    await t.root.query(
      `insert into token_requests (id, workspace_id, connection_id, partner_id, email, requested_by, expires_at)
        values ($1, $2, $3, $4, 'a@example.test', $5, now() - interval '1 second')`,
      [newId(), workspaceId, connectionId, partner, await t.makeUser()],
    )
    made.push({ workspaceId, partner })
  }
  // Whichever is first stands in the way of the other.
  const [stuck, free] = made.sort((a, b) => (a.workspaceId < b.workspaceId ? -1 : 1))
  await t.root.query(`create function stuck() returns trigger language plpgsql as $$
    begin if new.workspace_id = '${stuck?.workspaceId ?? ''}' then raise exception 'it is stuck'; end if; return new; end $$;
    create trigger stuck before update on token_requests for each row execute function stuck()`)
  await lapseTokenRequests(parts)
  const statusOf = async (partner?: string) =>
    (await t.root.query<{ status: string }>('select status from partners where id = $1', [partner])).rows[0]
      ?.status
  expect([await statusOf(stuck?.partner), await statusOf(free?.partner)]).toEqual(['requested', 'pending'])
  expect(logged.join('\n')).toMatch(new RegExp(`token requests were not ended.*${stuck?.workspaceId ?? ''}`))
  await t.root.query('drop trigger stuck on token_requests; drop function stuck')
  await lapseTokenRequests(parts)
  expect(await statusOf(stuck?.partner)).toBe('pending')
})
