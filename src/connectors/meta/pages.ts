// Pages. Who is assigned needs pages_manage_metadata; a Page's own `agencies` needs a Page token, so shares come from the business's lists.
// https://developers.facebook.com/docs/graph-api/reference/page/agencies/
import type { AssetKind } from './asset-kind.ts'
import { plainAsset } from './asset-kind.ts'
import { pageTasks } from './tasks.ts'

export const pages: AssetKind = {
  ...plainAsset,
  type: 'page',
  node: 'Page',
  seenExpanded: false,
  label: 'Page',
  labelPlural: 'Pages',
  tasks: pageTasks,
  unknownRank: 'edit',
  owned: 'owned_pages',
  client: 'client_pages',
  fields: ['id', 'name'],
  clientFields: ['permitted_tasks', 'owner_business{id,name}'],
  permissionList: 'page_permissions',
  agencyFields: null,
  listScopes: ['pages_show_list'],
  peopleScopes: ['pages_manage_metadata'],
  beyondGuide: false,
  facts: () => ({}),
}
