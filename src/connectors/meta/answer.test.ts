// Tolerant in form, strict in conclusion: what is taken from a page of Graph, and what is never taken for an empty list.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectorError } from '../../model/error.ts'
import { expandedPage, id, names, page, parseJson, plainList, reference, requiredId, text } from './answer.ts'
import { startOf, stepOn } from './queries.ts'

const after = (next: unknown, cursors: unknown = {}) =>
  page({ data: [], paging: { next, cursors } as never }, 'x').next

describe('a page', () => {
  it('ends where there is no next, whatever the cursors say', () => {
    expect(page({ data: [], paging: { cursors: { after: 'A' } } }, 'x').next).toBeNull()
    expect(page({ data: [{ id: '1' }] }, 'x')).toEqual({ rows: [{ id: '1' }], next: null, total: null })
  })

  it('is counted as a number or as a text of digits, and as nothing else', () => {
    const total = (total_count: unknown) => page({ data: [], summary: { total_count } as never }, 'x').total
    expect([total(7), total('7'), total(0), total('0')]).toEqual([7, 7, 0, 0])
    expect([total('many'), total(''), total(null), total('-1'), total({})]).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  it('takes from next its cursor alone, from any host', () => {
    expect(after('https://evil.example/v1/1/x?access_token=EAAX&after=C%3D%3D&limit=5')).toEqual({
      after: 'C==',
    })
    expect(after('https://graph.example/1/x?access_token=EAAX', { after: 'B' })).toEqual({ after: 'B' })
    // A plus sign that was not escaped became a space, and the list could never be read to its end.
    expect(after('https://graph.example/1/x?after=a+b/c==')).toEqual({ after: 'a+b/c==' })
    expect(after('https://graph.example/1/x?after=a%2Bb')).toEqual({ after: 'a+b' })
    expect(
      after(
        'https://g.example/x?access_token=E&appsecret_proof=p&fields=id&limit=5&offset=25&__paging_token=t',
      ),
    ).toEqual({
      offset: '25',
      __paging_token: 't',
    })
  })

  it('with a next that leads nowhere fails', () => {
    expect(() => after('https://g.example/x?access_token=E&limit=5')).toThrow(ConnectorError)
    expect(() => after('next_url')).toThrow(ConnectorError)
  })

  it.each([[{}], [{ data: null }], [{ data: {} }], [{ data: [null] }], [[]], [null], ['text']])(
    'is never empty because it is broken: %j',
    (body) => {
      expect(() => page(body as never, 'x')).toThrow(ConnectorError)
    },
  )

  it('that was expanded is left out where it is empty', () => {
    expect(expandedPage({ id: '1' }, 'assigned_users', 'x').rows).toEqual([])
    expect(() => expandedPage({ assigned_users: null }, 'assigned_users', 'x')).toThrow(ConnectorError)
    expect(expandedPage({ id: '1', assigned_users: [{ id: '2' }] }, 'assigned_users', 'x').rows).toEqual([
      { id: '2' },
    ])
    expect(() => expandedPage({ assigned_users: { paging: {} } }, 'assigned_users', 'x')).toThrow(
      ConnectorError,
    )
  })
})

describe('a walk', () => {
  it('notices a circle of any length and a list without an end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 12 }), (length, lead) => {
        let walk = startOf(10)
        const step = (n: number) =>
          (walk = stepOn(walk, { after: `c${n < lead ? n : lead + ((n - lead) % length)}` }, [], 'x'))
        expect(() => {
          for (let n = 0; n <= lead + length; n++) step(n)
        }).toThrow('same page')
      }),
    )
  })

  it.each([
    ['full pages', 12, 500, 'does not end'],
    ['pages of one row each, which may be many', 1, 1_900, 'does not end'],
    ['pages without a row', 0, 49, 'without telling anything new'],
  ])('ends a list that has no end: %s', (_name, size, pages, why) => {
    let walk = startOf(10)
    const rows = (n: number) => Array.from({ length: size }, (_, i) => ({ id: `${n * size + i}` }))
    expect(() => {
      for (let n = 0; n < 2_000; n++) walk = stepOn(walk, { after: `c${n}` }, rows(n), 'x')
    }).toThrow(why)
    expect(walk.seen).toHaveLength(pages)
  })

  it('ends a list that tells the same rows for ever with ever new cursors', () => {
    let walk = startOf(10)
    expect(() => {
      for (let n = 0; n < 100; n++) walk = stepOn(walk, { after: `c${n}` }, [{ id: '1' }], 'x')
    }).toThrow('without telling anything new')
    expect(walk.seen.length).toBeLessThan(60)
  })
})

describe('values', () => {
  it('are taken as text or number, and ids only in their form', () => {
    expect([
      id(12),
      id('12'),
      id('act_12'),
      id(''),
      id(-1),
      id(1.5),
      id({}),
      id('a b'),
      id(undefined),
    ]).toEqual(['12', '12', 'act_12', null, null, null, null, null, null])
    expect(() => requiredId({ name: 'x' }, 'rows')).toThrow(ConnectorError)
    expect(reference('5')).toEqual({ id: '5', name: null })
    expect(reference({ id: 5, name: 'N' })).toEqual({ id: '5', name: 'N' })
    expect(names(['B', 'A', 'B', 3])).toEqual(['3', 'A', 'B'])
    // What cannot be a word may stand for one that is lost.
    for (const odd of [null, {}, true, ['A']]) expect(() => names(['B', odd])).toThrow(ConnectorError)
    for (const form of ['B,A', 'B, A', '["B","A"]', { data: ['B', 'A'] }, { 0: 'B', 1: 'A' }])
      expect(names(form), JSON.stringify(form)).toEqual(['A', 'B'])
    expect([names(undefined), names(null), names('[]'), names([])]).toEqual([[], [], [], []])
    // One list stands for all that came alike, so nobody may change it.
    expect(names(['B', 'A'])).toBe(names(['B', 'A']))
    expect(() => names(['B', 'A']).push('C')).toThrow(TypeError)
    const many = Array.from({ length: 3_000 }, (_, n) => `T${n}`)
    for (const one of many) names([one])
    expect([names(many), names(['B', 'A'])]).toEqual([many.toSorted(), ['A', 'B']])
    // An empty text may stand for words that are lost: a share, or somebody's rights in a group, was told as one without rights.
    for (const form of [true, 7, { MANAGE: true }, '', ' ', ','])
      expect(() => names(form)).toThrow(ConnectorError)
    expect(plainList({ data: [{ id: '1' }] }, 'x')).toEqual([{ id: '1' }])
    expect(() => plainList('x', 'x')).toThrow(ConnectorError)
    expect(() => plainList({ data: [{ id: '1' }], paging: { next: 'http://x' } }, 'x')).toThrow('goes on')
  })

  it('of hostile text can be stored', () => {
    expect(text('a\u0000b\ud800')).toBe('ab\ufffd')
    expect([text('  '), text(''), text(null), text(undefined)]).toEqual([null, null, null, null])
  })

  it('survive parsing whatever their digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 19n }), (n) => {
        const parsed = parseJson(`{"data":[{"id":${n}}]}`) as { data: { id: string | number }[] }
        expect(String(parsed.data[0]?.id)).toBe(String(n))
      }),
    )
  })
})
