// What an open invitation of our own business will carry: the assets that whoever accepts it gets, from two lists of each invitation. They are
// asked beside the first read of the next check, in its batch, so that they cost no request; an answer is asked for anew after a day.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business-role-request/assigned_owned_assets
import type { Context } from '../connector.ts'
import { page, requiredId, text } from './answer.ts'
import type { Json, JsonObject, Page } from './answer.ts'
import type { GraphError } from './failures.ts'
import type { Call } from './graph.ts'
import {
  carriedOf,
  prove,
  provenEdge,
  refuse,
  refusedCode,
  refusedTwice,
  rememberCarried,
  setWaiting,
  waitingInvitations,
  setUnseen,
  unseenInvitations,
} from './learnt.ts'
import { limits } from './queries.ts'
import type { CarriedQuery } from './queries.ts'

export const invitationsEdge = 'pending_users'
const lists = ['assigned_owned_assets', 'assigned_client_assets'] as const
/** Where a refusal of these lists is remembered. */
const PLACE = 'carried'
/** Invitations that are asked in one check: with two calls each they fill one batch. */
const PER_CHECK = 24
/** Names of so many assets; of more only the number. */
const NAMED = 20

/** Where the words stand in a row: no field of Meta's has this name. */
export const CARRIED = 'guestlist_will_get'

/** What is asked in this check: nothing where nobody is invited; one invitation where it is not known that Meta tells. */
export function carriedQueries(ctx: Context): CarriedQuery[] {
  if (refusedCode(ctx, PLACE) !== undefined) return []
  const due = waitingInvitations(ctx).filter((id) => lists.some((list) => carriedOf(ctx, id, list).due))
  const now = due.slice(0, provenEdge(ctx, PLACE) ? PER_CHECK : 1)
  return now.flatMap((invitation) => lists.map((list): CarriedQuery => ({ q: 'carried', invitation, list })))
}

export function carriedCall({ invitation, list }: CarriedQuery): Call {
  return { path: `${invitation}/${list}`, params: { limit: String(limits.nested) } }
}

export function onCarried(ctx: Context, { invitation, list }: CarriedQuery, body: Json): void {
  const found = page(body, list)
  prove(ctx, PLACE)
  const names = found.rows.map((row) => text(row.name) ?? requiredId(row, list)).sort()
  const many = names.length > NAMED || found.next !== null
  const words = many ? [`${names.length}${found.next === null ? '' : ' or more'} assets`] : names
  rememberCarried(ctx, invitation, list, words.join(', '))
}

/**
 * One that is gone was accepted or withdrawn meanwhile, unless the list of invitations tells of it still. Any other refusal is believed of all of them: at once where nothing was ever
 * answered, else the second time.
 */
export function carriedRefused(ctx: Context, { invitation }: CarriedQuery, error: GraphError): void {
  if (error.failure.kind === 'gone') {
    setUnseen(ctx, new Set([...unseenInvitations(ctx), invitation]))
    setWaiting(
      ctx,
      waitingInvitations(ctx).filter((id) => id !== invitation),
    )
  } else if (!provenEdge(ctx, PLACE) || refusedTwice(ctx, PLACE)) refuse(ctx, PLACE, error.failure.code)
}

/** Meta says that these are not there, and tells of them: it does not show their lists, so they are not asked on every check. */
function notGone(ctx: Context, ids: readonly string[]): void {
  if (!provenEdge(ctx, PLACE)) refuse(ctx, PLACE, '100/33')
  for (const id of ids)
    for (const list of lists) {
      const { words, due } = carriedOf(ctx, id, list)
      if (due) rememberCarried(ctx, id, list, words)
    }
}

/** A page of invitations with what is known of each; which ones there are is remembered for the next check. */
export function withCarried(ctx: Context, found: Page): Page {
  if (ctx.target.kind !== 'own' || found.rows.length === 0) return found
  const ids = found.rows.map((row) => requiredId(row, invitationsEdge))
  setWaiting(ctx, [...new Set([...ids, ...waitingInvitations(ctx)])])
  const unseen = ids.filter((id) => unseenInvitations(ctx).has(id))
  if (unseen.length > 0) notGone(ctx, unseen)
  const rows = found.rows.map((row): JsonObject => {
    const parts = lists.map((list) => carriedOf(ctx, requiredId(row, invitationsEdge), list).words)
    if (parts.includes(null)) return row
    return { ...row, [CARRIED]: parts.filter((part) => part !== '').join(', ') || 'No assets' }
  })
  return { ...found, rows }
}
