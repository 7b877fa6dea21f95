// Which processes run, and which of them another one started, by Linux's /proc; nobody where there is none.
import { existsSync, readFileSync, readdirSync } from 'node:fs'

export interface Running {
  pid: number
  parent: number
}

export function processes(): Running[] {
  if (!existsSync('/proc/self/stat')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }]
      } catch {
        return []
      }
    })
}

/** These and all below them. By their parents: what a process tells of its children are those of its first thread alone. */
export function familyOf(pids: readonly number[], all: readonly Running[] = processes()): number[] {
  const family = [...pids]
  for (const pid of family) family.push(...all.filter(({ parent }) => parent === pid).map((one) => one.pid))
  return family
}

/** True where the command line of a process holds a text; false where it has ended. */
export function runs(pid: number, text: string): boolean {
  return commandOf(pid).includes(text)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** What a process was started with as `--<name>=`; null where it was not, or has ended. */
export function optionOf(pid: number, name: string): string | null {
  const start = `--${name}=`
  const words = commandOf(pid).split('\0')
  return words.find((word) => word.startsWith(start))?.slice(start.length) ?? null
}

/** True where a process runs whose command line holds a text. */
export function isRunWith(text: string): boolean {
  return processes().some(({ pid }) => runs(pid, text))
}

/** When a process began, in ticks since the machine did; null where it has ended, also where nobody has collected it yet. */
export function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? null : (rest[18] ?? null)
  } catch {
    return null
  }
}

/** Memory that a process has to itself, and its share of what it shares (PSS), in MiB; 0 where it has ended. */
export function held(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
