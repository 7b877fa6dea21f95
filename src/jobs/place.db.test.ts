// A process's place is free once it was released, also where its connection broke a moment before and it was just being taken again; and
// it comes back with the database, however long that was away.
import { expect, test, vi } from 'vitest'
import { createLog } from '../lib/log.ts'
import { takeSlot } from '../store/slots.ts'
import { testDb } from '../store/testing/test-db.ts'
import { takePlace } from './place.ts'

const t = await testDb()

test('a place that is released while it is being taken again is given back', async () => {
  let came: () => void = () => undefined
  const preparing = new Promise<void>((done) => (came = done))
  let goOn: () => void = () => undefined
  const held = new Promise<void>((done) => (goOn = done))
  const place = await takePlace({
    url: t.appUrl,
    log: createLog('silent'),
    retakeMs: 10_000,
    onLeave: () => undefined,
    onSilent: () => undefined,
    onBack: () => {
      came()
      return held
    },
    onLost: () => undefined,
  })
  await t.root.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'guestlist slot'`,
  )
  await preparing
  await place.release()
  goOn()
  let again = null
  for (let tries = 0; tries < 50 && again === null; tries += 1) {
    again = await takeSlot(t.appUrl, place.number)
    if (again === null) await new Promise((go) => setTimeout(go, 20))
  }
  expect(again?.number).toBe(place.number)
  await again?.release()
})

test('a database that is away for longer than a place is tried for does not end the process', async () => {
  const lost = vi.fn()
  const place = await takePlace({
    url: t.appUrl,
    log: createLog('silent'),
    retakeMs: 300,
    onLeave: () => undefined,
    onSilent: () => undefined,
    onBack: () => Promise.resolve(),
    onLost: lost,
  })
  const connections = (most: number) =>
    t.root.query(
      `do $$ begin execute format('alter database %I connection limit ${most}', current_database()); end $$`,
    )
  await connections(0)
  await t.root.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'guestlist slot'`,
  )
  await new Promise((go) => setTimeout(go, 1_500))
  expect([place.held(), lost.mock.calls.length]).toEqual([false, 0])
  await connections(-1)
  await place.whenHeld()
  await place.release()
})
