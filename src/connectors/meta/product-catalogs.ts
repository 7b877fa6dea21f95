// Product catalogs. The client edge names roles (ADMIN, ADVERTISER) where other kinds name tasks.
// https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/product-catalog
import type { AssetKind } from './asset-kind.ts'
import { plainAsset, told } from './asset-kind.ts'
import { names, text } from './answer.ts'
import { catalogRoles, productCatalogTasks } from './tasks.ts'

export const productCatalogs: AssetKind = {
  ...plainAsset,
  type: 'product_catalog',
  node: 'ProductCatalog',
  seenExpanded: false,
  label: 'Catalog',
  labelPlural: 'Catalogs',
  tasks: productCatalogTasks,
  unknownRank: 'view',
  owned: 'owned_product_catalogs',
  client: 'client_product_catalogs',
  fields: ['id', 'name', 'vertical'],
  clientFields: ['permitted_roles', 'owner_business{id,name}', 'business{id,name}'],
  permissionList: 'productcatalog_permissions',
  agencyFields: null,
  listScopes: ['catalog_management'],
  peopleScopes: ['catalog_management'],
  beyondGuide: false,
  facts: (row) => told({ Vertical: text(row.vertical) }),
  permitted: (row) =>
    row.permitted_tasks ?? names(row.permitted_roles).map((role) => catalogRoles[role.toUpperCase()] ?? role),
}
