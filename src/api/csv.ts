// Exports: one writer for every list, so that no export can forget that names from outside may be formulas.

export interface CsvColumn<Row> {
  head: string
  of(row: Row): string | number | boolean | null | readonly string[]
}

/** A file that is written while it is read: rows come in portions, so that no export is held in memory. */
export interface ExportAnswer {
  /** File name without its ending. */
  name: string
  lines: AsyncIterable<string>
}

// Spreadsheets run a cell that begins with one of these, quoted or not; the full-width forms count as well, and some programs
// skip blanks before they look. https://owasp.org/www-community/attacks/CSV_Injection
const live =
  /^[\s\u0000\u200B-\u200F\u2060\uFEFF]*[=+\-@\u2212\uFF1D\uFF0B\uFF0D\uFF20\uFE62\uFE63\uFE66\uFE6B|]|^[\t\r\n]/u

/** Nothing that begins with one of these is live: by far the most cells, told without the long look. */
const harmless = /^[0-9A-Za-z]/

/** A text that is live, or would be without the apostrophes in front of it. */
const marked = (text: string): boolean => !harmless.test(text) && live.test(text.replace(/^'+/, ''))

/**
 * One cell, always quoted. A text that a spreadsheet would run gets an apostrophe in front, inside the quotes; so does one that has such
 * apostrophes already, so that taking one away where a text is marked gives back exactly what was there.
 */
export function csvCell(value: string | number | boolean | null | readonly string[]): string {
  if (value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : value.join('; ')
  const safe = marked(text) ? `'${text}` : text
  return safe.includes('"') ? `"${safe.replaceAll('"', '""')}"` : `"${safe}"`
}

interface Seen {
  firstSeenAt: string
  lastConfirmedAt: string
  notConfirmedSince: string | null
}

/** When a thing was seen, at the end of an export's lines. */
export const seenColumns: CsvColumn<Seen>[] = [
  { head: 'First seen', of: (row) => row.firstSeenAt },
  { head: 'Last confirmed', of: (row) => row.lastConfirmedAt },
  { head: 'Not confirmed since', of: (row) => row.notConfirmedSince },
]

/** The answer of a `.csv` route: a header line, then one line per row, ended by CR LF (RFC 4180). */
export function csv<Row>(
  name: string,
  columns: readonly CsvColumn<Row>[],
  portions: AsyncIterable<Row[]>,
): ExportAnswer {
  async function* lines(): AsyncIterable<string> {
    yield `\uFEFF${columns.map((column) => csvCell(column.head)).join(',')}\r\n`
    for await (const rows of portions) {
      if (rows.length > 0) yield rows.map((row) => line(columns, row)).join('')
    }
  }
  return { name, lines: lines() }
}

function line<Row>(columns: readonly CsvColumn<Row>[], row: Row): string {
  return `${columns.map((column) => csvCell(column.of(row))).join(',')}\r\n`
}

/** The answer of a `.jsonl` route: one JSON object per line. */
export function jsonLines<Row extends object>(name: string, portions: AsyncIterable<Row[]>): ExportAnswer {
  async function* lines(): AsyncIterable<string> {
    for await (const rows of portions) {
      if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    }
  }
  return { name, lines: lines() }
}
