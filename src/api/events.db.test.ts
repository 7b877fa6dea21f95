// What a screen watches: told at once and at each change, only to whom it may be, and not a moment longer.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { work } from '../store/db.ts'
import { finishJob, setJob } from '../store/jobs.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspaceId = await t.makeWorkspace()
const connectionId = await t.makeConnection(workspaceId)
const member = await a.person()
await a.join(workspaceId, member, 'member')
const ws = `/api/v1/workspaces/${workspaceId}`

/** Reads a stream event by event; `next` gives null where it has ended. */
async function watch(path: string, as: TestPerson) {
  const response = await a.raw(path, { headers: { host: 'localhost:4400', cookie: as.cookie } })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail('no stream')
  let held = ''
  const next = async (): Promise<{ event: string; data: Record<string, unknown> } | null> => {
    for (;;) {
      const end = held.indexOf('\n\n')
      if (end >= 0) {
        const block = held.slice(0, end)
        held = held.slice(end + 2)
        const event = /^event: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (event !== undefined) return { event, data: JSON.parse(data ?? 'null') as Record<string, unknown> }
        continue
      }
      const { value, done } = await reader.read()
      if (done) return null
      held += value
    }
  }
  return { response, next, close: () => reader.cancel() }
}

async function newJob(): Promise<string> {
  const id = randomUUID()
  // Of a kind that the engine does not know, so that it stays where the test puts it.
  await t.root.query(
    `insert into jobs (id, workspace_id, connection_id, kind, status, trigger) values ($1, $2, $3, $4, 'running', 'person')`,
    [id, workspaceId, connectionId, `test-${id}`],
  )
  return id
}
const change = (id: string, progress: string) => work(t.db, workspaceId, (tx) => setJob(tx, id, { progress }))

test('A job is told at once, at each change, and its end ends the stream', async () => {
  const job = await newJob()
  const stream = await watch(`${ws}/jobs/${job}/events`, member)
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  expect(await stream.next()).toMatchObject({
    event: 'job',
    data: { id: job, status: 'running', progress: null },
  })
  await change(job, 'assets 3 of 10')
  expect(await stream.next()).toMatchObject({ event: 'job', data: { progress: 'assets 3 of 10' } })
  await work(t.db, workspaceId, (tx) => finishJob(tx, job, { status: 'complete' }))
  expect(await stream.next()).toMatchObject({ event: 'job', data: { status: 'complete' } })
  expect(await stream.next()).toMatchObject({ event: 'end', data: { status: 'complete' } })
  expect(await stream.next()).toBeNull()
})

test('A workspace tells its counts and which jobs changed, nothing of another one', async () => {
  const elsewhere = await t.makeWorkspace()
  const stream = await watch(`${ws}/events`, member)
  expect(await stream.next()).toMatchObject({
    event: 'jobs',
    data: { openJobs: 0, waitingJobs: 0, unreadNotices: 0, changed: [], ended: false, notices: false },
  })
  const foreign = randomUUID()
  await t.root.query(
    `insert into jobs (id, workspace_id, kind, status, trigger) values ($1, $2, 'test', 'running', 'person')`,
    [foreign, elsewhere],
  )
  await work(t.db, elsewhere, (tx) => setJob(tx, foreign, { progress: 'x' }))
  const job = await newJob()
  await change(job, 'people 1 of 2')
  expect(await stream.next()).toEqual({
    event: 'jobs',
    data: { openJobs: 1, waitingJobs: 0, unreadNotices: 0, changed: [job], ended: false, notices: false },
  })
  await stream.close()
})

test('A job that begins and ends between two messages is told as ended, a part of another one is not', async () => {
  const stream = await watch(`${ws}/events`, member)
  await stream.next()
  const [whole, part] = [randomUUID(), randomUUID()]
  await t.root.query(
    `insert into jobs (id, parent_id, workspace_id, kind, status, trigger)
       values ($1, null, $3, 'test-whole', 'running', 'person'), ($2, $1, $3, 'test-part', 'running', 'person')`,
    [whole, part, workspaceId],
  )
  await work(t.db, workspaceId, (tx) => finishJob(tx, part, { status: 'complete' }))
  expect(await stream.next()).toMatchObject({ data: { changed: [part], ended: false } })
  await work(t.db, workspaceId, (tx) => finishJob(tx, whole, { status: 'complete' }))
  expect(await stream.next()).toMatchObject({ data: { changed: [whole], ended: true } })
  await stream.close()
})

test.each([
  [
    'signed out',
    async (person: TestPerson) => {
      await a.ask('POST', '/api/auth/sign-out', { as: person, body: {} })
    },
  ],
  [
    'removed from the workspace',
    async (person: TestPerson) => a.join(workspaceId, person, 'member', 'removed'),
  ],
  ['made a guest', async (person: TestPerson) => a.join(workspaceId, person, 'guest')],
])('Who is %s hears nothing more', async (_, end) => {
  const person = await a.person()
  await a.join(workspaceId, person, 'member')
  const job = await newJob()
  const stream = await watch(`${ws}/jobs/${job}/events`, person)
  expect(await stream.next()).toMatchObject({ event: 'job' })
  await end(person)
  await change(job, 'a secret progress')
  expect(await stream.next()).toBeNull()
})

test('A stream that is left lets go of its listener', async () => {
  const job = await newJob()
  for (let n = 0; n < 20; n += 1) {
    const stream = await watch(`${ws}/jobs/${job}/events`, member)
    await stream.next()
    await stream.close()
  }
  const { rows } = await t.root.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and query like 'listen %'`,
  )
  expect(rows[0]?.count).toBeLessThanOrEqual(1)
})
