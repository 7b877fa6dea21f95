// How places are given out: no more than there are, fairly, and never lost.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limiter } from './work.ts'

/** Functions that run until they are told to end, by the order in which they began. */
function runs(through: ReturnType<typeof limiter>) {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const begin = (who: string, name: string, takes?: number) =>
    through(
      who,
      async () => {
        started.push(name)
        await new Promise<void>((end) => ends.set(name, end))
        if (name.endsWith('broken')) throw new Error(name)
      },
      takes,
    ).catch(() => undefined)
  const settle = () => new Promise((done) => setImmediate(done))
  const end = async (name: string) => {
    ends.get(name)?.()
    ends.delete(name)
    await settle()
  }
  return { started, ends, begin, end, settle }
}

test('lets as many through as it has places, in order, and gives a place back after a failure', async () => {
  const { started, begin, end, settle } = runs(limiter(2))
  for (const name of ['1 broken', '2', '3', '4']) void begin('one', name)
  await settle()
  expect(started).toEqual(['1 broken', '2'])
  await end('1 broken')
  expect(started).toEqual(['1 broken', '2', '3'])
  await end('2')
  expect(started).toEqual(['1 broken', '2', '3', '4'])
})

test('who has two hundred reads to do does not keep out who has one', async () => {
  const { started, begin, settle } = runs(limiter(8, 2))
  for (let n = 0; n < 200; n++) void begin('large', `large ${n}`)
  await settle()
  expect(started).toHaveLength(6)
  void begin('small', 'small')
  void begin('another', 'another')
  await settle()
  expect(started.slice(6)).toEqual(['small', 'another'])
})

test('who takes several places leaves fewer to others, and who takes more than there are is alone', async () => {
  const { started, begin, end, settle } = runs(limiter(8, 2))
  for (const [name, takes] of Object.entries({ a3: 3, b3: 3, c2: 2, d1: 1, e1: 1 }))
    void begin('one', name, takes)
  await settle()
  expect(started).toEqual(['a3', 'b3'])
  void begin('another', 'x1')
  await end('a3')
  expect(started).toEqual(['a3', 'b3', 'x1', 'c2'])
  await end('x1')
  expect(started.slice(4)).toEqual(['d1'])
  for (const name of ['b3', 'c2', 'd1']) await end(name)
  expect(started.slice(5)).toEqual(['e1'])
  void begin('one', 'all', 20)
  await end('e1')
  expect(started.at(-1)).toBe('all')
})

test('a place that becomes free goes to who holds the fewest', async () => {
  const { started, begin, end, settle } = runs(limiter(3))
  for (const name of ['a1', 'a2', 'a3', 'a4']) void begin('a', name)
  void begin('b', 'b1')
  await settle()
  await end('a1')
  expect(started).toEqual(['a1', 'a2', 'a3', 'b1'])
  await end('a2')
  expect(started.at(-1)).toBe('a4')
})

test('whatever comes and ends in whatever order: never too many at once, and everything runs', async () => {
  const script = fc.array(
    fc.record({
      who: fc.constantFrom('a', 'b', 'c', 'd'),
      takes: fc.integer({ min: 0, max: 8 }),
      endsFirst: fc.boolean(),
      broken: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(
      script,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 3 }),
      async (all, places, spare) => {
        const { started, ends, begin, end, settle } = runs(limiter(places, Math.min(spare, places - 1)))
        const running = all.map(({ who, takes, broken }, n) =>
          begin(who, `${n}${broken ? ' broken' : ''}`, takes),
        )
        await settle()
        for (const { endsFirst } of all) {
          const taken = [...ends.keys()].map((name) => all[Number.parseInt(name)]?.takes ?? 0)
          const most = places - Math.min(spare, places - 1)
          const sum = taken.reduce((total, takes) => total + Math.max(1, Math.min(takes, most)), 0)
          expect(sum).toBeLessThanOrEqual(places)
          const names = [...ends.keys()]
          const next = endsFirst ? names[0] : names.at(-1)
          if (next !== undefined) await end(next)
        }
        await Promise.all(running)
        expect(started).toHaveLength(all.length)
      },
    ),
    { numRuns: 100 },
  )
})
