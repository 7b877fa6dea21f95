// What does a run on a provider's pages cost? A process of its own approves a request and reads people, partners and assignments in a real
// Chromium on the simulator's pages, while the memory of the browser's processes and what ours grows by is looked at, each page of memory once (PSS).
// `npm run bench -- pages --reads 5` reads five times in one go.
import { findChromium } from '../e2e/harness.ts'
import { browsersOf } from '../src/browser/testing/browsers.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { automate } from '../src/jobs/testing/automate.ts'
import { install } from '../src/jobs/testing/installation.ts'
import { startProcess } from '../src/jobs/testing/spawn.ts'
import { familyOf, held } from '../src/browser/processes.ts'
import { openJobStatuses } from '../src/model/job.ts'
import { startCluster, temporaryFolder } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import { machine, tell } from './metric.ts'

const MOST_MB = 500
const given = process.argv.indexOf('--reads')
const reads = given < 0 ? 3 : Number(process.argv[given + 1])

const chromium = findChromium()
if (chromium === null || process.platform !== 'linux') {
  console.log('pages: there is no Chromium on this machine, or it tells no memory.')
  process.exit(0)
}
console.log(`pages: ${machine()}`)
const dataDir = temporaryFolder('bench-pages')
const { cluster, stop } = await startCluster()
const t = await openTestDb(cluster)
const vault = await loadVault({ dataDir })
const world = { ownAssets: 100, ownPeople: 120, partners: 10, peoplePerPartner: 5 }
const sim = await startSimulator({ world })
const owner = sim.logins.find((one) => one.businessId === sim.businessId)
const partner = sim.partners[0]
if (owner === undefined || partner === undefined) throw new Error('The world is too small.')
const worker = await startProcess({
  ownerUrl: t.ownerUrl,
  appUrl: t.appUrl,
  dataDir,
  provider: sim.url,
  since: Date.now(),
  pages: { address: sim.pagesUrl, chromium },
})
const at = await install(t, vault, sim)

interface Peak {
  ms: number
  /** PSS in MiB at most: the browser's processes, what our process grew by, and both at one moment. */
  browser: number
  grown: number
  both: number
  pages: number
  browsers: number
}

/** What our process takes before it drives a browser. */
let before = 0

async function run(kind?: 'approve-app-requests'): Promise<Peak> {
  const [began, visits] = [performance.now(), sim.control.pages.visits]
  const jobId = await worker.check({
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    ...(kind === undefined ? {} : { kind }),
  })
  const peak: Peak = { ms: 0, browser: 0, grown: 0, both: 0, pages: 0, browsers: 0 }
  const seen = new Set<number>()
  for (;;) {
    const grown = held(worker.pid) - before
    const browser = familyOf([worker.pid])
      .slice(1)
      .reduce((sum, pid) => sum + held(pid), 0)
    for (const pid of browsersOf(worker.pid)) seen.add(pid)
    peak.grown = Math.max(peak.grown, grown)
    peak.browser = Math.max(peak.browser, browser)
    peak.both = Math.max(peak.both, grown + browser)
    const job = await at.job(jobId)
    if (!openJobStatuses.includes(job.status)) {
      if (job.status !== 'complete')
        throw new Error(`The task is ${job.status}: ${JSON.stringify(job.problems)}`)
      const pages = sim.control.pages.visits - visits
      return { ...peak, ms: performance.now() - began, pages, browsers: seen.size }
    }
    await new Promise((go) => setTimeout(go, 100))
  }
}

function told(what: string, { browser, grown, both, pages, browsers, ms }: Peak): void {
  const of = `${what} of ${pages} pages in ${(ms / 1000).toFixed(0)} s, ${browsers} browsers`
  const line = (part: string, ours: number, goal: string, met: boolean) =>
    tell({ id: 'pages', what: `${of}: ${part}, PSS at most`, unit: 'MiB', ours, anchor: null, goal, met })
  line(
    'what the run costs: the browser and what our process grew by',
    both,
    `at most ${MOST_MB}`,
    both <= MOST_MB,
  )
  line("the browser's processes alone", browser, `at most ${MOST_MB}`, browser <= MOST_MB)
  line('what our process grew by alone', grown, `at most ${MOST_MB}`, grown <= MOST_MB)
}

try {
  await automate(t, vault, at, owner, 'off')
  await run()
  before = held(worker.pid)
  const share = { asset: sim.appId, partner: partner.id }
  sim.control.change({ op: 'unshare', ...share })
  sim.control.change({ op: 'share', ...share, tasks: ['DEVELOP'], status: 'CLIENT_RESPONSE_PENDING' })
  told('an approval', await run('approve-app-requests'))
  await automate(t, vault, at, owner, 'always')
  for (let n = 1; n <= reads; n++) told(`read ${n} of ${reads}`, await run())
} finally {
  await worker.kill()
  await sim.stop()
  await t.drop()
  await stop()
}
