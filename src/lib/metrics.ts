// Numbers of this process for whoever watches it: counters and durations, told as Prometheus reads them. Labels are words of the program
// (a method, a route's pattern, a step's kind), never a name or an id of anybody.

type Labels = Record<string, string>

/** Upper ends of the duration buckets, in seconds. */
const BUCKETS = [0.01, 0.05, 0.25, 1, 5, 30, 120]

interface Series {
  help: string
  kind: 'counter' | 'histogram' | 'gauge'
  values: Map<string, number>
}

const series = new Map<string, Series>()

function seriesOf(name: string, kind: Series['kind'], help: string): Series {
  const known = series.get(name) ?? { help, kind, values: new Map<string, number>() }
  series.set(name, known)
  return known
}

/** Adds to a counter; its name ends in `_total`. */
export function count(name: string, help: string, labels: Labels, by = 1): void {
  add(seriesOf(name, 'counter', help), keyOf(name, labels), by)
}

/** Notes how long something took; the name ends in `_seconds`. */
export function duration(name: string, help: string, labels: Labels, seconds: number): void {
  const one = seriesOf(name, 'histogram', help)
  for (const end of BUCKETS)
    add(one, keyOf(`${name}_bucket`, { ...labels, le: String(end) }), seconds <= end ? 1 : 0)
  add(one, keyOf(`${name}_bucket`, { ...labels, le: '+Inf' }), 1)
  add(one, keyOf(`${name}_sum`, labels), seconds)
  add(one, keyOf(`${name}_count`, labels), 1)
}

function add(one: Series, key: string, by: number): void {
  one.values.set(key, (one.values.get(key) ?? 0) + by)
}

function keyOf(name: string, labels: Labels): string {
  const told = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`)
  return told.length === 0 ? name : `${name}{${told.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** A number as it stands now, read when it is asked for. */
export interface Gauge {
  name: string
  help: string
  labels: Labels
  value: number
}

/** Everything as text, version 0.0.4 of Prometheus' format, with the gauges that the caller has read. */
export function metricsText(gauges: readonly Gauge[]): string {
  const all = new Map(series)
  for (const { name, help, labels, value } of gauges) {
    const one = all.get(name) ?? { help, kind: 'gauge' as const, values: new Map<string, number>() }
    all.set(name, one)
    one.values.set(keyOf(name, labels), value)
  }
  const lines: string[] = []
  for (const [name, { help, kind, values }] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`)
    for (const [key, value] of values) lines.push(`${key} ${value}`)
  }
  return `${lines.join('\n')}\n`
}
