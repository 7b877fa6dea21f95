// The businesses that are measured: a twentieth, a half and the whole of a large brand, as numbers of assets, people and partners.
import type { WorldOptions } from '../src/connectors/meta/simulator/seed-sizes.ts'

export type Size = 'S1' | 'S10' | 'S100'

const counts: Record<
  Size,
  { assets: number; people: number; partners: number; theirs: number; shared: number }
> = {
  S1: { assets: 200, people: 500, partners: 10, theirs: 50, shared: 30 },
  S10: { assets: 600, people: 1_500, partners: 60, theirs: 160, shared: 95 },
  S100: { assets: 2_000, people: 5_000, partners: 200, theirs: 500, shared: 300 },
}

/** 20 of our own people on each asset, 10 of a partner's on each that is shared with it. */
export function worldOf(size: Size): WorldOptions {
  const { assets, people, partners, theirs, shared } = counts[size]
  const part = (share: number) => Math.round(assets * share)
  const kinds = {
    page: part(0.25),
    pixel: part(0.15),
    product_catalog: part(0.1),
    instagram_asset: part(0.1),
  }
  const others = Object.values(kinds).reduce((sum, n) => sum + n, 0)
  return {
    ownAssets: { ad_account: assets - others, ...kinds },
    ownGroups: 0,
    ownPeople: people,
    ownAdmins: 2,
    ownSystemUsers: 2,
    invitations: 2,
    peoplePerAsset: 20,
    partners,
    peoplePerPartner: theirs,
    sharedPerPartner: shared,
    peoplePerSharedAsset: 10,
    touching: 1,
    foreignAssets: 0,
  }
}

/** The largest page that the measured Graph gives: 100 rows, or what `--cap` says. Meta publishes none; projects in the field ask for 100 to 500. */
export function capOf(args: readonly string[]): number {
  const cap = Number(args[args.indexOf('--cap') + 1])
  return args.includes('--cap') && cap > 0 ? cap : 100
}

/** The sizes that the command line asks for: `--size S10`, S1 otherwise. */
export function sizeOf(args: readonly string[]): Size {
  const asked = args[args.indexOf('--size') + 1]
  return args.includes('--size') && (asked === 'S10' || asked === 'S100') ? asked : 'S1'
}
