// How a business is read.
import type { Context, Read, ReadResult } from '../connector.ts'

/** The first reads for a target. */
export function plan(_ctx: Context): Read[] {
  return []
}

/** Answers reads. */
export async function* read(_ctx: Context, _reads: Read[]): AsyncIterable<ReadResult> {
  // Comes with the readers.
}
