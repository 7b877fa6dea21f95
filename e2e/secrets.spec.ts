// The hand-over by secret, in two browser profiles: the admin makes a vault, a guest without one shares the partner's token, the admin
// opens it and connects the partner with it. Everything that both browsers send is recorded: passphrase, recovery key, private key and
// values are searched in the traffic, in every table and in what the program printed; one request alone may hold the token.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../src/connectors/meta/simulator/server.ts'
import { formsOf } from '../src/jobs/testing/canary.ts'
import type { OwnVault, Secret } from '../src/model/secret.ts'
import { newRecoveryKey, newVault, open, recover, wrapWithRecoveryKey } from '../src/vault/sharing.ts'
import type { OpenVault } from '../src/vault/sharing.ts'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  openRowByKey,
  pressByKey,
  removeDataDir,
  setupCode,
  startProgram,
  tabTo,
  watchErrors,
  type Program,
} from './harness.ts'
import { PASSWORD } from './steps.ts'

const PASSPHRASE = 'canary four words nobody says'
const SECOND_PASSPHRASE = 'canary other words that nobody says'
const THIRD_PASSPHRASE = 'canary more words yet for another vault'
const NOTE = 'canary: the safe opens with 31-7-19'
const SECOND_NOTE = 'canary: the safe opens with 4-44-2 now'
const SHOTS = process.env.GUESTLIST_SHOTS

interface Sent {
  url: string
  text: string
}

describe.skipIf(findChromium() === null)('a token is handed over as a secret', () => {
  let simulator: Simulator
  let program: Program
  let browser: Browser
  let admin: Page
  let guest: Page
  let workspace = ''
  let recoveryKey = ''
  /** Recovery key and private key of the vault that was lost. */
  const secrets: string[] = []
  const sent: Sent[] = []
  const errors: string[][] = []
  const token = () => simulator.partners[0]?.token ?? ''
  const shot = async (page: Page, name: string) => {
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`) })
  }

  function recorded(context: BrowserContext): void {
    context.on('request', (request) => {
      const body = request.postDataBuffer()?.toString('latin1') ?? ''
      sent.push({
        url: `${request.method()} ${request.url()}`,
        text: `${request.url()}\n${JSON.stringify(request.headers())}\n${body}`,
      })
    })
  }

  async function profile(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    recorded(context)
    const page = await context.newPage()
    errors.push(watchErrors(page))
    return page
  }

  /** A request of the console, made in the page so that it is recorded like any other. */
  function ask<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
    return page.evaluate(
      async ([how, where, what]) => {
        const init = what === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: what }
        return (await fetch(`/api/v1${where}`, { method: how, ...init })).json()
      },
      [method, path, body === undefined ? undefined : JSON.stringify(body)] as [
        string,
        string,
        string | undefined,
      ],
    ) as Promise<T>
  }

  beforeAll(async () => {
    simulator = await startSimulator({ control: true })
    program = await startProgram({ env: { META_GRAPH_URL: simulator.url } })
    browser = await launchBrowser()
    admin = await profile()
    guest = await profile()
    await admin.clock.install()
    await admin.goto(program.url)
    const made = await ask<{ workspaceId: string }>(admin, 'POST', '/setup', {
      code: setupCode(program),
      name: 'Ada Example',
      email: 'ada@brand.example',
      password: PASSWORD,
      workspaceName: 'The brand',
    })
    workspace = made.workspaceId
    await ask(admin, 'POST', `/workspaces/${workspace}/connections`, {
      connector: 'meta',
      label: 'Meta Business Manager',
      business: simulator.businessId,
      fields: { token: simulator.token, app_id: simulator.appId, app_secret: simulator.appSecret },
      confirm: true,
    })
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    await simulator.stop()
    removeDataDir(program)
  })

  test('the admin makes a vault, and proves that the recovery key was kept', async () => {
    await admin.goto(`${program.url}/w/${workspace}/secrets`)
    await admin.getByText('nobody can share a secret with you').waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '1-none')
    await admin.getByRole('button', { name: 'Make your vault' }).click()
    const dialog = admin.getByRole('dialog')
    await dialog.getByLabel('Vault passphrase').fill('too short')
    await dialog.getByLabel('The same again').fill('too short')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByText('at least 12 characters.', { exact: false }).last().waitFor()
    await dialog.getByLabel('Vault passphrase').fill(PASSPHRASE)
    await dialog.getByLabel('The same again').fill(PASSPHRASE)
    expect(await axeViolations(admin)).toEqual([])
    await dialog.getByRole('button', { name: 'Continue' }).click()
    const shown = dialog.getByRole('img', { name: /^Recovery key:/ })
    await shown.waitFor({ timeout: 30_000 })
    recoveryKey =
      (await shown.getAttribute('aria-label'))?.replace('Recovery key: ', '').replaceAll(' ', '-') ?? ''
    expect(recoveryKey).toMatch(/^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/)
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '2-recovery-key')
    await dialog.getByLabel('Last group of the recovery key').fill('XXXX')
    await dialog.getByRole('button', { name: 'Make my vault' }).click()
    await dialog.getByText('That is not the last group').waitFor()
    await dialog.getByLabel('Last group of the recovery key').fill(recoveryKey.slice(-4))
    await dialog.getByRole('button', { name: 'Make my vault' }).click()
    await admin.getByText('Your vault is ready and unlocked').waitFor()
    await dialog.waitFor({ state: 'hidden' })
  })

  test('a note for oneself is kept, changed and restored', async () => {
    await admin.getByRole('button', { name: 'Add secret' }).first().click()
    const dialog = admin.getByRole('dialog', { name: 'Add secret' })
    await dialog.getByLabel('Label').fill('Safe in the office')
    await dialog.getByLabel('Value').fill(NOTE)
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '3-add')
    await dialog.getByRole('button', { name: 'Save for me only' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await admin.getByText('Safe in the office').first().click()
    const drawer = admin.getByRole('dialog', { name: 'Safe in the office' })
    await drawer.getByRole('button', { name: 'Edit' }).click()
    const edit = admin.getByRole('dialog', { name: 'Edit secret' })
    await edit.getByLabel('Value').fill(SECOND_NOTE)
    await edit.getByRole('button', { name: 'Save' }).click()
    await edit.waitFor({ state: 'hidden' })
    await drawer.getByRole('button', { name: 'Show the value' }).click()
    await drawer.getByText(SECOND_NOTE).waitFor()
    await drawer.getByText('Signed with your own key.').waitFor()
    await drawer.getByRole('button', { name: 'Copy' }).click()
    await admin.getByText('The clipboard is cleared after 30 seconds.').waitFor()
    expect(await admin.evaluate('navigator.clipboard.readText()')).toBe(SECOND_NOTE)
    await admin.clock.fastForward(31_000)
    await expect.poll(() => admin.evaluate('navigator.clipboard.readText()')).toBe('')
    await admin.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))')
    await drawer.getByRole('button', { name: 'Copy' }).click()
    const byHand = admin.getByRole('group', { name: /The browser did not allow copying/ })
    await byHand.getByText('It then stays in the clipboard').waitFor()
    expect(await admin.evaluate('getSelection().toString()')).toBe(SECOND_NOTE)
    expect(await axeViolations(admin)).toEqual([])
    await admin.keyboard.press('Escape')
    await byHand.waitFor({ state: 'detached' })
    await drawer.getByRole('button', { name: 'Restore version 1' }).click()
    const restore = admin.getByRole('dialog', { name: 'Restore version 1' })
    expect(await restore.getByLabel('Value').inputValue()).toBe(NOTE)
    await restore.getByRole('button', { name: 'Save' }).click()
    await restore.waitFor({ state: 'hidden' })
    await drawer.getByText('Restored', { exact: true }).first().waitFor()
    await drawer.getByRole('button', { name: 'Show the value' }).click()
    await drawer.getByText(NOTE).waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '4-drawer')
  })

  test('after fifteen idle minutes the vault is locked and the value is gone', async () => {
    const drawer = admin.getByRole('dialog', { name: 'Safe in the office' })
    await admin.clock.fastForward(15 * 60_000 + 6_000)
    await drawer.getByText(NOTE).waitFor({ state: 'detached' })
    await drawer.getByRole('button', { name: 'Show the value' }).click()
    const unlock = admin.getByRole('dialog', { name: 'Unlock your vault' })
    await unlock.getByLabel('Vault passphrase').fill('canary four words nobody sayz')
    await unlock.getByRole('button', { name: 'Unlock' }).click()
    await unlock.getByText('This is not the passphrase of your vault').waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await unlock.getByLabel('Vault passphrase').fill(PASSPHRASE)
    await unlock.getByRole('button', { name: 'Unlock' }).click()
    await drawer.getByText(NOTE).waitFor()
    await admin.keyboard.press('Escape')
  })

  test('a guest without a vault adds the token and shares it with the admin', async () => {
    const { link } = await ask<{ link: string }>(admin, 'POST', `/workspaces/${workspace}/invitations`, {
      email: 'bo@agency.example',
      role: 'guest',
    })
    await guest.goto(link)
    await guest.getByLabel('Your name').fill('Bo Partner')
    await guest.getByLabel('Password', { exact: true }).fill(PASSWORD)
    const again = guest.getByLabel(/again/i)
    if ((await again.count()) > 0) await again.fill(PASSWORD)
    await guest.getByRole('button', { name: 'Make account and join' }).click()
    await guest.getByRole('heading', { name: /You are a guest of/ }).waitFor()
    await guest.getByRole('link', { name: 'Secrets', exact: true }).click()
    await guest.getByText('You do not need a vault to send a secret').waitFor()
    expect(await axeViolations(guest)).toEqual([])
    await shot(guest, '5-guest')
    await guest.getByRole('button', { name: 'Add secret' }).first().click()
    const dialog = guest.getByRole('dialog', { name: 'Add secret' })
    await dialog.getByLabel('Label').fill('Token of our agency')
    await dialog.getByLabel('Kind').click()
    await guest.getByRole('option', { name: 'Partner token' }).click()
    await dialog.getByLabel('Value').fill(token())
    await dialog.getByRole('button', { name: 'Share' }).click()
    await dialog.getByRole('checkbox', { name: /Ada Example/ }).click()
    await dialog.getByText('I have compared this fingerprint').waitFor()
    expect(await axeViolations(guest)).toEqual([])
    await shot(guest, '6-guest-share')
    const seen = await dialog.getByRole('img', { name: /Fingerprint of Ada/ }).getAttribute('aria-label')
    await admin.getByRole('button', { name: 'Your vault' }).click()
    await admin.getByRole('menuitem', { name: 'Show my fingerprint' }).click()
    const own = await admin.getByRole('img', { name: /Fingerprint of your vault/ }).getAttribute('aria-label')
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '7-fingerprint')
    expect(own?.split(': ')[1]).toBe(seen?.split(': ')[1])
    await admin.getByRole('button', { name: 'Done' }).click()
    await dialog.getByRole('button', { name: 'Share' }).click()
    await guest.getByText('Secret shared with Ada Example').waitFor()
    await guest.getByText('Token of our agency').first().click()
    await guest.getByText('You have no vault, so this was not encrypted to you').waitFor()
    expect(await axeViolations(guest)).toEqual([])
    await shot(guest, '8-guest-drawer')
    // Without a vault nothing was kept to compare with, so the key is looked at once more.
    await guest.getByRole('button', { name: 'Replace the value' }).click()
    const edit = guest.getByRole('dialog', { name: 'Edit secret' })
    await edit.getByLabel('New value').fill(token())
    await edit.getByText('Compare these keys first').waitFor()
    expect(await edit.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await edit.getByRole('checkbox', { name: /I have compared/ }).click()
    await edit.getByRole('button', { name: 'Save' }).click()
    await edit.waitFor({ state: 'hidden' })
    const list = await ask<{ rows: { label: string }[] }>(guest, 'GET', `/workspaces/${workspace}/secrets`)
    expect(list.rows.map(({ label }) => label)).toEqual(['Token of our agency'])
  })

  test('the admin opens it after a reload, and is told that its sender is not proven', async () => {
    await admin.reload()
    await admin.getByText('Token of our agency').first().click()
    const drawer = admin.getByRole('dialog', { name: 'Token of our agency' })
    await drawer.getByRole('button', { name: 'Show the value' }).click()
    const unlock = admin.getByRole('dialog', { name: 'Unlock your vault' })
    await unlock.getByLabel('Vault passphrase').fill(PASSPHRASE)
    await unlock.getByRole('button', { name: 'Unlock' }).click()
    await drawer.getByText(token()).waitFor()
    await drawer.getByText('Sender not proven', { exact: true }).waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '9-opened')
    await admin.setViewportSize({ width: 390, height: 844 })
    await admin.emulateMedia({ colorScheme: 'dark' })
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '10-phone-dark')
    await admin.keyboard.press('Escape')
    await shot(admin, '11-list-phone-dark')
    await admin.setViewportSize({ width: 1440, height: 900 })
    await admin.emulateMedia({ colorScheme: 'light' })
    await shot(admin, '12-list')
  })

  test('the partner is connected with the secret, to Onboarded', async () => {
    const name = simulator.partners[0]?.name ?? ''
    // By the console's own links, so that the vault stays unlocked.
    await admin.getByRole('link', { name: 'Apps', exact: true }).first().click()
    await admin
      .getByRole('link', { name: /Meta Business Manager/ })
      .first()
      .click()
    await admin.getByRole('link', { name: /^Partners/ }).click()
    const row = admin.getByRole('row').filter({ hasText: name })
    await row.getByRole('button', { name: /More options/ }).click()
    await admin.getByRole('menuitem', { name: 'Connect to Guestlist' }).click()
    const dialog = admin.getByRole('dialog', { name: 'Add your partner token' })
    await dialog.getByRole('button', { name: 'Use this secret' }).click()
    await dialog.getByText('The token of this secret is in the field above').waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '13-connect')
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
    await dialog.waitFor({ state: 'hidden', timeout: 60_000 })
    await row.getByText('Onboarded').waitFor()
    // Who brought it may see what is taken with it.
    const own = await ask<unknown>(guest, 'GET', `/workspaces/${workspace}/own-data`)
    expect(JSON.stringify(own)).toContain(name)
  })

  test('a changed key stops sharing until it is compared, and removed access is gone', async () => {
    const cem = await profile()
    const { link } = await ask<{ link: string }>(admin, 'POST', `/workspaces/${workspace}/invitations`, {
      email: 'cem@brand.example',
      role: 'member',
    })
    await cem.goto(program.url)
    await ask(cem, 'POST', '/invitations/redeem', {
      secret: link.split('#')[1] ?? '',
      name: 'Cem Example',
      password: PASSWORD,
    })
    const vaultOfCem = async (replaces: string | null) => {
      const vault = await newVault()
      const file = await wrapWithRecoveryKey(vault, newRecoveryKey())
      const { recipient, signing } = vault
      const body = { recipient, signing, passphraseFile: file, recoveryFile: file, replaces }
      return { vault, own: await ask<OwnVault>(cem, 'POST', `/workspaces/${workspace}/vault`, body) }
    }
    const openedBy = async ({ vault }: { vault: OpenVault }) => {
      const { rows } = await ask<{ rows: Secret[] }>(cem, 'GET', `/workspaces/${workspace}/secrets`)
      const secret = rows[0]
      if (secret === undefined) return null
      const got = await ask<{ sealed: string }>(
        cem,
        'POST',
        `/workspaces/${workspace}/secrets/${secret.id}/open`,
        {},
      )
      return open(vault, got.sealed, { ...secret, workspace })
    }
    const first = await vaultOfCem(null)
    await admin.getByRole('link', { name: 'Secrets', exact: true }).click()
    await admin.getByText('Safe in the office').first().click()
    const drawer = admin.getByRole('dialog', { name: 'Safe in the office' })
    await drawer.getByRole('button', { name: 'Share' }).click()
    const share = admin.getByRole('dialog', { name: 'Share secret' })
    await share
      .getByRole('checkbox', { name: /Cem Example/ })
      .first()
      .click()
    await share.getByText('Not compared yet').waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await share.getByRole('checkbox', { name: /I have compared/ }).click()
    await share.getByText('You have confirmed this fingerprint.').waitFor()
    await share.getByRole('button', { name: 'Share' }).click()
    await share.waitFor({ state: 'hidden' })
    expect(await openedBy(first)).toMatchObject({
      value: NOTE,
      from: { signing: expect.any(String) as string },
    })

    const second = await vaultOfCem(first.own.id)
    await admin.reload()
    await drawer.getByText('Cannot open it', { exact: true }).waitFor()
    await drawer.getByRole('button', { name: 'Edit' }).click()
    const unlock = admin.getByRole('dialog', { name: 'Unlock your vault' })
    await unlock.getByLabel('Vault passphrase').fill(PASSPHRASE)
    await unlock.getByRole('button', { name: 'Unlock' }).click()
    const edit = admin.getByRole('dialog', { name: 'Edit secret' })
    await edit.getByText('Stop: the key of Cem Example is another one than you confirmed.').waitFor()
    expect(await edit.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '14-stopped')
    await edit.getByRole('checkbox', { name: /I have compared/ }).click()
    await edit.getByText('Stop: the key').waitFor({ state: 'detached' })
    await edit.getByRole('button', { name: 'Save' }).click()
    await edit.waitFor({ state: 'hidden' })
    expect(await openedBy(second)).toMatchObject({ value: NOTE })

    await drawer.getByRole('button', { name: 'More options for Cem Example' }).click()
    await admin.getByRole('menuitem', { name: 'Remove access' }).click()
    const sure = admin.getByRole('alertdialog')
    await sure.getByText('What they have seen, they have seen').waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '15-remove')
    await sure.getByRole('button', { name: 'Remove access' }).click()
    await sure.waitFor({ state: 'hidden' })
    await expect.poll(() => openedBy(second)).toBe(null)
    await admin.keyboard.press('Escape')
  })

  test('a forgotten passphrase is replaced with the recovery key, and changed', async () => {
    const menu = admin.getByRole('button', { name: 'Your vault' })
    await menu.click()
    await admin.getByRole('menuitem', { name: 'Lock now' }).click()
    await menu.click()
    await admin.getByRole('menuitem', { name: 'Recover with the recovery key' }).click()
    const recovering = admin.getByRole('dialog', { name: 'Recover your vault' })
    await recovering.getByLabel('Recovery key').fill(recoveryKey.toLowerCase().replaceAll('-', ' '))
    await recovering.getByLabel('Vault passphrase').fill(SECOND_PASSPHRASE)
    await recovering.getByLabel('The same again').fill(SECOND_PASSPHRASE)
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '16-recover')
    await recovering.getByRole('button', { name: 'Recover' }).click()
    await recovering.waitFor({ state: 'hidden', timeout: 30_000 })
    await menu.click()
    await admin.getByRole('menuitem', { name: 'Change passphrase' }).click()
    const changing = admin.getByRole('dialog', { name: 'Change your vault passphrase' })
    await changing.getByLabel('Present passphrase').fill(SECOND_PASSPHRASE)
    await changing.getByLabel('Vault passphrase').fill(PASSPHRASE)
    await changing.getByLabel('The same again').fill(PASSPHRASE)
    await changing.getByRole('button', { name: 'Change passphrase' }).click()
    await changing.waitFor({ state: 'hidden', timeout: 30_000 })
    await menu.click()
    await admin.getByRole('menuitem', { name: 'Lock now' }).click()
    await admin.getByText('Safe in the office').first().click()
    const drawer = admin.getByRole('dialog', { name: 'Safe in the office' })
    await drawer.getByRole('button', { name: 'Show the value' }).click()
    const unlock = admin.getByRole('dialog', { name: 'Unlock your vault' })
    await unlock.getByLabel('Vault passphrase').fill(PASSPHRASE)
    await unlock.getByRole('button', { name: 'Unlock' }).click()
    await drawer.getByText(NOTE).waitFor()
    await admin.keyboard.press('Escape')
  })

  test('by keyboard alone on a phone a secret is given up', async () => {
    await admin.setViewportSize({ width: 390, height: 844 })
    const row = admin.getByRole('row').filter({ hasText: 'Token of our agency' })
    await openRowByKey(admin, row)
    const drawer = admin.getByRole('dialog', { name: 'Token of our agency' })
    await pressByKey(admin, drawer.getByRole('button', { name: 'Remove my access' }))
    const sure = admin.getByRole('alertdialog', { name: 'Give up this secret?' })
    await sure.getByText('Somebody who has it can share it with you again').waitFor()
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '17-leave')
    await pressByKey(admin, sure.getByRole('button', { name: 'Remove my access' }))
    await admin.getByText('You no longer have this secret').waitFor()
    await row.waitFor({ state: 'detached' })
    const left = await ask<{ rows: Secret[] }>(guest, 'GET', `/workspaces/${workspace}/secrets`)
    expect(left.rows.map(({ members }) => members.map(({ name }) => name))).toEqual([['Bo Partner']])
  })

  test('by keyboard alone on a phone a lost vault is replaced, and what it held says that it cannot be read', async () => {
    const own = await ask<{ vault: OwnVault }>(admin, 'GET', `/workspaces/${workspace}/vault`)
    const old = await recover(own.vault.recoveryFile, recoveryKey, own.vault)
    secrets.push(recoveryKey, old.identity)
    await admin.reload()
    const row = admin.getByRole('row').filter({ hasText: 'Safe in the office' })
    await openRowByKey(admin, row)
    const drawer = admin.getByRole('dialog', { name: 'Safe in the office' })
    await pressByKey(admin, drawer.getByRole('button', { name: 'Show the value' }))
    const unlock = admin.getByRole('dialog', { name: 'Unlock your vault' })
    await pressByKey(admin, unlock.getByRole('button', { name: 'Lost it?' }))
    const recovering = admin.getByRole('dialog', { name: 'Recover your vault' })
    await pressByKey(admin, recovering.getByRole('button', { name: 'Lost that too?' }))
    const dialog = admin.getByRole('dialog', { name: 'Replace a lost vault' })
    await dialog.getByText('Nothing that was shared with you until now can be opened with it').waitFor()
    expect(await dialog.getByRole('button', { name: 'Continue' }).isDisabled()).toBe(true)
    await tabTo(admin, dialog.getByRole('checkbox'))
    await admin.keyboard.press('Space')
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '18-replace')
    await pressByKey(admin, dialog.getByRole('button', { name: 'Continue' }))
    await tabTo(admin, dialog.getByLabel('Vault passphrase'))
    await admin.keyboard.type(THIRD_PASSPHRASE)
    await tabTo(admin, dialog.getByLabel('The same again'))
    await admin.keyboard.type(THIRD_PASSPHRASE)
    await pressByKey(admin, dialog.getByRole('button', { name: 'Continue' }))
    const shown = dialog.getByRole('img', { name: /^Recovery key:/ })
    await shown.waitFor({ timeout: 30_000 })
    const label = (await shown.getAttribute('aria-label')) ?? ''
    recoveryKey = label.replace('Recovery key: ', '').replaceAll(' ', '-')
    await tabTo(admin, dialog.getByLabel('Last group of the recovery key'))
    await admin.keyboard.type(recoveryKey.slice(-4))
    expect(await axeViolations(admin)).toEqual([])
    await pressByKey(admin, dialog.getByRole('button', { name: 'Replace my vault' }))
    await dialog.waitFor({ state: 'hidden' })
    await drawer.getByText('what it held cannot be read any more').waitFor()
    expect(await drawer.getByRole('button', { name: 'Show the value' }).count()).toBe(0)
    expect(await axeViolations(admin)).toEqual([])
    await shot(admin, '19-not-readable')
    const now = await ask<{ vault: OwnVault }>(admin, 'GET', `/workspaces/${workspace}/vault`)
    expect(now.vault.id).not.toBe(own.vault.id)
    await expect(recover(now.vault.recoveryFile, secrets.at(-2) ?? '', now.vault)).rejects.toThrow()
  })

  test('nothing that is secret left a browser but the one token, once', async () => {
    const own = await ask<{ vault: OwnVault }>(admin, 'GET', `/workspaces/${workspace}/vault`)
    const { identity } = await recover(own.vault.recoveryFile, recoveryKey, own.vault)
    const canaries = [
      ...secrets,
      THIRD_PASSPHRASE,
      PASSPHRASE,
      SECOND_PASSPHRASE,
      recoveryKey,
      recoveryKey.replaceAll('-', ''),
      identity,
      NOTE,
      SECOND_NOTE,
    ]
    const with_ = (texts: readonly string[]) =>
      sent
        .filter(({ text }) => texts.flatMap(formsOf).some((form) => text.includes(form)))
        .map(({ url }) => url)
    // The search itself sees what is there.
    expect(with_([PASSWORD]).length).toBeGreaterThan(0)
    expect(sent.length).toBeGreaterThan(50)
    expect(with_(canaries)).toEqual([])
    const carriers = with_([token()])
    expect(carriers).toHaveLength(1)
    expect(carriers[0]).toMatch(/^POST .*\/partners\/[^/]+\/connect$/)

    const everything = [...canaries, token()]
    expect(await tablesWith(program, everything)).toEqual([])
    expect(await tablesWith(program, ['Safe in the office'])).toContain('public.secrets')
    const printed = program.output()
    expect(everything.filter((text) => printed.includes(text))).toEqual([])
    const kept = await admin.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
    expect(everything.filter((text) => kept.includes(text))).toEqual([])
    expect(errors.flat()).toEqual([])
  })
})

/** The tables that hold one of the texts in any form, asked as the database's superuser. */
async function tablesWith(program: Program, texts: readonly string[]): Promise<string[]> {
  const folder = readdirSync(program.dataDir).find((name) => /^postgres-\d+$/.test(name)) ?? ''
  const port = readFileSync(join(program.dataDir, folder, 'postmaster.pid'), 'utf8').split('\n')[3]
  const { superuser } = JSON.parse(
    readFileSync(join(program.dataDir, 'postgres-passwords.json'), 'utf8'),
  ) as {
    superuser: string
  }
  const root = new pg.Client(
    `postgresql://guestlist_superuser:${encodeURIComponent(superuser)}@127.0.0.1:${port ?? ''}/guestlist`,
  )
  await root.connect()
  try {
    const { rows } = await root.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE' order by 1`,
    )
    const forms = texts.flatMap(formsOf)
    const found: string[] = []
    for (const { name } of rows) {
      const { rowCount } = await root.query(
        `select from ${name} x where exists (select from unnest($1::text[]) form where strpos(x::text, form) > 0) limit 1`,
        [forms],
      )
      if (rowCount !== 0) found.push(name)
    }
    return found
  } finally {
    await root.end()
  }
}
