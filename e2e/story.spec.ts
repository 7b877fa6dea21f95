// The story, part 2, step by step in a real browser: from a fresh database to the table of a partner's people, which must equal what is
// true in the simulated Meta. Labels are those of the story.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
  PASSWORD,
  rowWith,
} from './steps.ts'

describe.skipIf(findChromium() === null)('a partner’s people become visible', () => {
  let simulator: Simulator
  let program: Program
  let browser: Browser
  let page: Page
  const errors: string[] = []
  const partner = () => {
    const found = simulator.partners[0]
    if (found === undefined) throw new Error('the simulated world has no partner')
    return found
  }

  beforeAll(async () => {
    simulator = await startSimulator({ control: true })
    program = await startProgram({ env: { META_GRAPH_URL: simulator.url } })
    browser = await launchBrowser()
    page = await openProfile(browser, errors)
  })
  afterAll(async () => {
    await browser.close()
    await program.stop()
    await simulator.stop()
    removeDataDir(program)
  })

  const row = (name: string) => rowWith(page, name)
  const look = async () => {
    expect(await axeViolations(page)).toEqual([])
  }

  test('the setup code makes the owner and the workspace', async () => {
    await makeWorkspace(page, program, look)
  })

  test('Meta Business Manager is connected after its checks', async () => {
    await connectMeta(page, simulator, look)
  })

  test('the agency waits as Pending onboarding, and a wrong token is told why', async () => {
    await page.getByRole('link', { name: /^Partners/ }).click()
    await page.getByRole('heading', { name: 'Meta Business Partners' }).waitFor()
    await row(partner().name).getByText('Pending onboarding').waitFor()
    const dialog = await openConnectDialog(page, partner().name)
    await dialog.getByLabel('Partner token').fill(simulator.token)
    await dialog.getByRole('button', { name: 'Connect' }).click()
    await dialog
      .getByText(/your own/i)
      .first()
      .waitFor()
    await look()
  })

  test('its token makes it Onboarded', async () => {
    const dialog = page.getByRole('dialog', { name: 'Add your partner token' })
    await connectPartner(page, dialog, partner().name, `"${partner().token}"\n`)
  })

  test('Check for updates runs to Complete, and a second click leads to it', async () => {
    await checkForUpdates(page)
    await look()
    await row('Check for updates').first().click()
    await page.getByText(`People of ${partner().name}`).first().waitFor()
    await look()
    await page.keyboard.press('Escape')
  })

  test('Meta Business guest users are exactly the people who touch the brand’s assets', async () => {
    await openApp(page)
    await openGuestUsers(page)
    const people = new Map<string, string>()
    for (const fact of truth(simulator.control.world)) {
      if (fact.business !== partner().id || fact.userKind !== 'person') continue
      people.set(fact.user, simulator.control.world.users.get(fact.user)?.name ?? '')
    }
    await page.getByText(`${people.size} people`).waitFor()
    const lines = await exportedLines(page)
    expect(lines).toHaveLength(people.size)
    for (const [id] of people) expect(lines.join('\n')).toContain(id)
    await look()
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
    await look()
    await page.keyboard.press('Escape')
  })

  test('a person who leaves the agency is gone after the next check', async () => {
    const before = truth(simulator.control.world).find(
      (f) => f.business === partner().id && f.userKind === 'person' && f.how === 'direct',
    )
    const name = simulator.control.world.users.get(before?.user ?? '')?.name ?? ''
    simulator.control.change({ op: 'remove-user', user: before?.user ?? '' })
    await page.getByRole('button', { name: 'Check for updates', exact: true }).click()
    await row(name).first().waitFor({ state: 'detached' })
  })

  test('nothing went wrong behind the screens', () => {
    expect(errors).toEqual([])
    const printed = program.output()
    expect(printed).not.toMatch(/\b(error|warn)\b/)
    for (const secret of [simulator.token, partner().token, simulator.appSecret, PASSWORD])
      expect(printed).not.toContain(secret)
  })
})
