// One answer that looks good and tells less than the truth, once, at any place of a check: nothing that is still true may end, narrow or go blank
// by it, nothing that it made up may stay, and the next check holds the truth. All lies in many worlds: `npm run faults -- lies`.
import { describe, expect, test } from 'vitest'
import { testDb } from '../../src/store/testing/test-db.ts'
import { lies, narrower } from './lies.ts'
import type { Lie } from './lies.ts'
import { playLie } from './lying.ts'

const t = await testDb()
const first = Number(process.env.GUESTLIST_WORLD ?? 5_001)
const strongest = [
  'somebody has fewer rights',
  'nobody has rights',
  'a member of a group has no rights',
  'what is permitted is left out',
  'a share waits again',
  'every role falls',
  'an e-mail is null',
  'a name is null',
  'a fact of an asset is left out',
]

describe.concurrent('an answer that lies', () => {
  const played: [string, Lie | undefined][] = [
    ...Object.entries(lies),
    ...strongest.map((name): [string, Lie | undefined] => [name, narrower[name]]),
  ]
  test.each(played.map(([name, lie], kind) => ({ name, lie, seed: first + 100 * kind })))(
    '$name (from world $seed on)',
    async ({ lie, seed }) => {
      expect(lie && (await playLie(t, seed, lie))).toEqual([])
    },
  )
})
