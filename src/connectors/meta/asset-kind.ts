// What differs between Meta's kinds of assets, as data: how they are listed, what is asked of each, how shares are told, and which permissions
// of the token each part needs. One file per kind fills this in; the reading itself is the same for all.
import type { Rank } from '../../model/entitlement.ts'
import type { EntitlementSpec } from '../../model/manifest.ts'
import { reference, requiredId, text } from './answer.ts'
import type { JsonObject } from './answer.ts'

export interface AssetKind {
  /** Our name of the kind. */
  type: string
  /** Meta's name of the node, as its errors give it. */
  node: string
  /** Real answers with the people expanded in this kind's lists have been seen; of others it is not known whether Meta does it. */
  seenExpanded: boolean
  label: string
  labelPlural: string
  tasks: EntitlementSpec[]
  /** Rank of a task that Meta added later. */
  unknownRank: Rank
  /** Edges of the business: assets that it owns, and assets that others share with it. */
  owned: string
  client: string
  /** Fields of the asset that are read on both edges. */
  fields: string[]
  /** Fields that only the client edge gets: what the owner permits, and who owns it. */
  clientFields: string[]
  /** The list in `/{business}/agencies` and `clients` that names this kind; null where there is none. */
  permissionList: string | null
  /**
   * Fields of the asset's own `agencies`, read where the business has no list of this kind; null where the list is enough or Meta
   * has no such edge.
   */
  agencyFields: string[] | null
  /** Permissions of which a token needs one to list the assets, and to read who is assigned. */
  listScopes: string[]
  peopleScopes: string[]
  /** False: Meta has no list of who is assigned to such an asset. */
  assignable: boolean
  /** Most people of one asset that Meta ever gives; left out where all of them come, page by page. */
  mostPeople?: number
  /** Not among the permissions that the guide asks for: may be refused without harm to the run. */
  beyondGuide: boolean
  id(row: JsonObject): string
  name(row: JsonObject): string | null
  /** Extra facts worth showing, as label → text. */
  facts(row: JsonObject): Record<string, string>
  /** What a client asset's owner permits us. */
  permitted(row: JsonObject): JsonObject[string]
}

/** The defaults that most kinds share: `id`, `name`, `permitted_tasks`. */
export const plainAsset = {
  id: (row: JsonObject): string => requiredId(row, 'assets'),
  name: (row: JsonObject): string | null => text(row.name),
  permitted: (row: JsonObject): JsonObject[string] => row.permitted_tasks,
  assignable: true,
}

/** Facts without the ones that Meta did not tell. */
export function told(facts: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

/** The business that owns a client asset, where the asset tells and it is not the reader itself. */
export function ownerOf(row: JsonObject, reader: string): { id: string; name: string | null } | null {
  for (const key of ['owner_business', 'business', 'owner_business_info']) {
    const found = reference(row[key])
    if (found !== null && found.id !== reader) return found
  }
  return null
}
