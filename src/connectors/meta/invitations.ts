// What an open invitation of our own business will carry: the assets that whoever accepts it gets, from two lists of each invitation. They are
// asked as soon as it is known who is invited, all of them in one batch, and anew after a day.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business-role-request/assigned_owned_assets
import { ConnectorError } from '../../model/error.ts'
import type { Context } from '../connector.ts'
import { changed, expandedPage, isObject, reference, requiredId, text } from './answer.ts'
import type { Json, JsonObject, Page } from './answer.ts'
import type { GraphError } from './failures.ts'
import { BATCH_SIZE } from './graph.ts'
import type { Answer, Call, Graph } from './graph.ts'
import { carriedOf, prove, provenEdge, refuse, refusedCode, refusedTwice, rememberCarried } from './learnt.ts'
import { limits } from './queries.ts'

export const invitationsEdge = 'pending_users'
const lists = ['assigned_owned_assets', 'assigned_client_assets'] as const
/** Where a refusal of these lists is remembered. */
const PLACE = 'carried'
/** Names of so many assets; of more only the number. */
const NAMED = 20

/** Where the words stand in a row: no field of Meta's has this name. */
export const CARRIED = 'guestlist_will_get'

/** A page of invitations with what is known of each, which is asked where it is not known or was asked long ago. */
export async function withCarried(ctx: Context, graph: Graph, found: Page): Promise<Page> {
  if (ctx.target.kind !== 'own' || found.rows.length === 0) return found
  const ids = found.rows.map((row) => requiredId(row, invitationsEdge))
  // One invitation tells whether Meta shows these lists at all.
  if (!provenEdge(ctx, PLACE)) await askCarried(ctx, graph, due(ctx, ids).slice(0, 1))
  if (provenEdge(ctx, PLACE)) await askCarried(ctx, graph, due(ctx, ids).slice(0, BATCH_SIZE))
  const rows = found.rows.map((row): JsonObject => {
    const { words } = carriedOf(ctx, requiredId(row, invitationsEdge))
    return words === null ? row : { ...row, [CARRIED]: words }
  })
  return { ...found, rows }
}

function due(ctx: Context, ids: readonly string[]): string[] {
  if (refusedCode(ctx, PLACE) !== undefined) return []
  return ids.filter((id) => carriedOf(ctx, id).due)
}

async function askCarried(ctx: Context, graph: Graph, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const answers = await graph.ask(ids.map(carriedCall))
  for (const [n, id] of ids.entries()) {
    const answer = answers[n]
    if (answer !== undefined) takeIn(ctx, id, answer)
  }
}

function carriedCall(invitation: string): Call {
  const fields = ['id', ...lists.map((list) => `${list}.limit(${limits.nested})`)]
  return { path: invitation, params: { fields: fields.join(',') } }
}

/** What cannot be understood or may be told later is not known, and is no reason to do without the invitation itself. */
function takeIn(ctx: Context, invitation: string, answer: Answer): void {
  if (!answer.ok) {
    refused(ctx, invitation, answer.error)
    return
  }
  try {
    const words = wordsIn(invitation, answer.body)
    prove(ctx, PLACE)
    rememberCarried(ctx, invitation, words)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    ctx.log('What an invitation will carry was not told', { kind: error.failure.kind })
  }
}

function wordsIn(invitation: string, body: Json): string {
  if (!isObject(body) || reference(body)?.id !== invitation) throw changed('an invitation is another one')
  const words = lists.map((list) => wordsOf(body, list)).filter((part) => part !== '')
  return words.join(', ') || 'No assets'
}

function wordsOf(invitation: JsonObject, list: (typeof lists)[number]): string {
  const { rows, next } = expandedPage(invitation, list, list)
  const names = rows.map((row) => text(row.name) ?? requiredId(row, list)).sort()
  if (names.length <= NAMED && next === null) return names.join(', ')
  return `${names.length}${next === null ? '' : ' or more'} assets`
}

/**
 * Where nothing was ever answered a refusal is believed of all invitations at once, else the second time. One that Meta does not show although it
 * has just told of it is left alone for a day.
 */
function refused(ctx: Context, invitation: string, error: GraphError): void {
  const { kind, code } = error.failure
  if (kind === 'auth' || kind === 'limited') throw error
  if (kind === 'transient') return
  const proven = provenEdge(ctx, PLACE)
  if (kind === 'gone' && proven) rememberCarried(ctx, invitation, carriedOf(ctx, invitation).words)
  else if (!proven || refusedTwice(ctx, PLACE)) refuse(ctx, PLACE, code)
}
