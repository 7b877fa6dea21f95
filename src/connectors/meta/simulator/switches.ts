// What Meta's documentation leaves open, or makes depend on the app: each fact is a switch, with the documented or likelier
// answer as default. The section numbers are those of the contract that this emulator was built from.

export interface Switches {
  /** Version that answers where the path names none (1). */
  defaultVersion: string
  /** `/?ids=` still answers (1: an error on v26.0, and everywhere since 2026-10-27). */
  multiRead: boolean
  /** `ETag`, `If-None-Match` and 304 still work (1). */
  etags: boolean
  /** Every call needs `appsecret_proof` (3). */
  proofRequired: boolean
  /** A wrong proof answers 100, or 104 (3: open). */
  wrongProof: '100' | '104'
  /** `debug_token` of another app's token, asked with ours: an error, or its data (3.2: not documented). */
  inspectOtherApp: 'error' | 'data'
  /** The id that `/me` and `debug_token` give a system user: that of `system_users`, or one of the app's own (3.3: open). */
  systemUserId: 'same' | 'app_scoped'
  /** `/me/businesses` with a system user token (3.3: open). */
  systemUserBusinesses: 'own' | 'empty' | 'error'
  /** Another business's node: not there, or its id and name (4: reads alike "missing" in most reports). */
  foreignBusiness: 'missing' | 'basic'
  /** Rows of a page where no limit is given (4.2: 25 assumed). */
  defaultLimit: number
  /** Largest limit of any edge; more answers code 1 (4.2: not published). */
  maxLimit: number
  /** Largest limit of single edges, by name, where it differs (4.2). */
  maxLimits: Readonly<Record<string, number>>
  /** Largest number of rows that the limits of one request may add up to, nested ones multiplied; 0 = any (14: open). */
  complexity: number
  /** Edges that refuse to be expanded, as `Page.agencies` or `*.agencies` (4.1, 17: open for pages, catalogs, WhatsApp). */
  refusedExpansions: readonly string[]
  /** `summary.total_count` on edges that do not document one. */
  totalEverywhere: boolean
  /** Part of `business_users` that system user tokens get (5: seen empty, and about 2 of 7). */
  businessUsers: 'all' | 'some' | 'none'
  /** What an employee system user gets of the people edges: the list, or error 200 (5: open). */
  employeeSeesPeople: boolean
  /** `assigned_users?business=` for a partner, with the owner's token (6.1: open). */
  ownerAsksForPartner: 'empty' | '100/33' | '200' | 'people'
  /** The same for the owner, with the partner's token (17: open). */
  partnerAsksForOwner: 'empty' | '100/33' | '200' | 'people'
  /** Whether admins show in direct lists: those who hold something directly, none, or all with every task (6.1: open). */
  adminsInDirectLists: 'assigned' | 'none' | 'all'
  /** Access through a group also shows in direct lists (6.1: reported missing). */
  groupsInDirectLists: boolean
  /** A group's list of people tells their rights per kind of asset, or only their own lists of groups do (5, 6.1: the specs have neither). */
  groupRights: 'in_group' | 'in_member'
  /** `/{page}/agencies` needs a Page token (7: since v2.11). */
  pageAgenciesNeedPageToken: boolean
  /** Where a waiting app request shows on the owner's side (11: open). */
  waitingAppRequest: 'business' | 'app' | 'both' | 'neither'
  /** A business that holds nothing but our app is among our agencies (7, 11: open). */
  appOnlyAgencies: boolean
  /** `instagram_basic` is needed for Instagram assets (9: open). */
  instagramBasicNeeded: boolean
  /** Ad edges without an ads scope (9). */
  adsScopeMissing: '200' | '100/33'
  /** Page lists without `pages_show_list` (9). */
  pageListMissing: 'error' | 'empty'
  /** Marketing API access tier (9). Limited: ad accounts, pages and people of a business answer code 3. */
  accessTier: 'full' | 'limited'
  /** The app may read other businesses; false: all of theirs answers 100/33 (4, 9). */
  accessVerified: boolean
  /** `business` is required on DELETE `assigned_users` (12: open). */
  deleteNeedsBusiness: boolean
  /** DELETE `assigned_users` works on pixels (12: open). */
  pixelDelete: boolean
  /** Logical calls an hour that make 100 % in `X-App-Usage`; 0 = no usage headers (13). */
  callsPerHour: number
  /** Answers code 4 above 100 % (13). */
  enforceLimit: boolean
  /** Bucket that business edges count in (13: open). */
  businessEdgeBucket: 'none' | 'ads_management' | 'business_management'
  /** Words of the Business settings pages: Meta's, other English ones, German. */
  pageWords: 'usual' | 'renamed' | 'german'
  /** Single words of the pages, by the usual one; they win. */
  pageWord: Readonly<Record<string, string>>
  /** Menus, columns, rows, fields and buttons of the pages, turned round or not. */
  pageOrder: 'usual' | 'reversed'
  /** Rows of a table before there is a next page. */
  pageRows: number
  /** The pages tell how many rows a table has. */
  pageCounts: boolean
  /** What a sign-in to the pages asks for after the password: an authenticator's code, a picture's text, a mailed code. */
  pageTotp: boolean
  pageCaptcha: boolean
  pageConfirm: boolean
  /** Raised, it ends every session of the pages. */
  pageSessions: number
  /** The pages offer tokens that never end. */
  pageTokenNever: boolean
  /** Approving in the pages works, or is answered as if it did and changes nothing. */
  pageApproval: 'works' | 'silent'
  /** Milliseconds before each page. */
  pageDelay: number
}

export const defaultSwitches: Readonly<Switches> = {
  defaultVersion: 'v26.0',
  multiRead: false,
  etags: false,
  proofRequired: false,
  wrongProof: '100',
  inspectOtherApp: 'error',
  systemUserId: 'same',
  systemUserBusinesses: 'own',
  foreignBusiness: 'missing',
  defaultLimit: 25,
  maxLimit: 500,
  maxLimits: {},
  complexity: 0,
  refusedExpansions: [],
  totalEverywhere: false,
  businessUsers: 'all',
  employeeSeesPeople: true,
  ownerAsksForPartner: 'empty',
  partnerAsksForOwner: 'empty',
  adminsInDirectLists: 'assigned',
  groupsInDirectLists: false,
  groupRights: 'in_group',
  pageAgenciesNeedPageToken: true,
  waitingAppRequest: 'both',
  appOnlyAgencies: false,
  instagramBasicNeeded: false,
  adsScopeMissing: '200',
  pageListMissing: 'error',
  accessTier: 'full',
  accessVerified: true,
  deleteNeedsBusiness: false,
  pixelDelete: false,
  callsPerHour: 100_000,
  enforceLimit: false,
  businessEdgeBucket: 'none',
  pageWords: 'usual',
  pageWord: {},
  pageOrder: 'usual',
  pageRows: 50,
  pageCounts: true,
  pageTotp: true,
  pageCaptcha: false,
  pageConfirm: false,
  pageSessions: 1,
  pageTokenNever: true,
  pageApproval: 'works',
  pageDelay: 0,
}
