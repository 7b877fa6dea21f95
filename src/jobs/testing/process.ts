// A process of its own with an engine in it, for tests that kill one. Started with one argument: JSON with the addresses of the database,
// the folder of the vault's key, and the provider's address. A line on its standard input is a check for updates to start, as JSON.
import { createInterface } from 'node:readline'
import { createLog } from '../../lib/log.ts'
import { openPool } from '../../store/db.ts'
import { loadVault } from '../../vault/master-key.ts'
import { startEngine } from '../engine.ts'
import { works } from '../jobs.ts'
import { startCheckForUpdates } from '../start.ts'
import { testWorks } from './works.ts'

export interface ProcessArguments {
  ownerUrl: string
  appUrl: string
  dataDir: string
  provider: string
  /** Since when time runs faster where a job waits, and how much: a hundred times where nothing is given. */
  since: number
  factor?: number
}

const given = JSON.parse(process.argv[2] ?? '{}') as ProcessArguments
const db = openPool(given.appUrl, { onError: () => undefined })
const engine = await startEngine({
  db,
  ownerUrl: given.ownerUrl,
  appUrl: given.appUrl,
  vault: await loadVault({ dataDir: given.dataDir }),
  addressOf: () => given.provider,
  log: createLog('info'),
  works: [...works, ...testWorks],
  speed: { since: given.since, factor: given.factor ?? 100 },
})
createInterface(process.stdin).on('line', (line) => {
  const wish = JSON.parse(line) as { workspaceId: string; connectionId: string }
  void startCheckForUpdates(engine, {
    ...wish,
    actor: { kind: 'system', id: 'test', address: null },
    trigger: 'api',
  }).then(({ jobId }) => process.stdout.write(`started ${jobId}\n`))
})
process.stdout.write('ready\n')
process.once('SIGTERM', () => {
  void engine
    .stop()
    .then(() => db.close())
    .then(() => process.exit(0))
})
