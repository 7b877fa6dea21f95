// Profile folders of browsers in the temporary folder. A browser that ends takes its own away; that of one whose process was killed stays, about a
// megabyte. So each is given a file that says whose it is, and a start takes away those whose process is gone. On Linux: where nothing tells which
// processes run nothing is written, and nothing taken away.
import { lstatSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunWith, optionOf, startOf } from './processes.ts'

/** As the browser's library names them. */
const NAME = /^playwright_chromiumdev_profile-\w+$/
const OWNER = 'guestlist-owner.json'
/** Longer than any piece of work in a browser takes. */
const LONGEST_MS = 60 * 60_000
/** A browser whose process was killed ends by itself, in a moment. */
const ENDING_MS = 10_000

/** Which process, among all that have run: numbers are given again, by another start of the machine and in another container. */
interface Owner {
  boot: string
  space: string
  pid: number
  started: string
}

function ownerHere(): Owner | null {
  try {
    return {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      space: readlinkSync('/proc/self/ns/pid'),
      pid: process.pid,
      started: startOf(process.pid) ?? '',
    }
  } catch {
    return null
  }
}

/** Says in the profile folder of a browser that it is this process's; true where it did. Where that cannot be written the work goes on. */
export function ownProfile(browser: number | undefined): boolean {
  const folder = browser === undefined ? null : optionOf(browser, 'user-data-dir')
  const owner = ownerHere()
  if (folder === null || owner === null || !NAME.test(basename(folder)) || dirname(folder) !== tmpdir())
    return false
  try {
    writeFileSync(join(folder, OWNER), JSON.stringify(owner), { mode: 0o600, flag: 'wx' })
    return true
  } catch {
    // It is taken away with its browser; left behind, it stays.
    return false
  }
}

/** Takes away what browsers of processes have left that are gone; gives the names. Another program's are nobody's business, though they look alike. */
export async function clearProfiles(folder = tmpdir()): Promise<string[]> {
  const here = ownerHere()
  if (here === null) return []
  const left = readdirSync(folder).filter((name) => NAME.test(name) && isLeft(join(folder, name), here))
  const until = performance.now() + ENDING_MS
  while (left.some((name) => isRunWith(join(folder, name))) && performance.now() < until) await sleep(100)
  const gone = left.filter((name) => !isRunWith(join(folder, name)))
  for (const name of gone) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 })
  return gone
}

function isLeft(path: string, here: Owner): boolean {
  try {
    const [profile, file] = [lstatSync(path), lstatSync(join(path, OWNER))]
    const me = process.getuid?.()
    if (!profile.isDirectory() || profile.uid !== me || !file.isFile() || file.uid !== me) return false
    const { boot, space, pid, started } = JSON.parse(readFileSync(join(path, OWNER), 'utf8')) as Owner
    if (boot !== here.boot) return true
    // The processes of another container cannot be seen from here.
    return space === here.space ? startOf(pid) !== started : Date.now() - file.mtimeMs > LONGEST_MS
  } catch {
    return false
  }
}
