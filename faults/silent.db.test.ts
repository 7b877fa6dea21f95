// The database's machine is gone without a word, and another one answers at its address: connections that were open wait for an answer that never
// comes. They are left within seconds; requests are answered and tasks go on without a restart.
import { afterAll, expect, test } from 'vitest'
import { testApp } from '../src/api/testing/test-app.ts'
import { openPool } from '../src/store/db.ts'
import { testDb } from '../src/store/testing/test-db.ts'
import { startSilencing } from './proxy.ts'

const t = await testDb()
const proxy = await startSilencing(t.appUrl)
const appUrl = proxy.address
const db = openPool(appUrl, { onError: () => undefined })
const a = await testApp({ ...t, db, appUrl })
afterAll(async () => {
  await db.close()
  await proxy.close()
})

test('Open connections on which nothing is answered are left: requests get an answer, and the task in flight ends', async () => {
  const owner = await a.person()
  const workspace = await t.makeWorkspace()
  await a.join(workspace, owner, 'owner')
  const connection = await a.connected(workspace, owner)
  const ask = () => a.ask('GET', '/me', { as: owner }).then(({ status }) => status)
  a.sim.control.addFault({ match: {}, do: { delay: 1_000 }, times: 3 })
  const path = `/workspaces/${workspace}/connections/${connection}/check-for-updates`
  const { jobId } = (await a.ask('POST', path, { as: owner, body: {} })).body as { jobId: string }
  await Promise.all(Array.from({ length: 20 }, ask))

  proxy.silence()
  const waiting = await Promise.all(Array.from({ length: 30 }, ask))
  expect(new Set(waiting).has(503)).toBe(true)
  expect(await Promise.all(Array.from({ length: 30 }, ask))).toEqual(Array.from({ length: 30 }, () => 200))
  expect((await a.finished(workspace, owner, jobId)).status).toBe('complete')
  expect(a.logged.filter((line) => line.includes('the database keeps silent'))).toHaveLength(1)
}, 60_000)
