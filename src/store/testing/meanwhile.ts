// What is asked while a change of somebody else's is written and not yet committed: the moment at which two who change the same thing meet.
import { setTimeout as sleep } from 'node:timers/promises'
import { work } from '../db.ts'
import type { Tx } from '../db.ts'
import type { TestDb } from './open-test-db.ts'

/** Writes `change`, asks until the answer is there or waits for a lock, does `then`, commits, and gives the answer. */
export async function meanwhile<T>(
  t: Pick<TestDb, 'db' | 'root'>,
  workspaceId: string,
  change: (tx: Tx) => Promise<unknown>,
  ask: () => Promise<T>,
  then: (tx: Tx) => Promise<unknown> = () => Promise.resolve(),
): Promise<T> {
  const asked: { answer?: Promise<T>; over: boolean } = { over: false }
  await work(t.db, workspaceId, async (tx) => {
    await change(tx)
    asked.answer = ask().finally(() => (asked.over = true))
    // It is waited for below, where the change is committed.
    asked.answer.catch(() => undefined)
    while (!asked.over && (await waiting(t)) === 0) await sleep(5)
    await then(tx)
  })
  if (asked.answer === undefined) throw new Error('nothing was asked')
  return asked.answer
}

/** How many wait for somebody else's lock in this database. */
async function waiting({ root }: Pick<TestDb, 'root'>): Promise<number> {
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  return (await root.query(waits)).rows.length
}
