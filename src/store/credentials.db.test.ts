// Sealed credentials: one per connection, partner and kind; replaced, judged, destroyed.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { destroyCredentials, loadCredentials, putCredential, setCredentialState } from './credentials.ts'
import type { NewCredential } from './credentials.ts'
import { read, work } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const workspaceId = await t.makeWorkspace()

async function connectionWithPartner(): Promise<{ connectionId: string; partnerId: string }> {
  const connectionId = await t.makeConnection(workspaceId)
  const partnerId = randomUUID()
  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, first_seen_at) values ($1, $2, $3, '1', now())`,
    [partnerId, workspaceId, connectionId],
  )
  return { connectionId, partnerId }
}

const credential = (connectionId: string, partnerId: string | null, more: Partial<NewCredential> = {}) => ({
  id: randomUUID(),
  workspaceId,
  connectionId,
  partnerId,
  kind: 'token',
  sealed: Buffer.from([1, 2, 3]),
  keyVersion: 1,
  lastFour: 'abcd',
  fingerprint: '0000 1111 2222',
  state: 'checking' as const,
  verdict: null,
  confirmed: null,
  scopes: ['one', 'two'],
  expiresAt: null,
  createdBy: null,
  ...more,
})

test('one takes the place of the one of the same connection, partner and kind, and of no other', async () => {
  const { connectionId, partnerId } = await connectionWithPartner()
  const own = credential(connectionId, null)
  const secret = credential(connectionId, null, { kind: 'app_secret' })
  const theirs = credential(connectionId, partnerId)
  const newer = credential(connectionId, null, { sealed: Buffer.from([9]), keyVersion: 2 })
  await work(t.db, workspaceId, async (tx) => {
    for (const one of [own, secret, theirs, newer]) await putCredential(tx, one)
  })
  const rows = await read(t.db, workspaceId, (tx) => loadCredentials(tx, connectionId, null))
  expect(rows.map((row) => row.id).sort()).toEqual([secret.id, newer.id].sort())
  expect(rows.find((row) => row.id === newer.id)).toMatchObject({
    sealed: Buffer.from([9]),
    keyVersion: 2,
    scopes: ['one', 'two'],
    state: 'checking',
    verdict: null,
  })
  const partners = await read(t.db, workspaceId, (tx) => loadCredentials(tx, connectionId, partnerId))
  expect(partners.map((row) => row.id)).toEqual([theirs.id])
})

test('a judgement is written down, and what it does not tell stays', async () => {
  const { connectionId } = await connectionWithPartner()
  const own = credential(connectionId, null)
  const verdict = {
    claims: [],
    outcome: 'ok' as const,
    expiresAt: null,
    scopes: ['one'],
    business: { id: '1', name: null },
    actsAs: null,
  }
  const checkedAt = new Date('2026-01-02T03:04:05.678Z')
  await work(t.db, workspaceId, async (tx) => {
    await putCredential(tx, own)
    await setCredentialState(tx, own.id, { state: 'good', verdict, checkedAt })
    await setCredentialState(tx, own.id, { state: 'attention', stateReason: 'a scope is missing' })
  })
  expect(await read(t.db, workspaceId, (tx) => loadCredentials(tx, connectionId, null))).toMatchObject([
    { state: 'attention', stateReason: 'a scope is missing', verdict, checkedAt, scopes: ['one', 'two'] },
  ])
})

test('destroying takes those of the connection itself, of one partner, or all', async () => {
  const { connectionId, partnerId } = await connectionWithPartner()
  const put = (partner: string | null) =>
    work(t.db, workspaceId, (tx) => putCredential(tx, credential(connectionId, partner)))
  const destroy = (partner?: string | null) =>
    work(t.db, workspaceId, (tx) => destroyCredentials(tx, connectionId, partner))
  const left = async () =>
    (await t.root.query('select partner_id from credentials where connection_id = $1', [connectionId])).rows
  await put(null)
  await put(partnerId)
  expect(await destroy(partnerId)).toBe(1)
  expect(await left()).toEqual([{ partner_id: null }])
  await put(partnerId)
  expect(await destroy(null)).toBe(1)
  expect(await left()).toEqual([{ partner_id: partnerId }])
  await put(null)
  expect(await destroy()).toBe(2)
  expect(await left()).toEqual([])
})
