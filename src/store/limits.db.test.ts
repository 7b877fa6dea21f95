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

test('One at a time does something alone, over processes; a process that died in it holds up nobody for good', async () => {
  const open = () => openLimits(t.db, Date.now, (error) => expect.unreachable(String(error))).of('alone')
  const [one, other] = [await open(), await open()]
  const { signal } = new AbortController()
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await sleep(10)
    inside -= 1
    return 'done'
  }
  const all = [one, other, one, other].map((limits) => limits.alone('near', work, signal))
  expect(await Promise.all(all)).toEqual(['done', 'done', 'done', 'done'])
  expect(most).toBe(1)
  await expect(one.alone('near', () => Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed')

  const died = `insert into provider_limits values ('alone', 'alone/near', 'of a process that is gone', now() + interval '1 minute')`
  await t.root.query(died)
  const stopped = AbortSignal.timeout(120)
  await expect(other.alone('near', work, stopped)).rejects.toThrow()
  await t.root.query(`update provider_limits set until = now() where key = 'alone/near'`)
  expect(await other.alone('near', work, signal)).toBe('done')
})
