// Steps that several stories begin with, by the labels of the story: the workspace, Meta Business Manager, a partner's token.
import type { Locator, Page } from 'playwright-core'
import { codeOf } from '../src/api/testing/totp.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { setupCode, type Program } from './harness.ts'

/** The password of who makes the workspace. */
export const PASSWORD = 'a long enough sentence'

/** Called on each screen of a step once it stands, to look at it. */
type Look = () => Promise<void>

const noLook: Look = () => Promise.resolve()

/** The row of a table that holds a text. */
export const rowWith = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text })

/** The setup code makes the owner and the workspace. */
export async function makeWorkspace(page: Page, program: Program, look = noLook): Promise<void> {
  await page.goto(program.url)
  await page.getByLabel('Setup code').fill(setupCode(program))
  await page.getByLabel('Your name').fill('Ada Example')
  await page.getByLabel('E-mail').fill('ada@brand.example')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await look()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Workspace name').fill('The brand')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await page.getByRole('link', { name: /Connect Meta Business Manager/ }).waitFor()
  await look()
}

/** Meta Business Manager is connected after its checks, and its first check for updates has ended. */
export async function connectMeta(page: Page, simulator: Simulator, look = noLook): Promise<void> {
  await page.getByRole('link', { name: /Connect Meta Business Manager/ }).click()
  await page.getByLabel('Business ID').fill(simulator.businessId)
  await page.getByLabel(/system user token/i).fill(simulator.token)
  await page.getByLabel(/App ID/).fill(simulator.appId)
  await page.getByLabel(/App secret/).fill(simulator.appSecret)
  await page.getByRole('button', { name: /^(Connect|Check and connect)/ }).click()
  await page.getByText('Token valid').waitFor()
  await look()
  await page.getByRole('button', { name: /Open app/ }).click()
  await page.getByRole('heading', { name: 'Meta Business Manager' }).waitFor()
  await page.getByText('Healthy').first().waitFor()
}

/** Apps → Meta Business Manager. Comes to the front first: behind the page of another person it would be drawn once in a second. */
export async function openApp(page: Page): Promise<void> {
  await page.bringToFront()
  await page.getByRole('link', { name: /^Apps/ }).first().click()
  await page
    .getByRole('link', { name: /Meta Business Manager/ })
    .first()
    .click()
}

/** The partner's row → More options → Connect to Guestlist. */
export async function openConnectDialog(page: Page, partner: string): Promise<Locator> {
  await rowWith(page, partner)
    .getByRole('button', { name: /More options/ })
    .click()
  await page.getByRole('menuitem', { name: 'Connect to Guestlist' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add your partner token' })
  await dialog.waitFor()
  return dialog
}

/** A good token in the open dialog makes the partner Onboarded. */
export async function connectPartner(
  page: Page,
  dialog: Locator,
  partner: string,
  token: string,
): Promise<void> {
  await dialog.getByLabel('Partner token').fill(token)
  await dialog.getByRole('button', { name: /Connect|Try again/ }).click()
  // First the message, which goes away by itself.
  await page.getByText(`${partner} is onboarded`).waitFor()
  await dialog.waitFor({ state: 'hidden' })
  await rowWith(page, partner).getByText('Onboarded').waitFor()
}

/** Check for updates, watched in Automation until it is Complete. */
export async function checkForUpdates(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check for updates', exact: true }).click()
  await page.getByRole('link', { name: /^Automation/ }).click()
  await page.getByRole('heading', { name: 'Automation' }).waitFor()
  await rowWith(page, 'Check for updates').first().getByText('Complete').waitFor()
}

/** Members → User overview → Meta Business guest users of the open app. */
export async function openGuestUsers(page: Page): Promise<void> {
  // The side bar has Members too: ours, who sign in. These are the app's.
  await page
    .getByRole('link', { name: /^Members/ })
    .last()
    .click()
  // The overview names them too: a click there is nothing to the page that is about to come.
  await page.getByRole('heading', { name: 'User overview' }).waitFor()
  await page.getByText('Meta Business guest users').first().click()
}

/** The lines of the table's export, without its header. */
export async function exportedLines(page: Page): Promise<string[]> {
  const address = await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')
  const csv = await page.evaluate(async (href) => (await fetch(href)).text(), address ?? '')
  return csv.trim().split(/\r?\n/).slice(1)
}

/** Signs the admin of a simulated business in at Meta's pages. */
export async function signInToMeta(page: Page, simulator: Simulator, business: string): Promise<void> {
  const login = simulator.logins.find((one) => one.businessId === business)
  if (login === undefined) throw new Error('nobody can sign in there')
  await page.goto(`${simulator.pagesUrl}/home?business_id=${business}`)
  await page.getByLabel('E-mail or phone number').fill(login.email)
  await page.getByLabel('Password').fill(login.password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByLabel('Login code').fill(codeOf(login.totpSeed))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Welcome').waitFor()
}
