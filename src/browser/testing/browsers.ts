// Which browsers of ours run below a process, and whether a process lives, as Linux tells it.
import { readFileSync, readdirSync } from 'node:fs'

/** Chromium's main processes below a process. */
export function browsersOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const above = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        return (
          above === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--guestlist-session=')
        )
      } catch {
        return false
      }
    })
}

/** False of a process that nobody has collected yet, too. */
export function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
