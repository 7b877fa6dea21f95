// Two who change the same thing at the same moment take turns: what one of them was told is done is still done afterwards.
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { rotateKey } from '../jobs/rotate-key.ts'
import { deleteRemoved } from '../jobs/schedule.ts'
import { Redacted } from '../model/redacted.ts'
import { holdConnection } from '../store/applied.ts'
import { destroyBrowserCredentials, setAutomation } from '../store/automations.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { meanwhile } from '../store/testing/meanwhile.ts'
import { testDb } from '../store/testing/test-db.ts'
import { changeWorkspace } from '../store/workspaces.ts'
import { partnerRow, presentPartner, storePartnerToken } from './partner-token.ts'
import { testApp } from './testing/test-app.ts'
import type { Answer } from './testing/test-app.ts'
import { fullWorkspace } from './testing/two-workspaces.ts'
import type { Full } from './testing/two-workspaces.ts'
import { ownVerdict } from './token-guard.ts'

const t = await testDb()
const a = await testApp(t)
const owner = await a.person()
let mine: Full
let ws = ''
beforeEach(async () => {
  await t.root.query('truncate auth_tries, auth_rate_limit')
  mine = await fullWorkspace(t, owner.id)
  ws = `/workspaces/${mine.workspace}`
  await a.join(mine.workspace, owner, 'owner')
})

const during = <T>(
  change: (tx: Tx) => Promise<unknown>,
  ask: () => Promise<T>,
  then?: (tx: Tx) => Promise<unknown>,
): Promise<T> => meanwhile(t, mine.workspace, change, ask, then)

const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
  a.ask(method, `${ws}${path}`, { as: owner, body })

/** The row of the log is not what these are about. */
const unnoted = () => Promise.resolve()
const request = () => ({ requests: [{ partnerId: mine.partner, to: { by: 'link' } }] })

test('A workspace that is renamed, and asked for a second factor of another role, while somebody else changes it keeps all', async () => {
  const renamed = await during(
    (tx) => changeWorkspace(tx, mine.workspace, { twoFactorRoles: ['guest'] }),
    () => ask('PATCH', '', { name: 'Renamed' }),
  )
  expect(renamed.status).toBe(200)
  const asked = await during(
    (tx) =>
      changeWorkspace(tx, mine.workspace, { name: 'Renamed again', twoFactorRoles: ['guest', 'auditor'] }),
    () => ask('PATCH', '', { twoFactor: { member: true } }),
  )
  expect(asked.status).toBe(200)
  const { rows } = await t.root.query('select name, two_factor_roles from workspaces where id = $1', [
    mine.workspace,
  ])
  expect(rows).toEqual([{ name: 'Renamed again', two_factor_roles: ['auditor', 'member', 'guest'] }])
})

test('No login is stored, and no reading set, by who comes while browser automation is switched off', async () => {
  const at = { workspaceId: mine.workspace, connectionId: mine.connection }
  const app = `/connections/${mine.connection}/automation`
  const off = async (tx: Tx) => {
    await setAutomation(tx, at, { enabled: false, by: owner.id })
    await destroyBrowserCredentials(tx, mine.connection)
  }
  const on = () => work(t.db, mine.workspace, (tx) => setAutomation(tx, at, { enabled: true, by: owner.id }))
  await on()
  const login = { email: 'robot@example.test', password: 'a password' }
  const stored = await during(off, () => ask('POST', `${app}/login`, login))
  const kept = await t.root.query(
    `select kind from credentials where connection_id = $1 and kind like 'browser-%'`,
    [mine.connection],
  )
  expect([stored.status, kept.rows]).toEqual([409, []])
  await on()
  const set = await during(off, () => ask('POST', `${app}/reading`, { reading: 'always' }))
  const reading = await t.root.query('select reading from automations where connection_id = $1', [
    mine.connection,
  ])
  expect([set.status, reading.rows]).toEqual([409, [{ reading: 'off' }]])
})

test.each([
  [
    'A token request that is sent',
    () => ask('POST', `/connections/${mine.connection}/token-requests`, request()),
  ],
  ['A partner who is disconnected', () => ask('POST', `/partners/${mine.partner}/disconnect`)],
])('%s while a check is applied holds nothing that the check needs', async (_, asked) => {
  await t.root.query('delete from token_requests where partner_id = $1', [mine.partner])
  const answer = await during(
    (tx) => holdConnection(tx, mine.connection),
    asked,
    (tx) => recomputePartnerStatuses(tx, mine.connection, new Date()),
  )
  expect(answer.status).toBe(200)
})

test('A token that comes in while its app is removed is destroyed with the others', async () => {
  const removed = await during(
    async (tx) => {
      const now = await presentPartner(tx, mine.partner)
      const row = partnerRow(a.parts, now, new Redacted('a token of the partner'), ownVerdict([]), owner.id)
      await storePartnerToken(a.parts, tx, unnoted, now, row)
    },
    () =>
      ask('DELETE', `/connections/${mine.connection}`, { name: 'A connection of the test', atOnce: false }),
  )
  const { rows } = await t.root.query('select id from credentials where connection_id = $1', [
    mine.connection,
  ])
  expect([removed.status, rows]).toEqual([204, []])
})

test('The token that is ended at the provider is the one that was destroyed, also where it was replaced at that moment', async () => {
  const token = new Redacted('a newer token of the partner')
  const ended = await during(
    async (tx) => {
      const now = await presentPartner(tx, mine.partner)
      await storePartnerToken(
        a.parts,
        tx,
        unnoted,
        now,
        partnerRow(a.parts, now, token, ownVerdict([]), owner.id),
      )
    },
    () => ask('POST', `/partners/${mine.partner}/disconnect`),
  )
  expect(ended.status).toBe(200)
  const revoked = (await a.audit(mine.workspace)).filter(({ action }) => action === 'credential.revoke')
  expect(revoked.map(({ data }) => data)).toEqual([
    { revoked: false, fingerprint: a.parts.vault.fingerprint(token) },
  ])
})

test('A token that waits for a check to be applied while the master key is changed is not stored under the old one', async () => {
  const { parts } = a
  const dataDir = dirname(dirname(parts.vault.file?.path ?? expect.fail('no file')))
  const now = await work(t.db, mine.workspace, (tx) => presentPartner(tx, mine.partner))
  const row = partnerRow(parts, now, new Redacted('a token of the partner'), ownVerdict([]), owner.id)
  await t.root.query('delete from credentials')
  const stored = await during(
    (tx) => holdConnection(tx, mine.connection),
    () =>
      work(t.db, mine.workspace, (tx) =>
        storePartnerToken(parts, tx, unnoted, { ...now, held: undefined }, row),
      ).catch((error: unknown) => error),
    () => rotateKey({ ...parts, ownerUrl: t.ownerUrl, dataDir, graceMs: 1 }),
  )
  const { rows } = await t.root.query<{ id: string; sealed: Buffer }>('select id, sealed from credentials')
  for (const { id, sealed } of rows) parts.vault.open(sealed, `credentials/${id}`)
  expect([stored, rows]).toEqual([expect.objectContaining({ code: 'conflict' }), []])
})

test('An app that is to be deleted at once is deleted also where that is cut off', async () => {
  const [keeper, app] = [await t.root.connect(), `/connections/${mine.connection}`]
  try {
    await keeper.query('begin')
    await keeper.query('select from partners where id = $1 for update', [mine.partner])
    const asked = ask('DELETE', app, { name: 'A connection of the test', atOnce: true })
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    while ((await t.root.query(cut)).rows.length === 0) await sleep(5)
    expect((await asked).status).toBe(503)
  } finally {
    keeper.release(true)
  }
  expect((await ask('GET', app)).status).toBe(404)
  await deleteRemoved(a.parts)
  const { rows } = await t.root.query('select id from connections where id = $1', [mine.connection])
  expect(rows).toEqual([])
})
