// How the tests run: beside the code, with one real PostgreSQL for all that need a database.
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * Where no durations are remembered, as in a fresh clone, the largest file would be the first. Those that play the whole product are short
 * files that take long: begun last, they would run by themselves in the end.
 */
class WholeProductFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const later = ({ moduleId }: TestSpecification) => Number(!/\/(faults|e2e|bench|jobs)\//.test(moduleId))
    return sorted.sort((a, b) => later(a) - later(b))
  }
}

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'console/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
      'faults/**/*.test.ts',
      'e2e/**/*.{spec,test}.ts',
    ],
    sequence: { sequencer: WholeProductFirst },
    globalSetup: ['src/store/testing/cluster.ts'],
    // A test waits more than it computes: for PostgreSQL, for a browser, for a process. The default on two cores is one at a time.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
