// What the program hands to the API: every part that a handler may use, built once in commands/serve.ts.
import type { startCheckForUpdates } from '../jobs/start.ts'
import type { Log } from '../lib/log.ts'
import type { Mail } from '../lib/mail.ts'
import type { Redacted } from '../model/redacted.ts'
import type { Environment } from '../model/workspace.ts'
import type { Db } from '../store/db.ts'
import type { Vault } from '../vault/master-key.ts'
import type { Auth } from './auth.ts'

type JobEngine = Parameters<typeof startCheckForUpdates>[0]

/** What the built-in simulator offers a connection: the same things a person would type into the wizard. */
export interface SimulatorOffer {
  connector: string
  label: string
  business: string
  /** The connector's fields by name, secret ones included. */
  fields: Record<string, Redacted>
}

export interface Parts {
  db: Db
  vault: Vault
  engine: JobEngine
  auth: Auth
  /** The provider's base address per environment. An address never comes from a request. */
  addressOf(environment: Environment): string
  /** Why nothing can be done on a provider's pages here; null or absent where it can. */
  pagesHindrance?: string | null
  /** Where people reach the console, as `http://localhost:4400`. */
  publicUrl: URL
  /** Addresses or ranges of proxies whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[]
  /** Absent where the simulator is not offered (an external database). Starts the simulator if it is not running. */
  simulator?: { credentials(): Promise<SimulatorOffer> }
  /** Absent where no mail server is set: links are copied instead, and nobody is mailed. */
  mail?: Mail | undefined
  /** Folder of the built console; null serves the API alone. */
  consoleDir: string | null
  version: string
  /** Whoever has it may read /metrics from elsewhere; absent, only this machine may. */
  metricsToken?: Redacted | undefined
  /** Ends every open event stream when the program stops. */
  stopping: AbortSignal
  log: Log
}
