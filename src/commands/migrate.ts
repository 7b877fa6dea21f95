// Brings the database to this release's structure and does nothing else.
import { mkdirSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { createLog } from '../lib/log.ts'
import { openDatabase } from '../store/database.ts'
import { letGoWhenEnded } from './end.ts'
import { databaseOptions } from './parts.ts'

export async function migrate(): Promise<void> {
  const config = loadConfig()
  mkdirSync(config.dataDir, { recursive: true })
  const database = await openDatabase(databaseOptions(config, createLog(config.logLevel)))
  letGoWhenEnded(() => database.stop())
  await database.stop()
  console.log('The database has the structure of this release.')
}
