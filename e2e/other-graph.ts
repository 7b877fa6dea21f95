// A second, small Graph API server, written from the contract and not from the simulator: other habits, its own ground truth.
// The connector must store exactly this truth from it, whatever it refuses. It keeps nobody's secrets: tokens are fixed.
import { createServer, type IncomingMessage } from 'node:http'
import { kinds, tokenOf, type Asset, type Kind, type OtherWorld, type Person } from './other-graph-world.ts'

/** What this server refuses or does differently. All of it is allowed by the contract. */
export interface Habits {
  /** Answers an expanded read of several edges of a business with code 1. */
  refuseManyEdges?: boolean
  /** Kinds whose `assigned_users` and `agencies` cannot be expanded on list edges. */
  refuseExpansionOn?: string[]
  /** Largest limit; above it code 1. */
  maxLimit?: number
  /** Page size where no limit is given, and the largest page that is really answered. */
  pageSize?: number
  /** Leaves `user_type` out. */
  noUserType?: boolean
  /** Roles as `Admin`, `Employee`. */
  titleCaseRoles?: boolean
  /** Every second batch leaves one item null, once. */
  nullItems?: boolean
  /** The first page of each list is empty and has a `next`. */
  emptyFirstPage?: boolean
  /** The last row of a page comes again on the next one. */
  overlap?: boolean
}

/** Edges that exist and are empty in this world. */
const emptyEdges = new Set([
  'owned_instagram_assets',
  'client_instagram_assets',
  'business_asset_groups',
  'client_business_asset_groups',
  'owned_apps',
  'client_apps',
])

export const APP = { id: '515151515151515', secret: 'other-graph-app-secret', name: 'Our app' }

class Refusal extends Error {
  readonly code: number
  readonly subcode: number | undefined
  readonly status: number
  constructor(code: number, message: string, subcode?: number, status = 400) {
    super(message)
    this.code = code
    this.subcode = subcode
    this.status = status
  }
  body() {
    return {
      error: {
        message: this.message,
        type: this.subcode === 33 ? 'GraphMethodException' : 'OAuthException',
        code: this.code,
        ...(this.subcode ? { error_subcode: this.subcode } : {}),
        fbtrace_id: 'AbCdEf',
      },
    }
  }
}

interface Field {
  name: string
  args: Record<string, string>
  fields: Field[] | null
}

/** `a,b.limit(2){c}` → fields. */
export function parseFields(text: string): Field[] {
  let at = 0
  const list = (): Field[] => {
    const out: Field[] = []
    while (at < text.length && text[at] !== '}') {
      const name = /^[\w]+/.exec(text.slice(at))?.[0]
      if (name === undefined) throw new Refusal(2500, `Syntax error at position ${at}`)
      at += name.length
      const field: Field = { name, args: {}, fields: null }
      while (text[at] === '.') {
        const call = /^\.(\w+)\(([^)]*)\)/.exec(text.slice(at))
        if (call === null) throw new Refusal(2500, 'Syntax error')
        field.args[call[1] ?? ''] = call[2] ?? ''
        at += call[0].length
      }
      if (text[at] === '{') {
        at++
        field.fields = list()
        at++
      }
      out.push(field)
      if (text[at] === ',') at++
    }
    return out
  }
  return list()
}

type Row = Record<string, unknown> & { id: string }

export interface OtherGraph {
  url: string
  world: OtherWorld
  httpCalls: number
  logicalCalls: number
  /** Addresses that were asked, without their query. */
  asked: string[]
  stop(): Promise<void>
}

export async function startOtherGraph(world: OtherWorld, habits: Habits = {}): Promise<OtherGraph> {
  const companies = [world.brand, ...world.partners]
  const byId = new Map(companies.map((c) => [c.id, c]))
  let batches = 0
  const state: OtherGraph = {
    url: '',
    world,
    httpCalls: 0,
    logicalCalls: 0,
    asked: [],
    stop: async () => undefined,
  }
  const role = (r: string) => (habits.titleCaseRoles ? r.charAt(0) + r.slice(1).toLowerCase() : r)
  const held = (business: string) =>
    new Set([
      ...world.assets.filter((a) => a.owner === business).map((a) => a.id),
      ...world.sharing.filter((s) => s.to === business).map((s) => s.asset),
    ])

  const personRow = (p: Person): Row => ({
    id: p.id,
    name: p.name,
    role: role(p.role),
    ...(p.email ? { email: p.email, two_fac_status: 'enabled' } : {}),
  })
  const assetRow = (a: Asset, to?: string): Row => ({
    id: a.id,
    name: a.name,
    ...(a.kind === 'ad_accounts' ? { account_id: a.id.slice(4) } : {}),
    business: { id: a.owner, name: byId.get(a.owner)?.name },
    owner_business: { id: a.owner, name: byId.get(a.owner)?.name },
    ...(to === undefined
      ? {}
      : { permitted_tasks: world.sharing.find((s) => s.asset === a.id && s.to === to)?.rights }),
  })
  const permissionLists = (from: string, to: string): Record<string, unknown> => {
    const out: Record<string, unknown> = {}
    for (const kind of Object.keys(kinds) as Kind[]) {
      const list = kinds[kind].list
      if (list === null) continue
      const rows = world.sharing
        .filter((s) => s.to === to)
        .map((s) => ({ s, a: world.assets.find((x) => x.id === s.asset) }))
        .filter(({ a }) => a?.owner === from && a.kind === kind)
        .map(({ s }) => ({ id: s.asset, permitted_tasks: s.rights, access_status: 'CONFIRMED' }))
      if (rows.length > 0) out[list] = rows
    }
    return out
  }

  function edge(viewer: string, node: string, name: string, args: Record<string, string>): Row[] {
    const company = byId.get(node)
    if (company !== undefined) {
      if (node !== viewer) throw gone(node)
      const owned = /^(owned|client)_(\w+)$/.exec(name)
      if (name === 'business_users') return company.people.filter((p) => !p.system).map(personRow)
      if (name === 'system_users') return company.people.filter((p) => p.system).map(personRow)
      if (name === 'pending_users')
        return company.invited.map((i) => ({ ...i, role: role(i.role), status: 'PENDING' }))
      if (name === 'agencies')
        return companies
          .filter((c) =>
            world.sharing.some(
              (s) => s.to === c.id && world.assets.some((a) => a.id === s.asset && a.owner === node),
            ),
          )
          .map((c) => ({ id: c.id, name: c.name, ...permissionLists(node, c.id) }))
      if (name === 'clients')
        return companies
          .filter((c) =>
            world.sharing.some(
              (s) => s.to === node && world.assets.some((a) => a.id === s.asset && a.owner === c.id),
            ),
          )
          .map((c) => ({ id: c.id, name: c.name, ...permissionLists(c.id, node) }))
      if (owned !== null && (owned[2] ?? '') in kinds) {
        const of = world.assets.filter((a) => a.kind === owned[2])
        return owned[1] === 'owned'
          ? of.filter((a) => a.owner === node).map((a) => assetRow(a))
          : of
              .filter((a) => world.sharing.some((s) => s.asset === a.id && s.to === node))
              .map((a) => assetRow(a, node))
      }
      if (/whatsapp/.test(name))
        throw new Refusal(200, '(#200) Requires whatsapp_business_management permission', undefined, 403)
      if (emptyEdges.has(name)) return []
      throw new Refusal(100, `(#100) Tried accessing nonexisting field (${name}) on node type (Business)`)
    }
    const asset = world.assets.find((a) => a.id === node)
    if (asset === undefined || !held(viewer).has(node)) throw gone(node)
    if (name === 'assigned_users') {
      const business = args.business
      if (business === undefined) throw new Refusal(100, '(#100) The parameter business is required')
      if (business !== viewer) return []
      return world.grants
        .filter((g) => g.business === business && g.asset === node)
        .map((g) => {
          const p = byId.get(business)?.people.find((x) => x.id === g.person)
          return {
            id: g.person,
            name: p?.name,
            tasks: [...g.rights].reverse(),
            ...(habits.noUserType ? {} : { user_type: p?.system ? 'SYSTEM_USER' : 'BUSINESS_USER' }),
          }
        })
    }
    if (name === 'agencies') {
      if (asset.kind === 'pages')
        throw new Refusal(210, '(#210) A page access token is required to request this resource.')
      return world.sharing
        .filter((s) => s.asset === node)
        .map((s) => ({
          id: s.to,
          name: byId.get(s.to)?.name,
          permitted_tasks: s.rights,
          access_status: 'CONFIRMED',
        }))
    }
    throw new Refusal(100, `(#100) Tried accessing nonexisting field (${name}) on node type (Asset)`)
  }

  const gone = (id: string) =>
    new Refusal(
      100,
      `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
      33,
    )

  const isEdge = (node: string, name: string) =>
    /^(business_users|system_users|pending_users|agencies|clients|assigned_users|owned_|client_|business_asset_groups)/.test(
      name,
    ) &&
    (byId.has(node) || world.assets.some((a) => a.id === node))

  function page(
    viewer: string,
    node: string,
    name: string,
    args: Record<string, string>,
    fields: Field[] | null,
  ) {
    let rows = edge(viewer, node, name, args)
    const asked = Number(args.limit ?? habits.pageSize ?? 25)
    if (asked > (habits.maxLimit ?? 500))
      throw new Refusal(
        1,
        "Please reduce the amount of data you're asking for, then retry your request",
        99,
        500,
      )
    const size = Math.min(asked, habits.pageSize ?? asked)
    let start = args.after === undefined ? 0 : Number(Buffer.from(args.after, 'base64').toString())
    if (args.after === undefined && habits.emptyFirstPage && rows.length > 0)
      return { data: [], paging: paging(node, name, args, fields, 0) }
    if (start > 0 && habits.overlap) start -= 1
    const end = Math.min(rows.length, start + size)
    const more = end < rows.length
    rows = rows.slice(start, end)
    if (
      fields !== null &&
      habits.refuseExpansionOn?.some((k) => name.endsWith(k)) &&
      fields.some((f) => f.fields !== null && f.name !== 'business' && f.name !== 'owner_business')
    ) {
      const bad = fields.find((f) => f.fields !== null)?.name ?? ''
      throw new Refusal(100, `(#100) Tried accessing nonexisting field (${bad}) on node type (Asset)`)
    }
    return {
      data: rows.map((r) =>
        pick(
          viewer,
          r,
          fields ?? [
            { name: 'id', args: {}, fields: null },
            { name: 'name', args: {}, fields: null },
            { name: 'role', args: {}, fields: null },
            { name: 'tasks', args: {}, fields: null },
            { name: 'permitted_tasks', args: {}, fields: null },
          ],
        ),
      ),
      ...(rows.length === 0
        ? {}
        : {
            paging: more
              ? paging(node, name, args, fields, end)
              : { cursors: { before: 'MAZDZD', after: Buffer.from(String(end)).toString('base64') } },
          }),
    }
  }

  const fieldText = (fields: Field[]): string =>
    fields
      .map(
        (f) =>
          f.name +
          Object.entries(f.args)
            .map(([k, v]) => `.${k}(${v})`)
            .join('') +
          (f.fields ? `{${fieldText(f.fields)}}` : ''),
      )
      .join(',')

  function paging(
    node: string,
    name: string,
    args: Record<string, string>,
    fields: Field[] | null,
    at: number,
  ) {
    const after = Buffer.from(String(at)).toString('base64')
    const query = new URLSearchParams({
      access_token: 'EAAinthenextaddress',
      ...args,
      after,
      ...(fields ? { fields: fieldText(fields) } : {}),
    })
    return {
      cursors: { before: 'MAZDZD', after },
      next: `${state.url}/v26.0/${node}/${name}?${query.toString()}`,
    }
  }

  function pick(viewer: string, row: Row, fields: Field[]): Row {
    const out: Row = { id: row.id }
    for (const f of fields) {
      if (
        f.name === 'assigned_users' ||
        (f.name === 'agencies' && !byId.has(row.id)) ||
        (byId.has(row.id) && isEdge(row.id, f.name))
      ) {
        const inner = page(viewer, row.id, f.name, f.args, f.fields)
        if (inner.data.length > 0 || 'next' in (inner.paging ?? {})) out[f.name] = inner
      } else if (row[f.name] !== undefined) out[f.name] = row[f.name]
    }
    return out
  }

  function answer(viewer: string, path: string, query: URLSearchParams): unknown {
    state.asked.push(path)
    const parts = path.split('/').filter((p) => p !== '')
    const fields = query.get('fields')
    const parsed = fields === null ? null : parseFields(fields)
    const [node = '', name] = parts
    const args = Object.fromEntries(
      [...query].filter(([k]) => !['fields', 'access_token', 'appsecret_proof'].includes(k)),
    )
    if (node === 'me') {
      const me = byId.get(viewer)?.people.find((p) => p.system && p.role === 'ADMIN')
      if (name === undefined) return { id: me?.id, name: me?.name }
      if (name === 'businesses') return { data: [{ id: viewer, name: byId.get(viewer)?.name }] }
      if (name === 'permissions')
        return { data: scopes.map((permission) => ({ permission, status: 'granted' })) }
      throw new Refusal(100, `(#100) Tried accessing nonexisting field (${name}) on node type (SystemUser)`)
    }
    if (name !== undefined) return page(viewer, node, name, args, parsed)
    const company = byId.get(node)
    if (company !== undefined) {
      if (node !== viewer && !world.sharing.some((s) => s.to === node || s.to === viewer)) throw gone(node)
      const many = parsed?.filter((f) => isEdge(node, f.name)).length ?? 0
      if (habits.refuseManyEdges && many > 1)
        throw new Refusal(
          1,
          "Please reduce the amount of data you're asking for, then retry your request",
          99,
          500,
        )
      return pick(
        viewer,
        { id: node, name: company.name },
        parsed ?? [{ name: 'name', args: {}, fields: null }],
      )
    }
    const asset = world.assets.find((a) => a.id === node)
    if (asset === undefined || !held(viewer).has(node)) throw gone(node)
    return pick(viewer, assetRow(asset), parsed ?? [{ name: 'name', args: {}, fields: null }])
  }

  const scopes = [
    'ads_management',
    'business_management',
    'catalog_management',
    'pages_manage_metadata',
    'pages_read_engagement',
    'pages_show_list',
  ]

  function debug(query: URLSearchParams): unknown {
    const input = query.get('input_token') ?? ''
    const business = companies.find((c) => tokenOf(c.id) === input)
    if (business === undefined)
      return {
        data: { is_valid: false, error: { code: 190, message: 'Invalid OAuth access token.' }, scopes: [] },
      }
    const me = business.people.find((p) => p.system && p.role === 'ADMIN')
    return {
      data: {
        app_id: APP.id,
        application: APP.name,
        type: 'SYSTEM_USER',
        is_valid: true,
        expires_at: 0,
        data_access_expires_at: 0,
        scopes,
        granular_scopes: scopes.map((scope) => ({ scope })),
        user_id: me?.id,
      },
    }
  }

  const server = createServer((request, response) => {
    void respond(request).then(({ status, body }) => {
      response.writeHead(status, {
        'content-type': 'application/json; charset=UTF-8',
        'facebook-api-version': 'v26.0',
      })
      response.end(JSON.stringify(body))
    })
  })

  async function respond(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    state.httpCalls++
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const url = new URL(request.url ?? '/', 'http://x')
    const text = Buffer.concat(chunks).toString()
    const body = (request.headers['content-type'] ?? '').includes('json')
      ? new URLSearchParams(
          Object.entries(text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)).map(
            ([k, v]): [string, string] => [k, typeof v === 'string' ? v : JSON.stringify(v)],
          ),
        )
      : new URLSearchParams(text)
    const query = new URLSearchParams(`${url.searchParams.toString()}&${body.toString()}`)
    const token =
      query.get('access_token') ?? (request.headers.authorization ?? '').replace(/^(Bearer|OAuth) /, '')
    const path = url.pathname.replace(/^\/v\d+\.\d+/, '') || '/'
    try {
      if (path === '/debug_token') {
        state.logicalCalls++
        if (token !== `${APP.id}|${APP.secret}` && !companies.some((c) => tokenOf(c.id) === token))
          throw new Refusal(190, 'Invalid OAuth access token.', undefined, 401)
        return { status: 200, body: debug(query) }
      }
      const company = companies.find((c) => tokenOf(c.id) === token)
      if (company === undefined)
        throw new Refusal(190, 'Invalid OAuth access token - Cannot parse access token', undefined, 401)
      const batch = query.get('batch')
      if (batch !== null) {
        const items = JSON.parse(batch) as { method: string; relative_url: string }[]
        batches++
        return {
          status: 200,
          body: items.map((item, index) => {
            state.logicalCalls++
            if (habits.nullItems && batches % 2 === 1 && index === 0 && items.length > 1) return null
            try {
              const inner = new URL(item.relative_url, 'http://x/')
              return {
                code: 200,
                headers: [],
                body: JSON.stringify(
                  answer(company.id, inner.pathname.replace(/^\/v\d+\.\d+/, ''), inner.searchParams),
                ),
              }
            } catch (error) {
              if (!(error instanceof Refusal)) throw error
              return { code: error.status, headers: [], body: JSON.stringify(error.body()) }
            }
          }),
        }
      }
      state.logicalCalls++
      return { status: 200, body: answer(company.id, path, query) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: error.status, body: error.body() }
    }
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  state.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  state.stop = () => new Promise((done) => server.close(() => done()))
  return state
}
