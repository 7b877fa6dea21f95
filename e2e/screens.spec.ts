// Every address of the console in the demo's world, as its owner: wide and light, on a phone and dark. A heading of its own, no accessibility
// violation, nothing wider than the screen, no error on the console.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  openProfile,
  removeDataDir,
  signInToDemo,
  startDemo,
} from './harness.ts'

/** Addresses in a workspace; `:app`, `:person` and `:asset` are of the demo's app. */
const addresses = [
  'apps',
  'apps/new',
  'automation',
  'activity',
  'members',
  'secrets',
  'settings',
  'settings/security',
  'settings/notices',
  'settings/keys',
  'settings/workspace',
  'apps/:app',
  'apps/:app/partners',
  'apps/:app/members',
  'apps/:app/members?tab=guests&group=partner',
  'apps/:app/members?tab=system_users',
  'apps/:app/members?tab=invitations',
  'apps/:app/members/:person',
  'apps/:app/assets',
  'apps/:app/assets/:asset',
  'apps/:app/activity',
  'apps/:app/settings',
]
const outside = ['/sign-in', '/forgotten-password', '/join', '/password', '/request', '/nowhere']

describe.skipIf(findChromium() === null)('every screen', () => {
  let demo: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  const errors: string[] = []
  const pages: { name: string; page: Page }[] = []
  const ids = { workspace: '', app: '', person: '', asset: '' }

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchBrowser()
    for (const [name, viewport, colorScheme] of [
      ['wide and light', { width: 1440, height: 900 }, 'light'],
      ['phone and dark', { width: 390, height: 844 }, 'dark'],
    ] as const) {
      const page = await openProfile(browser, errors, viewport)
      await page.emulateMedia({ colorScheme })
      await signInToDemo(page, demo)
      pages.push({ name, page })
    }
    const get = async <T>(path: string) =>
      (await pages[0]?.page.evaluate(async (url) => (await fetch(url)).json(), path)) as T
    const me = await get<{ workspaces: { id: string }[] }>('/api/v1/me')
    ids.workspace = me.workspaces[0]?.id ?? ''
    const ws = `/api/v1/workspaces/${ids.workspace}`
    ids.app = (await get<{ id: string }[]>(`${ws}/connections`))[0]?.id ?? ''
    const first = async (list: string) =>
      (await get<{ rows: { id: string }[] }>(`${ws}/connections/${ids.app}/${list}`)).rows[0]?.id ?? ''
    ids.person = await first('principals?tab=guests&limit=1')
    ids.asset = await first('resources?limit=1')
  })
  afterAll(async () => {
    await browser.close()
    await demo.stop()
    removeDataDir(demo)
  })

  async function complaints(page: Page, url: string): Promise<string[]> {
    await page.goto(url)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    // Skeletons are told to readers as busy; what comes after them is what is looked at.
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
    const found = await axeViolations(page)
    const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    return Number(wider) > 0 ? [...found, `${String(wider)} pixels wider than the screen`] : found
  }

  test.each(addresses)('%s', async (address) => {
    const path = address.replace(':app', ids.app).replace(':person', ids.person).replace(':asset', ids.asset)
    for (const { name, page } of pages)
      expect(await complaints(page, `${demo.url}/w/${ids.workspace}/${path}`), name).toEqual([])
  })

  test('nothing went wrong behind them', () => {
    expect(errors).toEqual([])
  })

  test.each(outside)('%s, for somebody who is not signed in', async (path) => {
    // A page that is not there, and links without their secret, are refused: that is told on the console and is right.
    const page = await openProfile(browser, [], { width: 390, height: 844 })
    expect(await complaints(page, `${demo.url}${path}`)).toEqual([])
    await page.context().close()
  })
})
