// A place is free when its holder's machine is gone without a word, too: the server looks for it, within the time that a place is tried for.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { takeSlot } from './slots.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()

/** Linux tells of each socket which timer runs and, in hundredths of a second, when it ends. */
const TOLD = '/proc/net/tcp'

test.skipIf(!existsSync(TOLD))('the server asks a silent holder after ten seconds', async () => {
  const slot = await takeSlot(t.appUrl)
  const { rows } = await t.root.query<{ mine: number; theirs: number }>(
    `select client_port as theirs, inet_server_port() as mine from pg_stat_activity
     where application_name = 'guestlist slot' and datname = current_database()`,
  )
  const hex = (port = 0) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const timer = () => {
    const sockets = readFileSync(TOLD, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local, remote]) =>
          local?.endsWith(hex(rows[0]?.mine)) === true && remote?.endsWith(hex(rows[0]?.theirs)) === true,
      )
    const [kind, ends] = sockets[0]?.[5]?.split(':') ?? []
    return { kind, ends: parseInt(ends ?? '', 16), sockets: sockets.length }
  }
  // Until the last answer is confirmed another timer runs.
  await expect.poll(timer).toMatchObject({ kind: '02', sockets: 1 })
  expect(timer().ends).toBeLessThanOrEqual(1_000)
  await slot?.release()
})
