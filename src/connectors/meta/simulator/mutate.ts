// The only functions that change a world: they keep its indexes true.
import type {
  Asset,
  AssetKind,
  Business,
  Group,
  GroupTasks,
  Invitation,
  Person,
  Share,
  SystemUser,
  World,
} from './world.ts'
import { assetKinds, assetOf, businessOf, groupOf, userOf } from './world.ts'

export function addBusiness(
  world: World,
  facts: Pick<Business, 'id' | 'name' | 'vertical' | 'verification' | 'createdTime' | 'updatedTime'>,
): Business {
  const business: Business = {
    is: 'business',
    ...facts,
    people: new Set(),
    systemUsers: new Set(),
    invitations: new Set(),
    owned: new Map(),
    client: new Map(),
    waiting: new Set(),
    groups: new Set(),
    agencies: new Map(),
    clients: new Map(),
  }
  world.businesses.set(business.id, business)
  return business
}

export function addPerson(world: World, facts: Omit<Person, 'is' | 'assets' | 'name'>): Person {
  const name = `${facts.firstName} ${facts.lastName}`.trim()
  const person: Person = { is: 'person', ...facts, name, assets: new Set() }
  world.users.set(person.id, person)
  businessOf(world, person.business).people.add(person.id)
  const human = world.humans.get(person.human)
  if (human) human.people.add(person.id)
  else {
    const people = new Set([person.id])
    world.humans.set(person.human, { is: 'human', id: person.human, name, email: person.email, people })
  }
  return person
}

export function addSystemUser(world: World, facts: Omit<SystemUser, 'is' | 'assets'>): SystemUser {
  const user: SystemUser = { is: 'system_user', ...facts, assets: new Set() }
  world.users.set(user.id, user)
  businessOf(world, user.business).systemUsers.add(user.id)
  return user
}

export function addInvitation(world: World, facts: Omit<Invitation, 'is' | 'assets'>): Invitation {
  const invitation: Invitation = { is: 'invitation', ...facts, assets: new Set() }
  world.invitations.set(invitation.id, invitation)
  businessOf(world, invitation.business).invitations.add(invitation.id)
  return invitation
}

export function removeInvitation(world: World, id: string): void {
  const invitation = world.invitations.get(id)
  if (!invitation) return
  world.invitations.delete(id)
  businessOf(world, invitation.business).invitations.delete(id)
}

export function addAsset(
  world: World,
  facts: Pick<Asset, 'id' | 'kind' | 'name' | 'owner' | 'facts'>,
): Asset {
  const asset: Asset = { is: 'asset', ...facts, shares: new Map(), assigned: new Map() }
  world.assets.set(asset.id, asset)
  indexed(businessOf(world, asset.owner).owned, asset.kind).add(asset.id)
  const instagramUser = asset.facts['ig_user_id']
  if (typeof instagramUser === 'string') world.instagramUsers.set(instagramUser, asset.id)
  return asset
}

export function removeAsset(world: World, id: string): void {
  const asset = assetOf(world, id)
  for (const partner of [...asset.shares.keys()]) unshare(world, id, partner)
  for (const people of asset.assigned.values())
    for (const user of people.keys()) userOf(world, user).assets.delete(id)
  indexed(businessOf(world, asset.owner).owned, asset.kind).delete(id)
  for (const group of world.groups.values()) group.assets.delete(id)
  world.assets.delete(id)
}

export function addGroup(world: World, facts: Pick<Group, 'id' | 'name' | 'owner'>): Group {
  const group: Group = { is: 'group', ...facts, assets: new Set(), members: new Map(), shared: new Map() }
  world.groups.set(group.id, group)
  businessOf(world, group.owner).groups.add(group.id)
  return group
}

/** Puts a person into a group with these tasks; null takes them out. */
export function setGroupMember(world: World, group: string, user: string, tasks: GroupTasks | null): void {
  if (tasks) groupOf(world, group).members.set(user, tasks)
  else groupOf(world, group).members.delete(user)
}

function indexed(index: Map<AssetKind, Set<string>>, kind: AssetKind): Set<string> {
  let set = index.get(kind)
  if (!set) index.set(kind, (set = new Set()))
  return set
}

function count(index: Map<string, number>, id: string, by: number): void {
  const left = (index.get(id) ?? 0) + by
  if (left > 0) index.set(id, left)
  else index.delete(id)
}

/** Sets the tasks of a user on an asset. */
export function assign(world: World, assetId: string, userId: string, tasks: readonly string[]): void {
  const user = userOf(world, userId)
  const { assigned } = assetOf(world, assetId)
  let people = assigned.get(user.business)
  if (!people) assigned.set(user.business, (people = new Map<string, readonly string[]>()))
  people.set(userId, tasks)
  user.assets.add(assetId)
}

export function unassign(world: World, assetId: string, userId: string): void {
  const user = userOf(world, userId)
  assetOf(world, assetId).assigned.get(user.business)?.delete(userId)
  user.assets.delete(assetId)
}

/** Gives a partner a share of an asset, or changes the one it has. */
export function share(world: World, assetId: string, given: Share): void {
  const asset = assetOf(world, assetId)
  const owner = businessOf(world, asset.owner)
  const partner = businessOf(world, given.partner)
  if (!asset.shares.has(given.partner) && asset.kind !== 'app') {
    count(owner.agencies, partner.id, 1)
    count(partner.clients, owner.id, 1)
  }
  asset.shares.set(given.partner, given)
  const confirmed = given.status === 'CONFIRMED'
  if (confirmed) indexed(partner.client, asset.kind).add(assetId)
  else indexed(partner.client, asset.kind).delete(assetId)
  if (confirmed) partner.waiting.delete(assetId)
  else partner.waiting.add(assetId)
}

/** Ends a share, and with it everything that the partner's people had on the asset. */
export function unshare(world: World, assetId: string, partnerId: string): void {
  const asset = assetOf(world, assetId)
  if (!asset.shares.delete(partnerId)) return
  const partner = businessOf(world, partnerId)
  if (asset.kind !== 'app') {
    count(businessOf(world, asset.owner).agencies, partnerId, -1)
    count(partner.clients, asset.owner, -1)
  }
  indexed(partner.client, asset.kind).delete(assetId)
  partner.waiting.delete(assetId)
  for (const user of asset.assigned.get(partnerId)?.keys() ?? []) userOf(world, user).assets.delete(assetId)
  asset.assigned.delete(partnerId)
  for (const group of partner.groups) groupOf(world, group).assets.delete(assetId)
}

/** Ends every share between two businesses that `owner` gives to `partner`. */
export function endPartnership(world: World, owner: string, partner: string): void {
  const { owned } = businessOf(world, owner)
  for (const kind of assetKinds) for (const id of owned.get(kind) ?? []) unshare(world, id, partner)
}

/** Takes a person or system user out of their business, with all they hold. */
export function removeUser(world: World, id: string): void {
  const user = userOf(world, id)
  for (const asset of [...user.assets]) unassign(world, asset, id)
  const business = businessOf(world, user.business)
  for (const group of business.groups) groupOf(world, group).members.delete(id)
  business.people.delete(id)
  business.systemUsers.delete(id)
  world.users.delete(id)
  if (user.is === 'person') world.humans.get(user.human)?.people.delete(id)
}
