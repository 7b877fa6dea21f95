// How dear is it to write what was read? A million rights that were staged are compared with what is stored and applied: the first time, again
// with nothing changed, and with a hundredth changed; rows a second, rows written and log written. History and activity log included.
import { randomUUID } from 'node:crypto'
import { connectorOf } from '../src/connectors/registry.ts'
import type { GrantObservation, Observation } from '../src/model/snapshot.ts'
import { work } from '../src/store/db.ts'
import { endStage, sealScopes, stageRows } from '../src/store/staging.ts'
import { startCluster } from '../src/store/testing/cluster.ts'
import { openTestDb } from '../src/store/testing/open-test-db.ts'
import { compareAndApply } from '../src/sync/apply.ts'
import { noFacts } from '../src/sync/testing/world.ts'
import { machine, tell } from './metric.ts'
import { written } from './written.ts'

const wanted = process.argv.includes('--size') && process.argv.includes('S1') ? 100_000 : 1_000_000
const assets = 2_000
const partners = wanted / 5_000
const people = 5_000
/** Of each asset: so many of our own people, and ten of each partner that it is shared with. */
const own = (wanted * 0.4) / assets
const sharedWith = 300

const rights = [['ANALYZE'], ['ADVERTISE', 'ANALYZE'], ['ADVERTISE', 'ANALYZE', 'MANAGE']]
const B = '1000'
const asset = (n: number) => String(300_000 + n)
const agency = (n: number) => String(200_000 + n)

type Batch = { observations: Observation[]; scopes: string[] }

function person(business: string, id: string, scope: string): Observation {
  const facts = { ...noFacts, twoFactor: 'enabled' }
  return {
    of: 'principal',
    scope,
    externalId: id,
    kind: 'person',
    business,
    name: `Person ${id}`,
    email: `p${id}@example.test`,
    role: 'EMPLOYEE',
    reachesAll: false,
    source: 'list',
    facts,
  }
}

function grant(business: string, principal: string, n: number, k: number, shift: number): GrantObservation {
  return {
    of: 'grant',
    scope: `${business}/assigned/ad_account/${asset(n)}`,
    business,
    principal,
    type: 'ad_account',
    resource: asset(n),
    how: 'direct',
    through: null,
    entitlements: rights[(n + k + shift) % 3] ?? [],
  }
}

/** What our own reader sees. `changed`: of how many rights in a hundred thousand the permissions differ from what they were. */
function* ours(changed: number): Generator<Batch> {
  const list: Observation[] = []
  for (let n = 0; n < people; n++) list.push(person(B, String(400_000 + n), `${B}/business_users`))
  yield { observations: list, scopes: [`${B}/business_users`] }
  for (let n = 0; n < assets; n++) {
    const observations: Observation[] = [
      {
        of: 'resource',
        scope: `${B}/owned_ad_accounts`,
        type: 'ad_account',
        externalId: asset(n),
        name: `Asset ${n}`,
        relation: 'owned',
        ownerBusiness: null,
        facts: {},
      },
    ]
    for (let k = 0; k < own; k++) {
      const who = String(400_000 + ((n * 37 + k * 23) % people))
      observations.push(grant(B, who, n, k, (n * own + k) % 100_000 < changed ? 1 : 0))
    }
    for (let p = 0; p < partners; p++) {
      if ((n - p * 10 + assets * 10) % assets >= sharedWith) continue
      const scope = `${B}/agencies-of/ad_account/${asset(n)}`
      observations.push(
        { of: 'partner', scope, externalId: agency(p), name: `Agency ${p}`, as: 'agency' },
        {
          of: 'share',
          scope,
          partner: agency(p),
          type: 'ad_account',
          resource: asset(n),
          direction: 'out',
          entitlements: ['ADVERTISE', 'ANALYZE'],
          status: 'CONFIRMED',
        },
      )
    }
    const each = [`${B}/assigned/ad_account/${asset(n)}`, `${B}/agencies-of/ad_account/${asset(n)}`]
    yield { observations, scopes: n === assets - 1 ? [...each, `${B}/owned_ad_accounts`] : each }
  }
}

function* theirs(p: number): Generator<Batch> {
  const id = agency(p)
  const list: Observation[] = []
  for (let n = 0; n < 500; n++) list.push(person(id, `${id}9${n}`, `${id}/business_users`))
  yield { observations: list, scopes: [`${id}/business_users`] }
  for (let a = 0; a < sharedWith; a++) {
    const n = (p * 10 + a) % assets
    const observations: Observation[] = []
    for (let k = 0; k < 10; k++) observations.push(grant(id, `${id}9${(a * 7 + k * 41) % 500}`, n, k, 0))
    yield { observations, scopes: [`${id}/assigned/ad_account/${asset(n)}`] }
  }
}

const { cluster, stop } = await startCluster({ durable: true })
const t = await openTestDb(cluster)
console.log(`first-load, ${wanted} rights: ${machine()}`)
try {
  const workspaceId = await t.makeWorkspace()
  const connectionId = randomUUID()
  await t.root.query(
    `insert into connections (id, workspace_id, connector, label, external_id, settings, schedule) values ($1, $2, 'meta', 'b', $3, '{}', 'off')`,
    [connectionId, workspaceId, B],
  )

  const stage = async (jobId: string, reader: string, batches: Generator<Batch>): Promise<void> => {
    const where = { workspaceId, jobId, reader }
    let waiting: Observation[] = []
    let scopes: string[] = []
    const flush = () =>
      work(t.db, workspaceId, async (tx) => {
        await stageRows(tx, where, waiting)
        await sealScopes(
          tx,
          where,
          scopes.map((scope) => ({ scope, rows: 1, skipped: 0 })),
        )
        waiting = []
        scopes = []
      })
    for (const batch of batches) {
      waiting.push(...batch.observations)
      scopes.push(...batch.scopes)
      if (waiting.length >= 2_000) await flush()
    }
    await flush()
    await work(t.db, workspaceId, (tx) => endStage(tx, where))
  }

  const run = async (name: string, changed: number) => {
    const jobId = randomUUID()
    await t.root.query(
      `insert into jobs (id, workspace_id, connection_id, kind, trigger, status) values ($1, $2, $3, 'check-for-updates', 'api', 'complete')`,
      [jobId, workspaceId, connectionId],
    )
    // What the database does by itself after a large load, and of which no run is to be charged.
    await t.root.query('vacuum analyze')
    await t.root.query('checkpoint')
    const before = await written(t.root)
    const cpu = process.cpuUsage()
    const began = performance.now()
    await stage(jobId, 'own', ours(changed))
    for (let p = 0; p < partners; p++) await stage(jobId, agency(p), theirs(p))
    const staged = performance.now()
    const ids = await t.root.query<{ id: string; external_id: string }>(
      'select id, external_id from partners where connection_id = $1',
      [connectionId],
    )
    const idOf = new Map(ids.rows.map((row) => [row.external_id, row.id]))
    const applied = await compareAndApply({
      db: t.db,
      connector: connectorOf('meta'),
      workspaceId,
      connectionId,
      jobId,
      actor: { kind: 'system', id: `job:${jobId}`, address: null },
      now: new Date(),
      readers: [
        { reader: 'own', partnerId: null, complete: true, skipped: 0 },
        ...Array.from({ length: partners }, (_, p) => ({
          reader: agency(p),
          partnerId: idOf.get(agency(p)) ?? agency(p),
          complete: true,
          skipped: 0,
        })).filter(({ partnerId }) => idOf.size > 0 && partnerId !== ''),
      ],
    })
    const over = performance.now()
    const after = await written(t.root)
    const { user, system } = process.cpuUsage(cpu)
    const told = {
      stageMs: Math.round(staged - began),
      applyMs: Math.round(over - staged),
      rows: after.rows - before.rows,
      walBytes: after.walBytes - before.walBytes,
      cpuSeconds: (user + system) / 1e6,
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    }
    console.log(
      `  ${name}: ${JSON.stringify({ ...told, added: applied.grantsAdded, changed: applied.grantsChanged })}`,
    )
    return { ...told, applied }
  }

  // Partners are known before their people are read, as in a first check.
  await t.root.query(
    `insert into partners (workspace_id, connection_id, external_id, name, is_agency, status, scopes, first_seen_at, last_confirmed_at)
     select $1, $2, (200000 + n)::text, 'Agency ' || n, true, 'onboarded', '{}', now(), now() from generate_series(0, $3::int - 1) n`,
    [workspaceId, connectionId, partners],
  )
  const first = await run('first', 0)
  const grants = first.applied.grantsAdded
  const singly = await oneByOne()
  const rate = grants / (first.applyMs / 1000)
  tell({
    id: 'P6',
    what: `rights a second, first load of ${grants}: compared, written, with history and activity log`,
    unit: '/s',
    ours: rate,
    anchor: { name: 'a row and a commit each', value: singly },
    goal: 'at least 80,000, and 60 times the anchor',
    met: rate >= 80_000 && rate >= 60 * singly,
  })
  const again = await run('unchanged, compared', 0)
  const skipped = await run('unchanged, known', 0)
  const upsert = await plainUpsert(grants)
  const P7 = (what: string, ours: number, unit: string, goal: string, met: boolean, value: number | null) =>
    tell({
      id: 'P7',
      what,
      unit,
      ours,
      anchor: value === null ? null : { name: 'plain upsert', value },
      goal,
      met,
    })
  P7(
    'rows written, nothing changed',
    again.rows + skipped.rows,
    'rows',
    '0 but a time for each reader',
    again.rows + skipped.rows <= 2 * partners,
    grants,
  )
  P7(
    'log written, nothing changed, compared row by row',
    again.walBytes,
    'bytes',
    'at most 0.2 MB',
    again.walBytes <= 2e5,
    upsert,
  )
  P7(
    'log written, nothing changed, known by its digest',
    skipped.walBytes,
    'bytes',
    'at most 32 KiB',
    skipped.walBytes <= 32_768,
    upsert,
  )
  P7(
    'time to see that nothing changed, by its digest',
    skipped.applyMs,
    'ms',
    'at most 100',
    skipped.applyMs <= 100,
    again.applyMs,
  )
  const some = await run('a hundredth changed', 2_500)
  const changes = some.applied.grantsChanged
  tell({
    id: 'P9',
    what: `rows written where ${changes} rights changed: the rights, a line of history each, and the sums of whom they concern`,
    unit: 'rows',
    ours: some.rows,
    anchor: { name: 'all rows', value: grants },
    goal: 'at most 1.05 for each, history and sums apart',
    met: some.rows <= 2.05 * changes + people + assets + partners,
  })
} finally {
  await t.drop()
  await stop()
}

/** Rows a second where each has its own statement and commit, in a table like that of rights. */
async function oneByOne(): Promise<number> {
  const client = await t.root.connect()
  await client.query('create table singly (like grants including all)')
  const many = 2_000
  const began = performance.now()
  for (let n = 0; n < many; n++)
    await client.query(
      `insert into singly (workspace_id, connection_id, principal_id, resource_id, how, rank, scope, first_seen_at, last_confirmed_at)
       values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'direct', 'view', 's', now(), now())`,
    )
  const rate = many / ((performance.now() - began) / 1000)
  await client.query('drop table singly')
  client.release()
  return rate
}

/** Bytes of log of an upsert that writes every right again, told of a tenth of them. */
async function plainUpsert(grants: number): Promise<number> {
  const client = await t.root.connect()
  await client.query('create table upserted (like grants including all)')
  const some = Math.round(grants / 10)
  await client.query(`insert into upserted select * from grants limit ${some}`)
  await client.query('checkpoint')
  const before = (await written(t.root)).walBytes
  await client.query(`insert into upserted select * from upserted
    on conflict (principal_id, resource_id, how, through) do update set last_confirmed_at = excluded.last_confirmed_at`)
  const bytes = (await written(t.root)).walBytes - before
  await client.query('drop table upserted')
  client.release()
  return bytes * 10
}
