// The database of a test file: copied from the migrated template of the run's cluster, gone when the file's tests are done.
import { afterAll, inject } from 'vitest'
import { openTestDb } from './open-test-db.ts'
import type { TestDb } from './open-test-db.ts'

export type { TestDb } from './open-test-db.ts'

/** Call it once, at the top of a *.db.test.ts file: `const t = await testDb()`. */
export async function testDb(options?: { empty: boolean }): Promise<TestDb> {
  const cluster = inject('cluster')
  if (cluster === null) throw new Error('A test with a database is named *.db.test.ts.')
  const t = await openTestDb(cluster, options)
  afterAll(() => t.drop())
  return t
}

/** Another one beside it, for one test of the file; whoever opens it calls `drop` in the end. */
export function anotherTestDb(options?: { empty: boolean }): Promise<TestDb> {
  const cluster = inject('cluster')
  if (cluster === null) throw new Error('A test with a database is named *.db.test.ts.')
  return openTestDb(cluster, options)
}
