// What a step waits for instead of failing: every way in which a database that went away is told.
import { afterEach, expect, test, vi } from 'vitest'
import { createLog } from '../lib/log.ts'
import { guarded, isOutage } from './step-guard.ts'

const coded = (code: string) => Object.assign(new Error('told by PostgreSQL or the network'), { code })

test.each([
  // A connection that is lost while a commit waits for its answer: the rollback that follows is what is heard of.
  new Error('Client has encountered a connection error and is not queryable'),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Query read timeout'),
  ...[
    '08006',
    '57P01',
    '57P03',
    '53300',
    '53100',
    '58030',
    '40001',
    '40P01',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
  ].map(coded),
])('%s', (error) => expect(isOutage(error)).toBe(true))

test.each([new Error('a row is missing'), coded('23505'), coded('42501'), 'ECONNRESET'])('not %s', (error) =>
  expect(isOutage(error)).toBe(false),
)

test('a clock that jumps while the database is away does not end the patience with it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  let tries = 0
  const away = () => {
    tries += 1
    vi.setSystemTime(Date.now() + 3_600_000)
    return tries < 3 ? Promise.reject(coded('ECONNREFUSED')) : Promise.resolve('there again')
  }
  const log = createLog('silent')
  try {
    await expect(guarded(log, () => false, { job: '1', step: 'read' }, away)).resolves.toBe('there again')
  } finally {
    vi.useRealTimers()
  }
})

/** A step whose tries take so long each and fail as where the database is away; the last of `tries` answers. */
function slowStep(milliseconds: number, tries: number): { tried: () => number; fn: () => Promise<string> } {
  let [now, tried] = [1_000, 0]
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const fn = () => {
    now += milliseconds
    tried += 1
    return tried < tries ? Promise.reject(coded('57P01')) : Promise.resolve('there again')
  }
  return { tried: () => tried, fn }
}

afterEach(() => vi.restoreAllMocks())

test('a step that had worked for minutes when the database went away broke at once', async () => {
  const { fn } = slowStep(600_000, 3)
  const log = createLog('silent')
  await expect(guarded(log, () => false, { job: '1', step: 'pages' }, fn)).resolves.toBe('there again')
})

test('a database that is away for ever ends a step', async () => {
  const { fn, tried } = slowStep(60_000, 1_000)
  const log = createLog('silent')
  await expect(guarded(log, () => false, { job: '1', step: 'pages' }, fn)).rejects.toThrow('step broke')
  expect(tried()).toBe(5)
})
