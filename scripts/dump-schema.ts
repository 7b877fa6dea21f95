// Writes src/store/schema.sql from the migrations, by applying them to an embedded PostgreSQL of its own in a temporary folder.
// With --check it writes nothing and exits 1 where the file is not what the migrations make.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createLog } from '../src/lib/log.ts'
import { startEmbedded } from '../src/store/embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { describeSchema } from '../src/store/schema.ts'

const file = join(import.meta.dirname, '..', 'src', 'store', 'schema.sql')

async function dump(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'guestlist-schema-'))
  chmodSync(folder, 0o755)
  const log = createLog('warn')
  try {
    const embedded = await startEmbedded({ dataDir: folder, log })
    try {
      await migrate(embedded.ownerUrl, log)
      const client = new pg.Client(embedded.ownerUrl)
      await client.connect()
      return await describeSchema(client).finally(() => client.end())
    } finally {
      await embedded.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const text = await dump()
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8').replaceAll('\r\n', '\n') !== text) {
  console.log(
    'src/store/schema.sql is not what the migrations make: run scripts/dump-schema.ts and commit it.',
  )
  process.exitCode = 1
}
