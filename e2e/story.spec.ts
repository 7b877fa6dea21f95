// The story, part 2, step by step in a real browser: from a fresh database to the table of a partner's people, which must equal what is
// true in the simulated Meta. Labels are those of the story.
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../src/connectors/meta/simulator/server.ts'
import { truth } from '../src/connectors/meta/simulator/truth.ts'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  removeDataDir,
  setupCode,
  startProgram,
  watchErrors,
  type Program,
} from './harness.ts'

const PASSWORD = 'a long enough sentence'

describe.skipIf(findChromium() === null)('a partner’s people become visible', () => {
  let simulator: Simulator
  let program: Program
  let browser: Browser
  let page: Page
  let errors: string[]
  const partner = () => {
    const found = simulator.partners[0]
    if (found === undefined) throw new Error('the simulated world has no partner')
    return found
  }

  beforeAll(async () => {
    simulator = await startSimulator({ control: true })
    program = await startProgram({ env: { META_GRAPH_URL: simulator.url } })
    browser = await launchBrowser()
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
    errors = watchErrors(page)
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    await simulator.stop()
    removeDataDir(program)
  })

  const row = (name: string): Locator => page.getByRole('row').filter({ hasText: name })

  test('the setup code makes the owner and the workspace', async () => {
    await page.goto(program.url)
    await page.getByLabel('Setup code').fill(setupCode(program))
    await page.getByLabel('Your name').fill('Ada Example')
    await page.getByLabel('E-mail').fill('ada@brand.example')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Workspace name').fill('The brand')
    await page.getByRole('button', { name: 'Create workspace' }).click()
    await page.getByRole('link', { name: /Connect Meta Business Manager/ }).waitFor()
    expect(await axeViolations(page)).toEqual([])
  })

  test('Meta Business Manager is connected after its checks', async () => {
    await page.getByRole('link', { name: /Connect Meta Business Manager/ }).click()
    await page.getByLabel('Business ID').fill(simulator.businessId)
    await page.getByLabel(/system user token/i).fill(simulator.token)
    await page.getByLabel(/App ID/).fill(simulator.appId)
    await page.getByLabel(/App secret/).fill(simulator.appSecret)
    await page.getByRole('button', { name: /^(Connect|Check and connect)/ }).click()
    await page.getByText('Token valid').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: /Open app/ }).click()
    await page.getByRole('heading', { name: 'Meta Business Manager' }).waitFor()
    await page.getByText('Healthy').first().waitFor({ timeout: 60_000 })
  })

  test('the agency waits as Pending onboarding, and a wrong token is told why', async () => {
    await page.getByRole('link', { name: /^Partners/ }).click()
    await page.getByRole('heading', { name: 'Meta Business Partners' }).waitFor()
    await row(partner().name).getByText('Pending onboarding').waitFor()
    await row(partner().name)
      .getByRole('button', { name: /More options/ })
      .click()
    await page.getByRole('menuitem', { name: 'Connect to Guestlist' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add your partner token' })
    await dialog.getByLabel('Partner token').fill(simulator.token)
    await dialog.getByRole('button', { name: 'Connect' }).click()
    await dialog
      .getByText(/your own/i)
      .first()
      .waitFor()
    expect(await axeViolations(page)).toEqual([])
  })

  test('its token makes it Onboarded', async () => {
    const dialog = page.getByRole('dialog', { name: 'Add your partner token' })
    await dialog.getByLabel('Partner token').fill(`  "${partner().token}"\n`.trim())
    await dialog.getByRole('button', { name: /Connect|Try again/ }).click()
    await dialog.waitFor({ state: 'hidden', timeout: 30_000 })
    await page.getByText(`${partner().name} is onboarded`).waitFor()
    await row(partner().name).getByText('Onboarded').waitFor()
  })

  test('Check for updates runs to Complete, and a second click leads to it', async () => {
    await page.getByRole('button', { name: 'Check for updates', exact: true }).click()
    await page.getByRole('link', { name: /^Automation/ }).click()
    await page.getByRole('heading', { name: 'Automation' }).waitFor()
    await row('Check for updates').first().getByText('Complete').waitFor({ timeout: 60_000 })
    expect(await axeViolations(page)).toEqual([])
    await row('Check for updates').first().click()
    await page.getByText(`People of ${partner().name}`).first().waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
  })

  test('Meta Business guest users are exactly the people who touch the brand’s assets', async () => {
    await page.getByRole('link', { name: /^Apps/ }).first().click()
    await page
      .getByRole('link', { name: /Meta Business Manager/ })
      .first()
      .click()
    // The side bar has Members too: ours, who sign in. These are the app's.
    await page
      .getByRole('link', { name: /^Members/ })
      .last()
      .click()
    await page.getByText('Meta Business guest users').first().click()
    const people = new Map<string, string>()
    for (const fact of truth(simulator.control.world)) {
      if (fact.business !== partner().id || fact.userKind !== 'person') continue
      people.set(fact.user, simulator.control.world.users.get(fact.user)?.name ?? '')
    }
    await page.getByText(`${people.size} people`).waitFor()
    const address = await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')
    const csv = await page.evaluate(async (href) => (await fetch(href)).text(), address ?? '')
    const lines = csv.trim().split(/\r?\n/).slice(1)
    expect(lines).toHaveLength(people.size)
    for (const [id] of people) expect(csv).toContain(id)
    expect(await axeViolations(page)).toEqual([])
  })

  test('a person’s drawer shows each access as it is in Meta', async () => {
    const direct = truth(simulator.control.world).filter(
      (f) => f.business === partner().id && f.how === 'direct' && f.userKind === 'person',
    )
    const someone = simulator.control.world.users.get(direct[0]?.user ?? '')
    await row(someone?.name ?? '')
      .first()
      .click()
    const drawer = page.getByRole('dialog')
    await drawer.getByText('Access', { exact: true }).waitFor()
    for (const fact of direct.filter((f) => f.user === someone?.id)) {
      const asset = simulator.control.world.assets.get(fact.asset)
      await drawer
        .getByText(asset?.name ?? '', { exact: true })
        .first()
        .waitFor()
    }
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
  })

  test('a person who leaves the agency is gone after the next check', async () => {
    const before = truth(simulator.control.world).find(
      (f) => f.business === partner().id && f.userKind === 'person' && f.how === 'direct',
    )
    const name = simulator.control.world.users.get(before?.user ?? '')?.name ?? ''
    simulator.control.change({ op: 'remove-user', user: before?.user ?? '' })
    await page.getByRole('button', { name: 'Check for updates', exact: true }).click()
    await row(name).first().waitFor({ state: 'detached', timeout: 60_000 })
  })

  test('nothing went wrong behind the screens', () => {
    expect(errors).toEqual([])
    const printed = program.output()
    expect(printed).not.toMatch(/\b(error|warn)\b/)
    for (const secret of [simulator.token, partner().token, simulator.appSecret, PASSWORD])
      expect(printed).not.toContain(secret)
  })
})
