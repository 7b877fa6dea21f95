// Starts what a story needs: a simulated Meta, the real program with a fresh data folder, and Chromium.
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { memoryFlags } from '../src/jobs/testing/spawn.ts'

const root = resolve(import.meta.dirname, '..')

/** Chromium's path: GUESTLIST_CHROMIUM, then the usual names on the path; null where there is none. */
export function findChromium(): string | null {
  const named = process.env.GUESTLIST_CHROMIUM
  if (named !== undefined && named !== '') return named
  const folders = (process.env.PATH ?? '').split(delimiter)
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name)
  }
  return null
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('Chromium was not found; set GUESTLIST_CHROMIUM to its path')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        done(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

export interface Program {
  url: string
  port: number
  dataDir: string
  process: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Kills it at once, as a crash would. */
  kill(): Promise<void>
  /** Ends it as Ctrl-C would. */
  stop(): Promise<number | null>
}

/** Starts the real program and waits until it says that it is ready. The data folder survives `kill` and `stop`. */
export async function startProgram(options: {
  env?: Record<string, string>
  dataDir?: string
  port?: number
  command?: string
  /** Where what it prints goes, in place of `output`. */
  logFile?: string
}): Promise<Program> {
  const port = options.port ?? (await freePort())
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'guestlist-e2e-'))
  const out = options.logFile === undefined ? 'pipe' : openSync(options.logFile, 'a')
  const args = [...memoryFlags(), join(root, 'src/main.ts'), options.command ?? 'serve']
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, PORT: String(port), GUESTLIST_DATA_DIR: dataDir, ...options.env },
    stdio: ['ignore', out, out, 'ipc'],
  })
  if (out !== 'pipe') closeSync(out)
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  const url = `http://localhost:${port}`
  const deadline = Date.now() + 120_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}:\n${text}`)
    if (Date.now() > deadline) throw new Error(`the program was not ready in time:\n${text}`)
    const ready = await fetch(`${url}/readyz`).then(
      (r) => r.ok,
      () => false,
    )
    if (ready) break
    await new Promise((done) => setTimeout(done, 100))
  }
  return {
    url,
    port,
    dataDir,
    process: child,
    output: () => text,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    stop: async () => {
      child.kill('SIGINT')
      return ended
    },
  }
}

/** Starts the demo with data of its own, and waits until it has played; gives the program with the password of the demo's owner. */
export async function startDemo(): Promise<Program & { password: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'guestlist-demo-'))
  // As root, the database runs as another user, who has to pass through.
  chmodSync(dataDir, 0o755)
  const program = await startProgram({ command: 'demo', dataDir })
  const deadline = Date.now() + 120_000
  for (;;) {
    const password = /^Password\s+(\S+)/m.exec(program.output())?.[1]
    if (password !== undefined) return { ...program, password }
    if (Date.now() > deadline) throw new Error(`the demo did not play in time:\n${program.output()}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

/** Signs the demo's owner in. */
export async function signInToDemo(page: Page, demo: { url: string; password: string }): Promise<void> {
  await page.goto(demo.url)
  await page.getByLabel('E-mail').fill('owner@demo.example')
  await page.getByLabel('Password', { exact: true }).fill(demo.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(/\/w\//)
}

/** The setup code of a fresh program, from the file that it wrote. */
export function setupCode(program: Program): string {
  return readFileSync(join(program.dataDir, 'setup-code'), 'utf8').trim()
}

export function removeDataDir(program: Program): void {
  rmSync(program.dataDir, { recursive: true, force: true })
}

/** Collects what a page must never have: errors on its console, failed scripts, refusals by the content policy. */
export function watchErrors(page: Page, errors: string[] = []): string[] {
  page.on('pageerror', (error) => errors.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    const address = message.location().url
    errors.push(`console: ${message.text()}${address === '' ? '' : ` at ${new URL(address).pathname}`}`)
  })
  return errors
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Accessibility violations of the page as it stands, each with its first node; empty when there are none. */
export async function axeViolations(page: Page): Promise<string[]> {
  // The page's content policy forbids injected scripts, so the source is evaluated through the debugger instead.
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(readFileSync(axePath, 'utf8'))
  return page.evaluate(async () => {
    interface Moving {
      finish(): void
      playState: string
      effect: { getComputedTiming(): { endTime: number } } | null
    }
    const { document, requestAnimationFrame, MutationObserver } = globalThis as unknown as {
      document: { getAnimations(): Moving[]; addEventListener(name: string, fn: () => void): void }
      requestAnimationFrame(fn: () => void): void
      MutationObserver: new (fn: () => void) => { observe(what: unknown, how: object): void }
    }
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[]
        }>
      }
    }
    let changes = 0
    const how = { subtree: true, childList: true, attributes: true, characterData: true }
    new MutationObserver(() => changes++).observe(document, how)
    for (const name of ['transitionrun', 'animationstart']) document.addEventListener(name, () => changes++)
    const moving = () =>
      // What has ended and keeps its last state is listed too.
      document
        .getAnimations()
        .filter((one) => one.playState === 'running' && one.effect?.getComputedTiming().endTime !== Infinity)
    // What is half faded in has another contrast than what a person reads: it is led to its end. One thing may come after another: still is
    // what stays still for a moment.
    const stillness = async () => {
      const until = performance.now() + 5_000
      for (let [still, seen] = [0, changes]; still < 8 && performance.now() < until; still++) {
        await new Promise<void>((go) => requestAnimationFrame(() => go()))
        const now = moving()
        for (const one of now) one.finish()
        if (now.length > 0 || changes > seen) still = 0
        seen = changes
      }
    }
    const look = async () => {
      await stillness()
      const before = changes
      return { violations: (await axe.run()).violations, meanwhile: changes > before || moving().length > 0 }
    }
    let { violations, meanwhile } = await look()
    // A message whose time was over faded out meanwhile.
    for (let more = 0; more < 3 && meanwhile && violations.length > 0; more++)
      ({ violations, meanwhile } = await look())
    return violations.map(
      (v) => `${v.id}: ${v.help} — ${v.nodes[0]?.html ?? ''} (${v.nodes[0]?.failureSummary ?? ''})`,
    )
  })
}

/** A wide screen, and a phone held upright. */
export const WIDE = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }

/** A browser profile of its own with one page, which waits a minute for what it looks for; what goes wrong on it is added to `errors`. */
export async function openProfile(browser: Browser, errors: string[], viewport = WIDE): Promise<Page> {
  const context = await browser.newContext({
    viewport,
    hasTouch: viewport === PHONE,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  watchErrors(page, errors)
  return page
}

/** Accessibility violations of the page as it stands, drawn light and drawn dark. */
export async function axeInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    found.push(...(await axeViolations(page)).map((violation) => `${colorScheme}: ${violation}`))
  }
  return found
}

/** Moves on with Tab until the focus is there, as somebody without a mouse does. Throws where it never comes. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let presses = 0; presses < 80; presses++) {
    if (await target.evaluate((element) => element.matches(':focus'))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never came to ${String(target)}`)
}

/** The same, and presses it. */
export async function pressByKey(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

/** Opens a row of a list by keyboard: Tab into the list, then the arrows. */
export async function openRowByKey(page: Page, row: Locator): Promise<void> {
  await row.waitFor()
  await tabTo(page, page.locator('[role=row][tabindex="0"]'))
  for (let presses = 0; presses < 30; presses++) {
    if (await row.evaluate((element) => element.matches(':focus'))) return page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
  }
  throw new Error(`The arrows never came to ${String(row)}`)
}

/** Chooses in a list that opens. */
export async function choose(page: Page, within: Locator, label: string, option: string): Promise<void> {
  await within.getByLabel(label).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** Gives the page a device that holds passkeys and says yes, as a phone with a finger on it does. */
export async function virtualAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
