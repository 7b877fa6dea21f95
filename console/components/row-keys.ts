// Which element stands for which row while a long list is scrolled. A jump brings other rows altogether: their elements are those of the rows
// that went, since making some hundred of them takes longer than a frame. Where rows stay in sight every element stays what it is: moving one
// in the document would take the focus from it.

interface Drawn {
  /** In their order. */
  rows: readonly number[]
  keys: readonly number[]
}

/** Keys of the rows that are drawn now; each row that was drawn before keeps its own. */
export function keysAfter(before: Drawn, rows: readonly number[]): Drawn {
  const known = new Map(before.rows.map((row, at) => [row, before.keys[at]]))
  const stay = rows.filter((row) => known.has(row))
  // The row that has the keyboard stays drawn wherever it is: before all others, or after them.
  const [one] = stay
  const place = (list: readonly number[]) => (list[0] === one ? 'first' : list.at(-1) === one ? 'last' : null)
  const isJump =
    one === undefined || (stay.length === 1 && place(rows) !== null && place(rows) === place(before.rows))
  const free = isJump ? before.keys.filter((_, at) => before.rows[at] !== one) : []
  let next = Math.max(-1, ...before.keys) + 1
  return { rows, keys: rows.map((row) => known.get(row) ?? free.shift() ?? next++) }
}

/** Remembers them from one drawing to the next. */
export class RowKeys {
  private drawn: Drawn = { rows: [], keys: [] }

  of(rows: readonly number[]): readonly number[] {
    this.drawn = keysAfter(this.drawn, rows)
    return this.drawn.keys
  }
}
