// The command line of a family that plays on a database: a cluster and a database of its own, the family, and everything taken down again.
import { startCluster } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { asked, runFamily } from './cases.ts'
import type { Family } from './cases.ts'

/** Plays the family that `build` makes for a seed and a number of cases, tells it, and ends the process: 1 where a case is red. */
export async function runOnDatabase(
  usual: { cases: number; closure?: true },
  build: (t: TestDb, seed: number, count: number) => Promise<{ family: Family; close(): Promise<void> }>,
): Promise<never> {
  const { cases, seed, only } = asked(process.argv.slice(2), 20_261, usual.closure)
  const { cluster, stop } = await startCluster()
  const t = await openTestDb(cluster)
  let failed = 1
  try {
    const { family, close } = await build(t, seed, cases ?? usual.cases)
    failed = await runFamily(family, (line) => console.log(line), only)
      .then((tally) => tally.failed)
      .finally(close)
  } finally {
    await t.drop()
    await stop()
  }
  process.exit(failed === 0 ? 0 : 1)
}
