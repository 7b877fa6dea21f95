// Commands that are run where they were not meant to be: in a folder without a database, beside a secret that was left behind, on a database
// that is no demo.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { createLog } from '../lib/log.ts'
import { testDb } from '../store/testing/test-db.ts'
import { AUTH_SECRET } from './parts.ts'
import { start } from './serve.ts'

const t = await testDb()
const root = join(import.meta.dirname, '..', '..')
const dataDir = mkdtempSync(join(tmpdir(), 'guestlist-place-'))
chmodSync(dataDir, 0o755)
let email = ''
beforeAll(async () => {
  const userId = await t.makeUser()
  email = `${userId}@example.test`
  await t.root.query(
    `insert into auth_two_factor (id, secret, backup_codes, user_id) values ('1', 'sealed', 'sealed', $1)`,
    [userId],
  )
  await t.root.query(
    `insert into auth_account (id, account_id, provider_id, user_id, password, updated_at) values ('1', $1, 'credential', $1, 'x', now())`,
    [userId],
  )
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

function run(words: string[], env: Record<string, string>): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src/main.ts'), ...words], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, GUESTLIST_DATA_DIR: dataDir, PORT: '0', ...env },
  })
  return { code: status, said: stdout + stderr }
}

// Each made an empty database there, and a new master key told that it was done.
test.each([
  ['rotate-key'],
  ['reset-password', 'a@brand.example'],
  ['transfer-ownership', 'x', 'a@brand.example'],
])('%s in a folder without a database says so and makes nothing', (...words) => {
  expect(run(words, {})).toEqual({ code: 1, said: expect.stringContaining('holds no database') as string })
  expect(readdirSync(dataDir)).toEqual([])
})

// They did what they do, whatever stood behind them.
test.each(['rotate-key', 'migrate', 'serve'])('%s that is asked for its help changes nothing', (command) => {
  expect(run([command, '--help'], {})).toEqual({
    code: 2,
    said: `Usage: ${command}, and nothing after it. Nothing was done.\n`,
  })
  expect(readdirSync(dataDir)).toEqual([])
})

// It made one, so that the next start took it for the right one, and nobody with a second factor could sign in.
test('a new password makes no secret for sign-ins where its copy is still to be put back', () => {
  const { code, said } = run(['reset-password', email], { DATABASE_URL: t.rootUrl })
  expect([code, said]).toEqual([0, expect.stringContaining('New password: ') as string])
  expect(existsSync(join(dataDir, AUTH_SECRET))).toBe(false)
})

// The engine had been started by then: it took up tasks, and was ended in the middle of them by each try of a process manager.
test('a start without that secret touches no task before it says so', async () => {
  const config = loadConfig({ GUESTLIST_DATA_DIR: dataDir, DATABASE_URL: t.rootUrl, PORT: '0' })
  await expect(start(config, createLog('silent'))).rejects.toThrow(
    `put its copy at ${join(dataDir, AUTH_SECRET)}`,
  )
  expect((await t.root.query(`select from pg_namespace where nspname = 'dbos'`)).rowCount).toBe(0)
})

// It said that older keys were gone: they stood in the settings, and with one key there was no new one.
test('a new master key that the settings do not hold is not said to be used', () => {
  const [one, two] = [Buffer.alloc(32, 1).toString('hex'), Buffer.alloc(32, 2).toString('hex')]
  const rotated = (key: string) => run(['rotate-key'], { DATABASE_URL: t.rootUrl, GUESTLIST_MASTER_KEY: key })
  expect(rotated(one)).toMatchObject({
    code: 1,
    said: expect.stringContaining('as 2:<new>,1:<old>') as string,
  })
  const { code, said } = rotated(`2:${two},1:${one}`)
  expect([code, said]).toEqual([
    0,
    expect.stringContaining('take the older ones out of GUESTLIST_MASTER_KEY, as 2:<new>,') as string,
  ])
  expect(said).not.toMatch(new RegExp(`${one}|${two}`))
})

// It brought that database to this release and worked on it before it said no.
test('the demo leaves a database of the settings alone', () => {
  const { code, said } = run(['demo'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  expect([code, said.trim()]).toEqual([1, 'The demo brings its own database: unset DATABASE_URL.'])
})
