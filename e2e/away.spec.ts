// The database goes away under a page: the console says so with the next step, on a screen that is open, on one that is opened and at sign-in,
// and comes back by itself.
import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy, through } from '../faults/proxy.ts'
import type { Proxy } from '../faults/proxy.ts'
import { startCluster } from '../src/store/testing/cluster.ts'
import {
  axeInBothThemes,
  findChromium,
  launchBrowser,
  openProfile,
  PHONE,
  removeDataDir,
  startProgram,
  WIDE,
} from './harness.ts'
import type { Program } from './harness.ts'
import { makeWorkspace, PASSWORD } from './steps.ts'

describe.skipIf(findChromium() === null)('the database is away', () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>
  let proxy: Proxy
  let program: Program
  let env: Record<string, string>
  let browser: Browser
  let page: Page
  const errors: string[] = []

  beforeAll(async () => {
    cluster = await startCluster()
    const { ownerUrl, superUrl } = cluster.cluster
    const root = new pg.Client(superUrl)
    await root.connect()
    await root.query('grant guestlist_app to guestlist_owner').finally(() => root.end())
    proxy = await startProxy({ host: '127.0.0.1', port: Number(new URL(ownerUrl).port) })
    env = { DATABASE_URL: through(ownerUrl, proxy) }
    program = await startProgram({ env })
    browser = await launchBrowser()
    page = await openProfile(browser, errors)
    await makeWorkspace(page, program)
    await page.goto(program.url)
    await page.getByRole('heading', { name: 'Apps' }).waitFor()
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await program.stop()
    removeDataDir(program)
    await proxy.close()
    await cluster.stop()
  })

  test('a page that stands says that it may be old, and no longer once the database is there', async () => {
    const told = page.getByText('The server does not answer.')
    await page.getByRole('heading', { name: 'Connect your first app' }).waitFor()
    expect(await told.count()).toBe(0)
    proxy.cut()
    await told.waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    for (const viewport of [PHONE, WIDE]) {
      await page.setViewportSize(viewport)
      expect(await axeInBothThemes(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
    }
    proxy.mend()
    await told.waitFor({ state: 'detached' })
  })

  test.each([
    ['a list that is opened', () => page.getByRole('link', { name: /^People/ }).click()],
    ['a page that is loaded', () => page.reload()],
  ])('%s says so with the next step, and mends itself', async (_, open) => {
    proxy.cut()
    await open()
    const alert = page.getByRole('alert')
    await alert.waitFor()
    const text = await alert.innerText()
    expect(text).toContain('could not be')
    expect(text).toContain('The database does not answer now.')
    expect(text).toContain('its command "doctor"')
    expect(text).toContain('tries again by itself')
    for (const viewport of [PHONE, WIDE]) {
      await page.setViewportSize(viewport)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
    }
    proxy.mend()
    await alert.waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'People' }).waitFor()
  })

  test('who signs in is told, and signs in when it is there again', async () => {
    await page.context().clearCookies()
    await page.goto(program.url)
    await page.getByLabel('E-mail').fill('ada@brand.example')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    const press = () => page.getByRole('button', { name: 'Sign in', exact: true }).click()
    proxy.cut()
    await press()
    await page.getByText('The database does not answer now, so this may not have been done.').waitFor()
    proxy.mend()
    await press()
    await page.waitForURL(/\/w\//)
  })

  test('a server that ends is told on a page that stands, and so is the next one in its place', async () => {
    const told = page.getByText('The server does not answer.')
    await page.getByRole('heading', { name: 'Connect your first app' }).waitFor()
    const { dataDir, port } = program
    await program.stop()
    await told.waitFor()
    program = await startProgram({ env, dataDir, port })
    await told.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /^People/ }).click()
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor()
  })
})
