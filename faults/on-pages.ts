// The command line of a family that plays on a provider's pages: a cluster, a database, what `open` makes of them and Chromium, and
// everything taken down again.
import { findChromium } from '../e2e/harness.ts'
import { startCluster } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import { asked, runFamily } from './cases.ts'
import type { Family } from './cases.ts'

/** Plays the family, tells it, and ends the process: 1 where a case is red; 0 and a sentence where there is no Chromium. */
export async function runOnPages<G extends { close(): Promise<void> }>(
  open: (t: TestDb, chromium: string) => Promise<G>,
  build: (ground: G, seed: number, count: number | null) => Family | Promise<Family>,
): Promise<never> {
  const { cases, seed, only } = asked(process.argv.slice(2), 1)
  const chromium = findChromium()
  if (chromium === null || process.platform !== 'linux') {
    console.log('There is no Chromium on this machine: the pages are not played.')
    console.log('0 passed, 0 failed, 1 skipped')
    process.exit(0)
  }
  const { cluster, stop } = await startCluster()
  const t = await openTestDb(cluster)
  const ground = await open(t, chromium)
  let failed = 1
  try {
    const family = await build(ground, seed, cases)
    failed = (await runFamily(family, (line) => console.log(line), only)).failed
  } finally {
    await ground.close()
    await t.drop()
    await stop()
  }
  process.exit(failed === 0 ? 0 : 1)
}
