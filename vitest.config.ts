// How the tests run: beside the code, with one real PostgreSQL for all that need a database.
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

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
    globalSetup: ['src/store/testing/cluster.ts'],
    // A test waits more than it computes: for PostgreSQL, for a browser, for a process. The default on two cores is one at a time.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
