// A write that several processes set out to do, and one of them does.
import type { Actor } from '../model/audit.ts'
import { write } from '../store/db.ts'
import type { Db } from '../store/db.ts'

/** Thrown inside such a write by whoever finds it done: a transaction that records nothing in the activity log must not be committed. */
export class DoneByAnother extends Error {}

/** A write of the product; false, and nothing written, where it throws DoneByAnother. */
export async function writeFirst(
  db: Db,
  who: { workspaceId: string; actor: Actor },
  fn: Parameters<typeof write<void>>[2],
): Promise<boolean> {
  try {
    await write(db, who, fn)
    return true
  } catch (error) {
    if (error instanceof DoneByAnother) return false
    throw error
  }
}
