// Tries the recipe in force from the command line, beside the running program or without it, with a session of browser-login: walks to the last
// press of an approval, goes through the pages of people and partners, changes nothing, and writes a picture of each step.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadRecipe } from '../browser/recipe-file.ts'
import { openSession } from '../browser/session.ts'
import { browserEnvironment, loadConfig } from '../config.ts'
import type { Pages, PagesContext } from '../connectors/connector.ts'
import { connectors } from '../connectors/registry.ts'
import { tryPart } from '../jobs/try-read-pages.ts'
import { createLog } from '../lib/log.ts'
import { PagesError } from '../model/recipe.ts'
import { Redacted } from '../model/redacted.ts'

export async function dryRun(): Promise<void> {
  const [session, business, app, name, only, ...rest] = process.argv.slice(3)
  if (
    session === undefined ||
    business === undefined ||
    app === undefined ||
    name === undefined ||
    (only !== undefined && only !== 'approve' && only !== 'read') ||
    rest[0] !== undefined
  )
    throw new Error(
      'Usage: dry-run <session file of browser-login> <business ID> <app ID> <folder for the pictures> [approve | read]',
    )
  const { chromium, metaBusinessUrl, dataDir } = loadConfig()
  const pages = connectors.find((one) => one.pages !== undefined)?.pages
  if (pages === undefined) throw new Error('Nothing is done on pages.')
  if (chromium === null)
    throw new Error(
      'There is no Chromium on this machine. Install it, or set GUESTLIST_CHROMIUM to its path.',
    )
  const { recipe, file } = loadRecipe(dataDir, pages.recipe)
  const state = stateOf(session)
  const folder = emptyFolder(name)
  console.log(`The recipe is ${file ?? 'the built-in one'}, version ${recipe.version}.`)
  let pictures = 0
  const browser = await openSession({
    executable: chromium,
    environment: browserEnvironment(),
    recipe,
    address: metaBusinessUrl,
    business,
    state,
    signedOut: pages.signedOut,
    signal: new AbortController().signal,
    keep: async ({ label, failed, path, image }) => {
      pictures += 1
      const picture = join(folder, `${pictures}-${label.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.png`)
      writeFileSync(picture, image, { mode: 0o600, flag: 'wx' })
      console.log(`${failed ? 'Failed' : 'Done'}: ${label}, at ${path}: ${picture}`)
      await Promise.resolve()
    },
  })
  try {
    const ctx: PagesContext = { ...alone, hand: browser.hand, business, settings: { app_id: app } }
    if (only !== 'read') await walkToPress(pages, ctx)
    if (only !== 'approve') await walkThrough(pages, ctx)
  } catch (error) {
    if (!(error instanceof PagesError)) throw error
    if (error.problem === 'gone') createLog('warn').warn('work in a browser broke off', { error })
    throw new Error(`${error.message} ${error.fix}`)
  } finally {
    await browser.close()
  }
}

async function walkToPress(pages: Pages, ctx: PagesContext): Promise<void> {
  const [first] = await pages.waitingRequests(ctx)
  if (first !== undefined) await pages.answerRequest(ctx, first, 'approve', true)
  console.log(
    first === undefined
      ? 'No request for this app waits, so the walk ended at the list. Nothing was pressed.'
      : 'The walk ended before the last press.',
  )
}

/** Every list that a check for updates may read, and the first of those whom they name. What the pages told goes nowhere. */
async function walkThrough(pages: Pages, ctx: PagesContext): Promise<void> {
  for (const part of pages.parts) {
    const { rows, tried, of } = await tryPart(part, ctx)
    const first = tried < of ? ` of the first ${tried} of ${of} ${part.items?.unit ?? 'rows'}` : ''
    console.log(`${part.label}: ${rows} rows${first}. Nothing was stored.`)
  }
}

/** A walk by itself: it never signs in and asks nobody. */
const alone: Omit<PagesContext, 'hand' | 'business' | 'settings'> = {
  clock: () => Date.now(),
  login: () => Promise.reject(ended()),
  totpSeed: () => null,
  ask: () => Promise.reject(ended()),
  refused: () => Promise.resolve(),
  signedIn: () => Promise.resolve(),
  pressing: () => Promise.reject(new Error('A dry run was about to press.')),
}

const ended = (): PagesError =>
  new PagesError('no-login', 'The pages ask to sign in: the session has ended.', 'Run browser-login again.')

function stateOf(file: string): Redacted {
  const text = readFileSync(resolve(file), 'utf8')
  try {
    const { cookies } = JSON.parse(text) as { cookies?: unknown }
    if (Array.isArray(cookies)) return new Redacted(text)
  } catch {
    // Told below, without the text, which may hold a session.
  }
  throw new Error(`${file} is not a browser session. Give the file that browser-login wrote.`)
}

/** Pictures of an earlier walk would be taken for those of this one. */
function emptyFolder(name: string): string {
  const folder = resolve(name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty. Give a new folder.`)
  return folder
}
