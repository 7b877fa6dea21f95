// The secrets of an installation: made whole, once, and never taken for one where a run was cut off while it made one.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDb } from '../store/testing/test-db.ts'
import { authSecret, installationSecret } from './parts.ts'

const t = await testDb()

let dataDir = ''
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'guestlist-secret-'))))
afterEach(() => rmSync(dataDir, { recursive: true }))

test('several that start at once take the same one, which nobody else may read', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => installationSecret(dataDir, 'auth-secret')))
  const text = readFileSync(join(dataDir, 'auth-secret'), 'utf8')
  expect(text).toHaveLength(43)
  expect(all.map((secret) => secret.reveal())).toEqual(all.map(() => text))
  expect(statSync(join(dataDir, 'auth-secret')).mode & 0o777).toBe(0o600)
  expect(readdirSync(dataDir)).toEqual(['auth-secret'])
})

test('an empty file, as a full disk leaves it, is refused with what to do', async () => {
  writeFileSync(join(dataDir, 'auth-secret'), '')
  await expect(installationSecret(dataDir, 'auth-secret')).rejects.toThrow('auth-secret is damaged')
})

test('one is not made anew where second factors are sealed with another, as after a restore without its copy', async () => {
  const made = await authSecret(dataDir, t)
  await t.root.query(
    `insert into auth_user (id, name, email, email_verified) values ('1', 'Somebody', 'a@example.test', true)`,
  )
  await t.root.query(
    `insert into auth_two_factor (id, secret, backup_codes, user_id) values ('1', 'sealed', 'sealed', '1')`,
  )
  expect((await authSecret(dataDir, t)).reveal()).toBe(made.reveal())
  rmSync(join(dataDir, 'auth-secret'))
  await expect(authSecret(dataDir, t)).rejects.toThrow(`put its copy at ${join(dataDir, 'auth-secret')}`)
  expect(readdirSync(dataDir)).toEqual([])
})
