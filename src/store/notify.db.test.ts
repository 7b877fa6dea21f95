// Notices between processes: after the commit only, to all who listen, and not lost silently when the connection is.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openPool, work } from './db.ts'
import { listen, notify } from './notify.ts'
import type { Channels } from './notify.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3_000 && !done(); tries++) await sleep(10)
}

test('a notice reaches another process once its transaction has committed, and not where it is undone', async () => {
  const other = openPool(t.appUrl, { max: 2, onError: () => undefined })
  const workspaceId = await t.makeWorkspace()
  const heard: (Channels['jobs'] | null)[] = []
  const more: unknown[] = []
  await listen(other, 'jobs', (payload) => heard.push(payload))
  const stop = await listen(other, 'jobs', (payload) => more.push(payload))
  const [undone, first, second] = [randomUUID(), randomUUID(), randomUUID()]
  await work(t.db, workspaceId, async (tx) => {
    await notify(tx, 'jobs', { workspaceId, jobId: undone })
    throw new Error('undone')
  }).catch(() => undefined)
  await work(t.db, workspaceId, async (tx) => {
    await notify(tx, 'jobs', { workspaceId, jobId: first })
    await sleep(100)
    expect(heard).toEqual([])
  })
  await until(() => more.length > 0)
  await stop()
  await work(t.db, workspaceId, (tx) => notify(tx, 'jobs', { workspaceId, jobId: second }))
  await until(() => heard.length > 1)
  expect(heard).toEqual([
    { workspaceId, jobId: first },
    { workspaceId, jobId: second },
  ])
  expect(more).toEqual([{ workspaceId, jobId: first }])
  // Closing lets go of the connection that listens.
  await other.close()
})

test('a lost connection is made again, and said as null', async () => {
  const workspaceId = await t.makeWorkspace()
  const heard: unknown[] = []
  const stop = await listen(t.db, 'jobs', (payload) => heard.push(payload))
  const killed = await t.root.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
  )
  expect(killed.rowCount).toBe(1)
  await until(() => heard.length > 0)
  expect(heard).toEqual([null])
  const jobId = randomUUID()
  await work(t.db, workspaceId, (tx) => notify(tx, 'jobs', { workspaceId, jobId }))
  await until(() => heard.length > 1)
  expect(heard).toEqual([null, { workspaceId, jobId }])
  await stop()
})
