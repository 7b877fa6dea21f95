// A workspace with a connection to a simulated provider, its credentials sealed as the product seals them.
import { randomUUID } from 'node:crypto'
import type { Simulator } from '../../connectors/meta/simulator/server.ts'
import type { Actor } from '../../model/audit.ts'
import { AppError } from '../../model/error.ts'
import type { JobDetails } from '../../model/job.ts'
import { openJobStatuses } from '../../model/job.ts'
import { Redacted } from '../../model/redacted.ts'
import { putCredential } from '../../store/credentials.ts'
import { read, work } from '../../store/db.ts'
import { jobDetails } from '../../store/jobs.ts'
import { recomputePartnerStatuses } from '../../store/partners-status.ts'
import type { TestDb } from '../../store/testing/test-db.ts'
import type { Vault } from '../../vault/master-key.ts'

export interface Installation {
  workspaceId: string
  connectionId: string
  actor: Actor
  /** Seals a token for our own business (null) or for a partner, in a state. */
  connect(partnerId: string | null, token: string, state?: 'good' | 'checking'): Promise<string>
  /** Our ids of the partners by their business. */
  partners(): Promise<Map<string, { id: string; status: string; reason: string | null }>>
  job(id: string): Promise<JobDetails>
  /** Waits until the job is over, and gives what it told. */
  over(id: string): Promise<JobDetails>
  /** Waits until the job's details are as they are wanted. */
  until(id: string, what: (job: JobDetails) => boolean): Promise<JobDetails>
}

export async function install(t: TestDb, vault: Vault, sim: Simulator): Promise<Installation> {
  const workspaceId = await t.makeWorkspace('simulator')
  const user = await t.makeUser()
  const connectionId = randomUUID()
  await t.root.query(
    `insert into connections (id, workspace_id, connector, label, external_id, settings, schedule)
     values ($1, $2, 'meta', 'The brand', $3, $4, 'off')`,
    [connectionId, workspaceId, sim.businessId, JSON.stringify({ app_id: sim.appId })],
  )
  const put = async (partnerId: string | null, kind: string, text: string, state: 'good' | 'checking') => {
    const id = randomUUID()
    const plain = new Redacted(text)
    await work(t.db, workspaceId, async (tx) => {
      await putCredential(tx, {
        id,
        workspaceId,
        connectionId,
        partnerId,
        kind,
        ...vault.seal(plain, `credentials/${id}`),
        lastFour: text.slice(-4),
        fingerprint: vault.fingerprint(plain),
        state,
        verdict: null,
        confirmed: null,
        scopes: [],
        expiresAt: null,
        createdBy: user,
      })
      await recomputePartnerStatuses(tx, connectionId, new Date())
    })
    return id
  }
  await put(null, 'token', sim.token, 'good')
  await put(null, 'app_secret', sim.appSecret, 'good')
  const job = (id: string) => read(t.db, workspaceId, (tx) => jobDetails(tx, id))
  // Some tests drop the connections that the question itself is asked over: it is asked again.
  const jobIfReached = (id: string) =>
    job(id).catch((error: unknown) => {
      if (error instanceof AppError) throw error
      return null
    })
  const until = async (id: string, what: (job: JobDetails) => boolean) => {
    const deadline = Date.now() + 60_000
    for (;;) {
      const details = await jobIfReached(id)
      if (details !== null && what(details)) return details
      if (Date.now() > deadline) throw new Error(`The job is still so: ${JSON.stringify(details, null, 1)}`)
      await new Promise((go) => setTimeout(go, 30))
    }
  }
  return {
    workspaceId,
    connectionId,
    actor: { kind: 'person', id: user, address: '127.0.0.1' },
    connect: (partnerId, token, state = 'good') => put(partnerId, 'token', token, state),
    partners: async () => {
      const found = await t.root.query<{
        id: string
        external_id: string
        status: string
        status_reason: string | null
      }>('select id, external_id, status, status_reason from partners where connection_id = $1', [
        connectionId,
      ])
      return new Map(
        found.rows.map((r) => [r.external_id, { id: r.id, status: r.status, reason: r.status_reason }]),
      )
    },
    job,
    until,
    over: (id) => until(id, (details) => !openJobStatuses.includes(details.status)),
  }
}

/** Everything that is stored of a connection but ids of ours and times, in one order: two runs may be laid side by side. */
export async function stored(t: Pick<TestDb, 'root'>, connectionId: string): Promise<unknown> {
  const { rows } = await t.root.query(
    `select
      (select jsonb_agg(jsonb_build_array(external_id, name, is_agency, is_client, ended_at is null) order by external_id)
         from partners where connection_id = $1) as partners,
      (select jsonb_agg(jsonb_build_array(r.external_id, r.kind, r.name, r.email, r.role, r.reaches_all, r.source, p.external_id, r.ended_at is null)
         order by r.external_id) from principals r left join partners p on p.id = r.partner_id where r.connection_id = $1) as principals,
      (select jsonb_agg(jsonb_build_array(type, external_id, name, relation, owner_business, ended_at is null) order by type, external_id)
         from resources where connection_id = $1) as resources,
      (select jsonb_agg(jsonb_build_array(p.external_id, r.type, r.external_id, s.direction, s.entitlements, s.ended_at is null)
         order by p.external_id, r.type, r.external_id, s.direction)
         from shares s join partners p on p.id = s.partner_id join resources r on r.id = s.resource_id where s.connection_id = $1) as shares,
      (select jsonb_agg(jsonb_build_array(u.external_id, r.type, r.external_id, g.how, g.through, g.entitlements, g.rank, g.ended_at is null)
         order by u.external_id, r.type, r.external_id, g.how, g.through)
         from grants g join principals u on u.id = g.principal_id join resources r on r.id = g.resource_id where g.connection_id = $1) as grants`,
    [connectionId],
  )
  return rows[0]
}
