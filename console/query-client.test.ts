// An invalidation is never lost: what was read before it is read again, also where that reading was the first one.
import { QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { ConsoleQueryClient } from './query-client.ts'

/** A query that somebody watches; each reading ends when the test lets it, with what was true as it began. */
function watched() {
  const client = new ConsoleQueryClient()
  const readings: (() => void)[] = []
  let truth = 'Syncing'
  const observer = new QueryObserver(client, {
    queryKey: ['app'],
    queryFn: () => {
      const seen = truth
      return new Promise<string>((resolve) => readings.push(() => resolve(seen)))
    },
  })
  const stop = observer.subscribe(() => undefined)
  return {
    client,
    stop,
    become: (next: string) => (truth = next),
    answer: async () => {
      readings.shift()?.()
      await new Promise((resolve) => setTimeout(resolve, 0))
    },
    open: () => readings.length,
    shown: () => observer.getCurrentResult().data,
  }
}

test('what became true during the first reading is shown', async () => {
  const app = watched()
  app.become('Healthy')
  // A busy task tells more than once.
  const told = [1, 2, 3].map(() => app.client.invalidateQueries({ queryKey: ['app'] }))
  await app.answer()
  expect([app.shown(), app.open()]).toEqual(['Syncing', 1])
  await app.answer()
  await Promise.all(told)
  expect([app.shown(), app.open()]).toEqual(['Healthy', 0])
  app.stop()
})

test('a first reading that nobody doubted is not repeated', async () => {
  const app = watched()
  await app.client.invalidateQueries({ queryKey: ['another'] })
  await app.answer()
  expect([app.shown(), app.open()]).toEqual(['Syncing', 0])
  app.stop()
})
