// How big a generated world is, and the draws that its parts share.
import type { Random } from './random.ts'
import { newPageTasks, usualTasks } from './tasks.ts'
import { assetKinds } from './world.ts'
import type { Asset, AssetKind } from './world.ts'

/** A number, or the lowest and the highest of a draw. */
export type Size = number | readonly [number, number]

/** How big a world is. Everything has a default that makes a believable small company. */
export interface WorldOptions {
  /** Own assets: all together, shared out over the kinds; or per kind. */
  ownAssets?: number | Partial<Record<AssetKind, number>>
  ownGroups?: number
  ownPeople?: number
  ownAdmins?: number
  ownSystemUsers?: number
  invitations?: number
  /** Own people assigned to each own asset. */
  peoplePerAsset?: Size
  partners?: number
  peoplePerPartner?: Size
  sharedPerPartner?: Size
  /** Partner's people assigned to each shared asset. */
  peoplePerSharedAsset?: Size
  /** Of a partner's people, the part that touches what is shared (0 to 1). */
  touching?: number
  /** Assets of a partner's other clients. */
  foreignAssets?: Size
}
export type WorldSizes = Required<WorldOptions>

export const defaultSizes: WorldSizes = {
  ownAssets: 60,
  ownGroups: 2,
  ownPeople: 25,
  ownAdmins: 4,
  ownSystemUsers: 4,
  invitations: 3,
  peoplePerAsset: [2, 7],
  partners: 6,
  peoplePerPartner: [12, 40],
  sharedPerPartner: [8, 18],
  peoplePerSharedAsset: [2, 6],
  touching: 0.5,
  foreignAssets: [8, 25],
}

const shareOfKind: Record<AssetKind, number> = {
  ad_account: 0.28,
  page: 0.2,
  pixel: 0.15,
  product_catalog: 0.1,
  instagram_asset: 0.17,
  whatsapp_account: 0.05,
  app: 0.05,
}

/** Draws one number of a size. */
export function draw(chance: Random, size: Size): number {
  return typeof size === 'number' ? size : chance.between(size[0], size[1])
}

/** How many assets of each kind make `total` (rounded so that the sum is exact). */
export function perKind(total: number | Partial<Record<AssetKind, number>>): Map<AssetKind, number> {
  if (typeof total !== 'number') return new Map(assetKinds.map((kind) => [kind, total[kind] ?? 0]))
  const counts = new Map<AssetKind, number>()
  let left = total
  for (const kind of assetKinds.slice(1)) {
    const n = Math.min(left, Math.round(total * shareOfKind[kind]))
    counts.set(kind, n)
    left -= n
  }
  return new Map([['ad_account', left], ...counts])
}

/** The tasks that somebody holds on an asset: one of the usual sets, in the vocabulary of the asset. */
export function drawTasks(chance: Random, asset: Asset, within?: readonly string[]): readonly string[] {
  const modern = asset.kind === 'page' && asset.facts['has_transitioned_to_new_page_experience'] === true
  const sets = modern && within === undefined ? newPageTasks : usualTasks[asset.kind]
  const fitting = within ? sets.filter((tasks) => tasks.every((task) => within.includes(task))) : sets
  return fitting.length > 0 ? chance.pick(fitting) : (within ?? [])
}

/** Tasks of a group member: on ad accounts and pages always some. */
export function groupTasks(chance: Random): {
  adaccount_tasks: readonly string[]
  page_tasks: readonly string[]
  pixel_tasks: readonly string[]
} {
  return {
    adaccount_tasks: chance.pick(usualTasks.ad_account),
    page_tasks: chance.pick(usualTasks.page),
    pixel_tasks: chance.chance(0.5) ? chance.pick(usualTasks.pixel) : [],
  }
}
