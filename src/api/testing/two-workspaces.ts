// Two full workspaces, one thing of every kind in each, for tests that ask one about the other.
import { randomUUID } from 'node:crypto'
import type { TestDb } from '../../store/testing/test-db.ts'

export interface Full {
  workspace: string
  connection: string
  partner: string
  principal: string
  resource: string
  job: string
  proposal: string
  /** An API key of the member's below; nobody knows its text. */
  key: string
  /** A plain member of this workspace alone. */
  member: string
  /** Open, for a guest, made by whoever started the job. */
  invitation: string
  /** With one version, of nobody's but the plain member's. */
  secret: string
  /** A token request to the partner, open, addressed to nobody who is there. */
  request: string
  /** Of the job above, as its picture. */
  appRequest: string
  picture: string
  /** Of the activity log. */
  event: string
}

/** Fills a workspace with one of everything; `startedBy`: who started its job. */
export async function fullWorkspace(t: TestDb, startedBy: string | null = null): Promise<Full> {
  const workspace = await t.makeWorkspace()
  const connection = await t.makeConnection(workspace)
  const [partner, principal, resource, job, proposal, invitation, request] = [0, 1, 2, 3, 4, 5, 6].map(() =>
    randomUUID(),
  ) as [string, string, string, string, string, string, string]
  const insert = (text: string, values: unknown[]) => t.root.query(text, [workspace, connection, ...values])
  await insert(
    `insert into partners (id, workspace_id, connection_id, external_id, name, is_agency, first_seen_at) values ($3, $1, $2, '77001', 'A partner', true, now())`,
    [partner],
  )
  await insert(
    `insert into credentials (id, workspace_id, connection_id, partner_id, kind, sealed, key_version, last_four, fingerprint, state)
      values (gen_random_uuid(), $1, $2, $3, 'token', '\\x00', 1, 'abcd', '0000 0000 0000', 'good')`,
    [partner],
  )
  await addPrincipal(t, { workspace, connection, principal, partner })
  await insert(
    `insert into resources (id, workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
      values ($3, $1, $2, 'page', '99001', 'A page', 'owned', '1/owned_pages', now(), now())`,
    [resource],
  )
  await insert(
    `insert into shares (workspace_id, connection_id, partner_id, resource_id, direction, rank, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, $3, $4, 'out', 'full', 's', now(), now())`,
    [partner, resource],
  )
  await insert(
    `insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, rank, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, $3, $4, $5, 'direct', 'full', 's', now(), now())`,
    [principal, resource, partner],
  )
  await insert(
    `insert into jobs (id, workspace_id, connection_id, kind, status, trigger, actor_id, finished_at)
      values ($3, $1, $2, 'check-for-updates', 'complete', 'person', $4, now())`,
    [job, startedBy],
  )
  await insert(
    `insert into changes (workspace_id, connection_id, job_id, at, kind, noun, partner_id, principal_id, resource_id)
      values ($1, $2, $3, now(), 'added', 'grant', $4, $5, $6)`,
    [job, partner, principal, resource],
  )
  await insert(
    `insert into proposals (id, workspace_id, connection_id, job_id, what, count, total, ids)
      values ($3, $1, $2, $4, 'own_people', 1, 2, array[$5::uuid])`,
    [proposal, job, principal],
  )
  const member = await t.makeUser()
  await t.root.query(`insert into members (workspace_id, user_id, role) values ($1, $2, 'member')`, [
    workspace,
    member,
  ])
  await t.root.query(
    `insert into invitations (id, workspace_id, email, role, ends_at, secret_hash, invited_by, expires_at)
      values ($2, $1, 'invited@example.test', 'guest', now() + interval '90 days', sha256(convert_to($4, 'UTF8')), $3, now() + interval '72 hours')`,
    [workspace, invitation, startedBy ?? member, invitation],
  )
  const secret = randomUUID()
  await t.root.query(
    `insert into secrets (id, workspace_id, label, kind, version, created_by, changed_by) values ($2, $1, 'A secret', 'note', 1, $3, $3)`,
    [workspace, secret, member],
  )
  await t.root.query(
    `insert into secret_members (workspace_id, secret_id, user_id, role, added_by) values ($1, $2, $3, 'owner', $3)`,
    [workspace, secret, member],
  )
  await t.root.query(
    `insert into secret_versions (workspace_id, secret_id, version, label, kind, sealed, deed, by, vaults)
      values ($1, $2, 1, 'A secret', 'note', 'nothing', 'add', $3, '{}')`,
    [workspace, secret, member],
  )
  const [appRequest, picture] = [randomUUID(), randomUUID()]
  await insert(
    `insert into app_requests (id, workspace_id, connection_id, business, business_name, app, requested, job_id)
      values ($3, $1, $2, '77002', 'A stranger', '66001', '', $4)`,
    [appRequest, job],
  )
  await t.root.query(
    `insert into job_pictures (id, workspace_id, job_id, step, label, failed, path, image)
      values ($2, $1, $3, 'find', 'Open the page', false, '/', '\\x00')`,
    [workspace, picture, job],
  )
  const key = randomUUID()
  await t.root.query(
    `insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, made_by)
      values ($2, $1, 'A key', 'glk_abcd', sha256(convert_to($4, 'UTF8')), array['read'], $3)`,
    [workspace, key, member, key],
  )
  await insert(
    `insert into token_requests (id, workspace_id, connection_id, partner_id, email, requested_by, expires_at)
      values ($3, $1, $2, $4, 'nobody@example.test', $5, now() + interval '7 days')`,
    [request, partner, startedBy ?? member],
  )
  const { rows: events } = await t.root.query<{ id: string }>(
    `insert into audit_events (workspace_id, actor_kind, actor_id, action, subject_kind, subject_id)
      values ($1, 'system', 'a test', 'workspace.make', 'workspace', $2) returning id::text as id`,
    [workspace, workspace],
  )
  return {
    workspace,
    connection,
    partner,
    principal,
    resource,
    job,
    proposal,
    key,
    member,
    invitation,
    secret,
    request,
    appRequest,
    picture,
    event: events[0]?.id ?? '',
  }
}

/** Adds the person of a full workspace, also where they were erased. */
export async function addPrincipal(
  t: TestDb,
  ids: Pick<Full, 'workspace' | 'connection' | 'principal' | 'partner'>,
): Promise<void> {
  await t.root.query(
    `insert into principals (id, workspace_id, connection_id, external_id, kind, partner_id, business, name, email, source, scope, first_seen_at, last_confirmed_at)
      values ($1, $2, $3, '88001', 'person', $4, '77001', 'A person', 'p@example.test', 'list', '77001/business_users', now(), now())
      on conflict do nothing`,
    [ids.principal, ids.workspace, ids.connection, ids.partner],
  )
}

/** The path with these ids in place of its parameters. */
export function filled(path: string, ids: Partial<Full> & { session?: string }): string {
  return path.replaceAll(
    /:(\w+)/g,
    (_, name: string) => (ids as Record<string, string | undefined>)[name] ?? randomUUID(),
  )
}

/** A file in the form of age's, for as many recipients; nobody can open it, which the server cannot tell. */
export function ageFile(...kinds: ('scrypt' | 'X25519')[]): string {
  const head = kinds.map((kind) => `-> ${kind} x y\nz\n`).join('')
  const text = Buffer.from(`age-encryption.org/v1\n${head}--- m\n0123456789`).toString('base64')
  const lines = text.match(/.{1,64}/g) ?? []
  return ['-----BEGIN AGE ENCRYPTED FILE-----', ...lines, '-----END AGE ENCRYPTED FILE-----', ''].join('\n')
}
