// The token hand-over by request, in two browser profiles: the brand's admin sends a link, the partner's admin opens it on a phone, pastes a bad
// token, then a good one; links that no longer work; and a guest's way, with what was taken and taking the token back; a token
// that an admin has to confirm; mail and the bell. The token is in exactly one request, and in nothing that the program printed or keeps.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../src/connectors/meta/simulator/server.ts'
import { formsOf } from '../src/jobs/testing/canary.ts'
import { startSmtp, type TestSmtp } from '../src/jobs/testing/smtp.ts'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  openProfile,
  openRowByKey,
  PHONE,
  pressByKey,
  removeDataDir,
  startProgram,
  type Program,
} from './harness.ts'
import { connectMeta, makeWorkspace, PASSWORD, rowWith } from './steps.ts'

const GUEST = 'grace@agency.example'

describe.skipIf(findChromium() === null)('a partner hands its token over by request', () => {
  let simulator: Simulator
  let smtp: TestSmtp
  let program: Program
  let browser: Browser
  let admin: Page
  let page: Page
  const errors: string[] = []
  /** Every request of the partner's profile that carried the token in its body or address. */
  const carried: string[] = []

  const partnerAt = (at: number) => simulator.partners[at] ?? expect.fail('a partner is missing')
  const tokensAt = (at: number) => simulator.tokens.partners[partnerAt(at).id] ?? expect.fail('no tokens')
  const row = (name: string) => rowWith(admin, name)

  beforeAll(async () => {
    simulator = await startSimulator({ control: true })
    smtp = await startSmtp()
    program = await startProgram({
      env: {
        META_GRAPH_URL: simulator.url,
        SMTP_URL: smtp.url,
        MAIL_FROM: 'Guestlist <guestlist@brand.example>',
      },
    })
    browser = await launchBrowser()
    admin = await openProfile(browser, errors)
    page = await openProfile(browser, errors, PHONE)
    for (const each of [admin, page]) {
      each.on('request', (request) => {
        const text = `${request.url()} ${request.postData() ?? ''}`
        for (const at of [0, 1, 3]) if (text.includes(tokensAt(at).admin)) carried.push(request.url())
      })
    }
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    await simulator.stop()
    await smtp.stop()
    removeDataDir(program)
  })

  const look = async (name: string, of: Page) => {
    const folder = process.env.GUESTLIST_PICTURES
    if (folder !== undefined) await of.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
    expect(await axeViolations(of)).toEqual([])
  }

  /** The texts that were mailed to somebody, with the line breaks that mail adds taken out. */
  const lettersTo = (address: string) =>
    smtp.letters.filter(({ to }) => to.includes(address)).map(({ text }) => text.replaceAll('=\n', ''))
  const linkIn = (letter: string) => /http:\/\/localhost\S+/.exec(letter.replaceAll('=3D', '='))?.[0] ?? ''

  /** Opens the row's dialog and gives the link that was made. */
  const requestLink = async (at: number): Promise<string> => {
    await row(partnerAt(at).name)
      .getByRole('button', { name: /More options/ })
      .click()
    await admin.getByRole('menuitem', { name: 'Request token' }).click()
    const dialog = admin.getByRole('dialog', { name: 'Request a token' })
    await dialog.getByRole('combobox', { name: 'How' }).filter({ hasText: 'By link' }).waitFor()
    await look(`admin-request-${String(at)}`, admin)
    await dialog.getByRole('button', { name: 'Make link' }).click()
    const made = admin.getByRole('dialog', { name: 'The request is made' })
    const link = await made.getByLabel(`Link for ${partnerAt(at).name}`).inputValue()
    await look(`admin-request-made-${String(at)}`, admin)
    await made.getByRole('button', { name: 'Done' }).click()
    await made.waitFor({ state: 'hidden' })
    return link
  }

  const paste = async (token: string) => {
    await page.getByLabel('Access token').fill(token)
    await page.getByRole('button', { name: 'Hand over the token' }).click()
  }

  test('the brand’s admin has an app with partners', async () => {
    await makeWorkspace(admin, program)
    await connectMeta(admin, simulator)
    await admin.getByRole('link', { name: /^Partners/ }).click()
    await row(partnerAt(0).name).getByText('Pending onboarding').waitFor()
  })

  test('sends a request by link: the partner is Token requested', async () => {
    const link = await requestLink(0)
    await row(partnerAt(0).name).getByText('Token requested').waitFor()
    await page.goto(link)
    await page.getByRole('heading', { name: /can use your shared assets/ }).waitFor()
    await row(partnerAt(0).name).getByText('Not opened yet').waitFor()
  })

  test('the partner reads what it is about, ticks off a step and finds it ticked off after a reload', async () => {
    await page.getByText('What is never taken').waitFor()
    await page.getByText(simulator.appId).waitFor()
    await page.getByText('Request approved: Yes').waitFor()
    await look('partner-open-light', page)
    await page.emulateMedia({ colorScheme: 'dark' })
    await look('partner-open-dark', page)
    await page.emulateMedia({ colorScheme: 'light' })
    const ticked = page.getByRole('checkbox', { name: /Done ?: Request the app/ })
    await ticked.focus()
    await page.keyboard.press('Space')
    await page.getByText(simulator.appId).waitFor({ state: 'hidden' })
    await page.reload()
    await page.getByRole('checkbox', { name: /Done ?: Request the app/, checked: true }).waitFor()
  })

  test('a bad token leaves the request open and says what to change', async () => {
    await paste(tokensAt(1).person)
    await page.getByText('This token was not taken').waitFor()
    await page.getByText('What to do:').first().waitFor()
    await page.getByText('19 tries left').waitFor()
    await look('partner-bad-token', page)
    await row(partnerAt(0).name).getByText('Token requested').waitFor()
  })

  test('a good one is sealed, and the partner is Onboarded', async () => {
    await paste(tokensAt(0).admin)
    await page.getByRole('heading', { name: 'The token is in its place' }).waitFor({ timeout: 30_000 })
    await look('partner-done', page)
    expect(await page.locator('input').count()).toBe(0)
    await admin.reload()
    await row(partnerAt(0).name).getByText('Onboarded').waitFor()
    expect(carried).toEqual([`${program.url}/api/v1/token-requests/hand-over`])
    await page.reload()
    await page.getByRole('heading', { name: 'This request was answered' }).waitFor()
    await look('partner-answered', page)
  })

  test('links that were revoked, sent again, or are not whole say so', async () => {
    const link = await requestLink(2)
    await row(partnerAt(2).name).click()
    const drawer = admin.getByRole('dialog', { name: partnerAt(2).name })
    await drawer.getByRole('button', { name: 'Send again' }).click()
    await drawer.getByLabel(`Link for ${partnerAt(2).name}`).waitFor()
    await look('admin-drawer', admin)
    const renewed = await drawer.getByLabel(`Link for ${partnerAt(2).name}`).inputValue()
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByText('This link leads nowhere').waitFor()
    await page.goto('about:blank')
    await page.goto(renewed)
    await page.getByText('What is never taken').waitFor()
    const revoke = drawer.getByRole('button', { name: 'Revoke request' })
    const asked = admin.getByRole('alertdialog', { name: 'Revoke the request' })
    await revoke.click()
    await asked.getByRole('button', { name: 'Cancel' }).click()
    await asked.waitFor({ state: 'detached' })
    expect(await revoke.evaluate((one) => one.matches(':focus'))).toBe(true)
    await revoke.click()
    await asked.getByRole('button', { name: 'Revoke request' }).click()
    await drawer.getByText('Revoked', { exact: true }).waitFor()
    await admin.keyboard.press('Escape')
    await paste(tokensAt(2).admin)
    await page.getByText('This request was withdrawn').waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'This request cannot be answered any more' }).waitFor()
    await page.goto('about:blank')
    await page.goto(`${program.url}/request`)
    await page.getByText('its last part is missing').waitFor()
    await look('partner-no-secret', page)
  })

  let invitation = ''
  test('a guest is invited and asked in one go', async () => {
    await row(partnerAt(1).name)
      .getByRole('button', { name: /More options/ })
      .click()
    await admin.getByRole('menuitem', { name: 'Request token' }).click()
    const dialog = admin.getByRole('dialog', { name: 'Request a token' })
    await dialog.getByLabel('How').click()
    await admin.getByRole('option', { name: 'Through a guest' }).click()
    await dialog.getByLabel('E-mail of the guest').fill(GUEST)
    await look('admin-request-guest', admin)
    await dialog.getByRole('button', { name: 'Send request' }).click()
    const made = admin.getByRole('dialog', { name: 'The request is made' })
    invitation = await made.getByLabel('Invitation link').inputValue()
    // Both were mailed, each with its own link: the guest goes by what is in the mailbox.
    await expect.poll(() => lettersTo(GUEST).length).toBe(2)
    const [invited = '', asked = ''] = lettersTo(GUEST)
    expect(linkIn(invited)).toBe(invitation)
    expect(linkIn(asked)).toMatch(/\/w\/[^/]+\/requests\//)
    invitation = linkIn(invited)
    await look('admin-request-guest-made', admin)
    await made.getByRole('button', { name: 'Done' }).click()
  })

  test('the guest joins, finds the one thing to do, and answers', async () => {
    await page.goto('about:blank')
    await page.goto(invitation)
    await page.getByLabel('Your name').fill('Grace Example')
    await page
      .getByLabel(/password/i)
      .first()
      .fill(PASSWORD)
    await page.getByRole('button', { name: /Join|account/ }).click()
    await page.getByRole('heading', { name: 'The one thing to do' }).waitFor()
    await look('guest-home', page)
    await page.getByRole('link', { name: 'Answer the request' }).click()
    await page.getByText('What is never taken').waitFor()
    await look('guest-request', page)
    await paste(tokensAt(1).admin)
    await page.getByRole('heading', { name: 'The token is in its place' }).waitFor({ timeout: 30_000 })
  })

  test('sees exactly what was taken, and withdraws the token', async () => {
    await admin.reload()
    await row(partnerAt(1).name).getByText('Onboarded').waitFor()
    await row(partnerAt(1).name)
      .getByRole('button', { name: /More options/ })
      .click()
    await admin.getByRole('menuitem', { name: 'Check for updates' }).click()
    await page.goto(program.url)
    await page.getByRole('link', { name: /See what was taken/ }).click()
    await page.getByRole('heading', { name: /What was taken of/ }).waitFor()
    // The check takes its time, and the page of a guest does not move by itself.
    const taken = page.getByText(/rights? on shared assets/).first()
    for (let turn = 0; turn < 60 && !(await taken.isVisible()); turn++) {
      await page.waitForTimeout(1_000)
      await page.reload()
      await page.getByRole('heading', { name: 'People and system users' }).waitFor()
      await page.waitForLoadState('networkidle')
    }
    await taken.waitFor()
    await look('guest-own', page)
    await page.getByRole('button', { name: 'Withdraw my token' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Withdraw your token' })
    await look('guest-withdraw', page)
    await dialog.getByRole('button', { name: 'Withdraw my token' }).click()
    await page.getByText('Not in use any more').waitFor()
    await admin.reload()
    await row(partnerAt(1).name).getByText('Disconnected').waitFor()
  })

  test('a token of which not everything could be told waits for an admin, who confirms it by keyboard on a phone', async () => {
    const link = await requestLink(3)
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByText('What is never taken').waitFor()
    simulator.control.addFault({ match: { node: 'debug_token' }, do: { error: 'permissions' }, times: 50 })
    await paste(tokensAt(3).admin)
    await page.getByText('Not everything about this token could be told.').waitFor()
    await look('partner-half-judged', page)
    await page.getByRole('checkbox', { name: /made by the steps above/ }).click()
    await page.getByRole('button', { name: 'Hand over the token' }).click()
    await page.getByRole('heading', { name: 'The token is sealed, and waits' }).waitFor()
    simulator.control.clearFaults()
    await look('partner-half-judged-done', page)

    await admin.setViewportSize({ width: 390, height: 844 })
    await admin.reload()
    await row(partnerAt(3).name).getByText('Needs attention').waitFor()
    await openRowByKey(admin, row(partnerAt(3).name))
    const drawer = admin.getByRole('dialog', { name: partnerAt(3).name })
    await drawer.getByText('Make sure with').waitFor()
    await look('admin-confirm', admin)
    await pressByKey(admin, drawer.getByRole('button', { name: 'Confirm this token' }))
    await drawer.getByText('Onboarded', { exact: true }).waitFor()
    await drawer.getByRole('button', { name: 'Confirm this token' }).waitFor({ state: 'detached' })
    await look('admin-confirmed', admin)
    await admin.keyboard.press('Escape')
    await admin.setViewportSize({ width: 1440, height: 900 })
  })

  test('a token that cannot be judged now takes the place of none that works, and the admin is told so', async () => {
    simulator.control.addFault({ match: {}, do: { raw: { status: 503, body: 'busy' } }, times: 1_000 })
    await openRowByKey(admin, row(partnerAt(3).name))
    await admin
      .getByRole('dialog', { name: partnerAt(3).name })
      .getByRole('button', { name: 'Replace token' })
      .click()
    const dialog = admin.getByRole('dialog', { name: 'Replace the partner token' })
    await dialog.getByLabel('Partner token').fill(tokensAt(4).admin)
    await dialog.getByRole('button', { name: 'Replace token' }).click()
    await dialog.getByText('the present one stays in use and nothing was changed').waitFor()
    expect(await dialog.getByText('it is sealed here').count()).toBe(0)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    simulator.control.clearFaults()
    await row(partnerAt(3).name).getByText('Onboarded').waitFor()
  })

  test('the bell tells the admin of answered requests, and so does a letter', async () => {
    await admin.getByRole('button', { name: /^Notices, \d+ unread/ }).click()
    const drawer = admin.getByRole('dialog', { name: 'Notices' })
    const items = drawer.getByRole('listitem')
    await items
      .filter({ hasText: `${partnerAt(0).name} answered the token request and was onboarded` })
      .waitFor()
    await items.filter({ hasText: 'Look at the token: it is not in use yet.' }).waitFor()
    await look('admin-bell', admin)
    await admin.setViewportSize({ width: 390, height: 844 })
    await admin.emulateMedia({ colorScheme: 'dark' })
    await look('admin-bell-phone-dark', admin)
    await admin.emulateMedia({ colorScheme: 'light' })
    await drawer.getByRole('button', { name: 'Mark all as read' }).click()
    await drawer.getByText('All read').waitFor()
    await admin.keyboard.press('Escape')
    await admin.setViewportSize({ width: 1440, height: 900 })
    await expect
      .poll(() => lettersTo('ada@brand.example').join().replaceAll(/\s+/g, ' '), { timeout: 40_000 })
      .toContain('answered the token request')
    const handed = [0, 1, 3].map((at) => tokensAt(at).admin)
    const mailbox = smtp.letters.map(({ text }) => text).join('\n')
    expect(handed.filter((token) => mailbox.includes(token))).toEqual([])
  })

  test('all that are pending are asked at once', async () => {
    await admin.getByRole('button', { name: /^Request token/ }).click()
    const dialog = admin.getByRole('dialog', { name: 'Request tokens' })
    await look('admin-request-many', admin)
    await dialog.getByRole('button', { name: /^Make \d+ links?/ }).click()
    const made = admin.getByRole('dialog', { name: /request(s are| is) made/ })
    await made
      .getByLabel(/^Link for/)
      .first()
      .waitFor()
    await look('admin-request-many-made', admin)
    await made.getByRole('button', { name: 'Done' }).click()
  })

  test('the tokens are nowhere but in the one request that carried each', async () => {
    // A request that was refused on purpose is an error on the browser's console.
    expect(errors.filter((one) => !one.includes('409 (Conflict)'))).toEqual([])
    // The half-judged one twice: looked at, then handed over all the same.
    expect(carried).toHaveLength(4)
    const printed = program.output()
    const tokens = [
      tokensAt(0).admin,
      tokensAt(1).admin,
      tokensAt(1).person,
      tokensAt(2).admin,
      tokensAt(3).admin,
    ]
    for (const token of tokens) expect(printed).not.toContain(token)
    // What is planted is found: the partner's id is in the database's files.
    await program.stop()
    expect(filesWith(program.dataDir, [partnerAt(0).id]).length).toBeGreaterThan(0)
    expect(filesWith(program.dataDir, tokens)).toEqual([])
  })
})

/** The files of the data folder, the database's own among them, that hold one of these texts in any form. */
function filesWith(folder: string, texts: string[]): string[] {
  const forms = texts.flatMap(formsOf)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const content = readFileSync(path)
      return forms.some((form) => content.includes(form))
    })
}
