// What a browser leaves in the temporary folder whose process was killed, and who takes it away: only what is ours, and only when nobody uses it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import { clearProfiles } from './profiles.ts'
import { alive, browsersOf } from './testing/browsers.ts'

const executable = findChromium()
const possible = executable !== null && process.platform === 'linux'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guestlist-profiles-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.skipIf(!possible)(
  'the profile of a killed process goes, and nothing else does',
  { timeout: 60_000 },
  async () => {
    const sim = await startSimulator({
      world: { ownAssets: 1, ownPeople: 1, partners: 1, peoplePerPartner: 1 },
    })
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'testing/process.ts'),
        JSON.stringify({ executable, address: sim.pagesUrl }),
      ],
      { env: { ...process.env, TMPDIR: folder } },
    )
    await new Promise<void>((done) => child.stdout.on('data', () => done()))
    const [profile = ''] = readdirSync(folder)
    expect(readdirSync(folder)).toHaveLength(1)
    expect(await clearProfiles(folder)).toEqual([])
    const owner = JSON.parse(readFileSync(join(folder, profile, 'guestlist-owner.json'), 'utf8')) as object
    const others = {
      // Another program's, one of a process that runs, one of another container that is new, and what is called otherwise.
      'playwright_chromiumdev_profile-other': null,
      'playwright_chromiumdev_profile-lives': { ...owner, pid: process.pid, started: startedAs(process.pid) },
      'playwright_chromiumdev_profile-space': { ...owner, space: 'pid:[1]' },
      'kept-for-good': { ...owner, boot: 'another' },
    }
    for (const [name, of] of Object.entries(others)) {
      mkdirSync(join(folder, name))
      if (of !== null) writeFileSync(join(folder, name, 'guestlist-owner.json'), JSON.stringify(of))
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await clearProfiles(folder)).toEqual([profile])
    expect(readdirSync(folder).sort()).toEqual(Object.keys(others).sort())
    const old = join(folder, 'playwright_chromiumdev_profile-space', 'guestlist-owner.json')
    utimesSync(old, new Date(0), new Date(0))
    expect(await clearProfiles(folder)).toEqual(['playwright_chromiumdev_profile-space'])
    await sim.stop()
  },
)

test.skipIf(!possible)(
  'the profile of a process that was killed while its browser started goes, too: it stayed for good',
  { timeout: 60_000 },
  async () => {
    const slow = join(folder, 'slow.sh')
    writeFileSync(slow, `#!/bin/sh\nsleep 5\nexec ${executable ?? ''} "$@"\n`, { mode: 0o700 })
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'testing/process.ts'),
        JSON.stringify({ executable: slow, address: 'http://localhost' }),
      ],
      { env: { ...process.env, TMPDIR: folder } },
    )
    const left = () => readdirSync(folder).filter((name) => name.startsWith('playwright'))
    await expect.poll(() => browsersOf(child.pid), { timeout: 30_000 }).toHaveLength(1)
    const [browser = 0] = browsersOf(child.pid)
    await new Promise((go) => setTimeout(go, 500))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(left()).toHaveLength(1)
    await expect.poll(() => alive(browser), { timeout: 30_000 }).toBe(false)
    expect(await clearProfiles(folder)).toHaveLength(1)
    expect(left()).toEqual([])
  },
)

const startedAs = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? ''
