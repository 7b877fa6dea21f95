// What is true in a world, read from the world itself and not through the Graph API: the oracle of tests.
import { allTasks } from './tasks.ts'
import { assetKinds, assetOf, businessOf, heldAssets, holds, partnersOf, userOf } from './world.ts'
import type { Asset, AssetKind, GroupTasks, World } from './world.ts'

/** One access of one user to one asset. */
export interface TruthRow {
  /** The business that the user belongs to. */
  business: string
  user: string
  userKind: 'person' | 'system_user'
  asset: string
  kind: AssetKind
  /** `direct`: assigned. `role`: a person with the role ADMIN, who reaches all that the business holds. `group`: through an asset group. */
  how: 'direct' | 'role' | 'group'
  /** The group's id; null otherwise. */
  through: string | null
  /** Sorted. Of a role: everything for the owner's people, what the share permits for a partner's. */
  tasks: string[]
}

/**
 * Every access to an asset that our own business owns or holds: of its own people to all of them, and of each partner's people
 * to those shared with it or by it. Apps are left out unless asked for. Sorted.
 */
export function truth(
  world: World,
  kinds: readonly AssetKind[] = assetKinds.filter((kind) => kind !== 'app'),
): TruthRow[] {
  const rows: TruthRow[] = []
  for (const asset of heldAssets(world, world.own)) {
    if (!kinds.includes(asset.kind)) continue
    for (const business of [world.own, ...partnersOf(world, world.own)]) {
      if (sharedBetween(world, asset, business)) rows.push(...accesses(world, asset, business))
    }
  }
  const key = (row: TruthRow): string =>
    `${row.business} ${row.asset} ${row.user} ${row.how} ${row.through ?? ''}`
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** True where both our business and this one hold the asset, and one of the two owns it. */
function sharedBetween(world: World, asset: Asset, business: string): boolean {
  if (business === world.own) return true
  return holds(business, asset) && (asset.owner === world.own || asset.owner === business)
}

function accesses(world: World, asset: Asset, business: string): TruthRow[] {
  const row = (
    user: string,
    how: TruthRow['how'],
    tasks: readonly string[],
    through: string | null = null,
  ): TruthRow => ({
    business,
    user,
    userKind: userOf(world, user).is,
    asset: asset.id,
    kind: asset.kind,
    how,
    through,
    tasks: [...tasks].sort(),
  })
  const rows: TruthRow[] = []
  for (const [user, tasks] of asset.assigned.get(business) ?? []) rows.push(row(user, 'direct', tasks))
  for (const user of businessOf(world, business).people) {
    if (userOf(world, user).role !== 'ADMIN') continue
    rows.push(
      row(
        user,
        'role',
        asset.owner === business ? allTasks[asset.kind] : (asset.shares.get(business)?.tasks ?? []),
      ),
    )
  }
  for (const group of world.groups.values()) {
    const members = group.owner === business ? group.members : group.shared.get(business)
    if (members === undefined || !group.assets.has(asset.id)) continue
    for (const [user, tasks] of members) {
      const given = tasksOfKind(tasks, asset.kind)
      if (given.length > 0) rows.push(row(user, 'group', given, group.id))
    }
  }
  return rows
}

function tasksOfKind(tasks: GroupTasks, kind: AssetKind): readonly string[] {
  if (kind === 'ad_account') return tasks.adaccount_tasks
  if (kind === 'page') return tasks.page_tasks
  return kind === 'pixel' ? tasks.pixel_tasks : []
}

/** Users of a partner who have any access to what is shared with our business. */
export function touching(world: World, partner: string): Set<string> {
  return new Set(
    truth(world)
      .filter((row) => row.business === partner)
      .map((row) => row.user),
  )
}

/** Users and assets of a partner that have nothing to do with our business: none of them may ever be stored. */
export function strangers(world: World, partner: string): { users: string[]; assets: string[] } {
  const near = touching(world, partner)
  const { people, systemUsers } = businessOf(world, partner)
  const users = [...people, ...systemUsers].filter((id) => !near.has(id))
  const assets = heldAssets(world, partner)
    .map((asset) => asset.id)
    .filter((id) => !holds(world.own, assetOf(world, id)))
  return { users, assets }
}
