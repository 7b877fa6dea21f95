// The activity log's chain: each event sealed after the one before it, so that no past event can be changed, taken out, put in or swapped
// unnoticed. Events are chained afterwards, in the order of their commits, by one sealer at a time: no write waits for another one.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { Redacted } from '../model/redacted.ts'
import { across, work } from './db.ts'
import type { Db, Tx } from './db.ts'

/** Seals the head with a key that is not in the database; the vault is one. */
export interface Notary {
  seal(plain: Redacted, boundTo: string): { sealed: Buffer; keyVersion: number }
  open(sealed: Buffer, boundTo: string): Redacted
  readonly keyVersion: number
}

/** Where a chain ended at a time: what a person keeps elsewhere, to check the log against later. */
export interface ChainHead {
  workspaceId: string
  seq: number
  /** 64 hexadecimal digits. */
  hash: string
  at: string
}

/** An event as it is hashed: `at` in UTC to the microsecond. */
export interface ChainedEvent {
  id: string
  workspaceId: string
  at: string
  actorKind: string
  actorId: string
  action: string
  subjectKind: string
  subjectId: string
  data: unknown
  address: string | null
}

/** The hash before the first. */
export const NO_HASH = '0'.repeat(64)

/**
 * The hash of one link: SHA-256 of the event, its number and the hash before it, as JSON with the names of every object in order of
 * their characters and no blanks. docs/operate.md tells it to those who check an export themselves.
 */
export function linkHash(event: ChainedEvent, seq: number, previous: string): string {
  return createHash('sha256')
    .update(canonical({ ...event, seq, previous }))
    .digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`
}

const eventColumns = sql`e.id::text as id, e.workspace_id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  e.actor_kind, e.actor_id, e.action, e.subject_kind, e.subject_id, e.data, e.address`

const PORTION = 2_000

/** Workspaces with events that wait to be sealed. */
export async function unsealedWorkspaces(db: Db): Promise<string[]> {
  const { rows } = await across(db, (tx) =>
    sql<{ workspaceId: string }>`select distinct workspace_id from audit_unsealed limit 1000`.execute(tx),
  )
  return rows.map((row) => row.workspaceId)
}

/**
 * Seals what waits in one workspace, portion by portion, and returns how many events. Throws where the chain does not end as its head
 * says: nothing more is sealed on a chain that is broken.
 */
export async function sealEvents(db: Db, notary: Notary, workspaceId: string): Promise<number> {
  for (let sum = 0; ;) {
    const sealed = await work(db, workspaceId, (tx) => sealPortion(tx, notary, workspaceId))
    sum += sealed
    if (sealed < PORTION) return sum
  }
}

async function sealPortion(tx: Tx, notary: Notary, workspaceId: string): Promise<number> {
  const free = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('audit-chain/' || ${workspaceId}, 0)) as free`.execute(
    tx,
  )
  if (free.rows[0]?.free !== true) return 0
  const head = await soundHead(tx, notary, workspaceId)
  if (head === null) throw new ChainBroken()
  const { rows } = await sql<ChainedEvent>`
    select ${eventColumns} from audit_unsealed u join audit_events e on e.id = u.event_id
    order by u.event_id limit ${PORTION}`.execute(tx)
  if (rows.length === 0) return 0
  let { seq, hash } = head
  const links = rows.map((event) => {
    seq += 1
    hash = linkHash(event, seq, hash)
    return { workspaceId, seq, eventId: Number(event.id), hash: Buffer.from(hash, 'hex') }
  })
  await tx.insertInto('auditChain').values(links).execute()
  const ids = links.map((link) => link.eventId)
  await tx.deleteFrom('auditUnsealed').where('eventId', 'in', ids).execute()
  await putHead(tx, notary, { workspaceId, seq, hash, at: new Date().toISOString() })
  return links.length
}

export class ChainBroken extends Error {
  constructor() {
    super('The chain of the activity log does not end as its sealed head says.')
    this.name = 'ChainBroken'
  }
}

async function putHead(tx: Tx, notary: Notary, head: ChainHead): Promise<void> {
  const values = {
    seq: head.seq,
    hash: Buffer.from(head.hash, 'hex'),
    at: head.at,
    ...notary.seal(new Redacted(wordsOf(head)), boundTo(head.workspaceId)),
  }
  await tx
    .insertInto('auditHeads')
    .values({ workspaceId: head.workspaceId, ...values })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(values))
    .execute()
}

const wordsOf = (head: Omit<ChainHead, 'workspaceId'>) => `${String(head.seq)} ${head.hash} ${head.at}`
const boundTo = (workspaceId: string) => `audit-heads/${workspaceId}`

/** The head, which is what was sealed and where the chain ends; an empty one before the first event; null where it is neither. */
async function soundHead(tx: Tx, notary: Notary, workspaceId: string): Promise<ChainHead | null> {
  const head = await loadHead(tx, workspaceId)
  const last = await tx
    .selectFrom('auditChain')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (head === null) return last === undefined ? emptyHead(workspaceId) : null
  const fits = last?.seq === head.seq && last.hash.toString('hex') === head.hash
  return fits && isSealed(notary, head) ? head : null
}

function emptyHead(workspaceId: string): ChainHead {
  return { workspaceId, seq: 0, hash: NO_HASH, at: new Date(0).toISOString() }
}

type StoredHead = ChainHead & { sealed: Buffer; keyVersion: number }

async function loadHead(tx: Tx, workspaceId: string): Promise<StoredHead | null> {
  return (await headAndEnd(tx, workspaceId)).head
}

/** The head and the chain's last number, seen at one moment: the sealer may go on meanwhile. */
async function headAndEnd(tx: Tx, workspaceId: string): Promise<{ head: StoredHead | null; last: number }> {
  const row = await tx
    .selectFrom((from) =>
      from
        .selectFrom('auditChain')
        .select((s) => s.fn.max('seq').as('last'))
        .as('chain'),
    )
    .leftJoin('auditHeads', (on) => on.on('auditHeads.workspaceId', '=', workspaceId))
    .select(['chain.last', 'auditHeads.seq', 'auditHeads.hash', 'auditHeads.at', 'auditHeads.sealed'])
    .select('auditHeads.keyVersion')
    .executeTakeFirstOrThrow()
  const { seq, hash, at, sealed, keyVersion } = row
  // Null where the chain is empty, which the builder's types do not know.
  const last = (row.last as number | null) ?? 0
  if (seq === null || hash === null || at === null || sealed === null || keyVersion === null)
    return { head: null, last }
  return {
    head: { workspaceId, seq, hash: hash.toString('hex'), at: at.toISOString(), sealed, keyVersion },
    last,
  }
}

function isSealed(notary: Notary, head: StoredHead): boolean {
  try {
    return notary.open(head.sealed, boundTo(head.workspaceId)).reveal() === wordsOf(head)
  } catch {
    return false
  }
}

/** Where the chain ends now. */
export async function chainHead(tx: Tx, workspaceId: string): Promise<ChainHead> {
  const head = await loadHead(tx, workspaceId)
  if (head === null) return emptyHead(workspaceId)
  return plainHead(head)
}

function plainHead({ workspaceId, seq, hash, at }: ChainHead): ChainHead {
  return { workspaceId, seq, hash, at }
}

/** Heads that another version of the master key sealed are sealed anew; those that do not open stay as they are. Returns how many. */
export async function resealHeads(db: Db, notary: Notary): Promise<number> {
  const workspaces = await across(db, (tx) => tx.selectFrom('workspaces').select('id').execute())
  let sum = 0
  for (const { id } of workspaces) sum += await work(db, id, (tx) => resealHead(tx, notary, id))
  return sum
}

async function resealHead(tx: Tx, notary: Notary, workspaceId: string): Promise<number> {
  await sql`select 1 from audit_heads where workspace_id = ${workspaceId} and key_version <> ${notary.keyVersion} for update`.execute(
    tx,
  )
  const head = await loadHead(tx, workspaceId)
  if (head === null || head.keyVersion === notary.keyVersion || !isSealed(notary, head)) return 0
  await putHead(tx, notary, head)
  return 1
}

/** Events as the chain covers them, each with its place and its hash; null for the second or two until it is sealed. */
export async function chainedByIds(
  tx: Tx,
  ids: readonly string[],
): Promise<(ChainedEvent & { seq: number | null; hash: string | null })[]> {
  const { rows } = await sql<ChainedEvent & { seq: number | null; hash: string | null }>`
    select ${eventColumns}, c.seq, encode(c.hash, 'hex') as hash from audit_events e left join audit_chain c on c.event_id = e.id
    where e.id = any(${ids}::bigint[])`.execute(tx)
  return rows
}

// ——— Verifying

export interface Verified {
  ok: boolean
  /** Links whose hash was computed again. */
  checked: number
  /** Events that wait to be sealed. */
  unsealed: number
  head: ChainHead
  broken: { seq: number | null; eventId: string | null; sentence: string } | null
  given: { seq: number; hash: string; ok: boolean; sentence: string } | null
}

type Broken = NonNullable<Verified['broken']>

/** Walks the whole chain of a workspace, as far as it goes when it is called. `given`: a head that was kept elsewhere, to check the chain against. */
export async function verifyChain(
  tx: Tx,
  notary: Notary,
  workspaceId: string,
  given: { seq: number; hash: string } | null,
): Promise<Verified> {
  const { head, last } = await headAndEnd(tx, workspaceId)
  const walk = await walkChain(tx, last, given?.seq ?? null)
  const broken =
    walk.broken ??
    atTheEnd(notary, head, walk) ??
    (await outsideOfChain(tx)) ??
    (await nothingAtAll(tx, walk))
  const unsealed = await sql<{ count: number }>`select count(*) as count from audit_unsealed`.execute(tx)
  const compared = given === null ? null : { ...given, ...compare(given, walk) }
  return {
    ok: broken === null && compared?.ok !== false,
    checked: walk.checked,
    unsealed: unsealed.rows[0]?.count ?? 0,
    head: head === null ? emptyHead(workspaceId) : plainHead(head),
    broken,
    given: compared,
  }
}

interface Walk {
  checked: number
  seq: number
  hash: string
  /** The hash of the link that was asked for, as it is computed now. */
  asked: string | null
  broken: Broken | null
}

async function walkChain(tx: Tx, last: number, asked: number | null): Promise<Walk> {
  const walk: Walk = { checked: 0, seq: 0, hash: NO_HASH, asked: asked === 0 ? NO_HASH : null, broken: null }
  for (;;) {
    const { rows } = await sql<
      Omit<ChainedEvent, 'id'> & { id: string | null; seq: number; eventId: string; hash: Buffer }
    >`
      select c.seq, c.event_id::text as event_id, c.hash, ${eventColumns} from audit_chain c left join audit_events e on e.id = c.event_id
      where c.seq > ${walk.seq} and c.seq <= ${last} order by c.seq limit ${PORTION}`.execute(tx)
    for (const { seq, eventId, hash, id, ...event } of rows) {
      if (seq !== walk.seq + 1) walk.broken = gap(walk.seq + 1)
      else if (id === null) walk.broken = { seq, eventId, sentence: 'This event was deleted.' }
      else if (linkHash({ ...event, id }, seq, walk.hash) !== hash.toString('hex'))
        walk.broken = {
          seq,
          eventId,
          sentence: 'This event, or its place, is not the one that was sealed: it was changed or swapped.',
        }
      if (walk.broken !== null) return walk
      walk.checked += 1
      walk.seq = seq
      walk.hash = hash.toString('hex')
      if (seq === asked) walk.asked = walk.hash
    }
    if (rows.length < PORTION) return walk
  }
}

function gap(seq: number): Broken {
  return { seq, eventId: null, sentence: 'A link is missing here: events were taken out of the chain.' }
}

function atTheEnd(notary: Notary, head: StoredHead | null, walk: Walk): Broken | null {
  const at = { seq: walk.seq, eventId: null }
  if (head === null) {
    if (walk.seq === 0) return null
    return { ...at, sentence: 'The sealed head of the chain is gone.' }
  }
  if (!isSealed(notary, head))
    return {
      ...at,
      sentence:
        'The head of the chain was not sealed by this installation: the chain may have been made anew.',
    }
  if (head.seq > walk.seq)
    return {
      ...at,
      seq: walk.seq + 1,
      sentence: 'The end of the chain is missing: the newest events were cut off.',
    }
  if (head.seq < walk.seq || head.hash !== walk.hash)
    return { ...at, sentence: 'The chain goes on after its sealed head: links were put in.' }
  return null
}

/** An event that is neither sealed nor waits for it was not written by the product. */
async function outsideOfChain(tx: Tx): Promise<Broken | null> {
  const { rows } = await sql<{ id: string }>`
    select e.id::text as id from audit_events e
    where not exists (select from audit_chain c where c.event_id = e.id)
      and not exists (select from audit_unsealed u where u.event_id = e.id)
    order by e.id limit 1`.execute(tx)
  const id = rows[0]?.id
  if (id === undefined) return null
  return { seq: null, eventId: id, sentence: 'This event was put in: the product did not write it.' }
}

/** Making a workspace is its first event, so a log is never empty. */
async function nothingAtAll(tx: Tx, walk: Walk): Promise<Broken | null> {
  if (walk.seq > 0) return null
  const { rows } = await sql`select from audit_events limit 1`.execute(tx)
  if (rows.length > 0) return null
  return { seq: null, eventId: null, sentence: 'The log is empty: everything was deleted.' }
}

function compare(given: { seq: number; hash: string }, walk: Walk): { ok: boolean; sentence: string } {
  if (walk.asked === given.hash.toLowerCase())
    return { ok: true, sentence: 'The log goes on from the head that you kept.' }
  if (walk.asked === null && walk.broken === null)
    return {
      ok: false,
      sentence:
        'The log is shorter than the head that you kept: an older state was restored, or its end was cut off.',
    }
  if (walk.asked === null)
    return {
      ok: false,
      sentence: 'The log is broken before the head that you kept, so it does not lead to it.',
    }
  return { ok: false, sentence: 'The log is another one than the one that your head was taken from.' }
}
