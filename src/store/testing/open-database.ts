// A process that opens the database of a data folder, says so, and lives until it is told to stop: for tests that kill it.
//
//   open-database.ts <data folder> [address of an external database]
import { createLog } from '../../lib/log.ts'
import { openDatabase } from '../database.ts'

const [dataDir = '', databaseUrl = null] = process.argv.slice(2)
const database = await openDatabase({ dataDir, databaseUrl, log: createLog('warn') })
process.send?.({ ownerUrl: database.ownerUrl, appUrl: database.appUrl })
process.on('disconnect', () => void database.stop())
process.on('message', () => {
  void database.stop().then(() => process.disconnect())
})
