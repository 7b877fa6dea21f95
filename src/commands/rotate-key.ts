// A new master key, beside the running program or without it.
import { loadConfig } from '../config.ts'
import { rotateKey } from '../jobs/rotate-key.ts'
import { createLog } from '../lib/log.ts'
import { openDatabase } from '../store/database.ts'
import { letGoWhenEnded } from './end.ts'
import { openVault, presentDatabase } from './parts.ts'

export async function rotate(): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel)
  const database = await openDatabase(presentDatabase(config, log))
  letGoWhenEnded(() => database.stop())
  try {
    const vault = await openVault(config, database)
    if (vault.file === null && vault.olderVersions.length === 0)
      throw new Error(
        'GUESTLIST_MASTER_KEY holds one key, so nothing was changed. Put the new one in front, as 2:<new>,1:<old>, restart every process, then run this again.',
      )
    const { db, ownerUrl } = database
    const { keyVersion, sealedAnew } = await rotateKey({ db, ownerUrl, vault, dataDir: config.dataDir, log })
    const rest =
      vault.file === null
        ? `take the older ones out of GUESTLIST_MASTER_KEY, as ${keyVersion}:<new>, and restart every process`
        : 'older keys are gone'
    console.log(`${sealedAnew} credentials are sealed anew under key version ${keyVersion}; ${rest}.`)
  } finally {
    await database.stop()
  }
}
