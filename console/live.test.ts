// A screen shows what a task changed, however the news of its end comes.
import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { refresher } from './live.ts'
import { workspaceKey, workspaceQuery } from './queries.ts'
import type { WorkspaceInfo } from './queries.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
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
