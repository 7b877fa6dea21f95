// Every kind of asset that is read, in the order that screens show them. One more kind is a file and a line here.
import { adAccounts } from './ad-accounts.ts'
import { apps } from './apps.ts'
import type { AssetKind } from './asset-kind.ts'
import { instagramAssets } from './instagram-assets.ts'
import { pages } from './pages.ts'
import { pixels } from './pixels.ts'
import { productCatalogs } from './product-catalogs.ts'
import { whatsappAccounts } from './whatsapp-accounts.ts'

export const kinds: readonly AssetKind[] = [
  adAccounts,
  pages,
  pixels,
  productCatalogs,
  instagramAssets,
  whatsappAccounts,
  apps,
]

/** The kind by our own name; undefined for a kind that is not known here. */
export function kindOf(type: string): AssetKind | undefined {
  return kinds.find((kind) => kind.type === type)
}
