// The process, or its Chromium, killed in the middle of work on pages: the job ends complete, nothing was done twice, no browser is left.
// `npm run faults -- pages` plays every page and every step of both jobs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../e2e/harness.ts'
import { testDb } from '../store/testing/test-db.ts'
import { openGround } from './testing/pages-kill.ts'
import type { Ground, Kill } from './testing/pages-kill.ts'

const chromium = findChromium()
const possible = chromium !== null && process.platform === 'linux'
const t = await testDb()
let ground: Ground

beforeAll(async () => {
  if (chromium !== null && possible) ground = await openGround(t, chromium)
}, 240_000)
afterAll(async () => {
  if (possible) await ground.close()
})

const kills: Kill[] = [
  { job: 'approve', victim: 'process', moment: { at: 'press' } },
  { job: 'approve', victim: 'browser', moment: { at: 'press' } },
  { job: 'approve', victim: 'process', moment: { at: 'step', step: 'known' } },
  { job: 'read', victim: 'process', moment: { at: 'page', page: 25 } },
  { job: 'read', victim: 'browser', moment: { at: 'page', page: 7 } },
  { job: 'read', victim: 'process', moment: { at: 'step', step: 'pages 2' } },
]

describe.skipIf(!possible)('killed while it works on pages', () => {
  test.each(kills)('$job: the $victim at $moment', { timeout: 240_000 }, async (kill) => {
    expect(await ground.play(kill)).toEqual([])
  })
})
