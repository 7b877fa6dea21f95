// WhatsApp Business accounts. They need a permission that the guide does not ask for, have no `agencies` edge, and give at most 100 people each.
import type { AssetKind } from './asset-kind.ts'
import { plainAsset, told } from './asset-kind.ts'
import { text } from './answer.ts'
import { whatsappTasks } from './tasks.ts'

export const whatsappAccounts: AssetKind = {
  ...plainAsset,
  type: 'whatsapp_account',
  node: 'WhatsAppBusinessAccount',
  seenExpanded: false,
  label: 'WhatsApp account',
  labelPlural: 'WhatsApp accounts',
  tasks: whatsappTasks,
  unknownRank: 'edit',
  owned: 'owned_whatsapp_business_accounts',
  client: 'client_whatsapp_business_accounts',
  fields: ['id', 'name', 'currency'],
  clientFields: ['owner_business{id,name}'],
  permissionList: null,
  agencyFields: null,
  listScopes: ['whatsapp_business_management'],
  peopleScopes: ['whatsapp_business_management'],
  mostPeople: 100,
  beyondGuide: true,
  facts: (row) => told({ Currency: text(row.currency) }),
}
