// One running simulator: its world, switches, clock, counters and planned faults. Everything that answers is given this.
import type { FaultPlan } from './faults.ts'
import type { UsageCounter } from './usage.ts'
import type { CallLog } from './call-log.ts'
import type { Switches } from './switches.ts'
import type { WorldChange } from './changes.ts'
import type { World } from './world.ts'

/** How slow the server is, in milliseconds. */
export interface Latency {
  base: number
  perObject: number
  perBatchItem: number
}

export interface Simulation {
  world: World
  switches: Switches
  faults: FaultPlan
  log: CallLog
  usage: UsageCounter
  latency: Latency
  /** Milliseconds since 1970. */
  clock: () => number
  /** Makes a change and writes it into the journal, if there is one. */
  change: (change: WorldChange) => string | null
}

/** One logical call, however it arrived: alone or as an item of a batch. */
export interface GraphRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Without version and query, as `/123/owned_pages`. */
  path: string
  /** As in the path; null where it names none. */
  version: string | null
  params: ReadonlyMap<string, string>
  /** How the body was encoded. */
  encoding: 'none' | 'form' | 'json'
  /** From a header; a parameter wins. */
  token: string | null
  origin: string
  inBatch: boolean
}
