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
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
  } catch {
    return false
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
