// How soon does a task begin, and what does a step of it cost? Check for updates of a small simulated business at 80 ms a call: pressed in
// Chromium until the stream and the screen tell of it, then many one after the other by the database's own clock, with their commits.
import type { Page } from 'playwright-core'
import { launchBrowser, openProfile, removeDataDir, startProgram } from '../e2e/harness.ts'
import { connectMeta, makeWorkspace } from '../e2e/steps.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { temporaryFolder } from '../src/store/testing/cluster.ts'
import { watchNews } from './in-page.ts'
import { machine, percentile, tell } from './metric.ts'
import { rootOf } from './served.ts'
import type { Root } from './served.ts'

const presses = 20
const tasks = 100

interface Pressed {
  /** Milliseconds from the press. */
  stream: number
  screen: number
}

/** Presses the button once and waits until the task is told of, and over. */
async function press(page: Page, root: Root): Promise<Pressed> {
  await page.getByRole('button', { name: 'Check for updates', exact: true }).click()
  const told = await page.waitForFunction(() => {
    const { news } = globalThis as unknown as { news: { pressed: number; stream?: number; screen?: number } }
    return news.stream === undefined || news.screen === undefined ? null : news
  })
  const { pressed, stream, screen } = (await told.jsonValue()) as Required<{ pressed: number } & Pressed>
  await over(root)
  // The side bar hears of the end, and the message goes.
  await page.waitForTimeout(1_500)
  return { stream: stream - pressed, screen: screen - pressed }
}

/** Waits until no task is open. */
async function over(root: Root): Promise<void> {
  for (;;) {
    const { rows } = await root.query<{ open: number }>(
      'select count(*)::int as open from jobs where finished_at is null',
    )
    if (rows[0]?.open === 0) return
    await new Promise((go) => setTimeout(go, 10))
  }
}

interface Counted {
  /** Transactions that wrote: each has a number of its own, and is a commit to the disk. */
  commits: number
  /** Steps that the engine's journal remembers. */
  steps: number
}

async function counted(root: Root): Promise<Counted> {
  const { rows } = await root.query<Counted>(
    `select pg_snapshot_xmax(pg_current_snapshot())::text::float8 as commits,
      (select count(*)::int from dbos.operation_outputs) as steps`,
  )
  return rows[0] ?? { commits: NaN, steps: NaN }
}

/** Starts checks through the API, as the page does, each when the one before is over. */
async function startMany(page: Page, root: Root, path: string): Promise<number[]> {
  const since = await root.query<{ now: Date }>('select now()')
  for (let n = 0; n < tasks; n++) {
    const status = await page.evaluate(
      async (address) => (await fetch(address, { method: 'POST' })).status,
      path,
    )
    if (status >= 300) throw new Error(`A check was answered with ${status}`)
    await over(root)
  }
  const { rows } = await root.query<{ ms: number }>(
    `select extract(epoch from started_at - created_at)::float8 * 1000 as ms from jobs
     where created_at > $1 and status = 'complete'`,
    [since.rows[0]?.now],
  )
  if (rows.length < tasks) throw new Error(`only ${rows.length} of ${tasks} checks were complete`)
  return rows.map(({ ms }) => ms)
}

function toldOf(what: string, list: number[], goal: number): void {
  for (const [p, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const)
    tell({
      id: 'P18',
      what: `Check for updates pressed until ${what}, ${p} of ${list.length}`,
      unit: 'ms',
      ours: percentile(list, share),
      anchor: null,
      goal: `at most ${goal}`,
      met: percentile(list, share) <= goal,
    })
}

async function measure(page: Page, root: Root): Promise<void> {
  const pressed: Pressed[] = []
  for (let n = 0; n < presses; n++) pressed.push(await press(page, root))
  const [, workspace, connection] = /^\/w\/([^/]+)\/apps\/([^/]+)/.exec(new URL(page.url()).pathname) ?? []
  const before = await counted(root)
  const began = performance.now()
  const starts = await startMany(
    page,
    root,
    `/api/v1/workspaces/${workspace ?? ''}/connections/${connection ?? ''}/check-for-updates`,
  )
  const ms = performance.now() - began
  const after = await counted(root)
  // What the program writes when nobody asks for anything is not the price of a step.
  await page.waitForTimeout(10_000)
  const idle = ((await counted(root)).commits - after.commits) * (ms / 10_000)
  const commits = after.commits - before.commits - idle
  const steps = after.steps - before.steps

  toldOf(
    'the stream tells of it',
    pressed.map((one) => one.stream),
    150,
  )
  toldOf(
    'the side bar shows it',
    pressed.map((one) => one.screen),
    300,
  )
  for (const [p, share, goal] of [
    ['p50', 0.5, 10],
    ['p99', 0.99, 50],
  ] as const)
    tell({
      id: 'P19',
      what: `from the task's row to its first step, by the database's clock, ${p} of ${starts.length}`,
      unit: 'ms',
      ours: percentile(starts, share),
      anchor: null,
      goal: `at most ${goal}`,
      met: percentile(starts, share) <= goal,
    })
  tell({
    id: 'P19',
    what: `commits a step: ${Math.round(commits / tasks)} a check of ${(steps / tasks).toFixed(1)} steps in the journal`,
    unit: '',
    ours: commits / steps,
    anchor: null,
    goal: 'at most 3',
    met: commits / steps <= 3,
  })
}

const simulator = await startSimulator({ control: true, latency: { base: 80 } })
const program = await startProgram({
  dataDir: temporaryFolder('bench'),
  env: { META_GRAPH_URL: simulator.url, LOG_LEVEL: 'warn' },
})
const root = rootOf(program.dataDir)
console.log(`tasks: ${machine()}`)
try {
  const browser = await launchBrowser()
  try {
    const page = await openProfile(browser, [])
    await page.addInitScript(watchNews)
    await makeWorkspace(page, program)
    await connectMeta(page, simulator)
    await over(root)
    await page.waitForTimeout(3_000)
    await measure(page, root)
  } finally {
    await browser.close()
  }
} finally {
  await root.end()
  await program.stop()
  await simulator.stop()
  removeDataDir(program)
}
