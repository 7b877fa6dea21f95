// Apps. Meta has no list of who is assigned to one; whom they are shared with stands in the business's lists of partners.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/business/owned_apps
import type { AssetKind } from './asset-kind.ts'
import { plainAsset } from './asset-kind.ts'
import { appTasks } from './tasks.ts'

export const apps: AssetKind = {
  ...plainAsset,
  type: 'app',
  node: 'Application',
  seenExpanded: true,
  label: 'App',
  labelPlural: 'Apps',
  tasks: appTasks,
  unknownRank: 'view',
  owned: 'owned_apps',
  client: 'client_apps',
  fields: ['id', 'name'],
  clientFields: [],
  permissionList: 'application_permissions',
  agencyFields: null,
  listScopes: ['business_management'],
  peopleScopes: [],
  assignable: false,
  beyondGuide: true,
  facts: () => ({}),
}
