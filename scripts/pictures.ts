// Takes the pictures of the README and the docs from a fresh demo in Chromium: `node scripts/run.mjs scripts/pictures.ts`. Run it when a
// screen that they show has changed.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
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
} finally {
  await browser.close()
  await program.stop()
  removeDataDir(program)
}

/** What is fading in has arrived, and nothing is loading. */
async function save(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await page.waitForTimeout(600)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  process.stdout.write(`${name}.png\n`)
}
