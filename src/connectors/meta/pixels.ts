// Pixels. The business's lists of partners do not name them: each pixel's own `agencies` does. It tells no status.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/ads-pixel/assigned_users
import type { AssetKind } from './asset-kind.ts'
import { plainAsset } from './asset-kind.ts'
import { pixelTasks } from './tasks.ts'

export const pixels: AssetKind = {
  ...plainAsset,
  type: 'pixel',
  node: 'AdsPixel',
  seenExpanded: true,
  label: 'Pixel',
  labelPlural: 'Pixels',
  tasks: pixelTasks,
  unknownRank: 'view',
  owned: 'owned_pixels',
  client: 'client_pixels',
  fields: ['id', 'name'],
  clientFields: ['permitted_tasks', 'owner_business{id,name}'],
  permissionList: null,
  agencyFields: ['id', 'name', 'permitted_tasks'],
  listScopes: ['ads_management', 'ads_read'],
  peopleScopes: ['ads_management', 'ads_read'],
  beyondGuide: false,
  facts: () => ({}),
}
