// How a stream ends: whatever ends it, what its events hold is let go of, nothing piles up while it is quiet, and no error is printed past the log.
import { Hono } from 'hono'
import { afterEach, expect, test, vi } from 'vitest'
import { createLog } from '../lib/log.ts'
import { sendEvents } from './events.ts'
import type { ServerEvent } from './events.ts'

afterEach(() => vi.useRealTimers())

/** A stream of these events, and what was logged. */
async function open(events: AsyncIterable<ServerEvent>, mayStill: () => Promise<boolean>) {
  const logged: string[] = []
  const parts = {
    stopping: new AbortController().signal,
    log: createLog('debug', (line) => logged.push(line)),
  }
  const app = new Hono()
  app.get('/', (c) => sendEvents(c, { events: () => events }, mayStill, parts))
  const response = await app.request('/')
  return { response, logged }
}

/** One event, then nothing more for ever. */
function held() {
  const state = { left: false }
  async function* events(): AsyncIterable<ServerEvent> {
    try {
      yield { event: 'one', data: 1 }
      yield { event: 'two', data: 2 }
    } finally {
      await Promise.resolve()
      state.left = true
    }
  }
  return { state, events: events() }
}

test('A stream that is refused lets go of what its events hold', async () => {
  const { state, events } = held()
  const { response } = await open(events, () => Promise.resolve(false))
  expect(await response.text()).toBe('')
  await vi.waitFor(() => expect(state.left).toBe(true))
})

test('A stream that cannot ask whether it may go on ends, with a line in the log', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const { state, events } = held()
  const { response, logged } = await open(events, () => Promise.reject(new Error('the database is away')))
  expect(await response.text()).toBe('')
  await vi.waitFor(() => expect(state.left).toBe(true))
  expect(logged.join('\n')).toContain('the database is away')
  expect(printed).not.toHaveBeenCalled()
  printed.mockRestore()
})

test('A quiet stream leaves nothing behind at the event that it waits for', async () => {
  vi.useFakeTimers()
  let waits = 0
  class Counted<T> extends Promise<T> {
    override then<A = T, B = never>(
      done?: ((value: T) => A | PromiseLike<A>) | null,
      failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      waits += 1
      return super.then(done, failed)
    }
  }
  const never = new Counted<IteratorResult<ServerEvent>>(() => undefined)
  const events = { [Symbol.asyncIterator]: () => ({ next: () => never }) }
  let asked = 0
  const { response } = await open(events, () => Promise.resolve((asked += 1) < 40))
  await vi.advanceTimersByTimeAsync(60_000)
  await response.text()
  expect(asked).toBe(40)
  expect(waits).toBeLessThan(5)
})
