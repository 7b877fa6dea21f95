// A browser that is at work while somebody removes or replaces the login it was opened with changes nothing of what is stored then.
import { expect, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import {
  LOGIN,
  SESSION,
  automationOf,
  beginSignIn,
  browserCredentials,
  destroyBrowserCredentials,
  endSignIn,
  setAutomation,
  stillStored,
  takeBrowserPlace,
} from './automations.ts'
import { putCredential } from './credentials.ts'
import { work } from './db.ts'
import type { Tx } from './db.ts'
import { loseBrowserPlace } from './testing/lose-place.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()

async function installed() {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  const by = await t.makeUser()
  const at = { workspaceId, connectionId }
  const store = async (tx: Tx, kind: string): Promise<string> => {
    const id = newId()
    await putCredential(tx, {
      ...at,
      id,
      kind,
      partnerId: null,
      sealed: Buffer.from('sealed'),
      keyVersion: 1,
      lastFour: '',
      fingerprint: 'x',
      state: 'good',
      verdict: null,
      confirmed: null,
      scopes: [],
      expiresAt: null,
      createdBy: by,
    })
    return id
  }
  const inWork = <T>(fn: (tx: Tx) => Promise<T>) => work(t.db, workspaceId, fn)
  const login = await inWork(async (tx) => {
    await setAutomation(tx, at, { enabled: true, by })
    await store(tx, SESSION)
    return store(tx, LOGIN)
  })
  const opened = (await inWork((tx) => browserCredentials(tx, connectionId))).map(({ id }) => id)
  return { at, by, connectionId, inWork, store, login, opened }
}

test('What a browser was opened with is still stored until one of it is removed, replaced, or all is switched off', async () => {
  const { at, by, connectionId, inWork, store, opened } = await installed()
  const still = () => inWork((tx) => stillStored(tx, connectionId, opened))
  expect(await still()).toBe(true)
  const changes: ((tx: Tx) => Promise<unknown>)[] = [
    (tx) => store(tx, LOGIN),
    (tx) => store(tx, SESSION),
    (tx) => destroyBrowserCredentials(tx, connectionId),
    (tx) => destroyBrowserCredentials(tx, connectionId, SESSION),
    (tx) => setAutomation(tx, at, { enabled: false, by }),
  ]
  for (const change of changes) {
    const undone = inWork(async (tx) => {
      await change(tx)
      throw new Error((await stillStored(tx, connectionId, opened)) ? 'still' : 'no longer')
    })
    await expect(undone).rejects.toThrow('no longer')
  }
  expect(await still()).toBe(true)
})

test('Who asks waits for who is just removing it', async () => {
  const { connectionId, inWork, opened } = await installed()
  let removed: () => void = () => undefined
  const removing = new Promise<void>((done) => (removed = done))
  const removal = inWork(async (tx) => {
    await destroyBrowserCredentials(tx, connectionId)
    removed()
    await new Promise((done) => setTimeout(done, 100))
  })
  await removing
  expect(await inWork((tx) => stillStored(tx, connectionId, opened))).toBe(false)
  await removal
})

test('The end of a sign-in with the login before says nothing about the one stored since', async () => {
  const { connectionId, inWork, store, login } = await installed()
  const refused = () => inWork(async (tx) => (await automationOf(tx, connectionId)).refused)
  await inWork((tx) => beginSignIn(tx, connectionId))
  await inWork((tx) => store(tx, LOGIN))
  await inWork((tx) => endSignIn(tx, connectionId, true, login))
  expect(await refused()).toBe(false)
  const now = await inWork((tx) => store(tx, LOGIN))
  await inWork((tx) => endSignIn(tx, connectionId, true, now))
  expect(await refused()).toBe(true)
  await inWork((tx) => endSignIn(tx, connectionId, false, login))
  expect(await refused()).toBe(true)
})

test('However many apps want a browser at once, the rest of the program is not left without the database', async () => {
  const wanted = Array.from({ length: 14 }, () => newId())
  const places = (await Promise.all(wanted.map((id) => takeBrowserPlace(t.db, id)))).filter(
    (place) => place !== null,
  )
  expect(places.length).toBeGreaterThan(0)
  expect((await t.db.pool.query('select 1')).rows).toHaveLength(1)
  for (const place of places) await place.free()
  const again = await takeBrowserPlace(t.db, newId())
  expect(again).not.toBeNull()
  await again?.free()
})

test('Who holds the place of a browser is told when its connection is lost, since another one may have it then', async () => {
  const connectionId = newId()
  const place = await takeBrowserPlace(t.db, connectionId)
  expect(await takeBrowserPlace(t.db, connectionId)).toBeNull()
  expect(place?.lost.aborted).toBe(false)
  await loseBrowserPlace(t, connectionId)
  await expect.poll(() => place?.lost.aborted).toBe(true)
  const other = await takeBrowserPlace(t.db, connectionId)
  expect(other).not.toBeNull()
  // What was lost is given back without a question, and takes nothing from who has it now.
  await place?.free()
  expect(await takeBrowserPlace(t.db, connectionId)).toBeNull()
  await other?.free()
  const last = await takeBrowserPlace(t.db, connectionId)
  expect(last?.lost.aborted).toBe(false)
  await last?.free()
})
