// A token that is renewed, or found to have failed, at the moment at which a person disconnects it: what the person did stands.
import { expect, test } from 'vitest'
import type { Verdict } from '../model/credential.ts'
import { Redacted } from '../model/redacted.ts'
import { newId } from '../lib/ids.ts'
import { holdConnection } from '../store/applied.ts'
import { destroyCredentials, putCredential } from '../store/credentials.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { lockPartner } from '../store/partners.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { meanwhile } from '../store/testing/meanwhile.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import { tokenFailed } from './inspect-token.ts'
import type { OpenReader } from './open-reader.ts'
import { renewToken } from './renew-token.ts'
import type { Parts } from './work.ts'

const t = await testDb()
const vault = await loadVault({ dataDir: temporaryFolder('renew') })
const workspaceId = await t.makeWorkspace()
const connectionId = await t.makeConnection(workspaceId)
const partnerId = newId()
await t.root.query(
  `insert into partners (id, workspace_id, connection_id, external_id, is_agency, first_seen_at) values ($1, $2, $3, '1', true, now())`,
  [partnerId, workspaceId, connectionId],
)

const verdict = (days: number): Verdict => ({
  claims: [],
  outcome: 'ok',
  expiresAt: new Date(Date.now() + days * 86_400_000).toISOString(),
  scopes: [],
  business: null,
  actsAs: null,
})

function put(tx: Tx, of: string | null, text: string) {
  const [id, plain] = [newId(), new Redacted(text)]
  const row = {
    id,
    workspaceId,
    connectionId,
    partnerId: of,
    kind: 'token',
    createdBy: null,
    confirmed: null,
  }
  const found = { state: 'good' as const, verdict: verdict(3), scopes: [], expiresAt: null }
  const sealed = { ...vault.seal(plain, `credentials/${id}`), fingerprint: vault.fingerprint(plain) }
  return putCredential(tx, { ...row, ...found, ...sealed, lastFour: text.slice(-4) }).then(() => id)
}

test.each([
  ['A partner’s token', partnerId, (tx: Tx) => lockPartner(tx, partnerId)],
  ['Our own token', null, (tx: Tx) => holdConnection(tx, connectionId)],
])('%s that is renewed while a person changes it', async (_, of, hold) => {
  const changes = [
    { as: [], change: (tx: Tx) => destroyCredentials(tx, connectionId, of) },
    { as: ['sons'], change: (tx: Tx) => put(tx, of, 'the token of persons') },
  ]
  for (const { as, change } of changes) {
    const id = await work(t.db, workspaceId, (tx) => put(tx, of, 'the old token'))
    const held = async (tx: Tx) => {
      await hold(tx)
      await change(tx)
    }
    await meanwhile(t, workspaceId, held, () => renew(of, id))
    expect(await lastFours(of)).toEqual(as)
  }
})

test('A partner’s token that is found to have failed while they are disconnected', async () => {
  const id = await work(t.db, workspaceId, (tx) => put(tx, partnerId, 'the old token'))
  await meanwhile(
    t,
    workspaceId,
    (tx) => lockPartner(tx, partnerId),
    () => failed(id),
    (tx) => destroyCredentials(tx, connectionId, partnerId),
  )
  expect(await lastFours(partnerId)).toEqual([])
  // Nor is it in the log that a token was judged which is not there.
  const told = await t.root.query(`select from audit_events where action = 'credential.check'`)
  expect(told.rows).toEqual([])
})

async function lastFours(of: string | null): Promise<string[]> {
  const { rows } = await t.root.query<{ last_four: string }>(
    'select last_four from credentials where connection_id = $1 and partner_id is not distinct from $2',
    [connectionId, of],
  )
  return rows.map((row) => row.last_four)
}

const readerOf = (of: string | null) => ({ workspaceId, connectionId, partnerId: of, jobId: newId() })
const parts = { db: t.db, vault, now: Date.now } as unknown as Parts

function failed(id: string): Promise<void> {
  const opened = { credential: { id, state: 'good' } } as unknown as OpenReader
  return tokenFailed(parts, readerOf(partnerId), opened, 'dead', 'It was taken away.')
}

/** Of a provider that gives a new token for everything. */
function renew(of: string | null, id: string): Promise<void> {
  const connector = {
    renew: () => Promise.resolve(new Redacted('a renewed token')),
    check: () => Promise.resolve(verdict(60)),
  }
  const opened = { connector, ctx: {}, credential: { id, confirmed: null } } as unknown as OpenReader
  return renewToken(parts, readerOf(of), opened, verdict(3))
}
