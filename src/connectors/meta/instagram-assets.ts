// Instagram accounts as assets of a business. The asset's id (the one that people are assigned to) and `ig_user_id` are different numbers;
// a client's asset names its owner only through the IG user.
// https://developers.facebook.com/docs/graph-api/reference/instagram-business-asset/assigned_users/
import type { AssetKind } from './asset-kind.ts'
import { plainAsset, told } from './asset-kind.ts'
import { text } from './answer.ts'
import { instagramTasks } from './tasks.ts'

export const instagramAssets: AssetKind = {
  ...plainAsset,
  type: 'instagram_asset',
  node: 'InstagramBusinessAsset',
  seenExpanded: true,
  label: 'Instagram account',
  labelPlural: 'Instagram accounts',
  tasks: instagramTasks,
  unknownRank: 'edit',
  owned: 'owned_instagram_assets',
  client: 'client_instagram_assets',
  fields: ['id', 'ig_user_id', 'ig_username'],
  clientFields: [],
  permissionList: null,
  agencyFields: ['id', 'name', 'permitted_tasks', 'access_status'],
  listScopes: [],
  peopleScopes: [],
  beyondGuide: true,
  name: (row) => text(row.ig_username) ?? text(row.name),
  facts: (row) => told({ 'Instagram user ID': text(row.ig_user_id) }),
}
