// In every test run: twenty-six troubles of work on pages, one of each kind and more. `npm run faults -- browser` plays 250.
import { afterAll, describe, expect, it } from 'vitest'
import { findChromium } from '../e2e/harness.ts'
import { openFaultGround } from '../src/jobs/testing/pages-faults.ts'
import { testDb } from '../src/store/testing/test-db.ts'
import { browserFamily } from './browser.ts'

const chromium = findChromium()
const t = await testDb()
const ground = chromium === null || process.platform !== 'linux' ? null : await openFaultGround(t, chromium)
afterAll(() => ground?.close())

describe.skipIf(ground === null)('work on pages while something goes wrong', () => {
  const { cases, planted } = ground === null ? { cases: [], planted: [] } : browserFamily(ground, 1, 26)
  it.each(cases)('$name', { timeout: 150_000 }, async ({ run }) => expect(await run()).toEqual([]))
  it.each(planted)('a planted mistake is found: $name', { timeout: 150_000 }, async ({ run }) =>
    expect(await run()).not.toEqual([]),
  )
})
