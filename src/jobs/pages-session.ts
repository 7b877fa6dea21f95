// A browser for one step of a job: opened with the sealed login, one at a time per connection, pictures kept, questions asked, and always
// closed. What is opened here does not leave the step.
import { setTimeout as sleep } from 'node:timers/promises'
import { openSession } from '../browser/session.ts'
import type { PagesContext, Pages } from '../connectors/connector.ts'
import { connectorOf } from '../connectors/registry.ts'
import { newId } from '../lib/ids.ts'
import { AppError } from '../model/error.ts'
import { PagesError } from '../model/recipe.ts'
import { Redacted } from '../model/redacted.ts'
import {
  LOGIN,
  SESSION,
  automationOf,
  beginSignIn,
  browserCredentials,
  destroyBrowserCredentials,
  endSignIn,
  holdAutomation,
  stillStored,
  takeBrowserPlace,
} from '../store/automations.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { putCredential } from '../store/credentials.ts'
import type { BrowserPlace } from '../store/automations.ts'
import { read, work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { addPicture } from '../store/job-questions.ts'
import { ask, dropQuestion } from './questions.ts'
import type { Parts } from './work.ts'

export interface PagesWork {
  workspaceId: string
  jobId: string
  connectionId: string
  /** The job's step that the pictures belong to. */
  step: string
}

const LOOK_MS = 500
const TRIES = 3
const settings = 'Open the settings of the app, Browser automation.'

const switchedOff = () =>
  new PagesError('no-login', 'Browser automation is switched off for this app.', settings)

/** Before what changes something on the pages: throws PagesError where somebody has switched it off meanwhile. It stays on until the transaction ends. */
export async function demandSwitchedOn(tx: Tx, connectionId: string): Promise<void> {
  await holdAutomation(tx, connectionId)
  if (!(await automationOf(tx, connectionId)).enabled) throw switchedOff()
}

/**
 * Opens a browser and does the work with it; again, twice at most, where the browser ended by itself. Throws PagesError, and whatever
 * aborted the signal.
 */
export async function onPages<T>(
  parts: Parts,
  at: PagesWork,
  signal: AbortSignal,
  fn: (pages: Pages, ctx: PagesContext) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await once(parts, at, signal, fn)
    } catch (error) {
      if (!(error instanceof PagesError) || error.problem !== 'gone' || signal.aborted) throw error
      // What the browser itself said stands here alone.
      parts.log.warn('work in a browser broke off', { job: at.jobId, step: at.step, tries, error })
      if (tries >= TRIES) throw error
    }
  }
}

async function once<T>(
  parts: Parts,
  at: PagesWork,
  signal: AbortSignal,
  fn: (pages: Pages, ctx: PagesContext) => Promise<T>,
): Promise<T> {
  await dropQuestion(parts, at)
  const place = await placeOf(parts, at, signal)
  try {
    return await inPlace(parts, at, AbortSignal.any([signal, place.lost]), fn)
  } catch (error) {
    if (!place.lost.aborted || signal.aborted) throw error
    throw new PagesError(
      'gone',
      'The database was away for a moment, so the browser was ended: another one might use the same login.',
      'Try again.',
    )
  } finally {
    await place.free()
  }
}

/** With the one browser of the connection, which ends when the signal is aborted. */
async function inPlace<T>(
  parts: Parts,
  at: PagesWork,
  signal: AbortSignal,
  fn: (pages: Pages, ctx: PagesContext) => Promise<T>,
): Promise<T> {
  const opened = await open(parts, at)
  const { connection, pages, executable, login, loginId, session } = opened
  let stored: StoredRows = opened.stored
  const browser = await openSession({
    executable,
    environment: parts.pages.environment,
    recipe: parts.pages.recipeOf(pages.recipe),
    address: parts.pages.addressOf(connection.environment),
    business: connection.externalId,
    state: session,
    signedOut: pages.signedOut,
    signal,
    limits: parts.pages.limits,
    keep: (picture) =>
      work(parts.db, at.workspaceId, (tx) => addPicture(tx, at, { ...picture, step: at.step })),
  })
  // What was done is done where there is none any more: only the next browser has to sign in again.
  const keepSession = async () => {
    const state = await browser.state()
    if (state !== null) stored = await storeState(parts, at, stored, state)
  }
  try {
    const { externalId: business, settings } = connection
    const ctx = contextOf(parts, at, signal, { business, settings, login, loginId, keepSession })
    const answer = await fn(pages, { ...ctx, hand: browser.hand })
    await keepSession()
    return answer
  } finally {
    await browser.close()
    parts.log.debug('a browser was closed', {
      job: at.jobId,
      step: at.step,
      peak: Math.round(browser.peak()),
    })
  }
}

async function placeOf(parts: Parts, at: PagesWork, signal: AbortSignal): Promise<BrowserPlace> {
  for (;;) {
    signal.throwIfAborted()
    const place = await takeBrowserPlace(parts.db, at.connectionId)
    if (place !== null) return place
    await sleep(LOOK_MS)
  }
}

async function open(parts: Parts, at: PagesWork) {
  const { connection, automation, rows } = await read(parts.db, at.workspaceId, async (tx) => ({
    connection: await loadCheckedConnection(tx, at.connectionId),
    automation: await automationOf(tx, at.connectionId),
    rows: await browserCredentials(tx, at.connectionId),
  }))
  const { pages } = connectorOf(connection.connector)
  if (pages === undefined || !automation.enabled) throw switchedOff()
  if (parts.pages.chromium === null)
    throw new PagesError(
      'gone',
      'There is no Chromium on this machine.',
      'Install Chromium, or set GUESTLIST_CHROMIUM to its path.',
    )
  const opened = (kind: string): Redacted | null => {
    const row = rows.find((one) => one.kind === kind)
    return row === undefined ? null : parts.vault.open(row.sealed, `credentials/${row.id}`)
  }
  return {
    connection,
    pages,
    executable: parts.pages.chromium,
    login: opened(LOGIN),
    loginId: rows.find((one) => one.kind === LOGIN)?.id,
    session: opened(SESSION),
    stored: rows.map(({ id, kind }) => ({ id, kind })),
  }
}

function contextOf(
  parts: Parts,
  at: PagesWork,
  signal: AbortSignal,
  given: {
    business: string
    settings: Readonly<Record<string, string>>
    login: Redacted | null
    loginId: string | undefined
    keepSession: () => Promise<void>
  },
): Omit<PagesContext, 'hand'> {
  const { db } = parts
  const inWork = <T>(fn: Parameters<typeof work<T>>[2]) => work(db, at.workspaceId, fn)
  const stored = loginFrom(given.login)
  let signsIn = false
  return {
    business: given.business,
    settings: given.settings,
    clock: () => Date.now(),
    login: async () => {
      if (stored === null) {
        throw new PagesError(
          'no-login',
          'The pages ask to sign in, and no password is stored (or the imported session has ended).',
          `${settings} Store a login, or import a new browser session.`,
        )
      }
      try {
        await inWork((tx) => beginSignIn(tx, at.connectionId))
        signsIn = true
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        throw new PagesError(
          'no-login',
          'The stored login was refused, or its last two sign-ins were cut off, so it is not used again.',
          `${settings} Check the login in a browser of your own, then store it anew.`,
        )
      }
      return stored
    },
    totpSeed: () => stored?.totpSeed ?? null,
    ask: (kind, picture) => ask(parts, at, signal, kind, picture),
    refused: () => inWork((tx) => endSignIn(tx, at.connectionId, true, given.loginId)),
    signedIn: async () => {
      await inWork((tx) => endSignIn(tx, at.connectionId, false, given.loginId))
      // At once: whatever ends this browser, the next one need not sign in.
      if (signsIn) await given.keepSession()
      signsIn = false
    },
    pressing: () => Promise.resolve(),
  }
}

function loginFrom(sealed: Redacted | null): {
  email: Redacted
  password: Redacted
  totpSeed: Redacted | null
} | null {
  if (sealed === null) return null
  const { email, password, totpSeed } = JSON.parse(sealed.reveal()) as Record<string, string | null>
  return {
    email: new Redacted(email ?? ''),
    password: new Redacted(password ?? ''),
    totpSeed: typeof totpSeed === 'string' && totpSeed !== '' ? new Redacted(totpSeed) : null,
  }
}

type StoredRows = readonly { id: string; kind: string }[]

/**
 * Keeps the session for the next browser, so that it need not sign in, and gives what is stored then. Not where somebody removed or replaced
 * meanwhile what is known to be stored: the session is that of the login before.
 */
async function storeState(
  parts: Parts,
  at: PagesWork,
  known: StoredRows,
  state: Redacted,
): Promise<StoredRows> {
  const id = newId()
  return work(parts.db, at.workspaceId, async (tx) => {
    const ids = known.map((one) => one.id)
    if (!(await stillStored(tx, at.connectionId, ids))) return known
    await destroyBrowserCredentials(tx, at.connectionId, SESSION)
    await putCredential(tx, {
      id,
      workspaceId: at.workspaceId,
      connectionId: at.connectionId,
      partnerId: null,
      kind: SESSION,
      ...parts.vault.seal(state, `credentials/${id}`),
      lastFour: '',
      fingerprint: parts.vault.fingerprint(state),
      state: 'good',
      verdict: null,
      confirmed: null,
      scopes: [],
      expiresAt: null,
      createdBy: null,
    })
    return [...known.filter(({ kind }) => kind !== SESSION), { id, kind: SESSION }]
  })
}
