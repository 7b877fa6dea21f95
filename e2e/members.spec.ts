// The people who sign in, in browser profiles of their own: invited, given another role, protected by a second factor and a passkey, put out
// at the end of a stay, and made owner. Invitation, role, end date and hand-over by keyboard alone, the last three on a phone's width, and
// every screen looked at by axe in light and dark.
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from '../src/api/testing/totp.ts'
import {
  axeInBothThemes,
  choose,
  findChromium,
  launchBrowser,
  openProfile,
  openRowByKey,
  PHONE,
  pressByKey,
  removeDataDir,
  startProgram,
  tabTo,
  virtualAuthenticator,
  type Program,
} from './harness.ts'
import { makeWorkspace, PASSWORD } from './steps.ts'

const WIDE = { width: 1440, height: 900 }

describe.skipIf(findChromium() === null)('the people who sign in', () => {
  let program: Program
  let browser: Browser
  let ada: Page
  let bo: Page
  let gwen: Page
  const errors: string[] = []
  const guestErrors: string[] = []
  let workspace = ''
  let adasLink = ''
  let secret = ''
  let backupCode = ''

  beforeAll(async () => {
    program = await startProgram({})
    browser = await launchBrowser()
    ada = await openProfile(browser, errors)
    bo = await openProfile(browser, errors)
    gwen = await openProfile(browser, guestErrors, PHONE)
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    removeDataDir(program)
  })

  const at = (path: string) => `${program.url}/w/${workspace}/${path}`
  const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name }).first()
  const menu = async (page: Page, name: string, item: string) => {
    await page.getByRole('button', { name: `More options for ${name}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  const join = async (page: Page, link: string, name: string) => {
    await page.goto(link)
    await page.getByLabel('Your name').fill(name)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    expect(await axeInBothThemes(page)).toEqual([])
    await page.getByRole('button', { name: 'Make account and join' }).click()
  }
  const signOut = async (page: Page) => {
    await page.getByRole('button', { name: /^Your menu/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  }
  const password = async (page: Page, email: string) => {
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  const setUpFactor = async (page: Page): Promise<{ key: string; codes: string[] }> => {
    await page.getByLabel('Your password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('img', { name: /QR code/ }).waitFor()
    const key = (await page.locator('code', { hasText: /^[A-Z2-7 ]{20,}$/ }).innerText()).replaceAll(
      /\s/g,
      '',
    )
    expect(await axeInBothThemes(page)).toEqual([])
    await page.getByLabel('Code from the app').fill(codeOf(key))
    await page.getByRole('button', { name: 'Switch on' }).click()
    const list = page.getByRole('list', { name: 'Backup codes' })
    await list.waitFor()
    const codes = await list.getByRole('listitem').allInnerTexts()
    expect(codes.length).toBeGreaterThan(5)
    expect(await axeInBothThemes(page)).toEqual([])
    await page.getByRole('checkbox', { name: 'I have kept the backup codes' }).click()
    await page.getByRole('button', { name: 'Done' }).click()
    return { key, codes }
  }

  test('by keyboard alone on a phone, the owner invites a member', async () => {
    await makeWorkspace(ada, program)
    await ada.getByRole('link', { name: 'Do this later' }).click()
    await ada.getByRole('heading', { name: 'Apps', exact: true }).waitFor()
    workspace = /\/w\/([^/]+)/.exec(ada.url())?.[1] ?? ''

    await ada.setViewportSize(PHONE)
    await ada.keyboard.press('Control+k')
    await ada.getByRole('combobox').waitFor()
    await ada.keyboard.type('invite some')
    await ada.getByRole('option', { name: 'Invite somebody' }).waitFor()
    await ada.keyboard.press('Enter')
    const dialog = ada.getByRole('dialog', { name: 'Invite somebody' })
    await dialog.getByLabel('E-mail').waitFor()
    await expect.poll(() => dialog.locator('input[type=email]:focus').count()).toBe(1)
    expect(await axeInBothThemes(ada)).toEqual([])
    await ada.keyboard.type('bo@brand.example')
    await ada.keyboard.press('Enter')
    const link = ada.getByLabel('Invitation link')
    await link.waitFor()
    adasLink = await link.inputValue()
    expect(adasLink).toContain('/join#')
    expect(await axeInBothThemes(ada)).toEqual([])
    await ada.keyboard.press('Escape')
    await ada.getByRole('tab', { name: /^Invitations/ }).focus()
    await ada.keyboard.press('Enter')
    await row(ada, 'bo@brand.example').getByText('Waiting').waitFor()
    expect(await axeInBothThemes(ada)).toEqual([])
    await ada.setViewportSize(WIDE)
  })

  test('the link lets exactly that person in, once', async () => {
    await join(bo, adasLink, 'Bo Example')
    await bo.getByRole('heading', { name: 'Apps', exact: true }).waitFor()
    expect(bo.url()).not.toContain('#')
    await bo.goto(adasLink)
    await bo.getByText('This invitation was used already.').waitFor()
    expect(await axeInBothThemes(bo)).toEqual([])
    // A member may invite guests, and manage nobody.
    await bo.goto(at('members'))
    await row(bo, 'ada@brand.example').waitFor()
    expect(await bo.getByRole('button', { name: 'More options for Ada Example' }).count()).toBe(0)
    expect(await bo.getByRole('link', { name: 'Activity' }).count()).toBe(0)
  })

  test('a page that is for other roles says so, and asks for nothing', async () => {
    for (const page of ['activity', 'settings/keys', 'settings/workspace', 'apps/new']) {
      await bo.goto(at(page))
      await bo.getByRole('heading', { name: 'Your role does not open this page' }).waitFor()
    }
    expect(await axeInBothThemes(bo)).toEqual([])
    expect(errors.filter((error) => error.includes('403'))).toEqual([])
  })

  test('another role, by keyboard alone on a phone, holds at once', async () => {
    await ada.setViewportSize(PHONE)
    await ada.goto(at('members'))
    await openRowByKey(ada, row(ada, 'bo@brand.example'))
    const drawer = ada.getByRole('dialog', { name: 'Bo Example' })
    await pressByKey(ada, drawer.getByRole('button', { name: 'Change role' }))
    const dialog = ada.getByRole('dialog', { name: 'Change the role of Bo Example' })
    await pressByKey(ada, dialog.getByLabel('Role'))
    await ada.getByRole('option', { name: 'Admin', exact: true }).waitFor()
    await ada.keyboard.type('Adm')
    await ada.keyboard.press('Enter')
    expect(await axeInBothThemes(ada)).toEqual([])
    await pressByKey(ada, dialog.getByRole('button', { name: 'Change role' }))
    await dialog.waitFor({ state: 'hidden' })
    await row(ada, 'bo@brand.example').getByText('Admin').waitFor()
    expect(await axeInBothThemes(ada)).toEqual([])
    await ada.setViewportSize(WIDE)
    await bo.reload()
    await bo.getByRole('link', { name: 'Activity' }).waitFor()
    // The owner stays out of an admin's reach.
    expect(await bo.getByRole('button', { name: 'More options for Ada Example' }).count()).toBe(0)
  })

  test('a guest comes in on a phone, and sees who invited them, for what, until when', async () => {
    await bo.goto(at('members?invite=new'))
    const dialog = bo.getByRole('dialog', { name: 'Invite somebody' })
    await dialog.getByLabel('E-mail').fill('gwen@agency.example')
    await choose(bo, dialog, 'Role', 'Guest')
    await dialog.getByLabel('The stay ends on').waitFor()
    await dialog.getByRole('button', { name: 'Make invitation' }).click()
    const link = await bo.getByLabel('Invitation link').inputValue()

    // Opened where somebody else is signed in, it says so and does nothing.
    await ada.goto(link)
    await ada.getByText('You are signed in as somebody else.').waitFor()
    expect(await axeInBothThemes(ada)).toEqual([])

    await join(gwen, link, 'Gwen Guest')
    await gwen.getByRole('heading', { name: 'You are a guest of The brand' }).waitFor()
    await gwen.getByText('Bo Example', { exact: true }).first().waitFor()
    expect(await axeInBothThemes(gwen)).toEqual([])
    await gwen.goto(at('members'))
    await gwen.getByRole('heading', { name: 'You are a guest of The brand' }).waitFor()
  })

  test('a revoked invitation says so', async () => {
    await ada.goto(at('members?invite=new'))
    const dialog = ada.getByRole('dialog', { name: 'Invite somebody' })
    await dialog.getByLabel('E-mail').fill('carl@brand.example')
    await dialog.getByRole('button', { name: 'Make invitation' }).click()
    const link = await ada.getByLabel('Invitation link').inputValue()
    await ada.goto(at('members?tab=invitations'))
    await menu(ada, 'the invitation of carl@brand.example', 'Revoke')
    await ada.getByRole('alertdialog').getByRole('button', { name: 'Revoke invitation' }).click()
    await row(ada, 'carl@brand.example').getByText('Revoked').waitFor()
    await ada.goto(link)
    await ada.getByText('This invitation was revoked.').waitFor()
  })

  test('the stay ends by itself, and can be extended', async () => {
    await ada.goto(at('members'))
    await row(ada, 'gwen@agency.example').waitFor()
    const status = await ada.evaluate(async (ws) => {
      const list = (await (await fetch(`/api/v1/workspaces/${ws}/members`)).json()) as {
        rows: { userId: string; role: string }[]
      }
      const guest = list.rows.find((one) => one.role === 'guest')?.userId ?? ''
      const answer = await fetch(`/api/v1/workspaces/${ws}/members/${guest}/extend`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ endsAt: new Date(Date.now() + 1500).toISOString() }),
      })
      return answer.status
    }, workspace)
    expect(status).toBe(200)
    await expect
      .poll(
        async () => {
          await gwen.goto(program.url)
          await gwen.getByRole('heading').first().waitFor()
          return gwen.getByRole('heading').first().innerText()
        },
        { timeout: 30_000 },
      )
      .toBe('You are in no workspace')
    expect(await axeInBothThemes(gwen)).toEqual([])
    await ada.setViewportSize(PHONE)
    await ada.reload()
    await row(ada, 'gwen@agency.example').getByText('Stay ended').waitFor()
    expect(await axeInBothThemes(ada)).toEqual([])
    await openRowByKey(ada, row(ada, 'gwen@agency.example'))
    const drawer = ada.getByRole('dialog', { name: 'Gwen Guest' })
    await pressByKey(ada, drawer.getByRole('button', { name: 'Extend stay' }))
    const dialog = ada.getByRole('dialog', { name: 'Extend the stay of Gwen Guest' })
    const day = dialog.locator('input[type=date]')
    const [year = '', month = '', date = ''] = new Date(Date.now() + 30 * 86_400_000)
      .toISOString()
      .slice(0, 10)
      .split('-')
    await tabTo(ada, day)
    // The order in which this browser's language writes a day.
    await ada.keyboard.type(`${month}${date}${year}`)
    expect(await day.inputValue()).toBe(`${year}-${month}-${date}`)
    expect(await axeInBothThemes(ada)).toEqual([])
    await pressByKey(ada, dialog.getByRole('button', { name: 'Set end date' }))
    await dialog.waitFor({ state: 'hidden' })
    await row(ada, 'gwen@agency.example').getByText('Active').waitFor()
    await ada.setViewportSize(WIDE)
    await gwen.goto(program.url)
    await gwen.getByRole('heading', { name: 'You are a guest of The brand' }).waitFor()
  })

  test('a second factor is set up, and asked for at sign-in', async () => {
    await bo.goto(at('settings/security'))
    await bo.getByRole('button', { name: 'Set up second factor' }).click()
    const { key, codes } = await setUpFactor(bo)
    secret = key
    backupCode = codes[0] ?? ''
    await bo.getByRole('button', { name: 'Make new backup codes' }).waitFor()
    expect(await axeInBothThemes(bo)).toEqual([])
    await signOut(bo)
    await password(bo, 'bo@brand.example')
    await bo.getByLabel('Code from your authenticator app').waitFor()
    expect(await axeInBothThemes(bo)).toEqual([])
    await bo.getByLabel('Code from your authenticator app').fill('000000')
    await bo.getByRole('button', { name: 'Sign in', exact: true }).click()
    await bo.getByRole('alert').waitFor()
    // The code of the set-up was used; the next one is right already.
    await bo.getByLabel('Code from your authenticator app').fill(codeOf(secret, 1))
    await bo.getByRole('button', { name: 'Sign in', exact: true }).click()
    await bo.waitForURL(/\/w\//)
    await signOut(bo)
    await password(bo, 'bo@brand.example')
    await bo.getByRole('button', { name: 'Use a backup code' }).click()
    await bo.getByLabel('Backup code').fill(backupCode)
    await bo.getByRole('button', { name: 'Sign in', exact: true }).click()
    await bo.waitForURL(/\/w\//)
  })

  test('a passkey takes the place of both', async () => {
    await virtualAuthenticator(bo)
    await bo.goto(at('settings/security'))
    await bo.getByRole('button', { name: 'Add passkey' }).click()
    const dialog = bo.getByRole('dialog', { name: 'Add passkey' })
    await dialog.getByLabel('Name').fill('Test key')
    await dialog.getByLabel('Your password').fill(PASSWORD)
    expect(await axeInBothThemes(bo)).toEqual([])
    await dialog.getByRole('button', { name: 'Continue in the browser' }).click()
    await bo.getByRole('button', { name: 'More options for the passkey Test key' }).waitFor()
    await signOut(bo)
    expect(await axeInBothThemes(bo)).toEqual([])
    await bo.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await bo.waitForURL(/\/w\//)
    await bo.goto(at('settings/security'))
    await menu(bo, 'the passkey Test key', 'Remove passkey')
    await bo.getByRole('alertdialog').getByRole('button', { name: 'Remove passkey' }).click()
    await bo.getByText('You have no passkey yet.').waitFor()
  })

  test('where the workspace asks a role for a second factor, the way leads through its set-up and back', async () => {
    await ada.goto(at('settings/workspace'))
    await ada.getByRole('checkbox', { name: /^Guest/ }).click()
    await ada.getByText('What is asked of the roles is saved').waitFor()
    expect(await axeInBothThemes(ada)).toEqual([])
    await gwen.goto(at('settings'))
    await gwen.getByRole('heading', { name: 'Set up a second factor' }).waitFor()
    expect(await axeInBothThemes(gwen)).toEqual([])
    await setUpFactor(gwen)
    await gwen.getByLabel('Your name').waitFor()
    expect(gwen.url()).toBe(at('settings'))
    expect(await axeInBothThemes(gwen)).toEqual([])
  })

  test('a one-time link lets a member choose a new password', async () => {
    await ada.goto(at('members'))
    await menu(ada, 'Gwen Guest', 'Make password link')
    const dialog = ada.getByRole('dialog', { name: 'A new password for Gwen Guest' })
    await dialog.getByRole('button', { name: 'Make one-time link' }).click()
    const link = await dialog.getByLabel('One-time link').inputValue()
    expect(await axeInBothThemes(ada)).toEqual([])
    await gwen.goto(link)
    await gwen.getByLabel('New password', { exact: true }).fill('another long sentence')
    expect(await axeInBothThemes(gwen)).toEqual([])
    await gwen.getByRole('button', { name: 'Set password' }).click()
    await gwen.getByRole('heading', { name: 'Your password is set' }).waitFor()
    await gwen.goto(link)
    await gwen.reload()
    await gwen.getByText('This link was used already.').waitFor()
    expect(await axeInBothThemes(gwen)).toEqual([])
  })

  test('an API key is made, shown once and revoked', async () => {
    await ada.goto(at('settings/keys'))
    await ada.getByRole('button', { name: 'Make API key' }).click()
    const dialog = ada.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Nightly export')
    expect(await axeInBothThemes(ada)).toEqual([])
    await dialog.getByRole('button', { name: 'Make key' }).click()
    const text = await dialog.getByLabel('API key', { exact: true }).inputValue()
    expect(text).toMatch(/^glk_/)
    await dialog.getByRole('button', { name: 'Done' }).click()
    await row(ada, 'Nightly export').getByText('Active').waitFor()
    await ada.getByRole('dialog').waitFor({ state: 'detached' })
    expect((await ada.content()).includes(text)).toBe(false)
    expect(await axeInBothThemes(ada)).toEqual([])
    await ada.getByRole('button', { name: 'Revoke Nightly export' }).click()
    await ada.getByRole('alertdialog').getByRole('button', { name: 'Revoke key' }).click()
    await row(ada, 'Nightly export').getByText('Revoked').waitFor()
  })

  test('the ownership is handed over by keyboard alone on a phone, and the log of it holds', async () => {
    await ada.setViewportSize(PHONE)
    await ada.goto(at('members'))
    await openRowByKey(ada, row(ada, 'bo@brand.example'))
    const drawer = ada.getByRole('dialog', { name: 'Bo Example' })
    await pressByKey(ada, drawer.getByRole('button', { name: 'Hand over ownership' }))
    const dialog = ada.getByRole('alertdialog', { name: 'Hand over the ownership' })
    const press = dialog.getByRole('button', { name: 'Hand over ownership' })
    expect(await press.isDisabled()).toBe(true)
    await tabTo(ada, dialog.getByLabel(/to confirm/))
    await ada.keyboard.type('Bo Example')
    expect(await dialog.getByLabel(/to confirm/).inputValue()).toBe('Bo Example')
    await tabTo(ada, dialog.getByLabel('Your password'))
    await ada.keyboard.type(PASSWORD)
    expect(await dialog.getByLabel('Your password').inputValue()).toBe(PASSWORD)
    expect(await axeInBothThemes(ada)).toEqual([])
    await pressByKey(ada, press)
    await dialog.waitFor({ state: 'hidden' })
    await row(ada, 'bo@brand.example').getByText('Owner').waitFor()
    await row(ada, 'ada@brand.example').getByText('Admin').waitFor()
    await ada.setViewportSize(WIDE)

    await bo.goto(at('members'))
    await bo.getByText('Ada Example made you the owner of The brand.').waitFor()
    expect(await axeInBothThemes(bo)).toEqual([])
    await bo.getByRole('button', { name: 'Put away' }).first().click()

    await bo.goto(at('activity'))
    await bo.getByRole('button', { name: 'Verify' }).click()
    const verify = bo.getByRole('dialog', { name: 'Verify the activity log' })
    await verify.getByText('Nothing was changed.').waitFor()
    const hash = await verify.locator('code').innerText()
    const seq = /"seq": (\d+)/.exec(await headCopied(bo, verify))?.[1] ?? ''
    expect(await axeInBothThemes(bo)).toEqual([])
    await verify.getByLabel('Check against a head that you kept').fill(`${seq} ${hash}`)
    await verify.getByRole('button', { name: 'Check against it' }).click()
    await verify.getByText(/goes on from the head/).waitFor()
  })

  /** The text that the copy button of the head copies. */
  async function headCopied(page: Page, dialog: Locator): Promise<string> {
    await dialog.getByRole('button', { name: 'Copy the head' }).click()
    return String(await page.evaluate('navigator.clipboard.readText()'))
  }

  test('nothing went wrong behind the screens', () => {
    // The browser itself reports the refused tries of this story on its console.
    const refused = /status of 4(00|01|03|09)/
    // Whose stay ended while a page was asking, is told what a stranger is told.
    const ended = new RegExp(`status of 404 .* at /api/v1/workspaces/${workspace}(/|$)`)
    expect(errors.filter((error) => !refused.test(error))).toEqual([])
    expect(guestErrors.filter((error) => !refused.test(error) && !ended.test(error))).toEqual([])
    for (const told of [PASSWORD, secret, backupCode, adasLink.split('#')[1] ?? ''])
      expect(program.output()).not.toContain(told)
  })
})
