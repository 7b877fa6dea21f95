// A process of its own with an engine in it, for tests that kill one. Started with one argument: JSON with the addresses of the database,
// the folder of the vault's key, and the provider's address. A line on its standard input is a job to start, as JSON; `dieAfter` names a step
// after whose end, before it is stored, the process kills itself.
import { createInterface } from 'node:readline'
import { createLog } from '../../lib/log.ts'
import type { Recipe } from '../../model/recipe.ts'
import { openPool } from '../../store/db.ts'
import { loadVault } from '../../vault/master-key.ts'
import { startEngine } from '../engine.ts'
import { works } from '../jobs.ts'
import { startAppRequests, startCheckForUpdates } from '../start.ts'
import type { Run, Work } from '../work.ts'
import { testWorks } from './works.ts'

export interface ProcessArguments {
  ownerUrl: string
  appUrl: string
  dataDir: string
  provider: string
  /** Since when time runs faster where a job waits, and how much: a hundred times where nothing is given. */
  since: number
  factor?: number
  /** Left out, nothing is done on pages. */
  pages?: { address: string; chromium: string; portion?: number }
}

export interface Wish {
  workspaceId: string
  connectionId: string
  /** Check for updates where left out. */
  kind?: 'approve-app-requests'
  dieAfter?: string
}

const given = JSON.parse(process.argv[2] ?? '{}') as ProcessArguments
const { pages } = given
let dieAfter: string | undefined

/** The same work, which ends this process between a step's end and its storing. */
function mortal(one: Work): Work {
  return {
    ...one,
    run: (parts, run) => {
      const step: Run['step'] = (name, fn) =>
        run.step(name, () => fn().finally(() => name === dieAfter && process.kill(process.pid, 'SIGKILL')))
      return one.run(parts, Object.assign(Object.create(run) as Run, { step }))
    },
  }
}

const db = openPool(given.appUrl, { onError: () => undefined })
const engine = await startEngine({
  db,
  ownerUrl: given.ownerUrl,
  appUrl: given.appUrl,
  vault: await loadVault({ dataDir: given.dataDir }),
  addressOf: () => given.provider,
  log: createLog('info'),
  works: [...works, ...testWorks].map(mortal),
  ...(pages === undefined
    ? {}
    : {
        pages: {
          addressOf: () => pages.address,
          chromium: pages.chromium,
          recipeOf: (own: Recipe) => own,
          limits: {
            patience: 20_000,
            settle: 500,
            ...(pages.portion === undefined ? {} : { portion: pages.portion }),
          },
        },
      }),
  speed: { since: given.since, factor: given.factor ?? 100 },
})
createInterface(process.stdin).on('line', (line) => {
  const { kind, dieAfter: last, ...at } = JSON.parse(line) as Wish
  dieAfter = last
  const wish = {
    ...at,
    actor: { kind: 'system' as const, id: 'test', address: null },
    trigger: 'api' as const,
  }
  const started =
    kind === undefined
      ? startCheckForUpdates(engine, wish)
      : startAppRequests(engine, { ...wish, dryRun: false })
  void started.then(({ jobId }) => process.stdout.write(`started ${jobId}\n`))
})
process.stdout.write('ready\n')
process.once('SIGTERM', () => {
  void engine
    .stop()
    .then(() => db.close())
    .then(() => process.exit(0))
})
