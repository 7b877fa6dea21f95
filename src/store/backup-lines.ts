// The lines of a backup, read in pieces: what the program wrote about it, and rows of its tables as the database gave them.
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'

/** The line that ends the rows of a table. */
export const END_OF_ROWS = '\\.'

/** A line of a backup: one of ours, or rows of a table in pieces of any size. */
type Line = { kind: 'ours'; text: string } | { kind: 'rows'; piece: Buffer }

const NEWLINE = 10

/** Reads a backup's lines; rows come in pieces of whole lines. `hash`: is given every byte but those of the last line of ours. */
export async function* backupLines(file: string, hash?: Hash): AsyncGenerator<Line> {
  const source = createReadStream(file)
  const gunzip = createGunzip()
  source.on('error', (error) => gunzip.destroy(error))
  let rest: Buffer = Buffer.alloc(0)
  let inRows = false
  for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const cut = inRows ? endOfPiece(rest) : rest.indexOf(NEWLINE) + 1
      if (cut === 0) break
      const piece = rest.subarray(0, cut)
      rest = rest.subarray(cut)
      if (inRows && !isMark(piece)) {
        hash?.update(piece)
        yield { kind: 'rows', piece }
        continue
      }
      const text = piece.subarray(0, -1).toString()
      inRows = text.startsWith('{"table"')
      if (!text.startsWith('{"end"')) hash?.update(piece)
      yield { kind: 'ours', text }
    }
  }
  if (rest.length > 0) throw new Error('The file ends in the middle of a line.')
}

const MARK = Buffer.from(`${END_OF_ROWS}\n`)

function isMark(piece: Buffer): boolean {
  return piece.length === MARK.length && piece.equals(MARK)
}

/** Where the whole lines end that may go on together: before the mark, after it where it comes first, or after the last line break. */
function endOfPiece(buffer: Buffer): number {
  if (buffer.subarray(0, MARK.length).equals(MARK)) return MARK.length
  const mark = buffer.indexOf(`\n${END_OF_ROWS}\n`)
  return mark === -1 ? buffer.lastIndexOf(NEWLINE) + 1 : mark + 1
}
