// What a step waits for instead of failing: every way in which a database that went away is told.
import { expect, test } from 'vitest'
import { isOutage } from './step-guard.ts'

const coded = (code: string) => Object.assign(new Error('told by PostgreSQL or the network'), { code })

test.each([
  // A connection that is lost while a commit waits for its answer: the rollback that follows is what is heard of.
  new Error('Client has encountered a connection error and is not queryable'),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Query read timeout'),
  ...['08006', '57P01', '57P03', '53300', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].map(coded),
])('%s', (error) => expect(isOutage(error)).toBe(true))

test.each([new Error('a row is missing'), coded('23505'), coded('42501'), 'ECONNRESET'])('not %s', (error) =>
  expect(isOutage(error)).toBe(false),
)
