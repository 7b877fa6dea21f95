// Changing the master key: every credential opens afterwards, none under the old key, also where a run was cut at any row.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { Redacted } from '../model/redacted.ts'
import { sealEvents, verifyChain } from '../store/audit-chain.ts'
import { putCredential } from '../store/credentials.ts'
import { read, work, write } from '../store/db.ts'
import { testDb } from '../store/testing/test-db.ts'
import { loadVault } from '../vault/master-key.ts'
import type { Vault } from '../vault/master-key.ts'
import { rotateKey } from './rotate-key.ts'

const t = await testDb()
const log = createLog('silent')
let dataDir = ''

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'guestlist-rotate-'))
  await t.root.query('delete from credentials')
})
afterEach(() => rmSync(dataDir, { recursive: true }))

/** Credentials in two workspaces: id → text. */
async function store(vault: Vault): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const workspaceId of [await t.makeWorkspace(), await t.makeWorkspace()]) {
    const connectionId = await t.makeConnection(workspaceId)
    for (const kind of ['token', 'app_secret', 'other']) {
      const [id, text] = [randomUUID(), new Redacted(`text of ${randomUUID()}`)]
      texts.set(id, text.reveal())
      const more = { state: 'good' as const, verdict: null, confirmed: null, scopes: [], expiresAt: null }
      await work(t.db, workspaceId, (tx) =>
        putCredential(tx, {
          ...{ id, workspaceId, connectionId, partnerId: null, kind, createdBy: null, lastFour: '' },
          ...{ ...vault.seal(text, `credentials/${id}`), fingerprint: vault.fingerprint(text), ...more },
        }),
      )
    }
  }
  return texts
}

interface Row {
  id: string
  sealed: Buffer
  key_version: number
  fingerprint: string
}
const rows = async () => (await t.root.query<Row>('select * from credentials')).rows

async function expectAllOpen(vault: Vault, texts: Map<string, string>, version: number): Promise<void> {
  const found = await rows()
  expect(found).toHaveLength(texts.size)
  for (const row of found) {
    const plain = vault.open(row.sealed, `credentials/${row.id}`)
    expect(plain.reveal()).toBe(texts.get(row.id))
    expect([row.key_version, row.sealed[0], row.fingerprint]).toEqual([
      version,
      version,
      vault.fingerprint(plain),
    ])
  }
}

const rotate = (vault: Vault) =>
  rotateKey({ db: t.db, ownerUrl: t.ownerUrl, vault, dataDir, log, graceMs: 1 })

test('seals everything anew, destroys the old key, and is in the activity log', async () => {
  const vault = await loadVault({ dataDir })
  const texts = await store(vault)
  expect(await rotate(vault)).toEqual({ keyVersion: 2, sealedAnew: 6 })
  await expectAllOpen(vault, texts, 2)
  expect(Object.keys(JSON.parse(readFileSync(vault.file?.path ?? '', 'utf8')) as object)).toEqual(['2'])
  const events = await t.root.query(`select subject_id from audit_events where action = 'credential.reseal'`)
  expect(events.rows.map((row: { subject_id: string }) => row.subject_id).sort()).toEqual(
    [...texts.keys()].sort(),
  )
})

test.each([0, 1, 3, 5])('is finished by the next run where one was cut after %i rows', async (cut) => {
  const vault = await loadVault({ dataDir })
  const texts = await store(vault)
  let sealed = 0
  const dying: Vault = {
    ...vault,
    get keyVersion() {
      return vault.keyVersion
    },
    seal: (plain, boundTo) => {
      if (sealed++ === cut) throw new Error('cut')
      return vault.seal(plain, boundTo)
    },
  }
  await expect(rotate(dying)).rejects.toThrow('cut')
  const versions = (await rows()).map((row) => row.key_version)
  expect(versions.filter((version) => version === 2)).toHaveLength(cut)
  expect(await rotate(vault)).toEqual({ keyVersion: 2, sealedAnew: 6 - cut })
  await expectAllOpen(vault, texts, 2)
})

test('changes nothing where the key that is here is not the one that sealed', async () => {
  const right = await loadVault({ dataDir })
  const texts = await store(right)
  const path = right.file?.path ?? ''
  const kept = readFileSync(path, 'utf8')
  rmSync(path)
  const wrong = await loadVault({ dataDir })
  const before = readFileSync(path, 'utf8')
  await expect(rotate(wrong)).rejects.toThrow('does not open 6 credentials')
  expect(readFileSync(path, 'utf8')).toBe(before)
  writeFileSync(path, kept)
  await expectAllOpen(await loadVault({ dataDir }), texts, 1)
})

test('seals the heads of the activity log anew, so that the log still verifies once the old key is gone', async () => {
  const vault = await loadVault({ dataDir })
  const actor = { kind: 'system' as const, id: 'test', address: null }
  const workspaceId = await t.makeWorkspace()
  const entry = { action: 'a.test', subjectKind: 'workspace', subjectId: workspaceId }
  await write(t.db, { workspaceId, actor }, (_, audit) => audit(entry))
  await sealEvents(t.db, vault, workspaceId)
  const head = async () =>
    (
      await t.root.query<{ sealed: Buffer; key_version: number }>(
        'select sealed, key_version from audit_heads where workspace_id = $1',
        [workspaceId],
      )
    ).rows[0]
  expect(await head()).toMatchObject({ key_version: 1 })
  const { keyVersion } = await rotate(vault)
  expect(await head()).toMatchObject({ key_version: keyVersion })
  const only = await loadVault({ dataDir })
  const verified = (by: Vault) => read(t.db, workspaceId, (tx) => verifyChain(tx, by, workspaceId, null))
  expect(await verified(only)).toMatchObject({ ok: true, checked: 1 })
  // A head that somebody without the key made is not made good by a rotation.
  await t.root.query('update audit_heads set sealed = $1 where workspace_id = $2', [
    Buffer.alloc((await head())?.sealed.length ?? 32),
    workspaceId,
  ])
  await rotate(only)
  expect(await verified(await loadVault({ dataDir }))).toMatchObject({ ok: false })
})

test('runs one after the other where two are started at once: everything opens under the one key that is left', async () => {
  const vaults = [await loadVault({ dataDir }), await loadVault({ dataDir })]
  const texts = await store(vaults[0] as Vault)
  for (const round of [0, 1, 2, 3]) {
    const done = await Promise.all(vaults.map((vault) => rotate(vault)))
    expect(done.map(({ keyVersion }) => keyVersion).sort()).toEqual([2 * round + 2, 2 * round + 3])
    expect(done.map(({ sealedAnew }) => sealedAnew)).toEqual([6, 6])
    const left = readFileSync(vaults[0]?.file?.path ?? '', 'utf8')
    expect(Object.keys(JSON.parse(left) as object)).toEqual([String(2 * round + 3)])
    for (const vault of vaults) await expectAllOpen(vault, texts, 2 * round + 3)
  }
})

test('destroys no key where a credential does not open', async () => {
  const vault = await loadVault({ dataDir })
  const texts = await store(vault)
  const [broken = ''] = texts.keys()
  await t.root.query(`update credentials set sealed = sealed || 'x' where id = $1`, [broken])
  await expect(rotate(vault)).rejects.toThrow('does not open')
  for (const row of (await rows()).filter(({ id }) => id !== broken)) {
    expect(vault.open(row.sealed, `credentials/${row.id}`).reveal()).toBe(texts.get(row.id))
  }
})

test('with keys from the settings seals under the highest', async () => {
  const [one, two] = [1, 2].map((n) => Buffer.alloc(32, n).toString('base64'))
  const texts = await store(await loadVault({ dataDir, masterKey: new Redacted(`1:${one}`) }))
  const both = await loadVault({ dataDir, masterKey: new Redacted(`2:${two},1:${one}`) })
  expect(await rotate(both)).toEqual({ keyVersion: 2, sealedAnew: 6 })
  const only = await loadVault({ dataDir, masterKey: new Redacted(`2:${two}`) })
  await expectAllOpen(only, texts, 2)
})
