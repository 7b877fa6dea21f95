// Checks every app of a workspace for updates, waits for the end, and writes its lists to CSV files. Needs Node 20 or newer and nothing
// else; docs/api.md says how to make the key.
//
//   GUESTLIST_URL=https://guestlist.example.com GUESTLIST_WORKSPACE=<id> GUESTLIST_KEY_FILE=key.txt \
//     node docs/examples/sync-and-export.mjs exports
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const LISTS = ['partners', 'principals', 'resources', 'changes']
const OPEN = ['queued', 'running', 'retrying', 'waiting']
const POLL_MS = 2_000

const { GUESTLIST_URL, GUESTLIST_WORKSPACE, GUESTLIST_KEY, GUESTLIST_KEY_FILE } = process.env
const [folder = 'exports'] = process.argv.slice(2)
const key = GUESTLIST_KEY ?? (GUESTLIST_KEY_FILE && readFileSync(GUESTLIST_KEY_FILE, 'utf8').trim())
if (!GUESTLIST_URL || !GUESTLIST_WORKSPACE || !key) {
  console.error('Set GUESTLIST_URL, GUESTLIST_WORKSPACE and GUESTLIST_KEY_FILE (or GUESTLIST_KEY).')
  process.exit(2)
}
const base = new URL(`/api/v1/workspaces/${GUESTLIST_WORKSPACE}`, GUESTLIST_URL).href

/** Asks the API. Waits where it says that there were too many requests; throws its sentence where it refuses. */
async function ask(path, method = 'GET', body = undefined) {
  for (;;) {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (response.ok) return response
    const { error } = await response.json()
    if (response.status !== 429) throw new Error(`${error.sentence} (reference ${error.reference})`)
    await sleep(Number(response.headers.get('retry-after') ?? 60) * 1_000)
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const json = async (path) => (await ask(path)).json()

/** Starts a check, or joins the one that runs, and waits for its end. */
async function check(app) {
  const { jobId } = await (await ask(`/connections/${app.id}/check-for-updates`, 'POST', {})).json()
  for (;;) {
    const job = await json(`/jobs/${jobId}`)
    if (!OPEN.includes(job.status)) return job
    await sleep(POLL_MS)
  }
}

async function save(app, list) {
  const { body } = await ask(`/connections/${app.id}/${list}.csv`)
  const file = join(folder, `${app.id}-${list}.csv`)
  await pipeline(Readable.fromWeb(body), createWriteStream(file))
  return file
}

try {
  mkdirSync(folder, { recursive: true })
  const apps = await json('/connections')
  for (const app of apps) {
    const job = await check(app)
    console.log(`${app.label}: ${job.status}`)
    for (const problem of job.problems) console.log(`  ${problem.where}: ${problem.sentence}`)
    for (const list of LISTS) console.log(`  ${await save(app, list)}`)
    // What could be read is exported; the exit code says that something could not.
    if (job.status !== 'complete') process.exitCode = 1
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
