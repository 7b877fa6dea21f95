// A page that failed because the server or its database was away comes back by itself, once for all that failed.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from './client.ts'
import { comingBack } from './come-back.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const failure = (code: 'unavailable' | 'internal') => new ApiError(code, 'No.', null, {})

test('It asks until it is answered, then everything is read once, and a later outage is waited for again', async () => {
  const asks = vi.fn().mockRejectedValue(failure('unavailable'))
  const back = vi.fn()
  const told = comingBack(asks, back)
  for (let failures = 0; failures < 20; failures++) told(failure('unavailable'))
  await vi.advanceTimersByTimeAsync(15_000)
  expect([asks.mock.calls.length, back.mock.calls.length]).toEqual([3, 0])
  asks.mockResolvedValue({})
  await vi.advanceTimersByTimeAsync(60_000)
  expect([asks.mock.calls.length, back.mock.calls.length]).toEqual([4, 1])
  told(failure('unavailable'))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(back).toHaveBeenCalledTimes(2)
})

test('What another failure says is not waited for', async () => {
  const asks = vi.fn()
  const told = comingBack(asks, vi.fn())
  told(failure('internal'))
  told(new Error('unavailable'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asks).not.toHaveBeenCalled()
})
