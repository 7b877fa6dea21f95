// The whole story, both people, each in a browser of their own: from Request an app in Meta's (simulated) pages to the table of the
// partner's people. The first partner's request is approved by hand in Meta, the second one's by Guestlist's browser automation.
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from '../src/api/testing/totp.ts'
import { partnerScopes } from '../src/connectors/meta/simulator/tokens.ts'
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
const SLOW = 120_000

describe.skipIf(findChromium() === null)('the whole story, both people', () => {
  let simulator: Simulator
  let program: Program
  let browser: Browser
  /** The brand's admin: one profile for Guestlist and Meta. */
  let brand: Page
  let brandMeta: Page
  /** The partners' admins, a profile each. */
  const agencies: Page[] = []
  const tokens: string[] = []
  let errors: string[]

  const partner = (n: number) =>
    simulator.partners[n] ?? expect.fail('the simulated world has no such partner')
  const loginOf = (business: string) =>
    simulator.logins.find((one) => one.businessId === business) ?? expect.fail('nobody can sign in there')
  const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name })

  beforeAll(async () => {
    simulator = await startSimulator({ control: true })
    // Nobody but the owner has the app yet.
    for (const { id } of simulator.partners)
      simulator.control.change({ op: 'unshare', asset: simulator.appId, partner: id })
    program = await startProgram({
      env: { META_GRAPH_URL: simulator.url, META_BUSINESS_URL: simulator.pagesUrl },
    })
    browser = await launchBrowser()
    const profile = () => browser.newContext({ viewport: { width: 1440, height: 900 } })
    const own = await profile()
    brand = await own.newPage()
    brandMeta = await own.newPage()
    for (let n = 0; n < 2; n++) agencies.push(await (await profile()).newPage())
    errors = watchErrors(brand)
  }, SLOW)
  afterAll(async () => {
    await browser.close()
    await program.stop()
    await simulator.stop()
    removeDataDir(program)
  }, SLOW)

  async function signInToMeta(page: Page, business: string): Promise<void> {
    const login = loginOf(business)
    await page.goto(`${simulator.pagesUrl}/home?business_id=${business}`)
    await page.getByLabel('E-mail or phone number').fill(login.email)
    await page.getByLabel('Password').fill(login.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByLabel('Login code').fill(codeOf(login.totpSeed))
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Welcome').waitFor()
  }

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

  async function openApp(): Promise<void> {
    await brand.getByRole('link', { name: /^Apps/ }).first().click()
    await brand
      .getByRole('link', { name: /Meta Business Manager/ })
      .first()
      .click()
  }

  /** 2.2: More options → Connect to Guestlist → Add your partner token → Connect. */
  async function onboard(name: string, token: string): Promise<void> {
    await openApp()
    await brand.getByRole('link', { name: /^Partners/ }).click()
    await row(brand, name).getByText('Pending onboarding').waitFor()
    await row(brand, name)
      .getByRole('button', { name: /More options/ })
      .click()
    await brand.getByRole('menuitem', { name: 'Connect to Guestlist' }).click()
    const dialog = brand.getByRole('dialog', { name: 'Add your partner token' })
    await dialog.getByLabel('Partner token').fill(token)
    await dialog.getByRole('button', { name: 'Connect' }).click()
    await dialog.waitFor({ state: 'hidden', timeout: SLOW })
    await brand.getByText(`${name} is onboarded`).waitFor()
    await row(brand, name).getByText('Onboarded').waitFor()
  }

  /** 2.3 and 2.4: Check for updates → Complete → the table has exactly the people who touch the brand's assets. */
  async function checkAndCompare(n: number): Promise<void> {
    await brand.getByRole('button', { name: 'Check for updates', exact: true }).click()
    await brand.getByRole('link', { name: /^Automation/ }).click()
    await brand.getByRole('heading', { name: 'Automation' }).waitFor()
    await row(brand, 'Check for updates').first().getByText('Complete').waitFor({ timeout: SLOW })
    await openApp()
    await brand
      .getByRole('link', { name: /^Members/ })
      .last()
      .click()
    await brand.getByText('Meta Business guest users').first().click()
    const onboarded = new Set(simulator.partners.slice(0, n).map((one) => one.id))
    const people = new Set(
      truth(simulator.control.world)
        .filter((fact) => onboarded.has(fact.business) && fact.userKind === 'person')
        .map((fact) => fact.user),
    )
    await brand.getByText(`${people.size} people`).waitFor()
    const address = await brand.getByRole('link', { name: 'Export CSV' }).getAttribute('href')
    const csv = await brand.evaluate(async (href) => (await fetch(href)).text(), address ?? '')
    expect(csv.trim().split(/\r?\n/).slice(1)).toHaveLength(people.size)
    for (const id of people) expect(csv).toContain(id)
  }

  test('the brand has a workspace with its Meta Business Manager', { timeout: SLOW }, async () => {
    await brand.goto(program.url)
    await brand.getByLabel('Setup code').fill(setupCode(program))
    await brand.getByLabel('Your name').fill('Ada Example')
    await brand.getByLabel('E-mail').fill('ada@brand.example')
    await brand.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await brand.getByRole('button', { name: 'Continue' }).click()
    await brand.getByLabel('Workspace name').fill('The brand')
    await brand.getByRole('button', { name: 'Create workspace' }).click()
    await brand.getByRole('link', { name: /Connect Meta Business Manager/ }).click()
    await brand.getByLabel('Business ID').fill(simulator.businessId)
    await brand.getByLabel(/system user token/i).fill(simulator.token)
    await brand.getByLabel(/App ID/).fill(simulator.appId)
    await brand.getByLabel(/App secret/).fill(simulator.appSecret)
    await brand.getByRole('button', { name: /^(Connect|Check and connect)/ }).click()
    await brand.getByText('Token valid').waitFor()
    await brand.getByRole('button', { name: /Open app/ }).click()
    await brand.getByText('Healthy').first().waitFor({ timeout: SLOW })
  })

  test(
    'the first partner requests the app, and the brand approves it by hand in Meta',
    { timeout: SLOW },
    async () => {
      const [agency] = agencies
      if (agency === undefined) return
      await signInToMeta(agency, partner(0).id)
      await requestTheApp(agency)
      expect(await axeViolations(agency)).toEqual([])
      await signInToMeta(brandMeta, simulator.businessId)
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
    },
  )

  test(
    'its system user’s token makes it Onboarded, and its people become visible',
    { timeout: SLOW },
    async () => {
      const [agency] = agencies
      if (agency === undefined) return
      tokens[0] = await makeToken(agency)
      expect(tokens[0]).toMatch(/^EAA/)
      await onboard(partner(0).name, tokens[0])
      await checkAndCompare(1)
    },
  )

  test(
    'browser automation is switched on after its terms, with a login that is sealed',
    { timeout: SLOW },
    async () => {
      await openApp()
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
    },
  )

  test(
    'the second partner’s request is approved by the automation, step by step',
    { timeout: SLOW * 2 },
    async () => {
      const [, agency] = agencies
      if (agency === undefined) return
      await signInToMeta(agency, partner(1).id)
      await requestTheApp(agency)
      const section = brand.getByRole('region', { name: 'Browser automation' })
      await section.getByRole('button', { name: 'Approve app requests' }).click()
      const drawer = brand.getByRole('dialog', { name: 'Approve app requests' })
      await drawer.getByText('Complete').waitFor({ timeout: SLOW })
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
    },
  )

  test(
    'its token makes it Onboarded too, and both partners’ people stand in the table',
    { timeout: SLOW },
    async () => {
      const [, agency] = agencies
      if (agency === undefined) return
      tokens[1] = await makeToken(agency)
      await onboard(partner(1).name, tokens[1])
      await checkAndCompare(2)
      expect(await axeViolations(brand)).toEqual([])
    },
  )

  test('nothing secret was printed, and the console had no errors', () => {
    const login = loginOf(simulator.businessId)
    for (const secret of [...tokens, simulator.token, login.password, login.totpSeed])
      expect(program.output()).not.toContain(secret)
    expect(errors).toEqual([])
  })
})
