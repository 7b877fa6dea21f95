// The report of up to 30 calls is not lost because its file cannot be written, and a terminal is told what it is waited for.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { loadConfig } from '../config.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { meetProvider } from './first-contact.ts'

const folder = mkdtempSync(join(tmpdir(), 'guestlist-contact-'))
let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 5, ownPeople: 3, partners: 1, sharedPerPartner: 2 } })
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => {
  await sim.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function meet(dataDir: string, lines: string[], isTTY = false) {
  const said: string[] = []
  for (const way of ['log', 'error'] as const)
    vi.spyOn(console, way).mockImplementation((text: unknown) => void said.push(String(text)))
  const input = Object.assign(Readable.from(lines.map((line) => `${line}\n`)), { isTTY })
  const config = loadConfig({ GUESTLIST_DATA_DIR: dataDir, META_GRAPH_URL: sim.url })
  const thrown: unknown = await meetProvider(config, input).catch((error: unknown) => error)
  return { said: said.join('\n'), thrown }
}
const given = () => [
  `business=${sim.businessId}`,
  `token=${sim.token}`,
  `app_id=${sim.appId}`,
  `app_secret=${sim.appSecret}`,
]

test('before the first start there is no folder yet: it is made', async () => {
  const dataDir = join(folder, 'new')
  const { said, thrown } = await meet(dataDir, given())
  expect(thrown).toBe(undefined)
  const file = join(dataDir, 'first-contact.json')
  expect(said).toContain(`simulator --switches ${file}`)
  expect(readFileSync(file, 'utf8')).toMatch(/^\{/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('the report is there also where the file cannot be written', async () => {
  const place = join(folder, 'no-folder')
  writeFileSync(place, '')
  const { said, thrown } = await meet(place, given())
  expect(thrown).toBeInstanceOf(Error)
  expect(said.length).toBeGreaterThan(200)
  expect(said).not.toContain(sim.token)
})

test('a terminal is told which lines are waited for', async () => {
  const { said, thrown } = await meet(folder, [], true)
  expect(said).toMatch(/business=<your Business ID>[^]*Ctrl-D/)
  expect(String(thrown)).toContain('Missing: business, token, app_id, app_secret.')
})
