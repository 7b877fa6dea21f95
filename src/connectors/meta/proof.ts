// Whose a token is. No field of Meta tells the business of a system user, so it is proven: the id of `/me` stands among the system users of the
// business that is expected. What does not prove it may still refute it.
import type { Context } from '../connector.ts'
import { changed, id, isObject, page, reference, text } from './answer.ts'
import type { Json, JsonObject } from './answer.ts'
import { half } from './ask-for-less.ts'
import { learntNothing } from './failures.ts'
import type { GraphError } from './failures.ts'
import { openGraph } from './graph.ts'
import type { Answer, Call, Graph } from './graph.ts'
import { kindOf } from './kinds.ts'
import { holdsOne } from './edges.ts'
import { readerOf } from './queries.ts'

export interface Whose {
  /** What the token acts as; null where Meta did not tell. */
  me: { id: string; name: string | null } | null
  business: { id: string; name: string | null } | null
  /** Why the business could not be read. */
  businessError: GraphError | null
  /** The system user of the token among those of the business. */
  systemUser: { role: string | null; name: string | null } | null
  /** Why the system users could not be listed. */
  listError: GraphError | null
  /** Businesses of the token's user, as Meta tells; null where it did not. */
  businesses: { id: string; name: string | null }[] | null
  /** Own target: what the partners' list and the first asset list answered. */
  partners: GraphError | 'read' | null
  lists: GraphError | 'read' | null
  /** Partner target: how many of the shared assets that were tried the token sees. */
  tried: { seen: number; refused: number }
}

const PAGE = 100

const listCall = (business: string, more: Record<string, string> = {}): Call => ({
  path: `${business}/system_users`,
  params: { fields: 'id,name,role', limit: String(PAGE), ...more },
})

/** Asks everything that tells whose a token is, in one batch. Throws GraphError where the whole token is refused or Meta is away. */
export async function whoseToken(ctx: Context, userId: string | null): Promise<Whose> {
  const graph = openGraph(ctx)
  const reader = readerOf(ctx)
  const samples = ctx.target.kind === 'partner' ? sampleCalls(ctx) : listCalls(reader)
  const answers = await graph.ask([
    { path: 'me', params: { fields: 'id,name' } },
    { path: reader, params: { fields: 'id,name' } },
    listCall(reader),
    { path: 'me/businesses', params: { fields: 'id,name', limit: '100' } },
    ...samples,
  ])
  const [me, node, inFull, businesses, ...rest] = answers
  const { users, limit } = await inParts(graph, reader, inFull)
  for (const answer of [me, node, users]) {
    if (answer?.ok === false && tellsNothing(answer.error)) throw answer.error
  }
  const meNode = reference(bodyOf(me))
  const meId = meNode ?? (userId === null ? null : { id: userId, name: null })
  const nodeBody = bodyOf(node)
  if (node?.ok === true && reference(nodeBody) === null) throw changed('the business has no id')
  const rows = users?.ok === true ? await systemUserRows(ctx, users.body, limit) : null
  const mine = rows?.find((row) => [meNode?.id, userId].includes(id(row.id)))
  return {
    me: meId,
    business: reference(nodeBody),
    businessError: node?.ok === false ? node.error : null,
    systemUser: mine === undefined ? null : { role: text(mine.role), name: text(mine.name) },
    listError: users?.ok === false ? users.error : null,
    businesses: businessesOf(bodyOf(businesses)),
    partners: ctx.target.kind === 'own' ? outcome(rest[0]) : null,
    lists: ctx.target.kind === 'own' ? outcome(rest[1]) : null,
    tried: ctx.target.kind === 'own' ? { seen: 0, refused: 0 } : count(rest),
  }
}

/** The whole token is refused, Meta is away, or what came is no answer of Meta's at all. */
const tellsNothing = (error: GraphError): boolean =>
  learntNothing(error) || (error.failure.kind === 'changed' && error.code === null)

const bodyOf = (answer: Answer | undefined): Json => (answer?.ok === true ? answer.body : null)

function outcome(answer: Answer | undefined): GraphError | 'read' | null {
  if (answer === undefined) return null
  return answer.ok ? 'read' : answer.error
}

function count(answers: Answer[]): { seen: number; refused: number } {
  const seen = answers.filter((answer) => answer.ok).length
  return { seen, refused: answers.length - seen }
}

const listCalls = (business: string): Call[] => [
  { path: `${business}/agencies`, params: { fields: 'id', limit: '1' } },
  { path: `${business}/owned_ad_accounts`, params: { fields: 'id', limit: '1' } },
]

/** One shared asset per kind that the token's permissions reach. */
function sampleCalls(ctx: Context): Call[] {
  if (ctx.target.kind === 'own') return []
  const samples = new Map<string, string>()
  for (const share of ctx.target.shared) {
    const kind = kindOf(share.type)
    const worth =
      kind !== undefined && kind.assignable && !kind.beyondGuide && holdsOne(ctx, kind.peopleScopes)
    if (worth && !samples.has(share.type)) samples.set(share.type, share.externalId)
  }
  const business = ctx.target.partner
  return [...samples.values()].map((asset) => ({
    path: `${asset}/assigned_users`,
    params: { business, fields: 'id', limit: '1' },
  }))
}

/** The first page of system users, in smaller ones where Meta asks for less: the size of a page says nothing of a token. */
async function inParts(
  graph: Graph,
  business: string,
  inFull: Answer | undefined,
): Promise<{ users: Answer | undefined; limit: string }> {
  let users = inFull
  let rows = PAGE
  while (users?.ok === false && users.error.failure.kind === 'too_much' && rows > 1) {
    rows = half(rows)
    ;[users] = await graph.ask([listCall(business, { limit: String(rows) })])
  }
  return { users, limit: String(rows) }
}

/** All system users, from the first page of them on. */
async function systemUserRows(ctx: Context, body: Json, limit: string): Promise<JsonObject[]> {
  const first = page(body, 'system_users')
  const rows = [...first.rows]
  let next = first.next
  for (let turn = 0; next !== null && turn < 20; turn++) {
    const [answer] = await openGraph(ctx).ask([listCall(readerOf(ctx), { limit, ...next })])
    if (answer?.ok !== true) break
    const more = page(answer.body, 'system_users')
    rows.push(...more.rows)
    next = more.next
  }
  return rows
}

function businessesOf(body: Json): Whose['businesses'] {
  if (!isObject(body) || !Array.isArray(body.data)) return null
  return body.data.map((row) => reference(row)).filter((found) => found !== null)
}

/** True where the token is one of our own business's: its id stands among our system users. */
export async function isOurOwn(ctx: Context, me: string | null): Promise<boolean> {
  if (ctx.target.kind === 'own' || me === null) return false
  const [answer] = await openGraph(ctx).ask([listCall(ctx.target.business)])
  return answer?.ok === true && page(answer.body, 'system_users').rows.some((row) => id(row.id) === me)
}
