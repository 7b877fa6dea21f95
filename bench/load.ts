// Asks a server many times and tells how long the answers took: at a given rate, or as fast as so many connections can.
import { Agent, request } from 'node:http'
import { percentile } from './metric.ts'

export interface Loaded {
  p50: number
  p99: number
  perSecond: number
  errors: number
}

export interface Load {
  url: string
  headers?: Record<string, string>
  /** The next path to ask. */
  path(n: number): string
  connections: number
  seconds: number
  /** Requests a second; as many as come where left out. */
  rate?: number
}

/** The first second warms up and counts for nothing. */
export async function load(given: Load): Promise<Loaded> {
  const agent = new Agent({ keepAlive: true, maxSockets: given.connections })
  const times: number[] = []
  let errors = 0
  let asked = 0
  const started = performance.now()
  const until = started + (1 + given.seconds) * 1000
  const ask = async () => {
    const from = performance.now()
    const ok = await once(given, agent, given.path(asked++))
    if (from < started + 1000) return
    if (ok) times.push(performance.now() - from)
    else errors += 1
  }
  if (given.rate === undefined) {
    const worker = async () => {
      while (performance.now() < until) await ask()
    }
    await Promise.all(Array.from({ length: given.connections }, worker))
  } else {
    // Each request has its moment, whether the ones before it are answered or not.
    const open: Promise<void>[] = []
    for (let n = 0; started + (n * 1000) / given.rate < until; n++) {
      const wait = started + (n * 1000) / given.rate - performance.now()
      if (wait > 1) await new Promise((go) => setTimeout(go, wait))
      open.push(ask())
    }
    await Promise.all(open)
  }
  agent.destroy()
  return {
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    perSecond: times.length / given.seconds,
    errors,
  }
}

function once({ url, headers = {} }: Load, agent: Agent, path: string): Promise<boolean> {
  return new Promise((done) => {
    const asked = request(`${url}${path}`, { agent, headers }, (answer) => {
      answer.resume()
      answer.once('end', () => done(answer.statusCode === 200))
    })
    asked.once('error', () => done(false))
    asked.end()
  })
}
