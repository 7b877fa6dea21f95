// Whose a data folder is. What another user wrote into it, as root does by hand, the program could not read afterwards: a new master key,
// a folder for backups.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files that the program's user has made on the first start, whichever database it uses. */
const made = ['postgres-passwords.json', 'auth-secret', join('keys', 'master-key.json')]
/** Who stands for everybody on some network disks. */
const NOBODY = 65_534

/** What is wrong with working on this folder as the present user, and what to do; null where nothing is. */
export function strangerTo(dataDir: string): string | null {
  const me = process.getuid?.()
  if (me === undefined) return null
  const owner = ownerOf(dataDir)
  if (owner === null || owner === me || owner === NOBODY) return null
  const name = nameOf(owner)
  const words = process.argv.slice(2).join(' ')
  return (
    `The data folder ${dataDir} belongs to the user ${name}: run this as that user. As root: ` +
    `runuser -u ${name} -- env GUESTLIST_DATA_DIR=${dataDir} node scripts/run.mjs src/main.ts ${words}`
  )
}

/** Null where nothing was made in it yet. A folder that may not be looked into is judged itself. */
function ownerOf(dataDir: string): number | null {
  for (const name of made) {
    try {
      return statSync(join(dataDir, name)).uid
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES') return statSync(dataDir, { throwIfNoEntry: false })?.uid ?? null
    }
  }
  return null
}

function nameOf(uid: number): string {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    const found = lines.map((line) => line.split(':')).find((fields) => fields[2] === String(uid))
    return found?.[0] ?? String(uid)
  } catch {
    return String(uid)
  }
}
