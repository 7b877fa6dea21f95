// The dry run of the command line on the simulator's pages, as a process of its own: what it writes, and that it presses nothing.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import { openSession } from '../browser/session.ts'
import { recipe } from '../connectors/meta/browser/recipe.ts'
import { openSignedIn } from '../connectors/meta/browser/sign-in.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { businessOf } from '../connectors/meta/simulator/world.ts'
import { Redacted } from '../model/redacted.ts'
import { temporaryFolder } from '../store/testing/cluster.ts'

const chromium = findChromium()
const folder = temporaryFolder('dry-run')
const session = join(folder, 'session.json')
const main = join(import.meta.dirname, '..', 'main.ts')
let sim: Simulator

beforeAll(async () => {
  if (chromium === null) return
  sim = await startSimulator({ world: { ownAssets: 5, ownPeople: 3, partners: 2, peoplePerPartner: 2 } })
  writeFileSync(session, (await signedIn(chromium)).reveal())
}, 60_000)
afterAll(async () => {
  if (chromium !== null) await sim.stop()
})
beforeEach(() => {
  if (chromium !== null) sim.control.pages.presses.length = 0
})

/** What a browser knows in which somebody has signed in. */
async function signedIn(executable: string): Promise<Redacted> {
  const owner = sim.logins.find((one) => one.businessId === sim.businessId)!
  const browser = await openSession({
    executable,
    recipe,
    address: sim.pagesUrl,
    business: sim.businessId,
    state: null,
    signedOut: [],
    keep: () => Promise.resolve(),
    signal: new AbortController().signal,
  })
  const done = () => Promise.resolve()
  const login = { email: new Redacted(owner.email), password: new Redacted(owner.password) }
  const ctx = {
    business: sim.businessId,
    settings: {},
    clock: () => Date.now(),
    refused: done,
    signedIn: done,
    pressing: done,
  }
  try {
    const asked = { login: () => Promise.resolve(login), totpSeed: () => new Redacted(owner.totpSeed) }
    const ask = () => Promise.reject(new Error('Nobody is there.'))
    await openSignedIn({ ...ctx, ...asked, ask, hand: browser.hand }, 'requests', 'requests.heading')
    const state = await browser.state()
    if (state === null) throw new Error('The browser ended by itself.')
    return state
  } finally {
    await browser.close()
  }
}

async function walk(...given: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [main, 'dry-run', ...given], {
    env: {
      PATH: process.env['PATH'],
      GUESTLIST_CHROMIUM: chromium ?? '',
      GUESTLIST_DATA_DIR: join(folder, 'data'),
      META_BUSINESS_URL: sim.pagesUrl,
    },
  })
  let out = ''
  child.stdout.on('data', (piece) => (out += String(piece)))
  child.stderr.on('data', (piece) => (out += String(piece)))
  const code = await new Promise<number | null>((done) => child.on('close', done))
  return { code, out }
}

function ask(business: string): void {
  const share = { asset: sim.appId, partner: business }
  sim.control.change({ op: 'unshare', ...share })
  sim.control.change({ op: 'share', ...share, tasks: ['DEVELOP'], status: 'CLIENT_RESPONSE_PENDING' })
}

describe.skipIf(chromium === null)('dry-run', () => {
  test('walks to the last press with a picture of each step, and presses nothing', async () => {
    const partner = sim.partners[0]!.id
    ask(partner)
    const pictures = join(folder, 'walk')
    const { code, out } = await walk(session, sim.businessId, sim.appId, pictures, 'approve')
    expect(out).toContain('The walk ended before the last press.')
    expect(code).toBe(0)
    const names = readdirSync(pictures).sort()
    expect(names[0]).toBe('1-read-the-waiting-requests.png')
    expect(names.at(-1)).toMatch(/^\d-open-the-request\.png$/)
    for (const name of names) expect(readFileSync(join(pictures, name)).subarray(1, 4).toString()).toBe('PNG')
    expect(sim.control.pages.presses).toEqual([])
    expect(sim.control.world.assets.get(sim.appId)!.shares.get(partner)?.status).toBe(
      'CLIENT_RESPONSE_PENDING',
    )
    // Pictures of two walks are never mixed.
    expect(await walk(session, sim.businessId, sim.appId, pictures)).toMatchObject({ code: 1 })
    expect(readdirSync(pictures).sort()).toEqual(names)
  })

  test('goes through every page of people and partners, says how much it read, and stores nothing', async () => {
    const pictures = join(folder, 'reading')
    const { code, out } = await walk(session, sim.businessId, sim.appId, pictures, 'read')
    const { people, systemUsers, invitations } = businessOf(sim.control.world, sim.businessId)
    expect(out).toContain(
      `People and invitations, read in the browser: ${people.size + invitations.size} rows.`,
    )
    expect(out).toContain(`System users, read in the browser: ${systemUsers.size} rows.`)
    expect(code).toBe(0)
    expect(
      readdirSync(pictures)
        .map((one) => one.replace(/^\d+-|\.png$/g, ''))
        .sort(),
    ).toEqual([
      'read-the-invitations',
      'read-the-partners',
      'read-the-people',
      'read-the-system-users',
      'read-what-is-shared',
      'read-who-is-assigned-to-assets',
    ])
    expect(sim.control.pages.presses).toEqual([])
    expect(readdirSync(folder)).not.toContain('data')
  })

  test('a corrected recipe of the data folder is tried, and what it does not find is told with a picture', async () => {
    ask(sim.partners[0]!.id)
    mkdirSync(join(folder, 'data', 'recipes'), { recursive: true })
    const wave = [{ role: 'button', name: 'Wave through', match: 'start' }]
    const words = { ...recipe.words, en: { ...recipe.words['en'], 'requests.approve': wave } }
    writeFileSync(join(folder, 'data', 'recipes', `${recipe.id}.json`), JSON.stringify({ ...recipe, words }))
    const pictures = join(folder, 'corrected')
    const { code, out } = await walk(session, sim.businessId, sim.appId, pictures)
    expect(code).toBe(1)
    expect(out).toContain('Open the request: button “Wave through” was not found on the page.')
    expect(out).toMatch(/Failed: Open the request, at \/settings\/requests: .*-open-the-request\.png/)
  })

  test('a session that has ended is told, and nobody signs in', async () => {
    const old = join(folder, 'old.json')
    writeFileSync(old, JSON.stringify({ cookies: [], origins: [] }))
    const before = sim.control.pages.signIns.length
    const { code, out } = await walk(old, sim.businessId, sim.appId, join(folder, 'ended'))
    expect(code).toBe(1)
    expect(out).toContain('the session has ended. Run browser-login again.')
    expect(sim.control.pages.signIns).toHaveLength(before)
  })
})
