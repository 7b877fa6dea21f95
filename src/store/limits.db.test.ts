// What a provider asked for holds from the moment it is known, whatever the database does: a read in between does not undo it.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openLimits } from './limits.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()

test('A pause holds while it is being written, while it cannot be written, and is known to others in the end', async () => {
  const errors: unknown[] = []
  const limits = openLimits(
    t.db,
    () => Date.now(),
    (error) => errors.push(error),
  )
  const mine = await limits.of('app')
  const values: (string | undefined)[] = []
  /** Asks for longer than what was read counts as fresh. */
  const watch = async (key: string) => {
    values.length = 0
    for (let tries = 0; tries < 14; tries++) {
      values.push(mine.get(key))
      await sleep(100)
    }
    expect(new Set(values)).toEqual(new Set(['wait']))
  }
  const locker = await t.root.connect()
  await locker.query('begin; lock table provider_limits in share row exclusive mode')
  mine.set('slow', 'wait')
  await watch('slow')
  await locker.query('rollback')
  locker.release()

  await t.root.query('revoke insert, update on provider_limits from guestlist_app')
  mine.set('refused', 'wait')
  await watch('refused')
  expect(errors.length).toBeGreaterThan(0)
  await t.root.query('grant insert, update on provider_limits to guestlist_app')
  for (let other = await limits.of('app'); other.get('refused') !== 'wait'; other = await limits.of('app'))
    await sleep(50)
  const restarted = await openLimits(
    t.db,
    () => Date.now(),
    () => undefined,
  ).of('app')
  expect([restarted.get('slow'), restarted.get('refused')]).toEqual(['wait', 'wait'])
})
