// Words on the steps of one job: those that come at the same moment are one transaction, in the order in which they came; one that cannot be
// written is told to whoever said it.
import { expect, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import { work } from '../store/db.ts'
import { planSteps } from '../store/job-steps.ts'
import { testDb } from '../store/testing/test-db.ts'
import { tellStep } from './tell-steps.ts'
import type { Told } from './tell-steps.ts'

const t = await testDb()

async function plannedJob(...names: string[]) {
  const [workspaceId, jobId] = [await t.makeWorkspace(), newId()]
  await t.root.query(
    `insert into jobs (id, workspace_id, kind, status, trigger) values ($1, $2, $3, 'queued', 'person')`,
    [jobId, workspaceId, `test-${jobId}`],
  )
  const steps = names.map((name, position) => ({ name, label: name, position }))
  await work(t.db, workspaceId, (tx) => planSteps(tx, { workspaceId, jobId }, steps))
  const tell = (told: Told) => tellStep(t.db, { workspaceId, jobId }, told)
  const seen = async () => {
    const { rows } = await t.root.query<{ name: string; status: string; done: number | null; tx: string }>(
      'select name, status, done, xmin::text as tx from job_steps where job_id = $1 order by position',
      [jobId],
    )
    return rows
  }
  return { jobId, tell, seen }
}

test('What comes while the job is being written is one transaction, and the last word holds', async () => {
  const { jobId, tell, seen } = await plannedJob('a', 'b', 'c')
  const other = await t.root.connect()
  await other.query('begin')
  await other.query('select from jobs where id = $1 for update', [jobId])
  const told = [
    tell({ name: 'a', status: 'running' }),
    tell({ name: 'b', status: 'running' }),
    tell({ name: 'b', done: 3, progress: 'b: 3' }),
    tell({ name: 'c', status: 'running' }),
    tell({ name: 'c', status: 'done', progress: 'c: all' }),
  ]
  await other.query('commit')
  other.release()
  await Promise.all(told)
  const [a, b, c] = await seen()
  expect([a, b, c]).toMatchObject([
    { name: 'a', status: 'running' },
    { name: 'b', status: 'running', done: 3 },
    { name: 'c', status: 'done' },
  ])
  expect(b?.tx).toBe(c?.tx)
  expect(b?.tx).not.toBe(a?.tx)
  const { rows } = await t.root.query('select status, progress from jobs where id = $1', [jobId])
  expect(rows).toEqual([{ status: 'running', progress: 'c: all' }])
})

test('What cannot be written is told, and the next word is written', async () => {
  const { tell, seen } = await plannedJob('a')
  const outcome = { problems: [], notes: ['\0'] }
  await expect(tell({ name: 'a', status: 'failed', outcome })).rejects.toThrow()
  await tell({ name: 'a', status: 'done' })
  expect(await seen()).toMatchObject([{ status: 'done' }])
})

test('A word that follows at once on the one before it is written', async () => {
  const { tell, seen } = await plannedJob('a', 'b')
  await tell({ name: 'a', status: 'running' })
  await tell({ name: 'a', status: 'done' })
  await tell({ name: 'b', status: 'done' })
  expect(await seen()).toMatchObject([{ status: 'done' }, { status: 'done' }])
})
