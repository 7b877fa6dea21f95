// Notices: written in the transaction of what they tell of, one for each person who is to know and wants to.
import { sql } from 'kysely'
import { AppError } from '../model/error.ts'
import { jobKindLabels } from '../model/job.ts'
import { roles } from '../model/member.ts'
import type { Role } from '../model/member.ts'
import { noticeKindsOf, noticeLabels, noticeSentence } from '../model/notice.ts'
import type { Notice, NoticeData, NoticeKind, NoticeSetting } from '../model/notice.ts'
import { EXPIRES_SOON_DAYS } from '../model/partner.ts'
import { across, work } from './db.ts'
import type { Db, Tx } from './db.ts'
import { notify } from './notify.ts'

export interface News {
  kind: NoticeKind
  /** What makes it the same news: told once to each person. */
  once: string
  connectionId?: string | null
  partnerId?: string | null
  jobId?: string | null
  /** The person it is about. */
  about?: string | null
  data?: NoticeData
}

/**
 * Tells people of the workspace that the transaction is inside of, each as they want it: those with these ids, or all whose role is told
 * this kind.
 */
export async function tell(tx: Tx, news: News, to: readonly string[] | null = null): Promise<void> {
  const { rows } = await sql<{ workspaceId: string }>`
    insert into notices (workspace_id, user_id, kind, connection_id, partner_id, job_id, about, data, once, shown, mail)
    select m.workspace_id, m.user_id, ${news.kind}, ${news.connectionId ?? null}::uuid, ${news.partnerId ?? null}::uuid,
      ${news.jobId ?? null}::uuid, ${news.about ?? null}, ${JSON.stringify(news.data ?? {})}::jsonb, ${news.once},
      coalesce(s.console, true), case when coalesce(s.mail, true) then 'due' else 'none' end
    from members m left join notice_settings s on s.workspace_id = m.workspace_id and s.user_id = m.user_id and s.kind = ${news.kind}
    where m.workspace_id = guestlist_workspace() and m.role = any(${rolesTold(news.kind)}::text[]) and m.status = 'active'
      and (${to}::text[] is null or m.user_id = any(${to}::text[])) and coalesce(m.ends_at, 'infinity') > now() and (coalesce(s.console, true) or coalesce(s.mail, true))
    on conflict do nothing
    returning workspace_id`.execute(tx)
  const workspaceId = rows[0]?.workspaceId
  if (workspaceId !== undefined) await notify(tx, 'notices', { workspaceId })
}

/** The roles that are told a kind. */
function rolesTold(kind: NoticeKind): Role[] {
  return roles.filter((role) => noticeKindsOf(role).includes(kind))
}

// ——— What a person reads

interface Row {
  id: string
  userId: string
  kind: NoticeKind
  at: Date
  readAt: Date | null
  data: NoticeData
  jobId: string | null
  jobKind: string | null
  partnerId: string | null
  partnerName: string | null
  connectionId: string | null
  connectionLabel: string | null
  about: string | null
  aboutName: string | null
  /** The secret that it tells of, where the reader still has it. */
  secretId: string | null
}

const rowsOf = sql`
  select n.id, n.user_id, n.kind, n.at, n.read_at, n.data, n.job_id, j.kind as job_kind, n.partner_id,
    coalesce(p.name, p.external_id) as partner_name, n.connection_id, c.label as connection_label, n.about, u.name as about_name,
    s.secret_id
  from notices n left join jobs j on j.id = n.job_id left join partners p on p.id = n.partner_id
    left join connections c on c.id = n.connection_id and c.removed_at is null left join auth_user u on u.id = n.about
    left join secret_members s on s.secret_id::text = n.data ->> 'secret' and s.user_id = n.user_id`

/** Somebody whose notices are read, with the role that they have now: what it is not told is not shown, whatever it was told before. */
export interface Reader {
  userId: string
  role: Role
}

/** A person's notices, newest first. */
export async function noticesOf(
  tx: Tx,
  reader: Reader,
  ask: { unread: boolean; offset: number; limit: number },
): Promise<{ rows: Notice[]; total: number; unread: number }> {
  const { rows } = await sql<Row>`${rowsOf}
    where n.user_id = ${reader.userId} and n.kind = any(${noticeKindsOf(reader.role)}::text[]) and n.shown and (not ${ask.unread} or n.read_at is null)
    order by n.at desc, n.id limit ${ask.limit} offset ${ask.offset}`.execute(tx)
  const { total, unread } = await countNotices(tx, reader)
  return { rows: rows.map(noticeOf), total: ask.unread ? unread : total, unread }
}

async function countNotices(tx: Tx, { userId, role }: Reader): Promise<{ total: number; unread: number }> {
  const { rows } = await sql<{ total: number; unread: number }>`
    select count(*) as total, count(*) filter (where read_at is null) as unread from notices
    where user_id = ${userId} and kind = any(${noticeKindsOf(role)}::text[]) and shown`.execute(tx)
  return rows[0] ?? { total: 0, unread: 0 }
}

export async function unreadNotices(tx: Tx, reader: Reader): Promise<number> {
  return (await countNotices(tx, reader)).unread
}

function noticeOf(row: Row): Notice {
  return {
    id: row.id,
    kind: row.kind,
    at: row.at.toISOString(),
    title: noticeLabels[row.kind],
    sentence: sentenceOf(row),
    readAt: row.readAt?.toISOString() ?? null,
    target: targetOf(row),
  }
}

function sentenceOf(row: Row): string {
  const names = {
    connection: row.connectionLabel,
    partner: row.partnerName,
    job: row.jobKind === null ? null : (jobKindLabels[row.jobKind] ?? row.jobKind),
    person: row.aboutName,
  }
  return noticeSentence(row.kind, names, row.data)
}

function targetOf(row: Row): Notice['target'] {
  const { connectionId } = row
  if (row.jobId !== null && row.kind.startsWith('task-')) return { kind: 'job', id: row.jobId, connectionId }
  if (row.kind === 'secret-shared')
    return row.secretId === null ? null : { kind: 'secret', id: row.secretId, connectionId: null }
  if (row.about !== null && row.partnerId === null)
    return { kind: 'member', id: row.about, connectionId: null }
  if (row.connectionLabel === null || connectionId === null) return null
  if (row.partnerId !== null) return { kind: 'partner', id: row.partnerId, connectionId }
  return { kind: 'connection', id: connectionId, connectionId }
}

/** Marks a person's notices as read: those with these ids, or all (null). Throws `not_found` where one is not theirs. */
export async function markRead(
  tx: Tx,
  workspaceId: string,
  userId: string,
  ids: readonly string[] | null,
): Promise<void> {
  if (ids !== null) {
    const { rows } =
      await sql`select from notices where user_id = ${userId} and id = any(${ids}::uuid[])`.execute(tx)
    if (rows.length < new Set(ids).size)
      throw new AppError('not_found', 'There is no such notice (any more).')
  }
  await sql`update notices set read_at = now()
    where user_id = ${userId} and read_at is null and (${ids}::uuid[] is null or id = any(${ids}::uuid[]))`.execute(
    tx,
  )
  await notify(tx, 'notices', { workspaceId })
}

/** How a person is told of each kind that their role is told. */
export async function noticeSettings(tx: Tx, { userId, role }: Reader): Promise<NoticeSetting[]> {
  const rows = await tx
    .selectFrom('noticeSettings')
    .select(['kind', 'console', 'mail'])
    .where('userId', '=', userId)
    .execute()
  return noticeKindsOf(role).map((kind) => ({
    kind,
    label: noticeLabels[kind],
    console: rows.find((row) => row.kind === kind)?.console ?? true,
    mail: rows.find((row) => row.kind === kind)?.mail ?? true,
  }))
}

/** Changes how a person is told of one kind from now on. */
export async function setNotice(
  tx: Tx,
  who: { workspaceId: string; userId: string },
  kind: NoticeKind,
  to: { console?: boolean | undefined; mail?: boolean | undefined },
): Promise<void> {
  await tx
    .insertInto('noticeSettings')
    .values({ ...who, kind, ...to })
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'userId', 'kind']).doUpdateSet((set) => ({
        console: to.console ?? set.ref('noticeSettings.console'),
        mail: to.mail ?? set.ref('noticeSettings.mail'),
      })),
    )
    .execute()
}

// ——— What time brings

const KEEP_DAYS = 180

/** Tells of tokens that end soon, or ended while nobody looked; forgets what is half a year old. */
export async function tellOfTokens(tx: Tx, now: Date): Promise<void> {
  const soon = new Date(now.getTime() + EXPIRES_SOON_DAYS * 86_400_000)
  const tokens = await tx
    .selectFrom('credentials')
    .innerJoin('connections', 'connections.id', 'credentials.connectionId')
    .select(['credentials.id', 'credentials.connectionId', 'credentials.partnerId', 'credentials.expiresAt'])
    .where('connections.removedAt', 'is', null)
    .where('credentials.kind', '=', 'token')
    .where('credentials.state', 'in', ['good', 'attention'])
    .where('credentials.expiresAt', '<=', soon)
    .execute()
  for (const { id, expiresAt, ...where } of tokens) {
    if (expiresAt === null) continue
    if (expiresAt <= now) await tell(tx, { kind: 'token-died', once: id, ...where })
    else
      await tell(tx, {
        kind: 'token-expires',
        once: `${id}/${String(EXPIRES_SOON_DAYS)}`,
        data: { expiresAt: expiresAt.toISOString() },
        ...where,
      })
  }
  await tx
    .deleteFrom('notices')
    .where('at', '<', new Date(now.getTime() - KEEP_DAYS * 86_400_000))
    .execute()
}

// ——— Mail

/** Workspaces with an app: those that may hold tokens. Inside across(). */
export async function workspacesWithTokens(tx: Tx): Promise<string[]> {
  const rows = await tx
    .selectFrom('connections')
    .select('workspaceId')
    .distinct()
    .where('removedAt', 'is', null)
    .execute()
  return rows.map((row) => row.workspaceId)
}

/** Workspaces with notices that are to be mailed. */
export async function workspacesWithMail(db: Db): Promise<string[]> {
  const { rows } = await across(db, (tx) =>
    sql<{ workspaceId: string }>`select distinct workspace_id from notices where mail = 'due'`.execute(tx),
  )
  return rows.map((row) => row.workspaceId)
}

/** One person's letter: what they are to be told together. */
export interface Post {
  to: string
  workspaceId: string
  workspaceName: string
  ids: string[]
  sentences: string[]
}

/** Which role is told which kind, as two columns. */
const pairs = roles.flatMap((role) => noticeKindsOf(role).map((kind) => ({ role, kind })))
const told = { roles: pairs.map(({ role }) => role), kinds: pairs.map(({ kind }) => kind) }

/** The pauses between them double: the last one is half a day after the first. */
const MOST_TRIES = 12

/**
 * Takes the notices of one person that are to be mailed, for one process: from here on they count as sent, so that none is mailed twice,
 * and a process that dies takes one letter with it at most. `but`: addresses that had their turn. Null where nobody is left. Notices of
 * people whose role is told this kind no more, and those older than a day, are given up.
 */
export function takePost(db: Db, workspaceId: string, but: readonly string[]): Promise<Post | null> {
  return work(db, workspaceId, async (tx) => {
    const { rows: due } = await sql<{ id: string; to: string | null; workspaceName: string }>`
      select n.id, w.name as workspace_name,
        case when n.at > now() - interval '1 day' and m.status = 'active' and coalesce(m.ends_at, 'infinity') > now()
          and (m.role, n.kind) in (select * from unnest(${told.roles}::text[], ${told.kinds}::text[])) then u.email end as "to"
      from notices n join workspaces w on w.id = n.workspace_id join auth_user u on u.id = n.user_id
        left join members m on m.workspace_id = n.workspace_id and m.user_id = n.user_id
      where n.mail = 'due' and n.workspace_id = ${workspaceId} and n.at not between now() - interval '15 seconds' * (2 ^ n.mail_tries - 1) and now() + interval '1 minute'
        and not (u.email = any(${but}::text[]))
      order by n.at, n.id limit 500 for update of n skip locked`.execute(tx)
    const idsTo = (to: string | null) => due.filter((row) => row.to === to).map((row) => row.id)
    await setMail(tx, idsTo(null), sql`'given_up'`)
    const first = due.find((row) => row.to !== null)
    if (first?.to == null) return null
    const ids = idsTo(first.to)
    const { rows } = await sql<Row>`${rowsOf} where n.id = any(${ids}::uuid[])`.execute(tx)
    const sentences = new Map(rows.map((row) => [row.id, sentenceOf(row)]))
    await setMail(tx, ids, sql`'sent', mail_tries = mail_tries + 1`)
    return {
      to: first.to,
      workspaceId,
      workspaceName: first.workspaceName,
      ids,
      sentences: ids.map((id) => sentences.get(id) ?? ''),
    }
  })
}

/** The server was not reached, so nothing of this letter left: it is due again, a few times. */
export function giveBackPost(db: Db, post: Post): Promise<void> {
  return work(db, post.workspaceId, (tx) =>
    setMail(tx, post.ids, sql`case when mail_tries < ${MOST_TRIES} then 'due' else 'given_up' end`),
  )
}

async function setMail(tx: Tx, ids: readonly string[], to: ReturnType<typeof sql>): Promise<void> {
  if (ids.length === 0) return
  await sql`update notices set mail = ${to} where id = any(${ids}::uuid[])`.execute(tx)
}
