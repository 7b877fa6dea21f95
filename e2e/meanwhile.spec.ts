// What happens while somebody works in the console: other tabs, answers that come late, lists that fail under the fingers; and addresses that
// bring back what was open, wherever it stands in its list.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  findChromium,
  launchBrowser,
  openProfile,
  removeDataDir,
  signInToDemo,
  startDemo,
} from './harness.ts'

interface Named {
  id: string
  name: string
}

describe.skipIf(findChromium() === null)('meanwhile', () => {
  let demo: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  let page: Page
  const errors: string[] = []
  const at = { workspace: '', app: '' }
  let pending: Named[] = []

  const ask = async <T>(path: string, body?: unknown): Promise<T> =>
    page.evaluate(
      async ([url, sent]) => {
        const answer = await fetch(`/api/v1${url}`, {
          ...(sent === null ? {} : { method: 'POST', body: sent }),
          headers: { 'content-type': 'application/json' },
        })
        return answer.json() as Promise<never>
      },
      [path, body === undefined ? null : JSON.stringify(body)] as [string, string | null],
    )

  beforeAll(async () => {
    demo = await startDemo()
    browser = await launchBrowser()
    page = await openProfile(browser, errors)
    await signInToDemo(page, demo)
    at.workspace = (await ask<{ workspaces: Named[] }>('/me')).workspaces[0]?.id ?? ''
    at.app = (await ask<Named[]>(`/workspaces/${at.workspace}/connections`))[0]?.id ?? ''
    pending = (await ask<{ rows: Named[] }>(`${app()}/partners?status=pending`)).rows
  })
  afterAll(async () => {
    await browser.close()
    await demo.stop()
    removeDataDir(demo)
  })

  const ws = () => `/workspaces/${at.workspace}`
  const app = () => `${ws()}/connections/${at.app}`
  const here = (path: string) => `${demo.url}/w/${at.workspace}/${path}`
  const inApp = (path: string) => here(`apps/${at.app}/${path}`)
  const dialog = (name: string | RegExp) => page.getByRole('dialog', { name })
  const searchOf = (one: Page) => new URL(one.url()).search

  test('seven tabs that were left open behind another one do not keep it from loading', async () => {
    const { page: first, context } = await openBehind()
    const streams: string[] = []
    first.on('request', (request) => {
      if (request.url().endsWith('/events')) streams.push(request.url())
    })
    for (let n = 1; n < 7; n++) await (await context.newPage()).goto(inApp('partners'))
    const eighth = await context.newPage()
    await eighth.addInitScript(`globalThis.__hidden = false`)
    await eighth.goto(inApp('partners'))
    await eighth
      .locator('[role=table][aria-busy=false] [role=row][tabindex]')
      .first()
      .waitFor({ timeout: 15_000 })
    expect(streams).toEqual([])
    // One that is looked at listens.
    await first.evaluate(`globalThis.__hidden = false; document.dispatchEvent(new Event('visibilitychange'))`)
    await expect.poll(() => streams.length).toBe(1)
    await context.close()
  })

  /** A profile whose pages say that nobody sees them: the browser of a test shows all of its pages. */
  async function openBehind() {
    const first = await openProfile(browser, errors)
    const context = first.context()
    await context.addCookies(await page.context().cookies())
    await context.addInitScript(
      `globalThis.__hidden = true
      Object.defineProperty(document, 'hidden', { get: () => globalThis.__hidden })`,
    )
    await first.goto(inApp('partners'))
    await first.getByRole('row').nth(1).waitFor()
    return { page: first, context }
  }

  test('nothing went wrong behind it', () => {
    expect(errors).toEqual([])
  })
})
