// Makes the partners: agencies that hold our assets, clients whose assets we hold, and what they have besides, which is none of
// our business and must never be stored.
import type { Ids } from './ids.ts'
import {
  addBusiness,
  addGroup,
  addInvitation,
  addSystemUser,
  assign,
  setGroupMember,
  share,
} from './mutate.ts'
import {
  agencyNames,
  bothNames,
  clientNames,
  firmFirst,
  firmLast,
  otherBrands,
  unusualPeople,
} from './names.ts'
import type { Random } from './random.ts'
import { draw, drawTasks, groupTasks, perKind } from './seed-sizes.ts'
import type { WorldSizes } from './seed-sizes.ts'
import { seedAsset } from './seed-assets.ts'
import { seedPerson } from './seed-people.ts'
import { allTasks, usualTasks } from './tasks.ts'
import { assetKinds, assetOf, businessOf, idsOf } from './world.ts'
import type { Asset, Business, Person, World } from './world.ts'

type Direction = 'agency' | 'client' | 'both'
interface Stream {
  chance: Random
  ids: Ids
}

/** The name and direction of the n-th partner: 4 agencies, 1 client, 1 both, then more agencies with some others among them. */
function firm(n: number, chance: Random): { name: string; direction: Direction } {
  const agency = agencyNames[n]
  if (agency !== undefined) return { name: agency, direction: 'agency' }
  const client = clientNames[n - agencyNames.length]
  if (client !== undefined) return { name: client, direction: 'client' }
  const both = bothNames[n - agencyNames.length - clientNames.length]
  if (both !== undefined) return { name: both, direction: 'both' }
  const direction = n % 10 === 8 ? 'client' : n % 10 === 9 ? 'both' : 'agency'
  return { name: `${chance.pick(firmFirst)} ${chance.pick(firmLast)} ${n + 1}`, direction }
}

export function seedPartners(world: World, sizes: WorldSizes, stream: (name: string) => Stream): void {
  for (let n = 0; n < sizes.partners; n++) seedPartner(world, sizes, n, stream(`partner ${n}`))
  const { chance, ids } = stream('stranger')
  const stranger = firmBusiness(world, ids, 'Unrelated Retail', chance)
  addSystemUser(world, systemUser(ids, stranger.id, 'Elsewhere', 'ADMIN'))
}

function firmBusiness(world: World, ids: Ids, name: string, chance: Random): Business {
  return addBusiness(world, {
    id: ids.business(),
    name,
    vertical: 'ADVERTISING',
    verification: chance.pick(['verified', 'verified', 'not_verified']),
    createdTime: '2018-10-02T07:45:00+0000',
    updatedTime: '2026-08-18T16:02:33+0000',
  })
}

function systemUser(ids: Ids, business: string, name: string, role: 'ADMIN' | 'EMPLOYEE') {
  return {
    id: ids.systemUser(),
    business,
    name,
    role,
    createdBy: null,
    createdTime: '2025-04-14T13:05:20+0000',
  }
}

function seedPartner(world: World, sizes: WorldSizes, n: number, { chance, ids }: Stream): void {
  const { name, direction } = firm(n, chance)
  const partner = firmBusiness(world, ids, name, chance)
  const domain = `${['northlight', 'quaylantern', 'bruume', 'midorino', 'oakmere', 'saltwind'][n] ?? `firm${n + 1}`}.example`
  const people = seedStaff(world, sizes, n, partner, domain, { chance, ids })
  addSystemUser(world, systemUser(ids, partner.id, 'Access review', 'ADMIN'))
  addSystemUser(world, systemUser(ids, partner.id, 'Report robot', 'EMPLOYEE'))
  if (n % 3 === 0) {
    addInvitation(world, {
      id: ids.other(),
      business: partner.id,
      email: `starter@${domain}`,
      role: 'EMPLOYEE',
      status: 'PENDING',
      createdBy: people[0]?.id ?? null,
      createdTime: '2026-11-01T09:00:00+0000',
      expirationTime: '2027-01-30T09:00:00+0000',
    })
  }
  const { foreign, inward } = seedForeign(world, sizes, partner, direction, { chance, ids })
  const shared = [
    ...(direction === 'client' ? [] : shareOut(world, sizes, partner, direction, chance, ids)),
    ...(direction === 'agency' ? [] : shareIn(world, inward, foreign, chance, ids)),
  ]
  share(world, world.app, givenShare(ids, partner.id, allTasks.app, false))
  assignPartner(world, sizes, partner, people, shared, foreign, { chance, ids })
}

function seedStaff(
  world: World,
  sizes: WorldSizes,
  n: number,
  partner: Business,
  domain: string,
  { chance, ids }: Stream,
): Person[] {
  const people: Person[] = []
  const count = draw(chance, sizes.peoplePerPartner)
  for (let k = 0; k < count; k++) {
    const role = k < 2 ? 'ADMIN' : 'EMPLOYEE'
    const name = k === 2 ? unusualPeople[n] : undefined
    people.push(
      seedPerson(world, ids, chance, { business: partner.id, domain, role, ...(name ? { name } : {}) }),
    )
  }
  // A freelancer: one human who is also one of our own people.
  const ours = [...businessOf(world, world.own).people].map((id) => world.users.get(id))
  const same = ours.length > 6 && n < 2 ? ours[5 + n] : undefined
  if (same?.is === 'person')
    people.push(seedPerson(world, ids, chance, { business: partner.id, domain, role: 'EMPLOYEE', same }))
  return people
}

/** What the partner owns: assets of its own and of other clients, and `inward` more that can be shared with us. */
function seedForeign(
  world: World,
  sizes: WorldSizes,
  partner: Business,
  direction: Direction,
  { chance, ids }: Stream,
): { foreign: Asset[]; inward: number } {
  const wish = draw(chance, sizes.foreignAssets)
  const inward = direction === 'agency' ? 0 : draw(chance, sizes.sharedPerPartner)
  const brands = chance.some(otherBrands, 4)
  const foreign: Asset[] = []
  for (const [kind, count] of perKind(wish + inward)) {
    for (let n = 0; n < count; n++)
      foreign.push(seedAsset(world, ids, chance, { kind, owner: partner.id, brands, n }))
  }
  return { foreign, inward }
}

function givenShare(ids: Ids, partner: string, tasks: readonly string[], pending: boolean) {
  return {
    partner,
    tasks,
    status: pending ? 'CLIENT_RESPONSE_PENDING' : 'CONFIRMED',
    requestId: ids.other(),
    requestedTime: '2025-05-06T08:30:00+0000',
    updatedTime: '2025-05-07T10:12:45+0000',
  }
}

/** Our assets that an agency holds, and one that it asked for and still waits for. */
function shareOut(
  world: World,
  sizes: WorldSizes,
  partner: Business,
  direction: Direction,
  chance: Random,
  ids: Ids,
): Asset[] {
  const { owned } = businessOf(world, world.own)
  const size = draw(chance, sizes.sharedPerPartner)
  const pool = assetKinds
    .filter((kind) => kind !== 'app' && kind !== 'whatsapp_account')
    .flatMap((kind) => idsOf(owned, kind))
  const chosen = chance.some(pool, direction === 'both' ? Math.ceil(size / 2) : size)
  // Everybody who buys advertising holds an ad account.
  const accounts = idsOf(owned, 'ad_account')
  if (accounts.length > 0 && !chosen.some((id) => accounts.includes(id))) chosen.push(chance.pick(accounts))
  for (const id of chosen) {
    const { kind } = assetOf(world, id)
    const tasks = chance.chance(0.4) ? allTasks[kind] : chance.pick(usualTasks[kind])
    share(world, id, givenShare(ids, partner.id, tasks, false))
  }
  const asked = accounts.find((id) => !chosen.includes(id))
  if (asked !== undefined && chance.chance(0.5))
    share(world, asked, givenShare(ids, partner.id, ['ANALYZE'], true))
  return chosen.map((id) => assetOf(world, id))
}

/** Assets of a client that we hold, and our people on them. */
function shareIn(world: World, inward: number, foreign: Asset[], chance: Random, ids: Ids): Asset[] {
  const shared = chance.some(
    foreign.filter((asset) => asset.kind !== 'app' && asset.kind !== 'whatsapp_account'),
    inward,
  )
  const ours = [...businessOf(world, world.own).people]
  for (const asset of shared) {
    const tasks = chance.chance(0.5) ? allTasks[asset.kind] : chance.pick(usualTasks[asset.kind])
    share(world, asset.id, givenShare(ids, world.own, tasks, false))
    for (const person of chance.some(ours.slice(2, 14), chance.between(1, 3)))
      assign(world, asset.id, person, drawTasks(chance, asset, tasks))
  }
  return shared
}

function assignPartner(
  world: World,
  sizes: WorldSizes,
  partner: Business,
  people: Person[],
  shared: Asset[],
  foreign: Asset[],
  { chance, ids }: Stream,
): void {
  const staff = people.slice(1)
  const touching = staff.slice(0, Math.max(1, Math.ceil(staff.length * sizes.touching)))
  const [reader, robot] = [...partner.systemUsers]
  for (const [k, asset] of shared.entries()) {
    const within = asset.owner === partner.id ? undefined : asset.shares.get(partner.id)?.tasks
    const chosen = new Set(chance.some(touching, draw(chance, sizes.peoplePerSharedAsset)))
    // Everybody who is meant to touch something does.
    const turn = touching[k % touching.length]
    if (turn) chosen.add(turn)
    if (k === 0)
      for (const person of touching)
        if (unusualPeople.some((p) => p.first === person.firstName)) chosen.add(person)
    for (const person of chosen) assign(world, asset.id, person.id, drawTasks(chance, asset, within))
    if (reader && chance.chance(0.8)) assign(world, asset.id, reader, within ?? allTasks[asset.kind])
    if (robot && chance.chance(0.2)) assign(world, asset.id, robot, drawTasks(chance, asset, within))
  }
  for (const asset of foreign) {
    if (shared.includes(asset)) continue
    for (const person of chance.some(staff, chance.between(1, 4)))
      assign(world, asset.id, person.id, drawTasks(chance, asset))
  }
  seedPartnerGroup(world, partner, staff.slice(-2), shared, foreign, { chance, ids })
}

/** A group of the partner that mixes shared and other assets; its members touch ours through it alone. */
function seedPartnerGroup(
  world: World,
  partner: Business,
  members: Person[],
  shared: Asset[],
  foreign: Asset[],
  { chance, ids }: Stream,
): void {
  if (shared.length === 0) return
  const group = addGroup(world, { id: ids.other(), name: 'Team on call', owner: partner.id })
  const reachable = shared.find((asset) => asset.kind === 'ad_account' || asset.kind === 'page')
  const inside = [...(reachable ? [reachable] : []), ...chance.some(shared, 3), ...chance.some(foreign, 3)]
  for (const asset of inside) group.assets.add(asset.id)
  for (const person of members) setGroupMember(world, group.id, person.id, groupTasks(chance))
}
