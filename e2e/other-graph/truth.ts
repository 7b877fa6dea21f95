// What must be stored of a world, worked out from the world and from what its server tells: one line per row, sorted.
import type { Inventory } from '../../src/model/inventory.ts'
import { inForce } from '../../src/model/snapshot.ts'
import type { Habits } from './habits.ts'
import { heldBy } from './seed.ts'
import { kinds } from './world.ts'
import type { Asset, Company, OtherWorld } from './world.ts'

export interface Lines {
  partners: string[]
  resources: string[]
  shares: string[]
  people: string[]
  grants: string[]
}

const rightsText = (rights: readonly string[]): string => [...new Set(rights)].sort().join('+')

/** A client's list of these kinds does not tell what the owner permits. */
const tellsPermitted = (a: Asset): boolean =>
  a.kind !== 'whatsapp_business_accounts' && a.kind !== 'instagram_assets'

/** The truth. `read`: partners whose own token was used. */
export function truthOf(world: OtherWorld, habits: Habits, read: readonly string[]): Lines {
  const { brand } = world
  const visible = (a: Asset): boolean =>
    (a.kind !== 'whatsapp_business_accounts' || habits.whatsapp !== 'none') &&
    (a.kind !== 'instagram_assets' || habits.instagram === 'yes')
  const held = heldBy(world, brand.id).filter(visible)
  const lines: Lines = { partners: [], resources: [], shares: [], people: [], grants: [] }
  const assets = new Map(held.map((a) => [a.id, a]))
  for (const a of held)
    lines.resources.push(`${kinds[a.kind].type} ${a.id} ${a.owner === brand.id ? 'owned' : 'client'}`)
  const ownGroups = habits.groups === 'yes' ? world.groups.filter((g) => g.owner === brand.id) : []
  for (const g of ownGroups) lines.resources.push(`asset_group ${g.id} owned`)
  for (const g of world.groups)
    if (habits.sharedGroups === 'yes' && g.shared.some((s) => s.to === brand.id))
      lines.resources.push(`asset_group ${g.id} client`)

  // Shares: out where the business's lists or the asset's own list tell of them, in where the asset is listed as a client's.
  const sides = new Map<string, Set<string>>()
  const shared = new Map<string, { asset: Asset; force: boolean }[]>()
  for (const s of world.sharing) {
    const a = assets.get(s.asset)
    if (a === undefined) continue
    const out = a.owner === brand.id
    if (!out && s.to !== brand.id) continue
    if (out && a.kind === 'whatsapp_business_accounts') continue
    const partner = out ? s.to : a.owner
    sides.set(partner, (sides.get(partner) ?? new Set()).add(out ? 'agency' : 'client'))
    const force = inForce(s.status)
    lines.shares.push(
      `${partner} ${kinds[a.kind].type} ${a.id} ${out ? 'out' : 'in'} ${out || tellsPermitted(a) ? rightsText(s.rights) : ''}${force ? '' : ' waits'}`,
    )
    shared.set(partner, [...(shared.get(partner) ?? []), { asset: a, force }])
  }
  // The lists of partners name businesses also where what is shared does not show.
  for (const s of world.sharing) {
    const owner = world.assets.find((a) => a.id === s.asset)?.owner
    if (owner === brand.id) sides.set(s.to, (sides.get(s.to) ?? new Set()).add('agency'))
    else if (s.to === brand.id && owner !== undefined)
      sides.set(owner, (sides.get(owner) ?? new Set()).add('client'))
  }
  for (const [id, as] of sides) lines.partners.push(`${id} ${[...as].sort().join('+')}`)

  business(
    world,
    habits,
    lines,
    brand,
    held,
    ownGroups.map((g) => g.id),
    null,
  )
  for (const partner of world.partners) {
    if (!read.includes(partner.id)) continue
    const theirs = (shared.get(partner.id) ?? []).filter((s) => s.force).map((s) => s.asset)
    business(world, habits, lines, partner, theirs, [], new Set(theirs.map((a) => a.id)))
  }
  for (const list of Object.values(lines) as string[][]) list.sort()
  return lines
}

/** People of one business and what they hold on these assets; of a partner (`only`) those alone who hold something. */
function business(
  world: OtherWorld,
  habits: Habits,
  lines: Lines,
  who: Company,
  held: Asset[],
  groups: string[],
  only: Set<string> | null,
): void {
  const own = only === null
  const tells = (a: Asset): boolean =>
    kinds[a.kind].people &&
    (a.kind !== 'whatsapp_business_accounts' ||
      habits.whatsapp === 'all' ||
      (own && habits.whatsapp === 'own'))
  const readable = new Map(held.filter(tells).map((a) => [a.id, a]))
  const holders = new Set<string>()
  const grant = (
    person: string,
    type: string,
    asset: string,
    how: string,
    rights: readonly string[],
  ): void => {
    holders.add(person)
    lines.grants.push(`${person} ${type} ${asset} ${how} ${rightsText(rights)}`)
  }
  const person = (id: string) => who.people.find((p) => p.id === id)
  for (const g of world.grants) {
    const a = readable.get(g.asset)
    const one = person(g.person)
    if (g.business !== who.id || a === undefined || one === undefined) continue
    if (habits.adminsHidden && one.role === 'ADMIN' && !one.system) continue
    grant(g.person, kinds[a.kind].type, a.id, 'direct', g.rights)
  }
  for (const g of world.groups) {
    const owned = g.owner === who.id
    if ((owned ? habits.groups : habits.sharedGroups) !== 'yes') continue
    const members = owned ? g.members : (g.shared.find((s) => s.to === who.id)?.members ?? [])
    for (const member of members) {
      if (own) grant(member.person, 'asset_group', g.id, 'direct', Object.values(member.rights).flat())
      for (const id of g.assets) {
        const a = held.find((x) => x.id === id)
        const rights = a === undefined ? [] : (member.rights[kinds[a.kind].group?.rights ?? ''] ?? [])
        if (a !== undefined && rights.length > 0)
          grant(member.person, kinds[a.kind].type, id, `group:${g.id}`, rights)
      }
    }
  }
  for (const p of who.people) {
    const reaches = p.role === 'ADMIN' && !p.system && p.listed
    const role = habits.titleCaseRoles ? p.role.charAt(0) + p.role.slice(1).toLowerCase() : p.role
    if (reaches) {
      for (const a of held) grant(p.id, kinds[a.kind].type, a.id, 'role', [role])
      for (const g of groups) grant(p.id, 'asset_group', g, 'role', [role])
    }
    if (!holders.has(p.id) && !(own && p.listed)) continue
    const kind = p.system && !(habits.noUserType && !p.listed) ? 'system_user' : 'person'
    lines.people.push(`${p.id} ${who.id} ${kind} ${p.listed ? role : '-'} ${(p.listed && p.email) || '-'}`)
  }
  if (own)
    for (const i of who.invited) {
      const role = habits.titleCaseRoles ? i.role.charAt(0) + i.role.slice(1).toLowerCase() : i.role
      lines.people.push(`${i.id} ${who.id} invitation ${role} ${i.email}`)
    }
}

/** What is stored, in the same form. */
export function linesOf(stored: Inventory): Lines {
  const rows = <T>(list: ReadonlyMap<string, T>, text: (row: T) => string): string[] =>
    [...list.values()].map(text).sort()
  return {
    partners: rows(
      stored.partners,
      (p) =>
        `${p.externalId} ${[...(p.isAgency ? ['agency'] : []), ...(p.isClient ? ['client'] : [])].join('+')}`,
    ),
    resources: rows(stored.resources, (r) => `${r.type} ${r.externalId} ${r.relation}`),
    shares: rows(
      stored.shares,
      (s) =>
        `${s.partner} ${s.type} ${s.resource} ${s.direction} ${rightsText(s.entitlements)}${inForce(s.status) ? '' : ' waits'}`,
    ),
    people: rows(
      stored.principals,
      (p) => `${p.externalId} ${p.business} ${p.kind} ${p.role ?? '-'} ${p.email ?? '-'}`,
    ),
    grants: rows(
      stored.grants,
      (g) =>
        `${g.principal} ${g.type} ${g.resource} ${g.how}${g.how === 'group' ? `:${g.through}` : ''} ${rightsText(g.entitlements)}`,
    ),
  }
}

/** Lines that are missing (`-`) or too many (`+`). */
export function difference(expected: Lines, found: Lines): string[] {
  return (Object.keys(expected) as (keyof Lines)[]).flatMap((part) => [
    ...expected[part].filter((line) => !found[part].includes(line)).map((line) => `- ${part} ${line}`),
    ...found[part].filter((line) => !expected[part].includes(line)).map((line) => `+ ${part} ${line}`),
    ...(new Set(found[part]).size === found[part].length ? [] : [`twice in ${part}`]),
  ])
}
