// Exports must hold every text exactly and run none of it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csv, csvCell } from './csv.ts'

/** Reads CSV back (RFC 4180). */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /"((?:[^"]|"")*)"(,|\r\n)|([^",\r\n]*)(,|\r\n)/gy
  for (
    let match = cell.exec(text);
    match !== null && cell.lastIndex <= text.length;
    match = cell.exec(text)
  ) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[3] ?? '')
    if ((match[2] ?? match[4]) === '\r\n') {
      rows.push(row)
      row = []
    }
    if (cell.lastIndex === text.length) break
  }
  return rows
}

const dangerous = [
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  '＝',
  '＋',
  '－',
  '＠',
  '|',
  ' =',
  '\u200b=',
  '\ufeff@',
]
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.constantFrom(...dangerous), fc.string()).map(([start, rest]) => start + rest),
  fc.constantFrom("=cmd|' /C calc'!A0", '@SUM(1)', '-2+3', '"=1"', "'=1", 'a,b', 'a\r\nb', '""'),
)

test('Whatever the text, it comes back as it was, and no cell begins like a formula', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 5 }), async (rows) => {
      const columns = [0, 1].map((n) => ({
        head: `h${String(n)}`,
        of: (row: [string, string]) => row[n] ?? null,
      }))
      async function* portions(): AsyncIterable<[string, string][]> {
        yield await Promise.resolve(rows)
      }
      let whole = ''
      for await (const line of csv('x', columns, portions()).lines) whole += line
      const read = parse(whole.slice(1)).slice(1)
      expect(read.length).toBe(rows.length)
      read.forEach((cells, index) => {
        cells.forEach((cell, column) => {
          const value = rows[index]?.[column] ?? ''
          expect([value, `'${value}`]).toContain(cell)
          expect(cell).not.toMatch(/^[=+\-@\t\r\n|＝＋－＠]/)
          expect(cell.replaceAll(/[\s\u0000\u200b\ufeff]/g, '')).not.toMatch(/^[=+\-@＝＋－＠]/)
        })
      })
    }),
    { numRuns: 2_000 },
  )
}, 120_000)

/** What a reader of the file does: one apostrophe less in front of what would be a formula without apostrophes. */
function unmarked(cell: string): string {
  const bare = cell.replace(/^'+/, '')
  return bare !== cell && csvCell(bare) !== `"${bare.replaceAll('"', '""')}"` ? cell.slice(1) : cell
}

test('100,000 texts come back letter by letter, also those that have the apostrophe of an export already', () => {
  const apostrophes = fc.tuple(fc.nat(3), text).map(([count, rest]) => "'".repeat(count) + rest)
  fc.assert(
    fc.property(fc.array(apostrophes, { minLength: 20, maxLength: 20 }), (texts) => {
      for (const one of texts) {
        const [[cell = ''] = []] = parse(`${csvCell(one)}\r\n`)
        if (unmarked(cell) !== one) expect(unmarked(cell)).toBe(one)
      }
    }),
    { numRuns: 5_000 },
  )
}, 120_000)

test('Numbers, nothing and lists', () => {
  expect([csvCell(-5), csvCell(null), csvCell(true), csvCell(['direct', '=x']), csvCell('plain')]).toEqual([
    '-5',
    '',
    'true',
    '"direct; =x"',
    '"plain"',
  ])
})
