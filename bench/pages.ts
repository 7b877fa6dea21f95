// What does a run on a provider's pages cost? A process of its own approves a request and reads people, partners and assignments in a real
// Chromium on the simulator's pages, while the memory of the browser's processes and of ours is looked at, each page of memory once (PSS).
import { readFileSync } from 'node:fs'
import { findChromium } from '../e2e/harness.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { automate } from '../src/jobs/testing/automate.ts'
import { install } from '../src/jobs/testing/installation.ts'
import { startProcess } from '../src/jobs/testing/spawn.ts'
import { openJobStatuses } from '../src/model/job.ts'
import { startCluster, temporaryFolder } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import { loadVault } from '../src/vault/master-key.ts'
import { held, machine, tell } from './metric.ts'

const MOST_MB = 500

/** All processes below one. */
function below(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text
      .split(' ')
      .filter((one) => one !== '')
      .flatMap((one) => [Number(one), ...below(Number(one))])
  } catch {
    return []
  }
}

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
  browser: number
  own: number
  both: number
  pages: number
}

async function run(kind?: 'approve-app-requests'): Promise<Peak> {
  const [began, visits] = [performance.now(), sim.control.pages.visits]
  const jobId = await worker.check({
    workspaceId: at.workspaceId,
    connectionId: at.connectionId,
    ...(kind === undefined ? {} : { kind }),
  })
  const peak: Peak = { ms: 0, browser: 0, own: 0, both: 0, pages: 0 }
  for (;;) {
    const [own, browser] = [held(worker.pid), below(worker.pid).reduce((sum, pid) => sum + held(pid), 0)]
    peak.own = Math.max(peak.own, own)
    peak.browser = Math.max(peak.browser, browser)
    peak.both = Math.max(peak.both, own + browser)
    const job = await at.job(jobId)
    if (!openJobStatuses.includes(job.status)) {
      if (job.status !== 'complete')
        throw new Error(`The task is ${job.status}: ${JSON.stringify(job.problems)}`)
      return { ...peak, ms: performance.now() - began, pages: sim.control.pages.visits - visits }
    }
    await new Promise((go) => setTimeout(go, 100))
  }
}

try {
  await automate(t, vault, at, owner, 'off')
  await run()
  const share = { asset: sim.appId, partner: partner.id }
  sim.control.change({ op: 'unshare', ...share })
  sim.control.change({ op: 'share', ...share, tasks: ['DEVELOP'], status: 'CLIENT_RESPONSE_PENDING' })
  const approve = await run('approve-app-requests')
  await automate(t, vault, at, owner, 'always')
  const read = await run()
  for (const [what, { browser, own, both, pages, ms }] of Object.entries({
    'an approval': approve,
    'a read': read,
  })) {
    const of = `${what} of ${pages} pages in ${(ms / 1000).toFixed(0)} s`
    const anchor = null
    const goal = `at most ${MOST_MB}`
    tell({
      id: 'pages',
      what: `${of}: browser and our process, PSS at most`,
      unit: 'MiB',
      ours: both,
      anchor,
      goal,
      met: both <= MOST_MB,
    })
    tell({
      id: 'pages',
      what: `${of}: the browser's processes alone`,
      unit: 'MiB',
      ours: browser,
      anchor,
      goal,
      met: browser <= MOST_MB,
    })
    tell({
      id: 'pages',
      what: `${of}: our process alone`,
      unit: 'MiB',
      ours: own,
      anchor,
      goal,
      met: own <= MOST_MB,
    })
  }
} finally {
  await worker.kill()
  await sim.stop()
  await t.drop()
  await stop()
}
