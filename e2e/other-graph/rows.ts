// What each edge and node of the second Graph server holds, before it is paged and picked: its rows as the viewer may see them.
import { heldBy } from './seed.ts'
import type { Denial, Habits } from './habits.ts'
import { allKinds, kinds } from './world.ts'
import type { Asset, Company, Group, Kind, Member, OtherWorld, Person, Sharing } from './world.ts'

export class Refusal extends Error {
  readonly code: number
  readonly subcode: number | undefined
  readonly status: number
  /** It concerns what is expanded, not the edge of the path. */
  nested = false
  constructor(code: number, message: string, subcode?: number, status = 400) {
    super(message)
    this.code = code
    this.subcode = subcode
    this.status = status
  }
  body(): unknown {
    return {
      error: {
        message: this.message,
        type: this.subcode === 33 ? 'GraphMethodException' : 'OAuthException',
        code: this.code,
        ...(this.subcode === undefined ? {} : { error_subcode: this.subcode }),
        fbtrace_id: 'AbCdEf',
      },
    }
  }
}

export type Row = Record<string, unknown> & { id: string }
/** Rows of an edge and the name of their node. */
export interface Rows {
  of: string
  rows: Row[]
}

export const gone = (id: string): Refusal =>
  new Refusal(
    100,
    `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
    33,
  )
export const unknownField = (name: string, node: string): Refusal =>
  new Refusal(100, `(#100) Tried accessing nonexisting field (${name}) on node type (${node})`)
export const tooMuch = (): Refusal =>
  new Refusal(1, "Please reduce the amount of data you're asking for, then retry your request", 99, 500)

export function denied(how: Denial, node: string): Refusal {
  if (how === '100/33') return gone(node)
  if (how === '10')
    return new Refusal(10, '(#10) Application does not have permission for this action', undefined, 403)
  if (how === '3')
    return new Refusal(3, '(#3) Application does not have the capability to make this API call.')
  if (how === '200')
    return new Refusal(
      200,
      '(#200) Requires business_management permission to manage the object',
      undefined,
      403,
    )
  return new Refusal(100, "(#100) Missing permission: requires the 'business_management' permission")
}

const six = [
  'ads_management',
  'business_management',
  'catalog_management',
  'pages_manage_metadata',
  'pages_read_engagement',
  'pages_show_list',
]

export interface Shelf {
  companies: Map<string, Company>
  scopesOf(business: string): string[]
  /** True where the id is a node with edges. */
  isNode(id: string): boolean
  nodeOf(viewer: string, id: string): { of: string; row: Row }
  edge(viewer: string, id: string, name: string, args: Record<string, string>): Rows
}

export function shelfOf(world: OtherWorld, habits: Habits): Shelf {
  const companies = new Map([world.brand, ...world.partners, ...world.strangers].map((c) => [c.id, c]))
  const assets = new Map(world.assets.map((a) => [a.id, a]))
  const users = new Map(world.assets.filter((a) => a.kind === 'instagram_assets').map((a) => [a.user, a]))
  const groups = new Map(world.groups.map((g) => [g.id, g]))
  const kept = new Map<string, Set<Asset>>()
  const held = (business: string): Set<Asset> => {
    const found = kept.get(business) ?? new Set(heldBy(world, business))
    kept.set(business, found)
    return found
  }
  const role = (r: string): string => (habits.titleCaseRoles ? r.charAt(0) + r.slice(1).toLowerCase() : r)
  const ref = (business: string): Row => ({ id: business, name: companies.get(business)?.name })
  const sharesTo = (asset: string, to: string): Sharing | undefined =>
    world.sharing.find((s) => s.asset === asset && s.to === to)

  const personRow = (p: Person): Row => ({
    id: p.id,
    name: p.name,
    role: role(p.role),
    first_name: p.name.split(' ')[0],
    last_name: 'Last',
    two_fac_status: 'enabled',
    finance_permission: 'EDITOR',
    pending_email: undefined,
    marked_for_removal: false,
    created_time: '2024-02-03T10:00:00+0000',
    ...(p.email === null ? {} : { email: p.email }),
    ...(p.title === null ? {} : { title: p.title }),
  })
  const assetRow = (a: Asset, to?: string): Row => {
    const permitted = to === undefined ? undefined : sharesTo(a.id, to)?.rights
    const instagram = a.kind === 'instagram_assets'
    return {
      id: a.id,
      ...(instagram ? { ig_user_id: a.user, ig_username: a.name } : { name: a.name }),
      ...(a.kind === 'ad_accounts'
        ? { account_id: a.id.slice(4), currency: 'EUR', timezone_name: 'Europe/Berlin' }
        : {}),
      ...(a.kind === 'product_catalogs' ? { vertical: 'commerce' } : {}),
      ...(a.kind === 'whatsapp_business_accounts' ? { currency: 'EUR' } : {}),
      ...(instagram ? {} : { owner_business: ref(a.owner), business: ref(a.owner) }),
      ...(permitted === undefined ? {} : { permitted_tasks: permitted, permitted_roles: permitted }),
    }
  }
  const lists = (from: string, to: string): Record<string, unknown> => {
    const out: Record<string, unknown> = {}
    for (const kind of allKinds) {
      const { list } = kinds[kind]
      const rows = world.sharing
        .filter(
          (s) => s.to === to && assets.get(s.asset)?.owner === from && assets.get(s.asset)?.kind === kind,
        )
        .map((s) => ({
          id: habits.bareAccounts ? s.asset.replace(/^act_/, '') : s.asset,
          permitted_tasks: s.rights,
          access_status: s.status,
        }))
      if (list !== null && rows.length > 0) out[list] = rows
    }
    return out
  }
  const partners = (
    to: (s: Sharing) => boolean,
    from: string,
    sides: (c: Company) => [string, string],
  ): Rows => ({
    of: 'Business',
    rows: [...companies.values()]
      .filter(
        (c) =>
          c.id !== from &&
          world.sharing.some(
            (s) => to(s) && sides(c)[0] === assets.get(s.asset)?.owner && sides(c)[1] === s.to,
          ),
      )
      .map((c) => ({ id: c.id, name: c.name, ...lists(...sides(c)) })),
  })
  const members = (
    business: string,
    grants: { person: string; rights: Record<string, unknown> }[],
    of = 'AssignedUser',
  ): Rows => ({
    of,
    rows: grants.flatMap(({ person, rights }) => {
      const p = companies.get(business)?.people.find((x) => x.id === person)
      if (p === undefined) return []
      const type = habits.noUserType ? {} : { user_type: p.system ? 'SYSTEM_USER' : 'BUSINESS_USER' }
      return [{ id: p.id, name: p.name, ...type, ...rights }]
    }),
  })

  function ofBusiness(viewer: string, company: Company, name: string): Rows {
    if (company.id !== viewer) throw gone(company.id)
    const listed = company.people.filter((p) => p.listed)
    switch (name) {
      case 'business_users':
        return { of: 'BusinessUser', rows: listed.filter((p) => !p.system).map(personRow) }
      case 'system_users':
        return { of: 'SystemUser', rows: listed.filter((p) => p.system).map(personRow) }
      case 'pending_users':
        return {
          of: 'BusinessRoleRequest',
          rows: company.invited.map((i) => ({
            ...i,
            role: role(i.role),
            status: 'PENDING',
            created_time: '2026-11-01T10:00:00+0000',
            expiration_time: '2026-12-01T10:00:00+0000',
          })),
        }
      case 'agencies':
        return partners(
          (s) => assets.get(s.asset)?.owner === viewer,
          viewer,
          (c) => [viewer, c.id],
        )
      case 'clients':
        return partners(
          (s) => s.to === viewer,
          viewer,
          (c) => [c.id, viewer],
        )
      case 'business_asset_groups':
        if (habits.groups !== 'yes') throw unknownField(name, 'Business')
        return {
          of: 'BusinessAssetGroup',
          rows: world.groups
            .filter((g) => g.owner === viewer)
            .map(({ id, name: called }) => ({ id, name: called })),
        }
      case 'client_business_asset_groups':
        if (habits.sharedGroups !== 'yes') throw unknownField(name, 'Business')
        return {
          of: 'BusinessAssetGroup',
          rows: world.groups
            .filter((g) => g.shared.some((s) => s.to === viewer))
            .map(({ id, name: called }) => ({ id, name: called })),
        }
    }
    const [, side, rest] = /^(owned|client)_(\w+)$/.exec(name) ?? []
    const kind = allKinds.find((k) => k === rest)
    if (kind === undefined) throw unknownField(name, 'Business')
    refuseByScope(viewer, company.id, kind)
    const own = side === 'owned'
    return {
      of: kinds[kind].node,
      rows: [...held(viewer)]
        .filter((a) => a.kind === kind && (a.owner === viewer) === own)
        .map((a) => assetRow(a, own ? undefined : viewer)),
    }
  }

  function refuseByScope(viewer: string, node: string, kind: Kind): void {
    const held = scopesOf(viewer)
    if (kind === 'whatsapp_business_accounts' && !held.includes('whatsapp_business_management'))
      throw new Refusal(200, '(#200) Requires whatsapp_business_management permission', undefined, 403)
    if (kind === 'instagram_assets' && habits.instagram === 'refused') throw denied('10', node)
  }

  function ofAsset(viewer: string, asset: Asset, name: string, args: Record<string, string>): Rows {
    const { node, people, agencies } = kinds[asset.kind]
    if (!held(viewer).has(asset)) throw gone(asset.id)
    refuseByScope(viewer, asset.id, asset.kind)
    if (name === 'assigned_users' && people) {
      const { business } = args
      if (business === undefined) throw new Refusal(100, '(#100) The parameter business is required')
      if (business !== viewer) return { of: 'AssignedUser', rows: [] }
      const admins = new Set(
        companies
          .get(viewer)
          ?.people.filter((p) => p.role === 'ADMIN' && !p.system)
          .map((p) => p.id),
      )
      return members(
        viewer,
        world.grants
          .filter(
            (g) =>
              g.business === viewer && g.asset === asset.id && !(habits.adminsHidden && admins.has(g.person)),
          )
          .map((g) => ({ person: g.person, rights: { tasks: g.rights.toReversed() } })),
      )
    }
    if (name === 'agencies' && agencies) {
      if (asset.kind === 'pages')
        throw new Refusal(210, '(#210) A page access token is required to request this resource.')
      const tells = asset.kind !== 'pixels'
      const rows = world.sharing
        .filter((s) => s.asset === asset.id && asset.owner === viewer)
        .map((s) => ({
          ...ref(s.to),
          permitted_tasks: s.rights,
          ...(tells ? { access_status: s.status } : {}),
        }))
      return { of: 'Business', rows }
    }
    throw unknownField(name, node)
  }

  /** People of a business in a group; undefined where it is neither its own nor shared with it. */
  const membersIn = (group: Group, business: string): Member[] | undefined =>
    group.owner === business ? group.members : group.shared.find((s) => s.to === business)?.members

  function groupsOfPerson(viewer: string, id: string): Rows {
    if (companies.get(viewer)?.people.some((p) => p.id === id) !== true) throw gone(id)
    const rows = world.groups.flatMap((group): Row[] => {
      const rights = membersIn(group, viewer)?.find((m) => m.person === id)?.rights
      return rights === undefined ? [] : [{ id: group.id, name: group.name, ...rights }]
    })
    return { of: 'GroupOfPerson', rows }
  }

  const scopesOf = (business: string): string[] => {
    const all = habits.whatsapp === 'all' || (habits.whatsapp === 'own' && business === world.brand.id)
    return all ? [...six, 'whatsapp_business_management'] : six
  }

  return {
    companies,
    scopesOf,
    isNode: (id) => companies.has(id) || assets.has(id) || groups.has(id),
    nodeOf: (viewer, id) => {
      const company = companies.get(id)
      if (company !== undefined) {
        if (id !== viewer) throw gone(id)
        return { of: 'Business', row: ref(id) }
      }
      const user = users.get(id)
      const asset = user ?? assets.get(id)
      if (asset === undefined || !held(viewer).has(asset)) throw gone(id)
      return user === undefined
        ? { of: kinds[asset.kind].node, row: assetRow(asset) }
        : { of: 'IGUser', row: { id, owner_business: ref(asset.owner) } }
    },
    edge: (viewer, id, name, args) => {
      const how = habits.denied[name]
      if (how !== undefined) throw denied(how, id)
      const company = companies.get(id)
      if (company !== undefined) return ofBusiness(viewer, company, name)
      const asset = assets.get(id)
      if (asset !== undefined) return ofAsset(viewer, asset, name, args)
      const group = groups.get(id)
      if (/^assigned_(owned|client)_assets$/.test(name) && habits.invitations === 'no such edge')
        throw unknownField(name, 'BusinessRoleRequest')
      if (name === 'assigned_business_asset_groups') return groupsOfPerson(viewer, id)
      if (group === undefined || membersIn(group, viewer) === undefined) throw gone(id)
      if (name === 'assigned_users') {
        if (args.business === undefined) throw new Refusal(100, '(#100) The parameter business is required')
        const rows = args.business === viewer ? (membersIn(group, viewer) ?? []) : []
        if (habits.groupRights === 'group') return members(viewer, rows, 'GroupMember')
        if (habits.groupRights === 'member')
          return members(
            viewer,
            rows.map((m) => ({ ...m, rights: {} })),
            'PlainMember',
          )
        const united = rows.map((m) => ({ ...m, rights: { tasks: Object.values(m.rights).flat() } }))
        return members(viewer, united, 'UnitedMember')
      }
      const kind = allKinds.find((k) => kinds[k].group?.edge === name)
      if (kind === undefined) {
        if (/^contained_/.test(name)) return { of: 'Asset', rows: [] }
        throw unknownField(name, 'BusinessAssetGroup')
      }
      const inside = world.assets.filter((a) => a.kind === kind && group.assets.includes(a.id))
      return { of: kinds[kind].node, rows: inside.map((a) => ({ id: a.id, name: a.name })) }
    },
  }
}
