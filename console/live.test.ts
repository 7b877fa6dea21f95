// A screen shows what a task changed, however the news of its end comes.
import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listen, refresher } from './live.ts'
import { workspaceKey, workspaceQuery } from './queries.ts'
import type { WorkspaceInfo } from './queries.ts'

/** The page as far as its sight goes. */
class Sight extends EventTarget {
  hidden = false
  turn(hidden: boolean): void {
    this.hidden = hidden
    this.dispatchEvent(new Event('visibilitychange'))
  }
}
let sight: Sight

beforeEach(() => {
  vi.useFakeTimers()
  sight = new Sight()
  vi.stubGlobal('document', sight)
  Stream.all = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const people = [...workspaceKey('w'), 'principals']
const quiet = { openJobs: 0, waitingJobs: 0, unreadNotices: 0 }

/** True where the list of people is read again after the news. */
function isReadAgain(known: number, tell: (refresh: ReturnType<typeof refresher>) => void): boolean {
  const client = new QueryClient()
  const info = { counts: { ...quiet, openJobs: known } } as WorkspaceInfo
  client.setQueryData(workspaceQuery('w').queryKey, info)
  client.setQueryData(people, ['who was there before'])
  const refresh = refresher(client, 'w')
  tell(refresh)
  vi.advanceTimersByTime(1_000)
  refresh.stop()
  return client.getQueryState(people)?.isInvalidated === true
}

test.each([
  ['a task is over whose beginning was told', 1, { ...quiet, changed: ['j'], ended: true }, true],
  ['a task is over that began after the last news', 0, { ...quiet, changed: ['j'], ended: true }, true],
  [
    'one task is over as another one begins',
    1,
    { ...quiet, openJobs: 1, changed: ['i', 'j'], ended: true },
    true,
  ],
  ['a task was over before the page listened', 1, { ...quiet, changed: [], ended: false }, true],
  ['a task goes on', 1, { ...quiet, openJobs: 1, changed: ['j'], ended: false }, false],
])('%s', (_, known, news, expected) => {
  expect(isReadAgain(known, (refresh) => refresh.told({ ...news, notices: false }))).toBe(expected)
})

test('a stream that was lost is back', () => {
  expect(isReadAgain(0, (refresh) => refresh.missed())).toBe(true)
})

class Stream extends EventTarget {
  static readonly CLOSED = 2
  static all: Stream[] = []
  readyState = 1
  constructor() {
    super()
    Stream.all.push(this)
  }
  close(): void {
    this.readyState = Stream.CLOSED
  }
  fail(refused: boolean): void {
    this.readyState = refused ? Stream.CLOSED : 0
    this.dispatchEvent(new Event('error'))
  }
}

const last = () => Stream.all.at(-1) ?? expect.fail('no stream')
const open = () => Stream.all.filter(({ readyState }) => readyState !== Stream.CLOSED).length

test('a page that nobody sees holds no connection: a browser has six for a server, and seven tabs would stand still', () => {
  vi.stubGlobal('EventSource', Stream)
  const again = vi.fn()
  const stop = listen('/events', {}, { again, refused: vi.fn() })
  last().dispatchEvent(new Event('open'))
  sight.turn(true)
  vi.advanceTimersByTime(1_000)
  // Somebody who only looks elsewhere for a moment misses nothing.
  sight.turn(false)
  vi.advanceTimersByTime(10_000)
  expect([Stream.all.length, open()]).toEqual([1, 1])
  sight.turn(true)
  vi.advanceTimersByTime(3_000)
  expect(open()).toBe(0)
  sight.turn(false)
  expect([Stream.all.length, open()]).toEqual([2, 1])
  last().dispatchEvent(new Event('open'))
  expect(again).toHaveBeenCalledTimes(1)
  sight.turn(true)
  last().fail(true)
  vi.advanceTimersByTime(60_000)
  expect(open()).toBe(0)
  stop()
  sight.turn(false)
  expect(open()).toBe(0)
})

test('a page that was opened behind another one listens once it is seen', () => {
  vi.stubGlobal('EventSource', Stream)
  sight.hidden = true
  const stop = listen('/events', {}, { refused: vi.fn() })
  expect(Stream.all).toEqual([])
  sight.turn(false)
  expect(open()).toBe(1)
  stop()
  expect(open()).toBe(0)
})

test('a stream that is lost comes back, one that is refused tells so and is asked for again until it is left', () => {
  vi.stubGlobal('EventSource', Stream)
  const [again, refused, lost] = [vi.fn(), vi.fn(), vi.fn()]
  const stop = listen('/events', {}, { again, refused, lost })
  const told = () => [again.mock.calls.length, refused.mock.calls.length, Stream.all.length]
  last().dispatchEvent(new Event('open'))
  last().fail(false)
  expect(told()).toEqual([0, 0, 1])
  expect(lost).toHaveBeenCalledTimes(1)
  // The first time a server that ends may have answered still; then it is not asked about without end.
  for (let more = 0; more < 5; more++) last().fail(false)
  expect(lost).toHaveBeenCalledTimes(2)
  last().dispatchEvent(new Event('open'))
  expect(told()).toEqual([1, 0, 1])
  last().fail(true)
  vi.advanceTimersByTime(5_000)
  expect(told()).toEqual([1, 1, 2])
  last().fail(true)
  stop()
  vi.advanceTimersByTime(60_000)
  expect(told()).toEqual([1, 2, 2])
})
