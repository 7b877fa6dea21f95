// An export in portions: all that matched at the beginning, in its order, and never more in memory than one portion ahead of the reader.
import { expect, test } from 'vitest'
import type { Tx } from '../store/db.ts'
import { inPortions } from './list.ts'

const noTx = undefined as unknown as Tx
const ids = Array.from({ length: 1_234 }, (_, n) => `id-${String(n)}`)

/** Portions of these ids, with what was read of them so far. */
function reading(matching: readonly string[], gone: ReadonlySet<string> = new Set()) {
  let reads = 0
  const portions = inPortions(
    async (fn) => {
      reads += 1
      return fn(noTx)
    },
    () => Promise.resolve(matching.join(',')),
    (_, some) =>
      Promise.resolve(some.toReversed().flatMap((id) => (gone.has(id) ? [] : { id, of: some.length }))),
  )
  return { portions, reads: () => reads }
}

test('every row comes once, in the order of the ids; one that went in between is left out', async () => {
  const rows: string[] = []
  for await (const portion of reading(ids, new Set(['id-7', 'id-1233'])).portions)
    rows.push(...portion.map(({ id }) => id))
  expect(rows).toEqual(ids.filter((id) => id !== 'id-7' && id !== 'id-1233'))
})

test('nothing matches: nothing is asked but that', async () => {
  const { portions, reads } = reading([])
  expect(await portions[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
  expect(reads()).toBe(1)
})

test('nothing is read before it is asked for, and then one portion ahead of the reader', async () => {
  const { portions, reads } = reading(ids)
  const iterator = portions[Symbol.asyncIterator]()
  expect(reads()).toBe(0)
  await iterator.next()
  await new Promise((go) => setTimeout(go, 20))
  // The ids, this portion and the next.
  expect(reads()).toBe(3)
  await iterator.return?.()
  expect(reads()).toBe(3)
})
