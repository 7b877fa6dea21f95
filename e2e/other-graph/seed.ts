// Worlds and habits drawn from a number: what businesses there are, and how the server that tells of them behaves.
import { allKinds, idMaker, kinds, newAsset } from './world.ts'
import type { Asset, Company, Group, Member, OtherWorld, Person } from './world.ts'
import type { Denial, Habits } from './habits.ts'
import { plainManners } from './manners.ts'
import type { Manners } from './manners.ts'

export interface Draw {
  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** Up to `most` of a list, each once. */
  some<T>(list: readonly T[], most: number): T[]
}

export function drawFrom(seed: number): Draw {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const self: Draw = {
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (share) => next() < share,
    pick: (list) => list[Math.floor(next() * list.length)] as never,
    some: (list, most) => {
      const left = [...list]
      const found = []
      for (let n = Math.min(most, left.length); n > 0; n--)
        found.push(...left.splice(Math.floor(next() * left.length), 1))
      return found
    },
  }
  return self
}

export function randomWorld(seed: number): OtherWorld {
  const draw = drawFrom(seed)
  const id = idMaker()
  const brand = company(draw, id, 'The brand', draw.between(2, 40))
  const partners = Array.from({ length: draw.between(0, 4) }, (_, n) =>
    company(draw, id, `Partner ${n}`, draw.between(1, 25)),
  )
  const strangers = Array.from({ length: 2 }, (_, n) => company(draw, id, `Stranger ${n}`, 2))
  const world: OtherWorld = { brand, partners, strangers, assets: [], sharing: [], grants: [], groups: [] }
  const most = draw.pick([3, 12, 50])
  const own = (owner: string, count: number): Asset[] =>
    Array.from({ length: count }, (_, n) => newAsset(id, draw.pick(allKinds), n, owner))
  const ours = own(brand.id, draw.between(0, most))
  const theirs = new Map([...partners, ...strangers].map((c) => [c.id, own(c.id, draw.between(1, 15))]))
  world.assets.push(...ours, ...[...theirs.values()].flat())
  for (const partner of partners) {
    share(draw, world, draw.some(ours, draw.between(0, 12)), partner.id)
    if (draw.chance(0.5)) share(draw, world, draw.some(theirs.get(partner.id) ?? [], 4), brand.id)
    for (const stranger of strangers)
      share(draw, world, draw.some(theirs.get(stranger.id) ?? [], 8), partner.id)
  }
  for (const who of [brand, ...partners]) {
    assign(draw, world, who)
    for (let n = draw.between(0, 2); n > 0; n--) world.groups.push(group(draw, world, who, id('66')))
  }
  shareGroups(draw, world)
  return world
}

/** Assets that a company owns or holds a confirmed share of. */
export function heldBy(world: OtherWorld, business: string): Asset[] {
  const held = new Set(
    world.sharing.filter((s) => s.to === business && s.status === 'CONFIRMED').map((s) => s.asset),
  )
  return world.assets.filter((a) => a.owner === business || held.has(a.id))
}

function company(draw: Draw, id: (prefix: string) => string, name: string, count: number): Company {
  const person = (n: number, system: boolean): Person => ({
    id: id(system ? '1000' : '1221'),
    name: draw.chance(0.1) ? `=cmd "${n}" <b>é</b>` : `${system ? 'Machine' : 'Person'} ${n} of ${name}`,
    role: n === 0 || draw.chance(0.15) ? 'ADMIN' : 'EMPLOYEE',
    email: !system && draw.chance(0.8) ? `Person${n}@${name.replaceAll(' ', '-')}.example` : null,
    title: draw.chance(0.3) ? 'Media buyer' : null,
    system,
    listed: system || n === 0 || draw.chance(0.9),
  })
  return {
    id: id('10'),
    name,
    people: [
      ...Array.from({ length: count }, (_, n) => person(n, false)),
      ...Array.from({ length: draw.between(1, 3) }, (_, n) => person(n, true)),
    ],
    invited: Array.from({ length: draw.between(0, 3) }, (_, n) => ({
      id: id('77'),
      email: `new${n}@brand.example`,
      role: draw.pick(['ADMIN', 'EMPLOYEE']),
    })),
  }
}

function share(draw: Draw, world: OtherWorld, assets: Asset[], to: string): void {
  for (const asset of assets) {
    const { rights, list } = kinds[asset.kind]
    if (world.sharing.some((s) => s.asset === asset.id && s.to === to)) continue
    const waits = list !== null && asset.owner === world.brand.id && draw.chance(0.1)
    world.sharing.push({
      asset: asset.id,
      to,
      rights: draw.some(rights, draw.between(1, rights.length)),
      status: waits ? 'CLIENT_RESPONSE_PENDING' : 'CONFIRMED',
    })
  }
}

function assign(draw: Draw, world: OtherWorld, who: Company): void {
  for (const asset of heldBy(world, who.id)) {
    const { people, rights } = kinds[asset.kind]
    if (!people) continue
    for (const one of draw.some(who.people, draw.between(0, draw.chance(0.1) ? 30 : 5)))
      world.grants.push({
        business: who.id,
        person: one.id,
        asset: asset.id,
        rights: draw.some(rights, draw.between(1, rights.length)),
      })
  }
}

function group(draw: Draw, world: OtherWorld, owner: Company, id: string): Group {
  const fitting = heldBy(world, owner.id).filter((a) => kinds[a.kind].group !== null)
  return {
    id,
    name: `Group ${id.slice(-3)}`,
    owner: owner.id,
    assets: draw.some(fitting, draw.between(0, 6)).map((a) => a.id),
    members: membersOf(draw, owner),
    shared: [],
  }
}

function membersOf(draw: Draw, company: Company): Member[] {
  return draw.some(company.people, draw.between(0, 4)).map((p) => ({
    person: p.id,
    rights: {
      adaccount_tasks: draw.chance(0.8) ? ['ADVERTISE', 'ANALYZE'] : [],
      page_tasks: draw.chance(0.8) ? ['CREATE_CONTENT'] : [],
      pixel_tasks: draw.chance(0.5) ? ['EDIT'] : [],
    },
  }))
}

/** Some groups are shared between us and a partner. */
function shareGroups(draw: Draw, world: OtherWorld): void {
  for (const one of world.groups) {
    const others = one.owner === world.brand.id ? world.partners : [world.brand]
    const [to] = draw.chance(0.4) ? draw.some(others, 1) : []
    if (to !== undefined) one.shared.push({ to: to.id, members: membersOf(draw, to) })
  }
}

const denials: readonly Denial[] = ['100/33', '10', '200', '100 named', '3']

/** Forms of answers, drawn beside everything else: about half of them are not the usual ones. */
export function randomManners(seed: number): Manners {
  const draw = drawFrom(seed ^ 0x2545f491)
  return {
    contentType: draw.pick([
      'application/json; charset=UTF-8',
      'text/javascript; charset=UTF-8',
      'text/plain',
    ]),
    itemBodies: draw.pick(['text', 'object'] as const),
    itemHeaders: draw.pick(['empty', 'list', 'left out'] as const),
    served: draw.pick(['asked', 'another', 'none'] as const),
    paging: draw.pick(['cursors', 'address alone', 'offset', 'bare address'] as const),
    empty: draw.pick(['left out', 'empty text'] as const),
    extras: draw.chance(0.5),
    proofRequired: draw.chance(0.5),
    errorForm: draw.pick(['usual', 'bare', 'wordy'] as const),
    unknown: draw.pick(['with node', 'without node', 'in words', '2500'] as const),
    debug: draw.pick(['full', 'lean', 'granular', 'not to the app'] as const),
    larger: draw.chance(0.25),
    totalsAsText: draw.chance(0.25),
    invitations: draw.pick(['not there', 'no such edge'] as const),
  }
}

/** Habits that change how the truth is told, not what it is; those of `denied` take a part of it away. */
export function randomHabits(seed: number): Habits {
  const draw = drawFrom(seed ^ 0x5bd1e995)
  const lists = allKinds.flatMap((kind) => [`owned_${kind}`, `client_${kind}`])
  const root = draw.pick(['yes', 'yes', 'code 1', 'code 1', 'some'] as const)
  return {
    ...plainManners,
    root,
    rootRefuses:
      root === 'some' ? draw.some([...lists, 'business_users', 'agencies', 'pending_users'], 3) : [],
    refusedExpansions: draw.chance(0.5)
      ? draw.some(
          allKinds.flatMap((k) => [`${k}.assigned_users`, `${k}.agencies`]),
          draw.between(1, 8),
        )
      : [],
    plainOnly: draw.chance(0.2),
    expansionError: draw.pick(['field', 'field with node', 'code 1', 'unsupported'] as const),
    maxLimit: draw.pick([2, 10, 25, 50, 100, 100, 200, 500]),
    maxLimits: draw.chance(0.3)
      ? Object.fromEntries(
          draw
            .some([...lists, 'assigned_users', 'business_users'], 3)
            .map((e) => [e, draw.pick([7, 20, 60])]),
        )
      : {},
    mostRows: draw.pick([0, 0, 300, 2_000, 20_000]),
    pageRows: draw.pick([0, 0, 0, 1, 3, 7, 17]),
    emptyPages: draw.chance(0.25),
    overlap: draw.chance(0.2),
    totals: draw.pick(['never', 'asked', 'always'] as const),
    numberIds: draw.chance(0.25),
    ids: draw.pick(['same', 'app scoped'] as const),
    meBusinesses: draw.pick(['own', 'empty', 'refused'] as const),
    noUserType: draw.chance(0.2),
    titleCaseRoles: draw.chance(0.3),
    nullItems: draw.chance(0.2),
    adminsHidden: draw.chance(0.4),
    whatsapp: draw.pick(['none', 'own', 'all'] as const),
    instagram: draw.pick(['yes', 'yes', 'refused'] as const),
    groups: draw.pick(['yes', 'yes', 'yes', 'no such edge'] as const),
    unknownFields: draw.chance(0.3)
      ? draw.some(
          [
            'pending_email',
            'marked_for_removal',
            'finance_permission',
            'timezone_name',
            'ig_username',
            'title',
            'vertical',
            'created_time',
            'expiration_time',
          ],
          3,
        )
      : [],
    leftOut: [],
    denied: draw.chance(0.15)
      ? {
          [draw.pick([
            ...lists.filter((e) => !/whatsapp|instagram|apps/.test(e)),
            'pending_users',
            'system_users',
            'clients',
          ])]: draw.pick(denials),
        }
      : {},
    sharedGroups: draw.pick(['yes', 'yes', 'no such edge'] as const),
    groupRights: draw.pick(['group', 'member', 'union'] as const),
    errors: draw.pick(['status', 'status', 'as 200', 'as text'] as const),
    nulls: draw.chance(0.25),
    bareAccounts: draw.chance(0.4),
  }
}
