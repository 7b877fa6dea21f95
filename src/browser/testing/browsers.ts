// Which browsers of ours run below a process, and whether a process lives, as Linux tells it.
import { readFileSync } from 'node:fs'
import { processes, runs } from '../processes.ts'

/** Chromium's main processes below a process. */
export function browsersOf(parent: number | undefined): number[] {
  return processes()
    .filter((one) => one.parent === parent && runs(one.pid, '--guestlist-session='))
    .map(({ pid }) => pid)
}

/** False of a process that nobody has collected yet, too. */
export function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
