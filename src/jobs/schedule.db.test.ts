// What happens by the clock to a connection that was removed.
import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { work } from '../store/db.ts'
import { testDb } from '../store/testing/test-db.ts'
import { deleteRemoved } from './schedule.ts'

const t = await testDb()

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
  const rounds = await Promise.all([deleteRemoved(t), deleteRemoved(t), deleteRemoved(t)])
  expect(rounds.flat()).toEqual([old])
  const { left, log } = await work(t.db, workspaceId, async (tx) => ({
    left: await tx.selectFrom('connections').select('id').execute(),
    log: await tx.selectFrom('auditEvents').select(['action', 'subjectId']).execute(),
  }))
  expect(left.map((c) => c.id).sort()).toEqual([recent, kept].sort())
  expect(log).toEqual([{ action: 'connection.delete', subjectId: old }])
})
