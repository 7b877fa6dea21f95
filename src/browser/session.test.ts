// A real Chromium: it ends with the process that opened it, is told apart when it is killed, costs what it may, and shows no secret.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserEnvironment } from '../config.ts'
import { findChromium } from '../../e2e/harness.ts'
import { recipe } from '../connectors/meta/browser/recipe.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import type { Simulator } from '../connectors/meta/simulator/server.ts'
import { Redacted } from '../model/redacted.ts'
import { familyOf, processes } from './processes.ts'
import { openSession } from './session.ts'
import type { Session, SessionOptions } from './session.ts'
import { alive, browsersOf } from './testing/browsers.ts'

const executable = findChromium()
let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ world: { ownAssets: 5, ownPeople: 3, partners: 1, peoplePerPartner: 2 } })
})
afterAll(() => sim.stop())

const open = (over: Partial<SessionOptions> = {}): Promise<Session> =>
  openSession({
    executable: executable ?? '',
    environment: browserEnvironment(),
    recipe,
    address: sim.pagesUrl,
    business: sim.businessId,
    state: null,
    signedOut: [],
    keep: () => Promise.resolve(),
    signal: new AbortController().signal,
    ...over,
  })

describe.skipIf(executable === null || process.platform !== 'linux')('a browser session', () => {
  test('the browser ends when its process is killed', { timeout: 60_000 }, async () => {
    const given = JSON.stringify({ executable, address: sim.pagesUrl })
    const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/process.ts'), given])
    await new Promise<void>((done) => child.stdout.on('data', () => done()))
    const [browser] = browsersOf(child.pid)
    expect(browser).toBeDefined()
    child.kill('SIGKILL')
    await expect.poll(() => alive(browser ?? 0), { timeout: 20_000 }).toBe(false)
  })

  test('a browser that is killed is told as one that ended by itself', { timeout: 60_000 }, async () => {
    const session = await open()
    await session.hand.open('requests')
    const [browser] = browsersOf(process.pid)
    process.kill(browser ?? 0, 'SIGKILL')
    await expect(
      session.hand.step('Look', () => session.hand.first(['sign-in.email'])),
    ).rejects.toMatchObject({
      problem: 'gone',
    })
    expect(await session.state()).toBe(null)
    await session.close()
    expect(browsersOf(process.pid)).toEqual([])
  })

  test(
    'a session whose cookies it does not take is told as that: it was told as a browser that ended',
    { timeout: 60_000 },
    async () => {
      for (const cookie of [
        { name: 'c_user' },
        { name: 'a', value: 'b', domain: 'one.example', path: '/', sameSite: 'no_restriction' },
      ]) {
        const state = new Redacted(JSON.stringify({ cookies: [cookie], origins: [] }))
        await expect(open({ state })).rejects.toMatchObject({
          problem: 'no-login',
          message: expect.stringContaining('does not take the stored session'),
          fix: expect.stringContaining('browser-login'),
        })
      }
      expect(browsersOf(process.pid)).toEqual([])
    },
  )

  test('no process of it is given the secrets of this one', { timeout: 60_000 }, async () => {
    process.env.GUESTLIST_MASTER_KEY = 'canary-of-the-environment'
    try {
      const session = await open()
      const given = familyOf(browsersOf(process.pid), processes()).map((pid) =>
        readFileSync(`/proc/${String(pid)}/environ`, 'utf8'),
      )
      await session.close()
      expect(given.some((environment) => environment.includes('PATH='))).toBe(true)
      expect(given.filter((environment) => environment.includes('canary-of-the-environment'))).toEqual([])
    } finally {
      delete process.env.GUESTLIST_MASTER_KEY
    }
  })

  test('one that is not wanted any more while it starts does not open', { timeout: 60_000 }, async () => {
    const wanted = new AbortController()
    const opening = open({ signal: wanted.signal })
    wanted.abort(new Error('cancelled meanwhile'))
    await expect(opening).rejects.toThrow('cancelled meanwhile')
    expect(browsersOf(process.pid)).toEqual([])
  })

  test('one that takes too much memory is ended', { timeout: 60_000 }, async () => {
    // It may be ended while it still opens.
    const use = async () => {
      const session = await open({ limits: { megabytes: 10 } })
      try {
        for (;;) await session.hand.open('requests')
      } finally {
        await session.close()
      }
    }
    await expect(use()).rejects.toMatchObject({ problem: 'limit' })
    expect(browsersOf(process.pid)).toEqual([])
  })

  test(
    'a sign-in stays below 500 MB, and its pictures tell the address without what follows the path',
    { timeout: 60_000 },
    async () => {
      const pictures: { path: string; image: Buffer }[] = []
      const session = await open({ keep: (picture) => Promise.resolve(void pictures.push(picture)) })
      await session.hand.open('requests')
      await session.hand.step('Type', () =>
        session.hand.fill('sign-in.password', new Redacted('canary-in-a-field')),
      )
      await expect.poll(() => session.peak(), { timeout: 10_000 }).toBeGreaterThan(50)
      expect(session.peak()).toBeLessThan(500)
      expect(pictures[0]?.path).toBe('/login')
      expect(pictures[0]?.image.subarray(1, 4).toString()).toBe('PNG')
      await session.close()
    },
  )
})
