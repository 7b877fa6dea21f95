// Starts the machine's Chromium for one piece of work, in a throw-away context that leaves nothing on the disk, and ends it: after the
// work, when its time or memory is up, and by itself when this process dies (the pipe between them closes).
import { randomUUID } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { familyOf, held, processes, runs } from './processes.ts'
import { PagesError, labelsOf } from '../model/recipe.ts'
import type { Hand, Recipe } from '../model/recipe.ts'
import { Redacted } from '../model/redacted.ts'
import { ENDED, wordsOf } from './errors.ts'
import { pictureOf } from './evidence.ts'
import { handOn } from './hand.ts'
import { ownProfile } from './profiles.ts'
import { switches } from './switches.ts'

export interface Picture {
  label: string
  failed: boolean
  at: Date
  /** The page's path, without query. */
  path: string
  /** PNG. */
  image: Buffer
}

export interface SessionOptions {
  executable: string
  /** All that it is given of the environment; left out, what it cannot start without. */
  environment?: Readonly<Record<string, string | undefined>> | undefined
  recipe: Recipe
  /** Base address of the pages, without a trailing slash. */
  address: string
  business: string
  /** What an earlier session left: cookies and storage, as JSON. */
  state: Redacted | null
  /** Places that show where nobody is signed in any more. */
  signedOut: readonly string[]
  keep: (picture: Picture) => Promise<void>
  signal: AbortSignal
  limits?: { milliseconds?: number; megabytes?: number; patience?: number }
}

export interface Session {
  hand: Hand
  /** Cookies and storage, for the next session; null where the browser has ended meanwhile. */
  state(): Promise<Redacted | null>
  /** The largest memory of all its processes, in megabytes; 0 where the platform does not tell. */
  peak(): number
  close(): Promise<void>
}

const BARE = { PATH: '/usr/bin:/bin', HOME: homedir() }
/** For one piece of work; a person who is asked something has ten minutes within it. */
const LONGEST_MS = 15 * 60_000
const LARGEST_MB = 500
const PATIENCE_MS = 15_000
/** How often it is looked for the process of a browser that starts. */
const CLAIM_MS = 50
/** Pages, of about four megabytes each. */
const FREE_EVERY = 3

/** Opens a browser. Throws PagesError: `gone` where it does not start, `no-login` where it does not take the session. `close` is the caller's. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { executable, recipe, address, signal, limits = {} } = options
  const mark = `--guestlist-session=${randomUUID()}`
  // Fifty megabytes that only a task on the provider's pages needs.
  const { chromium } = await import('playwright-core')
  // From its first moment: a process that is killed while its browser starts leaves the folder, too.
  const claiming = setInterval(() => {
    if (ownProfile(processesOf(mark)[0])) clearInterval(claiming)
  }, CLAIM_MS)
  const browser = await chromium
    .launch({
      executablePath: executable,
      env: { ...(options.environment ?? BARE) },
      // Nothing is put there: a folder of its own would be left behind by a process that is killed.
      artifactsDir: tmpdir(),
      args: [...switches, mark, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      timeout: 60_000,
    })
    .catch(() => {
      throw new PagesError(
        'gone',
        'Chromium did not start.',
        'Install Chromium, or set GUESTLIST_CHROMIUM to its path, and try again.',
      )
    })
    .finally(() => clearInterval(claiming))
  ownProfile(processesOf(mark)[0])
  const guard = guardOf(browser, mark, limits)
  const end = () => void browser.close().catch(() => undefined)
  signal.addEventListener('abort', end)
  // Aborted while it started: nobody would tell again.
  if (signal.aborted) end()
  try {
    const context = await contextOf(browser, options.state)
    context.setDefaultTimeout(limits.patience ?? PATIENCE_MS)
    const page = await context.newPage()
    await freeOften(context, page)
    const labels = labelsOf(recipe)
    const hand = handOn(page, {
      ...options,
      patience: limits.patience ?? PATIENCE_MS,
      keep: async ({ label, failed }) => {
        const path = page.url().startsWith(address) ? page.url().slice(address.length) : ''
        const image = await pictureOf(page, labels, limits.patience ?? PATIENCE_MS)
        await options.keep({ label, failed, at: new Date(), path: path.split(/[?#]/)[0] ?? '', image })
      },
    })
    return {
      hand: guard.watched(hand),
      state: () => stateOf(context, () => guard.broken() !== null || !browser.isConnected()),
      peak: guard.peak,
      close: async () => {
        signal.removeEventListener('abort', end)
        guard.end()
        await browser.close().catch(() => undefined)
        await endMarked(mark)
      },
    }
  } catch (error) {
    guard.end()
    await browser.close().catch(() => undefined)
    await endMarked(mark)
    signal.throwIfAborted()
    if (guard.broken() === null && error instanceof PagesError) throw error
    throw guard.broken() ?? new PagesError('gone', 'The browser ended by itself.', 'Try again.')
  }
}

function contextOptions(state: Redacted | null): BrowserContextOptions {
  const viewport = { width: 1280, height: 800 }
  const plain = { viewport, acceptDownloads: false, serviceWorkers: 'block' as const }
  if (state === null) return plain
  return {
    ...plain,
    storageState: JSON.parse(state.reveal()) as Exclude<BrowserContextOptions['storageState'], string>,
  }
}

/** Throws PagesError `no-login` where the browser does not take the session: it never will, however often it is tried. */
async function contextOf(browser: Browser, state: Redacted | null): Promise<BrowserContext> {
  try {
    return await browser.newContext(contextOptions(state))
  } catch (error) {
    if (state === null || !(error instanceof Error) || ENDED.test(error.message) || !browser.isConnected())
      throw error
    throw new PagesError(
      'no-login',
      'The browser does not take the stored session: its cookies are not as a browser writes them.',
      'Open the settings of the app, Browser automation. Import the file that browser-login writes, or store a login.',
      wordsOf(error),
    )
  }
}

/** Frees what left pages hold, every few pages: by itself the browser waits until they take more than a whole run may. */
async function freeOften(context: BrowserContext, page: Page): Promise<void> {
  const devTools = await context.newCDPSession(page)
  let pages = 0
  page.on('load', () => {
    pages += 1
    if (pages % FREE_EVERY === 0) void devTools.send('HeapProfiler.collectGarbage').catch(() => undefined)
  })
}

async function stateOf(context: BrowserContext, isOver: () => boolean): Promise<Redacted | null> {
  try {
    return new Redacted(JSON.stringify(await context.storageState()))
  } catch (error) {
    if (isOver()) return null
    throw error
  }
}

/** Ends the browser when its time or memory is up; what the hand does then throws `limit`. */
function guardOf(browser: Browser, mark: string, limits: NonNullable<SessionOptions['limits']>) {
  const until = performance.now() + (limits.milliseconds ?? LONGEST_MS)
  const most = limits.megabytes ?? LARGEST_MB
  let peak = 0
  let broken: PagesError | null = null
  const look = () => {
    peak = Math.max(peak, memoryOf(mark))
    if (performance.now() > until)
      broken = new PagesError('limit', 'The browser took longer than it may.', 'Try again, or do it by hand.')
    else if (peak > most)
      broken = new PagesError(
        'limit',
        `The browser took more than ${String(most)} MB.`,
        'Try again, or do it by hand.',
      )
    if (broken !== null) void browser.close().catch(() => undefined)
  }
  const timer = setInterval(look, 500)
  timer.unref()
  const watched = (hand: Hand): Hand =>
    Object.fromEntries(
      Object.entries(hand).map(([name, act]: [string, (...given: unknown[]) => Promise<unknown>]) => [
        name,
        async (...given: unknown[]) => {
          try {
            return await act(...given)
          } catch (error) {
            throw broken ?? error
          }
        },
      ]),
    ) as unknown as Hand
  return { watched, peak: () => peak, broken: () => broken, end: () => clearInterval(timer) }
}

/** The browser's own process and all below it. */
function processesOf(mark: string): number[] {
  const all = processes()
  const first = all.filter(({ pid, parent }) => parent === process.pid && runs(pid, mark))
  return familyOf(
    first.map(({ pid }) => pid),
    all,
  )
}

/** Megabytes of a browser's processes, shared ones counted once. */
function memoryOf(mark: string): number {
  return processesOf(mark).reduce((sum, pid) => sum + held(pid), 0)
}

/** Ends what did not end with its browser, and waits until it is gone: a killed process takes a moment. */
async function endMarked(mark: string): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    const left = processesOf(mark)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }
    await sleep(20)
  }
}
