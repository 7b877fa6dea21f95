// Whether the master key that is here opens everything that was sealed: asked after a restore and by the doctor, who print only counts.
import type { Redacted } from '../model/redacted.ts'
import { across, read } from './db.ts'
import type { Db } from './db.ts'

/** Opens what it sealed; the vault is one. */
interface Opener {
  open(sealed: Buffer, boundTo: string): Redacted
}

export interface SealedValues {
  opened: number
  /** Those that do not open: the row, and the version of the key that it asks for. */
  closed: { row: string; keyVersion: number }[]
  /** Version of the master key → how many values it sealed. */
  versions: Record<number, number>
}

/** Opens every credential and every head of the activity log once, and keeps none of the texts. */
export async function sealedValues(db: Db, vault: Opener): Promise<SealedValues> {
  const workspaces = await across(db, (tx) => tx.selectFrom('workspaces').select('id').execute())
  const found: SealedValues = { opened: 0, closed: [], versions: {} }
  for (const { id } of workspaces) {
    const rows = await read(db, id, async (tx) => [
      ...(await tx.selectFrom('credentials').select(['id', 'sealed', 'keyVersion']).execute()).map((row) => ({
        ...row,
        place: `credentials/${row.id}`,
      })),
      ...(await tx.selectFrom('auditHeads').select(['sealed', 'keyVersion']).execute()).map((row) => ({
        ...row,
        place: `audit-heads/${id}`,
      })),
    ])
    for (const { sealed, keyVersion, place } of rows) {
      found.versions[keyVersion] = (found.versions[keyVersion] ?? 0) + 1
      if (opens(vault, sealed, place)) found.opened += 1
      else found.closed.push({ row: place, keyVersion })
    }
  }
  return found
}

function opens(vault: Opener, sealed: Buffer, place: string): boolean {
  try {
    vault.open(sealed, place)
    return true
  } catch {
    return false
  }
}

/** True where anything was ever sealed: then a missing master key is a loss, not a first start. */
export async function holdsSealedValues(db: Db): Promise<boolean> {
  const workspaces = await across(db, (tx) => tx.selectFrom('workspaces').select('id').execute())
  for (const { id } of workspaces) {
    const one = await read(
      db,
      id,
      async (tx) =>
        (await tx.selectFrom('credentials').select('id').limit(1).executeTakeFirst()) ??
        (await tx.selectFrom('auditHeads').select('seq').executeTakeFirst()),
    )
    if (one !== undefined) return true
  }
  return false
}
