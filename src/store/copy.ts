// PostgreSQL's COPY over a connection of ours, in its text form: the fastest way to carry whole tables out and in. The driver leaves COPY
// to those who write a query of their own, which this is.
import { once } from 'node:events'
import type { Duplex, Writable } from 'node:stream'
import type pg from 'pg'

/** What the driver gives a query of its own to speak through. */
interface Wire {
  stream: Duplex
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  sendCopyFail(reason: string): void
  endCopyFrom(): void
}

/** Rows are gathered to pieces of this many bytes before they go on. */
const PIECE = 64 * 1024

abstract class Copy {
  readonly done: Promise<void>
  protected over = false
  private settle: { resolve: () => void; reject: (error: Error) => void } | undefined
  private readonly text: string

  constructor(text: string) {
    this.text = text
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }))
    // Whoever awaits it hears of it; before that it must not end the process.
    this.done.catch(() => undefined)
  }

  submit(wire: Wire): void {
    wire.query(this.text)
  }

  handleError(error: Error): void {
    this.over = true
    this.settle?.reject(error)
  }

  handleReadyForQuery(): void {
    this.over = true
    this.settle?.resolve()
  }

  handleCommandComplete(): void {
    // The count that it tells is counted here already.
  }
}

class CopyOut extends Copy {
  rows = 0
  private pieces: Buffer[] = []
  private size = 0
  private readonly sink: Writable

  constructor(text: string, sink: Writable) {
    super(text)
    this.sink = sink
  }

  /** One message is one row. Its bytes lie in the driver's own buffer, so that they are copied here. */
  handleCopyData({ chunk }: { chunk: Buffer }, wire: Wire): void {
    this.rows += 1
    this.pieces.push(Buffer.from(chunk))
    this.size += chunk.length
    if (this.size < PIECE || this.flush()) return
    wire.stream.pause()
    this.sink.once('drain', () => wire.stream.resume())
  }

  /** False where the sink wants a pause. */
  flush(): boolean {
    const piece = Buffer.concat(this.pieces)
    this.pieces = []
    this.size = 0
    return piece.length === 0 || this.sink.write(piece)
  }
}

/** Writes the rows of a query, a line each, and returns how many. Throws where the database refuses. */
export async function copyOut(client: pg.Client, query: string, sink: Writable): Promise<number> {
  const copy = new CopyOut(`copy (${query}) to stdout`, sink)
  client.query(copy as unknown as pg.Submittable)
  await copy.done
  if (!copy.flush()) await once(sink, 'drain')
  return copy.rows
}

class CopyIn extends Copy {
  private readonly rows: AsyncIterable<Buffer>

  constructor(text: string, rows: AsyncIterable<Buffer>) {
    super(text)
    this.rows = rows
  }

  handleCopyInResponse(wire: Wire): void {
    this.send(wire).then(
      () => wire.endCopyFrom(),
      (error: unknown) => wire.sendCopyFail(error instanceof Error ? error.message : String(error)),
    )
  }

  private async send(wire: Wire): Promise<void> {
    for await (const piece of this.rows) {
      if (this.over) return
      wire.sendCopyFromChunk(piece)
      if (wire.stream.writableNeedDrain) await Promise.race([once(wire.stream, 'drain'), this.done])
    }
  }
}

/** Reads lines, in pieces of any size, into a table. Throws where the database refuses, or where the lines do. */
export async function copyIn(client: pg.Client, target: string, rows: AsyncIterable<Buffer>): Promise<void> {
  const copy = new CopyIn(`copy ${target} from stdin`, rows)
  client.query(copy as unknown as pg.Submittable)
  await copy.done
}
