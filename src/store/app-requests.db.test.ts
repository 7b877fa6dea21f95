// What waits on the provider's pages, found again: what no longer waits is gone, unless it was us who answered and nobody wrote it down.
import { expect, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import { decidedRequests, decideRequest, markPressed, putFound, settleRequest } from './app-requests.ts'
import { work } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()

test('An answer that was pressed and never written down is given back once it no longer waits', async () => {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  const by = await t.makeUser()
  const job = async () => {
    const id = newId()
    await t.root.query(
      `insert into jobs (id, workspace_id, connection_id, kind, status, trigger) values ($1, $2, $3, $4, 'running', 'person')`,
      [id, workspaceId, connectionId, `test-${id}`],
    )
    return { workspaceId, connectionId, jobId: id }
  }
  const found = (...businesses: string[]) =>
    businesses.map((business) => ({ business, businessName: business, app: '1', date: '' }))
  const [first, second] = [await job(), await job()]
  const pressed = await work(t.db, workspaceId, async (tx) => {
    await putFound(tx, first, found('10', '20', '30', '40'))
    const all = await tx.selectFrom('appRequests').select(['id', 'business']).execute()
    const idOf = (business: string) => all.find((row) => row.business === business)?.id ?? ''
    await decideRequest(tx, connectionId, idOf('10'), 'approve', by)
    await decideRequest(tx, connectionId, idOf('20'), 'decline', by)
    await decideRequest(tx, connectionId, idOf('30'), 'approve', by)
    for (const business of ['10', '20']) await markPressed(tx, idOf(business))
    expect((await decidedRequests(tx, first.jobId)).map(({ business }) => business).sort()).toEqual([
      '10',
      '20',
      '30',
    ])
    // Another run finds one that was pressed, which waits still, and one that nobody has decided.
    return putFound(tx, second, found('20', '40'))
  })
  expect(pressed).toMatchObject([{ business: '10', decision: 'approve', decidedBy: by }])
  await work(t.db, workspaceId, async (tx) => {
    for (const { id, decision } of pressed) expect(await settleRequest(tx, id, decision, false)).toBe(true)
    const rows = await tx
      .selectFrom('appRequests')
      .select(['business', 'status'])
      .orderBy('business')
      .execute()
    expect(rows.map(({ business, status }) => [business, status])).toEqual([
      ['10', 'approved'],
      ['20', 'waiting'],
      ['30', 'gone'],
      ['40', 'waiting'],
    ])
  })
})
