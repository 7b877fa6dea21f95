// Makes the whole world from a seed: the own business here, its partners in seed-partners.ts.
import { createHash } from 'node:crypto'
import { idMaker } from './ids.ts'
import type { Ids } from './ids.ts'
import {
  addAsset,
  addBusiness,
  addGroup,
  addInvitation,
  addSystemUser,
  assign,
  setGroupMember,
} from './mutate.ts'
import { ownBrands, ownBusiness, systemUserNames } from './names.ts'
import { random } from './random.ts'
import type { Random } from './random.ts'
import { seedAsset } from './seed-assets.ts'
import { seedPartners } from './seed-partners.ts'
import { seedPerson } from './seed-people.ts'
import { allTasks } from './tasks.ts'
import { defaultSizes, draw, drawTasks, groupTasks, perKind } from './seed-sizes.ts'
import type { WorldOptions, WorldSizes } from './seed-sizes.ts'
import { seedTokens } from './seed-tokens.ts'
import { assetKinds, emptyWorld } from './world.ts'
import type { Business, Person, World } from './world.ts'

/** A world, the same for the same seed and options. `now` (milliseconds) dates its tokens. */
export function seedWorld(seed: number, options: WorldOptions = {}, now: number = Date.now()): World {
  const sizes: WorldSizes = { ...defaultSizes, ...options }
  const world = emptyWorld(seed)
  const taken = new Set<string>()
  const chance = random(seed, 'own')
  const ids = idMaker(chance, taken)
  const own = addBusiness(world, {
    id: ids.business(),
    name: ownBusiness,
    vertical: 'RETAIL',
    verification: 'verified',
    createdTime: '2016-05-11T08:00:12+0000',
    updatedTime: '2026-09-30T15:21:07+0000',
  })
  world.own = own.id
  seedOwnAssets(world, ids, chance, sizes, own)
  seedOwnPeople(world, ids, chance, sizes, own)
  world.app = ids.app()
  addApp(world, world.app, 'Marrowby access review')
  addApp(world, ids.app(), 'Another app')
  seedPartners(world, sizes, (name) => {
    const stream = random(seed, name)
    return { chance: stream, ids: idMaker(stream, taken) }
  })
  seedTokens(world, now)
  return world
}

function addApp(world: World, id: string, name: string): void {
  const secret = createHash('sha256').update(`${world.seed}/app secret/${id}`).digest('hex').slice(0, 32)
  world.apps.set(id, { id, name, secret, owner: world.own })
  addAsset(world, { id, kind: 'app', name, owner: world.own, facts: { category: 'Business' } })
}

function seedOwnAssets(world: World, ids: Ids, chance: Random, sizes: WorldSizes, own: Business): void {
  for (const [kind, count] of perKind(sizes.ownAssets)) {
    for (let n = 0; n < count; n++)
      seedAsset(world, ids, chance, { kind, owner: own.id, brands: ownBrands, n })
  }
}

function seedOwnPeople(world: World, ids: Ids, chance: Random, sizes: WorldSizes, own: Business): void {
  const people: Person[] = []
  for (let n = 0; n < sizes.ownPeople; n++) {
    const role = n < sizes.ownAdmins ? 'ADMIN' : 'EMPLOYEE'
    people.push(seedPerson(world, ids, chance, { business: own.id, domain: 'marrowby.example', role }))
  }
  for (let n = 0; n < sizes.ownSystemUsers; n++) {
    addSystemUser(world, {
      id: ids.systemUser(),
      business: own.id,
      name: systemUserNames[n] ?? `Automation ${n + 1}`,
      role: n === 0 ? 'ADMIN' : 'EMPLOYEE',
      createdBy: people[0]?.id ?? null,
      createdTime: '2024-02-20T10:31:55+0000',
    })
  }
  for (let n = 0; n < sizes.invitations; n++) {
    addInvitation(world, {
      id: ids.other(),
      business: own.id,
      email: `${['new.buyer', 'holiday.cover', 'shop.manager'][n] ?? `invited.${n + 1}`}@marrowby.example`,
      role: n === 1 ? 'ADMIN' : 'EMPLOYEE',
      status: n === 2 ? 'EXPIRED' : 'PENDING',
      createdBy: people[0]?.id ?? null,
      createdTime: '2026-10-28T12:00:00+0000',
      expirationTime: '2027-01-26T12:00:00+0000',
    })
  }
  // Half of the admins hold nothing directly: their access comes from the role alone.
  const direct = people.filter((p, n) => p.role !== 'ADMIN' || n % 2 === 1)
  assignOwn(world, chance, sizes, own, direct)
  seedOwnGroups(world, ids, chance, sizes, own, people)
}

function assignOwn(world: World, chance: Random, sizes: WorldSizes, own: Business, people: Person[]): void {
  // The last two people hold nothing directly; a group or nothing at all is theirs.
  const pool = people.length > 4 ? people.slice(0, -2) : people
  const systemUsers = [...own.systemUsers]
  for (const kind of assetKinds) {
    for (const id of own.owned.get(kind) ?? []) {
      const asset = world.assets.get(id)
      if (!asset || kind === 'app') continue
      for (const person of chance.some(pool, draw(chance, sizes.peoplePerAsset))) {
        assign(world, id, person.id, drawTasks(chance, asset))
      }
      for (const [n, user] of systemUsers.entries()) {
        if (n === 0 ? chance.chance(0.9) : chance.chance(0.25))
          assign(world, id, user, n === 0 ? allTasks[kind] : drawTasks(chance, asset))
      }
    }
  }
}

function seedOwnGroups(
  world: World,
  ids: Ids,
  chance: Random,
  sizes: WorldSizes,
  own: Business,
  people: Person[],
): void {
  const employees = people.filter((p) => p.role === 'EMPLOYEE')
  for (let n = 0; n < sizes.ownGroups; n++) {
    const group = addGroup(world, {
      id: ids.other(),
      name: ['DACH brands', 'Summer campaign'][n] ?? `Group ${n + 1}`,
      owner: own.id,
    })
    for (const kind of assetKinds) {
      for (const id of chance.some([...(own.owned.get(kind) ?? [])], kind === 'app' ? 0 : 3))
        group.assets.add(id)
    }
    const last = employees[employees.length - 1 - n]
    const members = [...chance.some(employees.slice(0, 8), 2), ...(last ? [last] : [])]
    for (const person of members) setGroupMember(world, group.id, person.id, groupTasks(chance))
  }
}
