// What the provider told of partners' app requests. Whoever holds a link may ask, so who may really ask is decided here, in one statement.
import { sql } from 'kysely'
import type { LiveLine } from '../model/token-request.ts'
import { read, work } from './db.ts'
import type { Db } from './db.ts'

/** The provider is asked at most once in so many minutes for one partner, and so often on one day for all partners of a connection. */
export const LIVE_EVERY_MINUTES = 5
export const LIVE_DAILY = 300

export interface LiveRow {
  askedAt: Date
  toldAt: Date | null
  lines: LiveLine[] | null
}

interface At {
  workspaceId: string
  connectionId: string
  partnerId: string
}

/** What is known; null where nobody asked yet. */
export function liveCheckOf(db: Db, at: Pick<At, 'workspaceId' | 'partnerId'>): Promise<LiveRow | null> {
  return read(db, at.workspaceId, async (tx) => {
    const row = await tx
      .selectFrom('liveChecks')
      .select(['askedAt', 'toldAt', 'lines'])
      .where('partnerId', '=', at.partnerId)
      .executeTakeFirst()
    return row ?? null
  })
}

/** True for the one caller who may ask the provider now; asked or not, the time counts from here. */
export function takeLiveCheck(db: Db, at: At): Promise<boolean> {
  return work(db, at.workspaceId, async (tx) => {
    const { rows } = await sql`
      insert into live_checks as l (partner_id, workspace_id, connection_id, asked_at, day, asked_today)
      select ${at.partnerId}, ${at.workspaceId}, ${at.connectionId}, now(), current_date, 1
      where (select coalesce(sum(asked_today), 0) from live_checks where connection_id = ${at.connectionId} and day = current_date) < ${LIVE_DAILY}
      on conflict (partner_id) do update set asked_at = now(), day = current_date,
        asked_today = case when l.day = current_date then l.asked_today + 1 else 1 end
      where l.asked_at not between now() - make_interval(mins => ${LIVE_EVERY_MINUTES}) and now() + interval '1 minute'
      returning partner_id`.execute(tx)
    return rows.length > 0
  })
}

export function putLiveCheck(db: Db, at: At, lines: readonly LiveLine[]): Promise<unknown> {
  return work(db, at.workspaceId, (tx) =>
    tx
      .updateTable('liveChecks')
      .set({ lines: JSON.stringify(lines), toldAt: new Date() })
      .where('partnerId', '=', at.partnerId)
      .execute(),
  )
}
