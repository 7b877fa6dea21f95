// Who is behind a session and where they stand in a workspace, in one look: asked with nearly every request.
import { sql } from 'kysely'
import { ofSession } from './db.ts'
import type { Db } from './db.ts'
import { ownPlaceIn } from './workspaces.ts'
import type { Place } from './workspaces.ts'

export interface SessionFound {
  id: string
  address: string | null
  expiresAt: Date
  person: { id: string; name: string; email: string; twoFactor: boolean }
  /** Null where the person is not in the workspace, or none was asked about. */
  place: Place | null
}

/** Null where there is no such session, or it has ended. */
export async function sessionFound(
  db: Db,
  token: string,
  workspaceId: string | null,
): Promise<SessionFound | null> {
  const { row, place } = await ofSession(db, token, async (tx) => {
    const asked = sql<{
      id: string
      address: string | null
      expiresAt: Date
      userId: string
      name: string
      email: string
      twoFactor: boolean
    }>`
      select s.id, s.ip_address as address, s.expires_at, u.id as user_id, u.name, u.email, coalesce(u.two_factor_enabled, false) as two_factor
      from auth_session s join auth_user u on u.id = s.user_id where s.token = ${token} and s.expires_at > now()`
    const [{ rows }, place] = await Promise.all([
      asked.execute(tx),
      workspaceId === null ? null : ownPlaceIn(tx, workspaceId),
    ])
    return { row: rows[0], place }
  })
  if (row === undefined) return null
  const { id, address, expiresAt, userId, name, email, twoFactor } = row
  return { id, address, expiresAt, person: { id: userId, name, email, twoFactor }, place }
}
