// The whole story, both people, each in a browser of their own: from Request an app in Meta's (simulated) pages to the table of the
// partner's people. The first partner's request is approved by hand in Meta, the second one's by Guestlist's browser automation.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partnerScopes } from '../src/connectors/meta/simulator/tokens.ts'
import { startSimulator, type Simulator } from '../src/connectors/meta/simulator/server.ts'
import { truth } from '../src/connectors/meta/simulator/truth.ts'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  openProfile,
  removeDataDir,
  startProgram,
  type Program,
} from './harness.ts'
import {
  checkForUpdates,
  connectMeta,
  connectPartner,
  exportedLines,
  makeWorkspace,
  openApp,
  openConnectDialog,
  openGuestUsers,
  rowWith,
  signInToMeta,
} from './steps.ts'

describe.skipIf(findChromium() === null)('the whole story, both people', () => {
  let simulator: Simulator
  let program: Program
  let browser: Browser
  /** The brand's admin: one profile for Guestlist and, for a while, Meta. */
  let brand: Page
  /** The partners' admins, a profile each. */
  const agencies: Page[] = []
  const tokens: string[] = []
  const errors: string[] = []

  const partner = (n: number) =>
    simulator.partners[n] ?? expect.fail('the simulated world has no such partner')
  const loginOf = (business: string) =>
    simulator.logins.find((one) => one.businessId === business) ?? expect.fail('nobody can sign in there')

  beforeAll(async () => {
    simulator = await startSimulator({ control: true })
    // Nobody but the owner has the app yet.
    for (const { id } of simulator.partners)
      simulator.control.change({ op: 'unshare', asset: simulator.appId, partner: id })
    program = await startProgram({
      env: { META_GRAPH_URL: simulator.url, META_BUSINESS_URL: simulator.pagesUrl },
    })
    browser = await launchBrowser()
    brand = await openProfile(browser, errors)
    for (let n = 0; n < 2; n++) agencies.push(await openProfile(browser, []))
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    await simulator.stop()
    removeDataDir(program)
  })

  /** 1.1: Settings → Accounts → Apps → Add → Request Access to an App ID → Request an app. */
  async function requestTheApp(page: Page): Promise<void> {
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    await page.getByRole('link', { name: 'Apps', exact: true }).click()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('link', { name: 'Request Access to an App ID' }).click()
    const dialog = page.getByRole('dialog', { name: 'Request an app' })
    await dialog.getByLabel('App ID').fill(simulator.appId)
    await dialog.getByRole('button', { name: 'Request app' }).click()
    await page.getByText('Your request was sent').waitFor()
  }

  /** 1.2: a system user with the Admin role, its assets, its token. */
  async function makeToken(page: Page): Promise<string> {
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('heading', { name: 'Users' }).waitFor()
    await page.getByRole('link', { name: 'System users' }).click()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const add = page.getByRole('dialog', { name: 'Create system user' })
    await add.getByLabel('System user name').fill('For the brand')
    await add.getByLabel('System user role').selectOption('Admin')
    await add.getByRole('button', { name: 'Create system user' }).click()
    await page.getByRole('button', { name: 'Assign assets' }).click()
    const assign = page.getByRole('dialog', { name: 'Assign assets and set permissions' })
    const assets = assign.getByRole('group').first().getByRole('checkbox')
    for (const asset of await assets.all()) await asset.check()
    await assign.getByLabel('Full control').check()
    await assign.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('dialog', { name: 'Assets Added' }).getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Generate new token' }).click()
    const generate = page.getByRole('dialog', { name: 'Generate token' })
    await generate.getByLabel('App', { exact: true }).selectOption(simulator.appId)
    await generate.getByLabel('Token expiration').selectOption('Never')
    for (const scope of partnerScopes) await generate.getByLabel(scope, { exact: true }).check()
    await generate.getByRole('button', { name: 'Generate token' }).click()
    const token = await page.getByLabel('Access token').inputValue()
    await page.getByRole('button', { name: 'OK', exact: true }).click()
    return token
  }

  /** 2.2: More options → Connect to Guestlist → Add your partner token → Connect. */
  async function onboard(name: string, token: string): Promise<void> {
    await openApp(brand)
    await brand.getByRole('link', { name: /^Partners/ }).click()
    await rowWith(brand, name).getByText('Pending onboarding').waitFor()
    await connectPartner(brand, await openConnectDialog(brand, name), name, token)
  }

  /** 2.3 and 2.4: Check for updates → Complete → the table has exactly the people who touch the brand's assets. */
  async function checkAndCompare(n: number): Promise<void> {
    await checkForUpdates(brand)
    await openApp(brand)
    await openGuestUsers(brand)
    const onboarded = new Set(simulator.partners.slice(0, n).map((one) => one.id))
    const people = new Set(
      truth(simulator.control.world)
        .filter((fact) => onboarded.has(fact.business) && fact.userKind === 'person')
        .map((fact) => fact.user),
    )
    await brand.getByText(`${people.size} people`).waitFor()
    const lines = await exportedLines(brand)
    expect(lines).toHaveLength(people.size)
    for (const id of people) expect(lines.join('\n')).toContain(id)
  }

  test('the brand has a workspace with its Meta Business Manager', async () => {
    await makeWorkspace(brand, program)
    await connectMeta(brand, simulator)
  })

  test('the first partner requests the app, and the brand approves it by hand in Meta', async () => {
    const [agency] = agencies
    if (agency === undefined) return
    await signInToMeta(agency, simulator, partner(0).id)
    await requestTheApp(agency)
    expect(await axeViolations(agency)).toEqual([])
    const brandMeta = await brand.context().newPage()
    await signInToMeta(brandMeta, simulator, simulator.businessId)
    await brandMeta.getByRole('link', { name: 'Settings', exact: true }).click()
    await brandMeta.getByRole('link', { name: 'Requests', exact: true }).click()
    const waiting = brandMeta
      .getByRole('table', { name: 'Waiting for your answer' })
      .getByRole('row')
      .filter({ hasText: partner(0).id })
    await waiting
      .filter({ hasText: simulator.appId })
      .getByRole('button', { name: /^Approve/ })
      .click()
    const dialog = brandMeta.getByRole('dialog', { name: 'Approve request' })
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await brandMeta.getByText('You approved the request').waitFor()
    await agency.getByRole('link', { name: /^Notifications/ }).click()
    await agency.getByText('was approved').first().waitFor()
  })

  test('its system user’s token makes it Onboarded, and its people become visible', async () => {
    const [agency] = agencies
    if (agency === undefined) return
    tokens[0] = await makeToken(agency)
    expect(tokens[0]).toMatch(/^EAA/)
    await onboard(partner(0).name, tokens[0])
    await checkAndCompare(1)
  })

  test('browser automation is switched on after its terms, with a login that is sealed', async () => {
    await openApp(brand)
    await brand.getByRole('link', { name: 'Settings', exact: true }).last().click()
    const section = brand.getByRole('region', { name: 'Browser automation' })
    await section.getByRole('button', { name: 'Switch on' }).click()
    const terms = brand.getByRole('dialog', { name: 'Switch on browser automation' })
    await terms.getByText('proven against the simulator only').waitFor()
    expect(await terms.getByRole('button', { name: 'Switch on' }).isDisabled()).toBe(true)
    expect(await axeViolations(brand)).toEqual([])
    await terms.getByRole('checkbox').check()
    await terms.getByRole('button', { name: 'Switch on' }).click()
    await section.getByRole('button', { name: 'Store a login' }).click()
    const login = loginOf(simulator.businessId)
    const dialog = brand.getByRole('dialog', { name: 'Login for Meta' })
    await dialog.getByLabel('E-mail').fill(login.email)
    await dialog.getByRole('textbox', { name: 'Password' }).fill(login.password)
    await dialog.getByRole('textbox', { name: /Authenticator seed/ }).fill(login.totpSeed)
    expect(await axeViolations(brand)).toEqual([])
    await dialog.getByRole('button', { name: 'Seal login' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await section.getByText('with an authenticator seed').waitFor()
    expect(await axeViolations(brand)).toEqual([])
  })

  test('the second partner’s request is approved by the automation, step by step', async () => {
    const [, agency] = agencies
    if (agency === undefined) return
    await signInToMeta(agency, simulator, partner(1).id)
    await requestTheApp(agency)
    await brand.bringToFront()
    const section = brand.getByRole('region', { name: 'Browser automation' })
    await section.getByRole('button', { name: 'Approve app requests' }).click()
    const drawer = brand.getByRole('dialog', { name: 'Approve app requests' })
    await drawer.getByText('Complete').waitFor()
    await drawer.getByText('Approved as a known partner').waitFor()
    await drawer
      .getByRole('button', { name: /Show \d+ pictures?/ })
      .last()
      .click()
    await drawer.getByRole('img', { name: /Approve the request/ }).waitFor()
    expect(await axeViolations(brand)).toEqual([])
    await brand.keyboard.press('Escape')
    await agency.getByRole('link', { name: /^Notifications/ }).click()
    await agency.getByText('was approved').first().waitFor()
    const approvals = simulator.control.pages.presses.filter((one) => one.action === 'requests/approve')
    expect(approvals.map((one) => one.subject)).toEqual([partner(0).id, partner(1).id])
  })

  test('its token makes it Onboarded too, and both partners’ people stand in the table', async () => {
    const [, agency] = agencies
    if (agency === undefined) return
    tokens[1] = await makeToken(agency)
    await onboard(partner(1).name, tokens[1])
    await checkAndCompare(2)
    expect(await axeViolations(brand)).toEqual([])
  })

  test('nothing secret was printed, and the console had no errors', () => {
    const login = loginOf(simulator.businessId)
    for (const secret of [...tokens, simulator.token, login.password, login.totpSeed])
      expect(program.output()).not.toContain(secret)
    expect(errors).toEqual([])
  })
})
