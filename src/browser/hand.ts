// The hand of model/recipe.ts on a Chromium page: finds places by their alternatives, in the page's language, and keeps a picture of
// every step.
import type { Locator as Found, Page } from 'playwright-core'
import { PagesError, describeLocator } from '../model/recipe.ts'
import type { Hand, Locator, Recipe, Within } from '../model/recipe.ts'
import { isLeaving, told } from './errors.ts'
import { rowWith, rowsOf } from './lists.ts'
import type { Finder } from './lists.ts'
import { alone, starting, within } from './patterns.ts'

export interface HandOptions {
  recipe: Recipe
  /** Base address of the pages, without a trailing slash. */
  address: string
  business: string
  /** Milliseconds that a place may take to show. */
  patience: number
  /** Places that show where nobody is signed in any more. */
  signedOut: readonly string[]
  /** Called after each step, also a failed one. */
  keep: (step: { label: string; failed: boolean }) => Promise<void>
  signal: AbortSignal
}

const mend =
  'The pages may have changed. Do it by hand this time, and look for a newer release or add the new label to the recipe file.'
const POLL_MS = 100

export function handOn(page: Page, options: HandOptions): Hand {
  const { recipe, address, business, patience, signedOut, keep, signal } = options
  let current = 'Open the browser'
  /** Of the page that is there now; asked once for each. */
  let language: string | null = null
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) language = null
  })

  const words = async (): Promise<Readonly<Record<string, Locator[]>>> => {
    language ??= (await page.locator('html').getAttribute('lang', { timeout: patience })) ?? 'en'
    const known = recipe.words[language] ?? recipe.words[language.slice(0, 2)]
    if (known !== undefined) return known
    const spoken = Object.keys(recipe.words).join(', ')
    throw new PagesError(
      'missing',
      `${current}: the page is in a language that the recipe does not know; it knows ${spoken}.`,
      'Set the language of the Meta login to one of these.',
    )
  }
  const alternativesOf = async (name: string): Promise<Locator[]> => {
    const found = (await words())[name] ?? recipe.words['en']?.[name]
    if (found === undefined) throw new Error(`The recipe ${recipe.id} has no place ${name}.`)
    return found
  }
  const missing = async (name: string): Promise<PagesError> => {
    for (const place of signedOut)
      if (place !== name && (await now(page, place)) !== null)
        return new PagesError('gone', `${current}: the sign-in ended meanwhile.`, 'Try again.')
    const looked = (await alternativesOf(name)).map(describeLocator).join(' or ')
    return new PagesError('missing', `${current}: ${looked} was not found on the page.`, mend)
  }
  const at = (scope: Page | Found, locator: Locator): Found => {
    if ('label' in locator) return scope.getByLabel(locator.label, { exact: true })
    if ('text' in locator) return scope.getByText(alone(locator.text))
    const { role, name, match = 'exact' } = locator
    if (name === undefined) return scope.getByRole(role)
    return scope.getByRole(role, match === 'exact' ? { name, exact: true } : { name: starting(name) })
  }
  /** The one visible element of the first alternative that has just one; null where none has. */
  const now = async (scope: Page | Found, name: string): Promise<Found | null> => {
    for (const locator of await alternativesOf(name)) {
      const found = at(scope, locator).filter({ visible: true })
      if ((await found.count()) === 1) return found
    }
    return null
  }
  const soon = async <T>(look: () => Promise<T | null>, name: string): Promise<T> => {
    const until = performance.now() + patience
    for (;;) {
      signal.throwIfAborted()
      const found = await look().catch((error: unknown) => {
        if (!isLeaving(error)) throw error
        return null
      })
      if (found !== null) return found
      if (performance.now() > until) throw await missing(name)
      await new Promise((go) => setTimeout(go, POLL_MS))
    }
  }
  const wrong = (sentence: string) => new PagesError('missing', `${current}: ${sentence}.`, mend)
  const finder: Finder = { page, patience, at, now, soon, alternativesOf, missing, wrong }
  const scopeOf = async (where: Within | undefined): Promise<Page | Found> => {
    if (where === undefined) return page
    if ('dialog' in where) return soon(() => now(page, where.dialog), where.dialog)
    return rowWith(finder, where.list, where.cells)
  }
  /** A dialog goes when what was pressed in it has been taken; whoever leaves the page before that may break it off. One that stays is left alone. */
  const goesAway = async (dialog: string): Promise<void> => {
    const until = performance.now() + patience
    const stands = () =>
      now(page, dialog).catch((error: unknown) => isLeaving(error) || Promise.reject(error as Error))
    while (performance.now() < until && (await stands()) !== null)
      await new Promise((go) => setTimeout(go, POLL_MS))
  }
  const guarded = async <T>(fn: () => Promise<T>): Promise<T> => {
    try {
      signal.throwIfAborted()
      return await fn()
    } catch (error) {
      throw told(error, signal)
    }
  }
  const doing = async <T>(label: string, quiet: boolean, fn: () => Promise<T>): Promise<T> => {
    current = label
    try {
      const answer = await fn()
      if (!quiet) await keep({ label, failed: false })
      return answer
    } catch (error) {
      const known = told(error, signal)
      await keep({ label, failed: true }).catch(() => undefined)
      throw known
    }
  }

  return {
    step: (label, fn) => doing(label, false, fn),
    look: (label, fn) => doing(label, true, fn),
    open: (place, values = {}) =>
      guarded(async () => {
        const path = recipe.places[place]
        if (path === undefined) throw new Error(`The recipe ${recipe.id} has no place ${place}.`)
        const filled = Object.entries({ ...values, business }).reduce(
          (left, [name, value]) => left.replaceAll(`{${name}}`, encodeURIComponent(value)),
          path,
        )
        await page.goto(address + filled)
      }),
    first: (names) =>
      guarded(() =>
        soon(async () => {
          for (const name of names) if ((await now(page, name)) !== null) return name
          return null
        }, names[0] ?? ''),
      ),
    sees: (name) => guarded(async () => (await now(page, name)) !== null),
    confirm: (dialog, texts) =>
      guarded(async () => {
        const found = await soon(() => now(page, dialog), dialog)
        const inside = (await found.innerText()).replace(/\s+/g, ' ')
        if (texts.every((text) => within(text).test(inside))) return
        throw wrong('the dialog is about something else')
      }),
    press: (name, where) =>
      guarded(async () => {
        const scope = await scopeOf(where)
        const found = await soon(() => now(scope, name), name)
        await found.click({ timeout: patience })
        await page.waitForLoadState('load', { timeout: patience })
        if (where !== undefined && 'dialog' in where) await goesAway(where.dialog)
      }),
    fill: (name, text) =>
      guarded(async () => {
        const found = await soon(() => now(page, name), name)
        await found.fill(text.reveal(), { timeout: patience })
      }),
    rows: (list, columns) => guarded(() => rowsOf(finder, list, columns)),
    meaning: (word, names) =>
      guarded(async () => {
        const known = await words()
        const has = (name: string) =>
          [...(known[name] ?? []), ...(recipe.words['en']?.[name] ?? [])].some(
            (one) => 'text' in one && one.text === word,
          )
        return names.find(has) ?? null
      }),
    picture: (name) =>
      guarded(async () => {
        const found = await soon(() => now(page, name), name)
        return found.screenshot({ timeout: patience })
      }),
  }
}
