// How long a job's wait lasts where the clock is set while it runs: never longer than was planned, and over where its moment has come.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pauseUntil } from './pause.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const HOUR = 3_600_000

/** How many minutes a wait of an hour lasts where the clock jumps by `jump` in its tenth minute; `planned` before the clock was `back`. */
async function minutes(jump: number, back = 0): Promise<number> {
  let off = 0
  const ended: true[] = []
  const now = () => performance.now() + off
  const waiting = pauseUntil(now() + HOUR + back, { now, factor: 1 }, new AbortController().signal)
  void waiting.then(() => ended.push(true))
  for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
    if (minute === 10) off = jump
    await vi.advanceTimersByTimeAsync(60_000)
    if (ended.length > 0) return minute + 1
  }
  return Infinity
}

test.each([
  ['the clock is right', 0, 0, 60],
  ['an hour ahead', HOUR, 0, 11],
  ['400 days ahead', 400 * 24 * HOUR, 0, 11],
  ['an hour back', -HOUR, 0, 60],
  ['planned ten years ahead', 0, 10 * 365 * 24 * HOUR, 24 * 60],
])('%s', async (_, jump, back, expected) => expect(await minutes(jump, back)).toBe(expected))
