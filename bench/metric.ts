// One line of JSON per metric: what is measured, its anchor, ours, and the ratio, so that runs can be laid side by side.
import { cpus, totalmem } from 'node:os'
import { readFileSync } from 'node:fs'

export interface Metric {
  /** As in the list of goals: P1 and so on. */
  id: string
  what: string
  unit: string
  ours: number
  /** What it is measured against, in the same run; null where the goal stands by itself. */
  anchor: { name: string; value: number } | null
  goal: string
  met: boolean
}

/** Prints a metric; `ratio` is how many times less than the anchor. */
export function tell(metric: Metric): Metric {
  const round = (n: number) => Number(n.toPrecision(4))
  const { anchor, ours } = metric
  const ratio = anchor === null || ours === 0 ? null : round(anchor.value / ours)
  console.log(JSON.stringify({ ...metric, ours: round(ours), ratio }))
  return metric
}

/** The machine, in one line: figures of another one are another matter. */
export function machine(): string {
  const [first] = cpus()
  const gib = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown'}, ${gib} GiB, Node ${process.version}, load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? '?'}`
}

/** Seconds of CPU and the largest resident memory of a process so far; Linux alone tells them. */
export function usedBy(pid: number): { cpuSeconds: number; peakMiB: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMiB: Number(peak) / 1024 }
}

/** The value below which that share of them lies; NaN of none. */
export function percentile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
