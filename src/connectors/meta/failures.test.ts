// Every error that Meta is known to give has a kind, a sentence and a fix of its own; one that nobody knows is told by its number.
import { expect, test } from 'vitest'
import { errorIn } from './failures.ts'

const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
/** Code and subcode, as Meta's reference and recorded answers have them, and the kind that a run has to act on. */
const table: [kind: string, errors: (readonly [number, number?])[]][] = [
  ['transient', [[1], [1, 99], [2]]],
  [
    'limited',
    [[4], [4, 1504022], [17], [17, 2446079], [32], [341], [368], [613], [613, 1996], [613, 5044001]],
  ],
  [
    'limited',
    [
      [80000, 2446079],
      [80003, 2446079],
      [80004, 2446079],
    ],
  ],
  ['limited', [80001, 80002, 80005, 80006, 80008, 80009, 80014].map((code) => [code])],
  ['denied', [[3], [10], [415], [2620], [104001]]],
  ['denied', codes(200, 299).map((code) => [code])],
  ['denied', codes(3910, 3998).map((code) => [code])],
  ['gone', [[100, 33], [803]]],
  ['changed', [[100], [100, 1752100], [2500]]],
  ['auth', [[102], [104], [190], [452], [457]]],
  ['auth', [458, 459, 460, 463, 464, 466, 467, 492].map((subcode) => [190, subcode])],
]

const errorOf = (code: number, subcode?: number, message = 'A <b>token</b> EAAsecret') => {
  const body = { error: { message, type: 'OAuthException', code, error_subcode: subcode, fbtrace_id: 'Hx1' } }
  const error = errorIn(JSON.parse(JSON.stringify(body)), 400)
  if (error === null) throw new Error(`${code} is no error`)
  return error.failure
}

const rows = table.flatMap(([kind, errors]) => errors.map(([code, subcode]) => ({ kind, code, subcode })))

test.each(rows)('$code/$subcode is $kind, with a sentence and a fix', ({ kind, code, subcode }) => {
  const failure = errorOf(code, subcode)
  expect(failure.kind).toBe(kind)
  expect(failure.code).toBe(subcode === undefined ? String(code) : `${code}/${subcode}`)
  expect(failure.sentence).toMatch(/^[A-Z].{15,}\.$/)
  expect(failure.fix).toMatch(/^[A-Z].{15,}\.$/)
  // Known: not the sentence of a code that nobody knows. Meta's own words are not repeated.
  expect(failure.sentence).not.toContain('not known here')
  expect(JSON.stringify(failure)).not.toMatch(/EAAsecret|<b>/)
})

// A proxy that gives the app secret back where a trace stands had it stored with the task, and shown.
test.each([
  ['AbC-1_dEfGhIjKlMnOpQrS9', 'AbC-1_dEfGhIjKlMnOpQrS9'],
  ['0123456789abcdef0123456789abcdef', null],
  [`EAAB${'x'.repeat(200)}`, null],
  [7, null],
])('the trace %s is kept as %s', (fbtrace_id, trace) => {
  expect(errorIn({ error: { message: 'No', code: 190, fbtrace_id } }, 400)?.failure.trace).toBe(trace)
})

test('why a token is dead is told by its subcode', () => {
  const sentences = [458, 459, 460, 463, 464, 466, 467, 492].map((subcode) => errorOf(190, subcode).sentence)
  expect(new Set(sentences).size).toBe(sentences.length)
})

test.each([3914, 3919, 3936, 3944, 3949, 3965, 3962, 3979, 3980, 3994])(
  'the business manager’s %i says what it is',
  (code) => {
    const plain = errorOf(3911).sentence.replace('3911', String(code))
    expect(errorOf(code).sentence).not.toBe(plain)
  },
)

test('an ID of a person that belongs to no business says so', () => {
  expect(errorOf(100, 1752100).sentence).not.toBe(errorOf(100).sentence)
})

test('too much data is told apart from an unknown error, and a proof from a parameter', () => {
  expect(errorOf(1, undefined, 'Please reduce the amount of data').kind).toBe('too_much')
  for (const words of ['limit must be at most 50', 'Param limit must be less than or equal to 100'])
    expect(errorOf(100, undefined, `(#100) ${words}`).kind).toBe('too_much')
  const deep = '(#100) The After Cursor specified exceeds the max limit supported by this endpoint'
  for (const words of [deep, '(#100) Param limit must be a positive integer'])
    expect(errorOf(100, undefined, words).kind).toBe('changed')
  expect(errorOf(100, undefined, 'Invalid appsecret_proof provided in the API argument').kind).toBe('auth')
  expect(errorOf(100, undefined, '(#100) Missing permission').kind).toBe('denied')
})

test('a code that nobody knows is told by its number', () => {
  expect(errorOf(987_654)).toMatchObject({ kind: 'changed', code: '987654' })
  expect(errorOf(987_654).sentence).toContain('987654')
})
