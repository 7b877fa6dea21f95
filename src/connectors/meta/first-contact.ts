// The first contact with the real Graph API: a few calls that only read, each about a fact that Meta's documentation leaves open. What is
// observed is told without names, e-mails, ids or tokens, and as the switches by which the simulator behaves in the same way.
import { oneLine } from '../../model/plain.ts'
import type { Context } from '../connector.ts'
import { adAccountId } from './ad-accounts.ts'
import { id, isObject, names, text } from './answer.ts'
import type { Json, JsonObject } from './answer.ts'
import { openGraph } from './graph.ts'
import type { Answer, Call } from './graph.ts'
import { inspect } from './inspect.ts'
import { kinds } from './kinds.ts'
import { GraphError } from './failures.ts'

/** Most logical calls that are made; a call that fails for a moment is repeated twice. */
export const MOST_CALLS = 30
const LEFT_FOR_ONE = 3

export interface Observed {
  /** The fact, as the contract calls it. */
  about: string
  /** What was seen, in a few words and numbers. */
  seen: string
}

export interface FirstContact {
  observed: Observed[]
  /** Switches of the simulator that differ from nothing: only what was observed. */
  switches: Record<string, unknown>
  calls: number
}

/** Asks our own business with our own token. Throws nothing for a refusal: a refusal is an observation. */
export async function firstContact(ctx: Context): Promise<FirstContact> {
  const see = watchHeaders()
  const look: Look = { ctx, observed: [], switches: {}, see, business: ctx.target.business }
  const scopes = await aboutToken(look)
  await aboutPrincipal(look)
  const samples = await aboutLists(look)
  await aboutExpansions(look)
  await aboutPartners(look, samples)
  await aboutInstagram(look, scopes)
  look.observed.push(...see.told())
  if (see.bucket !== null) look.switches.businessEdgeBucket = see.bucket
  return { observed: look.observed, switches: look.switches, calls: ctx.usage.logicalCalls }
}

interface Look {
  ctx: Context
  observed: Observed[]
  switches: Record<string, unknown>
  see: ReturnType<typeof watchHeaders>
  business: string
}

function watchHeaders() {
  const headers = new Set<string>()
  const buckets = new Set<string>()
  let version = ''
  return {
    bucket: null as string | null,
    note(given: Headers): void {
      version = given.get('facebook-api-version') ?? version
      for (const name of ['x-app-usage', 'x-business-use-case-usage', 'x-ad-account-usage'])
        if (given.has(name)) headers.add(name)
      for (const type of bucketsIn(given.get('x-business-use-case-usage'))) buckets.add(type)
      const known = ['ads_management', 'business_management'].find((type) => buckets.has(type))
      if (known !== undefined) this.bucket = known
    },
    told: (): Observed[] => [
      { about: 'usage headers', seen: headers.size === 0 ? 'none yet' : [...headers].sort().join(', ') },
      {
        about: 'use case that business edges count in',
        seen: [...buckets].sort().join(', ') || 'none named',
      },
      { about: 'version that answered', seen: version || 'not told' },
    ],
  }
}

function bucketsIn(header: string | null): string[] {
  try {
    const uses = JSON.parse(header ?? 'null') as Json
    const entries = isObject(uses)
      ? Object.values(uses).flatMap((list) => (Array.isArray(list) ? list : []))
      : []
    return names(entries.flatMap((entry) => (isObject(entry) ? (text(entry.type) ?? []) : [])))
  } catch {
    return []
  }
}

/** One call; undefined where too few are left. */
async function ask(look: Look, call: Call): Promise<Answer | undefined> {
  const { ctx } = look
  if (ctx.usage.logicalCalls + LEFT_FOR_ONE > MOST_CALLS) return undefined
  const [answer] = await openGraph(ctx, ctx.token, (headers) => look.see.note(headers)).ask([call])
  return answer
}

const said = (answer: Answer | undefined): string =>
  answer === undefined
    ? 'not asked'
    : answer.ok
      ? 'answered'
      : `refused with ${answer.error.failure.code ?? answer.error.failure.kind}`

const rowsOf = (answer: Answer | undefined): JsonObject[] => {
  const body = answer?.ok === true ? answer.body : null
  return isObject(body) && Array.isArray(body.data) ? body.data.filter(isObject) : []
}

function tell(look: Look, about: string, seen: string, switches: Record<string, unknown> = {}): void {
  look.observed.push({ about, seen })
  Object.assign(look.switches, switches)
}

async function aboutToken(look: Look): Promise<string[]> {
  const found = await inspect(look.ctx)
  if (found instanceof GraphError) {
    tell(look, 'inspection of the token', `refused with ${found.failure.code ?? found.failure.kind}`)
    return []
  }
  const ends = found.expiresAt === null ? 'does not end' : 'ends'
  tell(
    look,
    'inspection of the token',
    `${found.type ?? 'no type'}, ${ends}, ${found.targets.size} permissions limited to some assets`,
  )
  tell(look, 'permissions of the token', (found.scopes ?? []).join(', ') || 'not told')
  look.ctx = { ...look.ctx, scopes: found.scopes ?? [] }
  look.switches.inspectedUser = found.userId
  return found.scopes ?? []
}

async function aboutPrincipal(look: Look): Promise<void> {
  const inspected = look.switches.inspectedUser
  delete look.switches.inspectedUser
  const me = await ask(look, { path: 'me', params: { fields: 'id' } })
  const mine = me?.ok === true && isObject(me.body) ? id(me.body.id) : null
  const users = await ask(look, {
    path: `${look.business}/system_users`,
    params: { fields: 'id,role', limit: '100' },
  })
  const listed = rowsOf(users).map((row) => id(row.id))
  if (rowsOf(users).length > 0 && mine !== null) {
    const same = listed.includes(mine)
    tell(
      look,
      'the system user’s id at /me',
      same ? 'is the one in system_users' : 'is not in system_users',
      {
        systemUserId: same ? 'same' : 'app_scoped',
      },
    )
    tell(look, 'the same in debug_token', inspected === mine ? 'equal to /me' : 'differs from /me')
  } else tell(look, 'system users', said(users))
  const businesses = await ask(look, { path: 'me/businesses', params: { fields: 'id', limit: '5' } })
  const owned = rowsOf(businesses).map((row) => id(row.id))
  const kind = businesses?.ok !== true ? 'error' : owned.length === 0 ? 'empty' : 'own'
  const seen =
    kind === 'own'
      ? owned.includes(look.business)
        ? 'names this business'
        : 'names other businesses'
      : said(businesses)
  if (businesses !== undefined)
    tell(look, '/me/businesses of a system user', kind === 'empty' ? 'empty' : seen, {
      systemUserBusinesses: kind,
    })
}

/** The largest limits and where a count is given; hands back one asset per kind. */
async function aboutLists(look: Look): Promise<Map<string, string>> {
  const maxLimits: Record<string, number> = {}
  const samples = new Map<string, string>()
  let counted = 0
  for (const edge of ['business_users', ...kinds.slice(0, 4).map((kind) => kind.owned)]) {
    const limits = [500, 100]
    for (const limit of limits) {
      const answer = await ask(look, {
        path: `${look.business}/${edge}`,
        params: { fields: 'id', limit: String(limit), summary: 'total_count' },
      })
      if (answer?.ok !== true) {
        const less = answer !== undefined && answer.error.failure.kind === 'too_much'
        if (less) maxLimits[edge] = Math.min(maxLimits[edge] ?? limit, limit) - 1
        if (less && limit > 100) continue
        tell(look, `list ${edge} with ${limit} rows`, said(answer))
        break
      }
      if (maxLimits[edge] !== undefined) maxLimits[edge] = limit
      const body = isObject(answer.body) ? answer.body : {}
      const total = isObject(body.summary) ? body.summary.total_count : undefined
      if (typeof total === 'number') counted += 1
      const rows = rowsOf(answer)
      const more = isObject(body.paging) && body.paging.next !== undefined
      tell(
        look,
        `list ${edge} with ${limit} rows`,
        `${more ? 'a page' : 'all'} of ${rows.length} rows, ${typeof total === 'number' ? `counts ${total}` : 'no count'}`,
      )
      const kind = kinds.find((one) => one.owned === edge)
      const first = id(rows[0]?.id)
      if (kind !== undefined && first !== null) samples.set(kind.type, first)
      break
    }
  }
  if (Object.keys(maxLimits).length > 0) look.switches.maxLimits = maxLimits
  if (counted > 0) look.switches.totalEverywhere = counted >= 4
  return samples
}

async function aboutExpansions(look: Look): Promise<void> {
  const refused: string[] = []
  const several = await ask(look, {
    path: look.business,
    params: {
      fields: `id,owned_ad_accounts.limit(2){id},owned_pages.limit(2){id},business_users.limit(2){id}`,
    },
  })
  tell(look, 'several lists in one read of the business', said(several))
  for (const kind of kinds.filter((one) => one.assignable)) {
    const people = `assigned_users.business(${look.business}).limit(2){id}`
    const answer = await ask(look, {
      path: `${look.business}/${kind.owned}`,
      params: { fields: `id,${people}`, limit: '2' },
    })
    tell(look, `${kind.node} with its people expanded`, said(answer))
    if (answer?.ok === false && answer.error.unknownField === 'assigned_users')
      refused.push(`${kind.node}.assigned_users`)
  }
  for (const kind of kinds.filter((one) => one.agencyFields !== null)) {
    const answer = await ask(look, {
      path: `${look.business}/${kind.owned}`,
      params: { fields: 'id,agencies.limit(2){id}', limit: '2' },
    })
    tell(look, `${kind.node} with its partners expanded`, said(answer))
    if (answer?.ok === false && answer.error.unknownField === 'agencies')
      refused.push(`${kind.node}.agencies`)
  }
  look.switches.refusedExpansions = refused
}

async function aboutPartners(look: Look, samples: ReadonlyMap<string, string>): Promise<void> {
  const lists = ['adaccount_permissions', 'page_permissions']
  const agencies = await ask(look, {
    path: `${look.business}/agencies`,
    params: { fields: ['id', ...lists].join(','), limit: '10' },
  })
  const entries = rowsOf(agencies).flatMap((row) =>
    lists.flatMap((list) =>
      (Array.isArray(row[list]) ? row[list].filter(isObject) : []).map((entry) => ({
        partner: id(row.id),
        list,
        entry,
      })),
    ),
  )
  const statuses = names(entries.flatMap(({ entry }) => text(entry.access_status) ?? []))
  tell(
    look,
    'partners and what their lists name',
    `${said(agencies)}, ${rowsOf(agencies).length} on the first page; statuses: ${statuses.join(', ') || 'none'}`,
  )
  const shared = entries.find(({ entry }) => text(entry.access_status) === 'CONFIRMED')
  const named = id(shared?.entry.id)
  const asset = named !== null && shared?.list === 'adaccount_permissions' ? adAccountId(named) : named
  if (shared?.partner != null && asset !== null) {
    const answer = await ask(look, {
      path: `${asset}/assigned_users`,
      params: { business: shared.partner, fields: 'id', limit: '2' },
    })
    const code = answer?.ok === false ? answer.error.failure.code : null
    const kind =
      answer?.ok === true
        ? rowsOf(answer).length > 0
          ? 'people'
          : 'empty'
        : code === '100/33'
          ? '100/33'
          : '200'
    if (answer !== undefined)
      tell(look, 'a partner’s people with the owner’s token', answer.ok ? kind : said(answer), {
        ownerAsksForPartner: kind,
      })
  } else tell(look, 'a partner’s people with the owner’s token', 'nothing shared to try it on')
  const page = samples.get('page')
  if (page === undefined) return
  const answer = await ask(look, { path: `${page}/agencies`, params: { fields: 'id', limit: '1' } })
  if (answer !== undefined)
    tell(look, 'a Page’s own partners without a Page token', said(answer), {
      pageAgenciesNeedPageToken: !answer.ok,
    })
}

async function aboutInstagram(look: Look, scopes: readonly string[]): Promise<void> {
  const answer = await ask(look, {
    path: `${look.business}/owned_instagram_assets`,
    params: { fields: 'id', limit: '1' },
  })
  const held = scopes.includes('instagram_basic')
  tell(look, `Instagram accounts ${held ? 'with' : 'without'} instagram_basic`, said(answer))
  if (answer !== undefined && !held) look.switches.instagramBasicNeeded = !answer.ok
}

/** The report as text, to be pasted anywhere. */
export function reportOf(found: FirstContact): string {
  // The provider's words among them are for a terminal now: none of them moves its cursor or writes another line.
  const lines = found.observed.map(({ about, seen }) => oneLine(`${about}: ${seen}`))
  return [...lines, '', `${found.calls} calls were made; all of them only read.`].join('\n')
}
