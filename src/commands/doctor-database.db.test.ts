// What the doctor says of a database that works: of second factors whose secret is not the one that sealed them, and beside a wrong clock.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { symmetricEncrypt } from 'better-auth/crypto'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { loadConfig } from '../config.ts'
import { makeEngineTables } from '../jobs/engine.ts'
import { createLog } from '../lib/log.ts'
import { testDb } from '../store/testing/test-db.ts'
import { database } from './doctor-database.ts'
import { AUTH_SECRET, installationSecret } from './parts.ts'

const t = await testDb()
const log = createLog('silent')
const dataDir = mkdtempSync(join(tmpdir(), 'guestlist-doctor-'))
afterEach(() => vi.useRealTimers())
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

async function found(): Promise<Record<string, string>> {
  // The superuser may make the program's role its own.
  const config = loadConfig({ GUESTLIST_DATA_DIR: dataDir, DATABASE_URL: t.rootUrl })
  const { findings } = await database(config, log)
  return Object.fromEntries(findings.map(({ check, state, sentence }) => [check, `${state}: ${sentence}`]))
}

// A restore without auth-secret passed the doctor, and then the program did not start; with another one nobody could sign in.
test('tells whether the secret of second factors is here, and is the one', async () => {
  expect((await found())['second factors']).toBe('ok: Nobody has one.')
  const secret = await installationSecret(dataDir, AUTH_SECRET)
  const userId = await t.makeUser()
  await t.root.query(
    `insert into auth_two_factor (id, secret, backup_codes, user_id) values ('1', $1, '', $2)`,
    [await symmetricEncrypt({ key: secret.reveal(), data: 'seed' }), userId],
  )
  expect((await found())['second factors']).toBe('ok: 1 of 1 open.')
  rmSync(join(dataDir, AUTH_SECRET))
  expect((await found())['second factors']).toBe('problem: 1 people have one; its secret is missing.')
  await installationSecret(dataDir, AUTH_SECRET)
  expect((await found())['second factors']).toBe('problem: 0 of 1 open.')
})

test('looks at everything else beside a clock that is wrong', async () => {
  await makeEngineTables(t.ownerUrl, log)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  const checks = await found()
  expect(checks['clock of the database']).toMatch(/^problem: It is -3600 seconds ahead/)
  for (const check of ['roles', 'tasks', 'tokens', 'retention', 'activity log', 'second factors'])
    expect([check, checks[check]]).toEqual([check, expect.any(String)])
})
