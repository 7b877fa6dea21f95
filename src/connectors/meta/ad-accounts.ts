// Ad accounts. Node ids are `act_<number>`; permission lists may name them by the bare number.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/ad-account
import type { AssetKind } from './asset-kind.ts'
import { plainAsset, told } from './asset-kind.ts'
import { requiredId, text } from './answer.ts'
import { adAccountTasks } from './tasks.ts'

/** The node id, whatever form was given. */
export function adAccountId(given: string): string {
  return /^\d+$/.test(given) ? `act_${given}` : given
}

export const adAccounts: AssetKind = {
  ...plainAsset,
  type: 'ad_account',
  node: 'AdAccount',
  seenExpanded: true,
  label: 'Ad account',
  labelPlural: 'Ad accounts',
  tasks: adAccountTasks,
  unknownRank: 'view',
  owned: 'owned_ad_accounts',
  client: 'client_ad_accounts',
  fields: ['id', 'name', 'account_id', 'currency', 'timezone_name'],
  clientFields: ['permitted_tasks', 'owner_business{id,name}', 'business{id,name}'],
  permissionList: 'adaccount_permissions',
  agencyFields: null,
  listScopes: ['ads_management', 'ads_read'],
  peopleScopes: ['ads_management', 'ads_read'],
  beyondGuide: false,
  id: (row) => adAccountId(requiredId(row, 'ad accounts')),
  facts: (row) =>
    told({
      'Account ID': text(row.account_id),
      Currency: text(row.currency),
      'Time zone': text(row.timezone_name),
    }),
}
