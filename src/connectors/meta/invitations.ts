// What an open invitation of our own business will carry: the assets that whoever accepts it gets, from two lists of each invitation. Both are
// asked in one call beside the first read of the next check, in its batch, so that they cost no request; an answer is asked for anew after a
// day.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business-role-request/assigned_owned_assets
import type { Context } from '../connector.ts'
import { changed, expandedPage, isObject, reference, requiredId, text } from './answer.ts'
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
/** Invitations that are asked in one check: with the first read they fill one batch. */
const PER_CHECK = 49
/** Names of so many assets; of more only the number. */
const NAMED = 20

/** Where the words stand in a row: no field of Meta's has this name. */
export const CARRIED = 'guestlist_will_get'

/** What is asked in this check: nothing where nobody is invited; one invitation where it is not known that Meta tells. */
export function carriedQueries(ctx: Context): CarriedQuery[] {
  if (refusedCode(ctx, PLACE) !== undefined) return []
  const due = waitingInvitations(ctx).filter((id) => carriedOf(ctx, id).due)
  const now = due.slice(0, provenEdge(ctx, PLACE) ? PER_CHECK : 1)
  return now.map((invitation): CarriedQuery => ({ q: 'carried', invitation }))
}

export function carriedCall({ invitation }: CarriedQuery): Call {
  const fields = ['id', ...lists.map((list) => `${list}.limit(${limits.nested})`)]
  return { path: invitation, params: { fields: fields.join(',') } }
}

export function onCarried(ctx: Context, { invitation }: CarriedQuery, body: Json): void {
  if (!isObject(body) || reference(body)?.id !== invitation) throw changed('an invitation is another one')
  const words = lists.map((list) => wordsOf(body, list)).filter((part) => part !== '')
  prove(ctx, PLACE)
  rememberCarried(ctx, invitation, words.join(', ') || 'No assets')
}

function wordsOf(invitation: JsonObject, list: (typeof lists)[number]): string {
  const { rows, next } = expandedPage(invitation, list, list)
  const names = rows.map((row) => text(row.name) ?? requiredId(row, list)).sort()
  if (names.length <= NAMED && next === null) return names.join(', ')
  return `${names.length}${next === null ? '' : ' or more'} assets`
}

/**
 * One that is gone was accepted or withdrawn meanwhile, unless the list of invitations tells of it still. Any other refusal is believed of
 * all of them: at once where nothing was ever answered, else the second time.
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
  for (const id of ids) {
    const { words, due } = carriedOf(ctx, id)
    if (due) rememberCarried(ctx, id, words)
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
    const { words } = carriedOf(ctx, requiredId(row, invitationsEdge))
    return words === null ? row : { ...row, [CARRIED]: words }
  })
  return { ...found, rows }
}
