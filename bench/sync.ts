// How dear is a check for updates? Calls, time, processor and memory beside Meta's own Node SDK reading the same business in the same run, and
// what is written when everything, nothing or a hundredth has changed. `--size S10` or `--size S100` for more; `--cap 500` gives pages of 500 rows in
// place of 100; `--no-sdk` leaves the anchor out.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { random } from '../src/connectors/meta/simulator/random.ts'
import { heldAssets } from '../src/connectors/meta/simulator/world.ts'
import { openGround } from './ground.ts'
import type { Ground, Run } from './ground.ts'
import { machine, tell } from './metric.ts'
import { capOf, sizeOf } from './worlds.ts'

interface Crawled {
  rows: number
  ms: number
  cpuSeconds: number
  peakMiB: number
}

async function crawl({ sim }: Ground): Promise<Crawled & { calls: number }> {
  sim.control.reset()
  const given = { url: sim.url, businessId: sim.businessId, token: sim.token, partners: sim.partners }
  const script = join(import.meta.dirname, 'sdk-crawl.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(given)])
  return { ...(JSON.parse(stdout) as Crawled), calls: sim.control.counts().logical }
}

/** Takes a hundredth of the direct rights of our own people away. */
function changeSome({ sim }: Ground): number {
  const chance = random(1, 'bench')
  let changed = 0
  for (const asset of heldAssets(sim.control.world, sim.businessId)) {
    for (const [business, people] of asset.assigned) {
      for (const user of [...people.keys()]) {
        if (business !== sim.businessId || !chance.chance(0.02)) continue
        sim.control.change({ op: 'unassign', asset: asset.id, user })
        changed += 1
      }
    }
  }
  return changed
}

const about = (name: string, { job, ...run }: Run): Run => {
  if (job.status !== 'complete')
    throw new Error(`The ${name} sync ended as ${job.status}: ${JSON.stringify(job.problems)}`)
  console.log(`  ${name}: ${JSON.stringify(run)}`)
  return { job, ...run }
}

const size = sizeOf(process.argv)
const ground = await openGround(size, { base: 80 })
console.log(`sync ${size}: ${machine()}`)
try {
  const first = about('first', await ground.sync())
  const runs = [
    about('unchanged', await ground.sync()),
    about('unchanged', await ground.sync()),
    about('unchanged', await ground.sync()),
  ]
  const [, same = first] = runs.toSorted((a, b) => a.ms - b.ms)
  const changed = changeSome(ground)
  const some = about('changed', await ground.sync())
  const { rows } = await ground.t.root.query<{ n: number }>(
    'select count(*)::int as n from grants where ended_at is null',
  )
  const grants = rows[0]?.n ?? 0
  const sdk = process.argv.includes('--no-sdk') ? null : await crawl(ground)
  if (sdk !== null) console.log(`  sdk: ${JSON.stringify(sdk)}`)
  const beside = (value: number | undefined) =>
    value === undefined ? null : { name: 'facebook-nodejs-business-sdk', value }
  const cap = capOf(process.argv)
  const what = `${size}, ${grants} grants, pages of at most ${cap}`
  const most = size === 'S1' ? 16 : cap < 500 ? 1_500 : 260
  const fewest = sdk === null ? 17 : sdk.calls / 40
  tell({
    id: 'P1',
    what: `logical calls, ${what}`,
    unit: 'calls',
    ours: same.calls,
    anchor: beside(sdk?.calls),
    goal: size === 'S1' ? 'at most a fortieth of the SDK' : `at most ${most}`,
    met: same.calls <= (size === 'S1' ? fewest : most),
  })
  tell({
    id: 'P2',
    what: `HTTP requests, ${what}`,
    unit: 'requests',
    ours: same.requests,
    anchor: beside(sdk?.calls),
    goal: `at most ${most}`,
    met: same.requests <= most,
  })
  tell({
    id: 'P3',
    what: `time of a sync with its database, 80 ms a call, ${what}`,
    unit: 'ms',
    ours: same.ms,
    anchor: beside(sdk?.ms),
    goal: 'at least 60 times faster',
    met: sdk === null || sdk.ms / same.ms >= 60,
  })
  tell({
    id: 'P5',
    what: `peak memory of the worker, ${what}`,
    unit: 'MiB',
    ours: same.peakMiB,
    anchor: beside(sdk?.peakMiB),
    goal: 'at most 160',
    met: same.peakMiB <= 160,
  })
  tell({
    id: 'P7',
    what: `rows written by a sync that found nothing changed, ${what}`,
    unit: 'rows',
    ours: same.written,
    anchor: { name: 'first sync', value: first.written },
    goal: '0',
    met: same.written === 0,
  })
  tell({
    id: 'P7',
    what: `log written by it, ${what}`,
    unit: 'bytes',
    ours: same.walBytes,
    anchor: { name: 'first sync', value: first.walBytes },
    goal: `at most 32 KiB`,
    met: same.walBytes <= 32_768,
  })
  tell({
    id: 'P9',
    what: `rows written where ${changed} rights were taken away, history included`,
    unit: 'rows',
    ours: some.written,
    anchor: { name: 'all rows', value: first.written },
    goal: 'at most 2.1 for each',
    met: some.written <= 2.1 * changed,
  })
  tell({
    id: 'P23',
    what: `processor time, ${what}`,
    unit: 's',
    ours: same.cpuSeconds,
    anchor: beside(sdk?.cpuSeconds),
    goal: 'at most a tenth',
    met: sdk === null || sdk.cpuSeconds / same.cpuSeconds >= 10,
  })
} finally {
  await ground.close()
}
