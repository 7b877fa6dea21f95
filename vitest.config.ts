// How the tests run: beside the code, with one real PostgreSQL for all that need a database.
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
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
