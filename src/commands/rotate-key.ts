// A new master key, beside the running program or without it.
import { loadConfig } from '../config.ts'
import { rotateKey } from '../jobs/rotate-key.ts'
import { createLog } from '../lib/log.ts'
import { openDatabase } from '../store/database.ts'
import { databaseOptions, openVault } from './parts.ts'

export async function rotate(): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel)
  const database = await openDatabase(databaseOptions(config, log))
  try {
    const vault = await openVault(config, database)
    const { db, ownerUrl } = database
    const { keyVersion, sealedAnew } = await rotateKey({ db, ownerUrl, vault, dataDir: config.dataDir, log })
    console.log(
      `${sealedAnew} credentials are sealed anew under key version ${keyVersion}; older keys are gone.`,
    )
  } finally {
    await database.stop()
  }
}
