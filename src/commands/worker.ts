// A worker: takes jobs beside other processes on one database, and answers no requests.
import { mkdirSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { createLog } from '../lib/log.ts'
import { onEnd } from './end.ts'
import { startParts } from './parts.ts'

export async function worker(): Promise<void> {
  const config = loadConfig()
  if (config.databaseUrl === null) throw new Error('A worker shares a database: set DATABASE_URL.')
  const log = createLog(config.logLevel)
  mkdirSync(config.dataDir, { recursive: true })
  const starting = startParts(config, log, () => Promise.resolve())
  onEnd(async () => (await starting).stop())
  await starting
  console.log('A Guestlist worker is ready.')
}
