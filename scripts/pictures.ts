// Takes the pictures of the README and the docs from a fresh demo in Chromium: `node scripts/run.mjs scripts/pictures.ts`. Run it when a
// screen that they show has changed.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { codeOf } from '../src/api/testing/totp.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { partnerScopes } from '../src/connectors/meta/simulator/tokens.ts'
import { launchBrowser, removeDataDir, signInToDemo, startDemo } from '../e2e/harness.ts'

const folder = resolve(import.meta.dirname, '../docs/pictures')
mkdirSync(folder, { recursive: true })

const program = await startDemo()
const browser = await launchBrowser()
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 } })
  const page = await context.newPage()
  await signInToDemo(page, program)
  const app = await page
    .getByRole('link', { name: /Meta Business Manager/ })
    .first()
    .getAttribute('href')
  const go = (path: string) => page.goto(`${program.url}${app ?? ''}${path}`)
  const row = (text: string | RegExp) => page.getByRole('row').filter({ hasText: text }).first()

  await go('/partners')
  await row('Pending onboarding').waitFor()
  await save(page, 'partners')
  await row('Pending onboarding')
    .getByRole('button', { name: /More options/ })
    .click()
  await page.getByRole('menuitem', { name: 'Connect to Guestlist' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add your partner token' })
  await dialog.getByLabel('Partner token').fill('EAAnot-a-token-that-anybody-has')
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
  await dialog.getByRole('button', { name: /Try again|Connect/ }).waitFor()
  await page.waitForTimeout(500)
  await save(page, 'connect')

  await go('/members?tab=guests')
  await row('Through').waitFor()
  await save(page, 'guest-users')

  await go('/assets')
  await row('Ad account').click()
  await page
    .getByText(/Who can touch this/i)
    .first()
    .waitFor()
  await save(page, 'asset')

  await page.getByRole('link', { name: /^Automation/ }).click()
  await row('Check for updates').click()
  await page.getByRole('dialog').getByText('Apply').first().waitFor()
  await save(page, 'task')
  await context.close()
  await partnersSide()
} finally {
  await browser.close()
  await program.stop()
  removeDataDir(program)
}

/** The steps of docs/partner-setup.md in the simulator's pages. */
async function partnersSide(): Promise<void> {
  const simulator = await startSimulator({ control: true })
  const partner = simulator.partners[0]
  const login = simulator.logins.find((one) => one.businessId === partner?.id)
  if (partner === undefined || login === undefined) throw new Error('The simulated world has no partner.')
  const page = await browser.newPage({ viewport: { width: 1000, height: 680 } })
  await page.goto(`${simulator.pagesUrl}/home?business_id=${partner.id}`)
  await page.getByLabel('E-mail or phone number').fill(login.email)
  await page.getByLabel('Password').fill(login.password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByLabel('Login code').fill(codeOf(login.totpSeed))
  await page.getByRole('button', { name: 'Continue' }).click()

  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('link', { name: 'Apps', exact: true }).click()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('link', { name: 'Request Access to an App ID' }).click()
  await page.getByRole('dialog', { name: 'Request an app' }).getByLabel('App ID').fill(simulator.appId)
  await save(page, 'meta-request-an-app')

  await page.goto(`${simulator.pagesUrl}/home?business_id=${partner.id}`)
  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('link', { name: 'System users' }).click()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const add = page.getByRole('dialog', { name: 'Create system user' })
  await add.getByLabel('System user name').fill('Access review')
  await add.getByLabel('System user role').selectOption('Admin')
  await add.getByRole('button', { name: 'Create system user' }).click()
  await page.getByRole('button', { name: 'Assign assets' }).click()
  const assign = page.getByRole('dialog', { name: 'Assign assets and set permissions' })
  await checkAll(assign.getByRole('group').first())
  await assign.getByLabel('Full control').check()
  await save(page, 'meta-assign-assets', assign)
  await assign.getByRole('button', { name: 'Save changes' }).click()
  await page.getByRole('dialog', { name: 'Assets Added' }).getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Generate new token' }).click()
  const generate = page.getByRole('dialog', { name: 'Generate token' })
  await generate.getByLabel('App', { exact: true }).selectOption(simulator.appId)
  await generate.getByLabel('Token expiration').selectOption('Never')
  for (const scope of partnerScopes) await generate.getByLabel(scope, { exact: true }).check()
  await save(page, 'meta-generate-token', generate)
  await page.close()
  await simulator.stop()
}

async function checkAll(group: Locator): Promise<void> {
  for (const box of await group.getByRole('checkbox').all()) await box.check()
}

/** What is fading in has arrived, and nothing is loading. */
async function save(page: Page, name: string, part?: Locator): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await page.waitForTimeout(600)
  await (part ?? page).screenshot({ path: join(folder, `${name}.png`) })
  process.stdout.write(`${name}.png\n`)
}
