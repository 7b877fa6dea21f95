// What the second Graph server does differently from world to world. All of it is allowed by the contract.

import { plainManners } from './manners.ts'
import type { Manners } from './manners.ts'

/** How a list is refused: the object is not there, a permission is missing, named or not, or the app lacks the capability. */
export type Denial = '100/33' | '10' | '200' | '100 named' | '3'

export interface Habits extends Manners {
  /** Several edges of a business in one read: allowed, too much, or refused for some edges by name. */
  root: 'yes' | 'code 1' | 'some'
  rootRefuses: string[]
  /** `pages.assigned_users`: not expanded in lists of pages. */
  refusedExpansions: string[]
  /** No edge is expanded anywhere. */
  plainOnly: boolean
  /** How an expansion is refused: the whole read, or `silent`: it is left out without a word, or `inside`: an error stands in its place. */
  expansionError: 'field' | 'field with node' | 'code 1' | 'unsupported' | 'silent' | 'inside'
  /** Largest limit, above it code 1; and of single edges. */
  maxLimit: number
  maxLimits: Record<string, number>
  /** Most rows that all limits of a read may ask for together; 0 = any. */
  mostRows: number
  /** Rows of a page whatever limit is asked; 0 = as asked. */
  pageRows: number
  /** Now and then a page is empty and has a next one. */
  emptyPages: boolean
  /** The last row of a page comes again on the next one. */
  overlap: boolean
  totals: 'never' | 'asked' | 'always'
  /** Ids as JSON numbers, also beyond 2^53. */
  numberIds: boolean
  /** The system user's id at `/me` and `debug_token` is that of `system_users`, or another. */
  ids: 'same' | 'app scoped'
  meBusinesses: 'own' | 'empty' | 'refused'
  noUserType: boolean
  /** Roles as `Admin`, `Employee`. */
  titleCaseRoles: boolean
  /** Every second batch leaves one item null. */
  nullItems: boolean
  /** Admins of the business do not show among those assigned. */
  adminsHidden: boolean
  /** Whose tokens have the permission for WhatsApp accounts. */
  whatsapp: 'none' | 'own' | 'all'
  instagram: 'yes' | 'refused'
  groups: 'yes' | 'no such edge'
  /** Groups that others share: their list is there, or in no version that this server knows. */
  sharedGroups: 'yes' | 'no such edge'
  /** Where rights in a group stand: in its list of people, or in each person's own list of groups; `union`: there alone per kind, and in the group's as one list. */
  groupRights: 'group' | 'member' | 'union'
  /** Errors with the status of an error, with HTTP 200, or with codes that are texts. */
  errors: 'status' | 'as 200' | 'as text'
  /** What has no value is null, and an expansion without rows is there. */
  nulls: boolean
  /** Lists of permissions name ad accounts by the bare number. */
  bareAccounts: boolean
  /** Fields that this server does not know. */
  unknownFields: string[]
  /** Fields that are left out of every row without a word. */
  leftOut: string[]
  /** Edges that no token may read. */
  denied: Record<string, Denial>
}

/** Everything is allowed, nothing is odd. */
export const plainHabits: Habits = {
  ...plainManners,
  root: 'yes',
  rootRefuses: [],
  refusedExpansions: [],
  plainOnly: false,
  expansionError: 'field with node',
  maxLimit: 500,
  maxLimits: {},
  mostRows: 0,
  pageRows: 0,
  emptyPages: false,
  overlap: false,
  totals: 'never',
  numberIds: false,
  ids: 'same',
  meBusinesses: 'own',
  noUserType: false,
  titleCaseRoles: false,
  nullItems: false,
  adminsHidden: false,
  whatsapp: 'none',
  instagram: 'yes',
  groups: 'yes',
  sharedGroups: 'yes',
  groupRights: 'group',
  errors: 'status',
  nulls: false,
  bareAccounts: false,
  unknownFields: [],
  leftOut: [],
  denied: {},
}
