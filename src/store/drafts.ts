// What first starts that were killed have left in a data folder: clusters that were being made, as large as an empty database each, and files with
// the password that was to be theirs.
import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const DRAFT = /^\.new-\d+-[0-9a-f]{8}(\.password)?$/
/** A cluster is made in seconds, wherever its maker runs. */
const DEAD_MS = 10 * 60_000

/** A name in the data folder for a cluster that is being made; its password lies beside it. */
export function draftIn(dataDir: string): { draft: string; passwordFile: string } {
  const draft = join(dataDir, `.new-${process.pid}-${randomBytes(4).toString('hex')}`)
  return { draft, passwordFile: `${draft}.password` }
}

/** Removes those whose maker is certainly gone. */
export async function clearDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!DRAFT.test(name)) continue
    const path = join(dataDir, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > DEAD_MS)
      await rm(path, { recursive: true, force: true })
  }
}
