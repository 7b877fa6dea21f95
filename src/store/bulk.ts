// Many rows in one statement: as JSON that PostgreSQL unfolds, in pieces that it can plan and hold.

/** Rows: they are held as objects, as a text and twice as bytes while they are sent. */
const PIECE = 2_000

/** Cuts rows into pieces and waits for each. */
export async function inPieces<T>(
  rows: readonly T[],
  fn: (piece: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += PIECE) await fn(rows.slice(at, at + PIECE))
}

/**
 * Rows as JSON for jsonb_to_recordset. jsonb takes neither NUL nor half of a surrogate pair, and names from outside may hold both: NUL
 * is left out, a lone half becomes U+FFFD.
 */
export function asJson(rows: readonly unknown[]): string {
  const text = JSON.stringify(rows)
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value,
  )
}
