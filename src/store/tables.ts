// The columns of every table as TypeScript sees them: the one place where SQL's names (snake_case) meet the code's (camelCase).
// A jsonb column takes JSON text (JSON.stringify) and gives the parsed value; timestamps are Date, bigint is number.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { AppRequestStatus } from '../model/automation.ts'
import type { QuestionKind } from '../model/recipe.ts'
import type { KeyScope } from '../model/api-key.ts'
import type { Verdict } from '../model/credential.ts'
import type { Rank } from '../model/entitlement.ts'
import type { Failure } from '../model/error.ts'
import type {
  AppliedResult,
  JobResult,
  JobStatus,
  JobStep,
  JobTrigger,
  Problem,
  StepOutcome,
} from '../model/job.ts'
import type { InvitedRole } from '../model/invitation.ts'
import type { Role } from '../model/member.ts'
import type { NoticeData, NoticeKind } from '../model/notice.ts'
import type { PartnerStatus } from '../model/partner.ts'
import type { Density, Theme } from '../model/person.ts'
import type { SecretDeed, SecretKind, SecretRole } from '../model/secret.ts'
import type { Path, PrincipalFacts, PrincipalKind, ResourceRelation } from '../model/snapshot.ts'
import type { LiveLine } from '../model/token-request.ts'
import type { Environment } from '../model/workspace.ts'

type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>
type JsonDefault<T> = ColumnType<T, string | undefined, string>
type Time = ColumnType<Date, Date | string, Date | string>
type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
type TimeDefault = ColumnType<Date, Date | string | undefined, Date | string>
/** May be left out when inserting. */
type OrNull<T> = ColumnType<T | null, T | null | undefined, T | null>

/** The auth library's; only what the product reads of a person. */
interface AuthUserTable {
  id: string
  name: string
  email: string
  twoFactorEnabled: OrNull<boolean>
}

interface PeopleTable {
  userId: string
  locale: OrNull<string>
  theme: Generated<Theme>
  density: Generated<Density>
  timeZone: OrNull<string>
  lastSeenAt: TimeOrNull
}

interface PersonNewsTable {
  id: Generated<string>
  userId: string
  at: TimeDefault
  sentence: string
  seenAt: TimeOrNull
}

interface PasswordLinksTable {
  secretHash: Buffer
  userId: string
  madeBy: OrNull<string>
  createdAt: TimeDefault
  expiresAt: Time
  usedAt: TimeOrNull
  endedAt: TimeOrNull
}

interface SetupTable {
  one: Generated<boolean>
  codeHash: OrNull<Buffer>
  tries: Generated<number>
  triesSince: TimeDefault
  doneAt: TimeOrNull
}

interface WorkspacesTable {
  id: string
  name: string
  environment: Environment
  createdAt: TimeDefault
  twoFactorRoles: Generated<Role[]>
}

interface MembersTable {
  workspaceId: string
  userId: string
  role: Role
  status: Generated<'active' | 'removed'>
  invitedBy: OrNull<string>
  endsAt: TimeOrNull
  createdAt: TimeDefault
}

interface InvitationsTable {
  id: string
  workspaceId: string
  email: string
  role: InvitedRole
  endsAt: TimeOrNull
  secretHash: Buffer
  invitedBy: string
  createdAt: TimeDefault
  sentAt: TimeDefault
  expiresAt: Time
  usedAt: TimeOrNull
  usedBy: OrNull<string>
  revokedAt: TimeOrNull
}

interface ConnectionsTable {
  id: string
  workspaceId: string
  connector: string
  label: string
  externalId: string
  name: OrNull<string>
  settings: JsonDefault<Record<string, string>>
  schedule: Generated<'off' | 'daily' | 'hourly'>
  health: Generated<'new' | 'healthy' | 'attention' | 'expired'>
  healthReason: OrNull<string>
  lastCheckedAt: TimeOrNull
  readAt: TimeOrNull
  nextCheckAt: TimeOrNull
  createdBy: OrNull<string>
  createdAt: TimeDefault
  removedAt: TimeOrNull
  /** The transaction that wrote last to what its lists count. */
  inventoryVersion: Generated<string>
}

interface PartnersTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  externalId: string
  name: OrNull<string>
  isAgency: Generated<boolean>
  isClient: Generated<boolean>
  status: Generated<PartnerStatus>
  statusReason: OrNull<string>
  sharedOnly: Generated<boolean>
  wasDisconnected: Generated<boolean>
  scopes: Generated<string[]>
  path: Generated<Path>
  firstSeenAt: Time
  lastConfirmedAt: TimeOrNull
  notConfirmedSince: TimeOrNull
  peopleConfirmedAt: TimeOrNull
  readAt: TimeOrNull
  endedAt: TimeOrNull
}

interface CredentialsTable {
  id: string
  workspaceId: string
  connectionId: string
  partnerId: OrNull<string>
  kind: string
  sealed: Buffer
  keyVersion: number
  lastFour: string
  fingerprint: string
  state: Generated<'checking' | 'good' | 'attention' | 'dead'>
  stateReason: OrNull<string>
  verdict: JsonOrNull<Verdict>
  confirmed: JsonOrNull<{ by: string; at: string; claims: string[] }>
  scopes: Generated<string[]>
  expiresAt: TimeOrNull
  checkedAt: TimeOrNull
  createdBy: OrNull<string>
  createdAt: TimeDefault
}

interface PrincipalsTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  externalId: string
  kind: PrincipalKind
  partnerId: OrNull<string>
  business: string
  name: OrNull<string>
  email: OrNull<string>
  role: OrNull<string>
  reachesAll: Generated<boolean>
  source: 'list' | 'assigned'
  facts: JsonDefault<PrincipalFacts>
  scope: string
  path: Generated<Path>
  firstSeenAt: Time
  lastConfirmedAt: Time
  notConfirmedSince: TimeOrNull
  endedAt: TimeOrNull
  emailKey: GeneratedAlways<string | null>
  heldAssets: Generated<number>
  heldRank: Generated<number>
  heldHow: Generated<string[]>
  heldTypes: Generated<string[]>
}

interface ResourcesTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  type: string
  externalId: string
  name: OrNull<string>
  relation: ResourceRelation
  ownerBusiness: OrNull<string>
  facts: JsonDefault<Record<string, string>>
  scope: string
  path: Generated<Path>
  firstSeenAt: Time
  lastConfirmedAt: Time
  notConfirmedSince: TimeOrNull
  endedAt: TimeOrNull
  touchedPeople: Generated<number>
  touchedPartners: Generated<number>
}

interface SharesTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  partnerId: string
  resourceId: string
  direction: 'out' | 'in'
  entitlements: Generated<string[]>
  rank: Rank
  status: OrNull<string>
  scope: string
  path: Generated<Path>
  firstSeenAt: Time
  lastConfirmedAt: Time
  notConfirmedSince: TimeOrNull
  endedAt: TimeOrNull
}

interface GrantsTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  principalId: string
  resourceId: string
  partnerId: OrNull<string>
  how: 'direct' | 'role' | 'group'
  through: Generated<string>
  entitlements: Generated<string[]>
  rank: Rank
  scope: string
  path: Generated<Path>
  firstSeenAt: Time
  lastConfirmedAt: Time
  notConfirmedSince: TimeOrNull
  endedAt: TimeOrNull
}

interface JobsTable {
  id: string
  workspaceId: string
  connectionId: OrNull<string>
  partnerId: OrNull<string>
  parentId: OrNull<string>
  kind: string
  status: Generated<JobStatus>
  trigger: JobTrigger
  actorId: OrNull<string>
  progress: OrNull<string>
  problems: JsonDefault<Problem[]>
  result: JsonOrNull<JobResult>
  applied: JsonOrNull<AppliedResult>
  retryAt: TimeOrNull
  cancelRequestedAt: TimeOrNull
  cancelRequestedBy: OrNull<string>
  weaker: JsonDefault<Record<string, Failure>>
  createdAt: TimeDefault
  startedAt: TimeOrNull
  updatedAt: TimeDefault
  finishedAt: TimeOrNull
}

interface JobStepsTable {
  workspaceId: string
  jobId: string
  name: string
  position: number
  label: string
  status: Generated<JobStep['status']>
  startedAt: TimeOrNull
  finishedAt: TimeOrNull
  attempts: Generated<number>
  retryAt: TimeOrNull
  total: OrNull<number>
  done: OrNull<number>
  unit: OrNull<string>
  problem: JsonOrNull<Problem>
  outcome: JsonOrNull<StepOutcome>
}

interface StagedScopesTable {
  workspaceId: string
  jobId: string
  reader: string
  scope: string
  state: 'sealed' | 'failed'
  rows: Generated<number>
  skipped: Generated<number>
  failure: JsonOrNull<Failure>
}

interface StagedRowsTable {
  piece: Generated<number>
  workspaceId: string
  jobId: string
  reader: string
  part: string
  principals: Generated<string[]>
  seen: Generated<number>
  data: string
}

interface ComparedTable {
  workspaceId: string
  connectionId: string
  part: string
  digest: string
  told: Generated<number>
}

interface ChangesTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  jobId: OrNull<string>
  at: Time
  kind: 'added' | 'removed' | 'changed'
  noun: 'partner' | 'principal' | 'resource' | 'share' | 'grant'
  partnerId: OrNull<string>
  principalId: OrNull<string>
  resourceId: OrNull<string>
  before: JsonOrNull<Record<string, unknown>>
  after: JsonOrNull<Record<string, unknown>>
}

interface ProposalsTable {
  id: string
  workspaceId: string
  connectionId: string
  jobId: string
  partnerId: OrNull<string>
  what: 'own_people' | 'partner_people' | 'assets'
  count: number
  total: number
  ids: string[]
  status: Generated<'open' | 'applied' | 'discarded' | 'replaced'>
  createdAt: TimeDefault
  decidedAt: TimeOrNull
  decidedBy: OrNull<string>
}

interface ConnectorMemoryTable {
  workspaceId: string
  connectionId: string
  key: string
  value: string
  until: TimeOrNull
}

interface ProviderLimitsTable {
  app: string
  key: string
  value: string
  until: TimeOrNull
}

interface AuditEventsTable {
  id: Generated<number>
  workspaceId: string
  at: TimeDefault
  actorKind: 'person' | 'system'
  actorId: string
  action: string
  subjectKind: string
  subjectId: string
  data: JsonDefault<Record<string, unknown>>
  address: OrNull<string>
}

interface AuditChainTable {
  workspaceId: string
  seq: number
  eventId: number
  hash: Buffer
  sealedAt: TimeDefault
}

interface AuditHeadsTable {
  workspaceId: string
  seq: number
  hash: Buffer
  at: Time
  sealed: Buffer
  keyVersion: number
}

interface AuditUnsealedTable {
  eventId: number
  workspaceId: string
}

interface RevocationsTable {
  id: string
  workspaceId: string
  partnerId: string
  fingerprint: string
  askedAt: Generated<Date>
}

interface ApiKeysTable {
  id: string
  workspaceId: string
  name: string
  prefix: string
  secretHash: Buffer
  scopes: KeyScope[]
  madeBy: string
  createdAt: TimeDefault
  expiresAt: TimeOrNull
  lastUsedAt: TimeOrNull
  revokedAt: TimeOrNull
  revokedBy: OrNull<string>
}

interface NoticesTable {
  id: Generated<string>
  workspaceId: string
  userId: string
  kind: NoticeKind
  at: TimeDefault
  connectionId: OrNull<string>
  partnerId: OrNull<string>
  jobId: OrNull<string>
  about: OrNull<string>
  data: JsonDefault<NoticeData>
  once: string
  shown: boolean
  readAt: TimeOrNull
  mail: 'none' | 'due' | 'sent' | 'given_up'
  mailTries: Generated<number>
}

interface NoticeSettingsTable {
  workspaceId: string
  userId: string
  kind: NoticeKind
  console: Generated<boolean>
  mail: Generated<boolean>
}

interface VaultsTable {
  id: string
  workspaceId: string
  userId: string
  recipient: string
  signing: string
  passphraseFile: OrNull<string>
  recoveryFile: OrNull<string>
  madeAt: TimeDefault
  replacedAt: TimeOrNull
}

interface VaultPinsTable {
  workspaceId: string
  vaultId: string
  about: string
  fingerprint: string
  code: string
  at: TimeDefault
}

interface SecretsTable {
  id: string
  workspaceId: string
  label: string
  kind: SecretKind
  version: number
  createdAt: TimeDefault
  createdBy: string
  changedAt: TimeDefault
  changedBy: string
  expiresAt: TimeOrNull
}

interface SecretMembersTable {
  workspaceId: string
  secretId: string
  userId: string
  role: SecretRole
  addedAt: TimeDefault
  addedBy: string
}

interface SecretVersionsTable {
  workspaceId: string
  secretId: string
  version: number
  label: string
  kind: SecretKind
  sealed: string
  deed: SecretDeed
  by: string
  at: TimeDefault
  vaults: string[]
}

interface TokenRequestsTable {
  id: string
  workspaceId: string
  connectionId: string
  partnerId: string
  secretHash: OrNull<Buffer>
  email: OrNull<string>
  requestedBy: string
  createdAt: TimeDefault
  sentAt: TimeDefault
  expiresAt: Time
  openedAt: TimeOrNull
  tries: Generated<number>
  spentAt: TimeOrNull
  spentBy: OrNull<string>
  credentialId: OrNull<string>
  revokedAt: TimeOrNull
  lapsedAt: TimeOrNull
}

interface LiveChecksTable {
  partnerId: string
  workspaceId: string
  connectionId: string
  askedAt: Time
  day: string
  askedToday: number
  toldAt: TimeOrNull
  lines: JsonOrNull<LiveLine[]>
}

interface HandOversTable {
  credentialId: string
  workspaceId: string
  partnerId: string
  userId: string
  at: TimeDefault
  withdrawnAt: TimeOrNull
}

interface AutomationsTable {
  connectionId: string
  workspaceId: string
  enabled: Generated<boolean>
  enabledBy: OrNull<string>
  enabledAt: TimeOrNull
  openSignIns: Generated<number>
  reading: Generated<'off' | 'refused' | 'always'>
  refusedAt: TimeOrNull
}

interface AppRequestsTable {
  id: Generated<string>
  workspaceId: string
  connectionId: string
  business: string
  businessName: string
  app: string
  requested: string
  status: Generated<AppRequestStatus>
  decision: OrNull<'approve' | 'decline' | 'leave'>
  decidedBy: OrNull<string>
  decidedAt: TimeOrNull
  pressedAt: TimeOrNull
  jobId: OrNull<string>
  firstSeenAt: TimeDefault
  settledAt: TimeOrNull
}

interface JobQuestionsTable {
  id: string
  workspaceId: string
  jobId: string
  kind: QuestionKind
  askedAt: TimeDefault
  endsAt: Time
  answer: OrNull<Buffer>
  answeredBy: OrNull<string>
  answeredAt: TimeOrNull
  closedAt: TimeOrNull
}

interface JobPicturesTable {
  id: Generated<string>
  workspaceId: string
  jobId: string
  step: string
  label: string
  failed: boolean
  path: string
  at: TimeDefault
  image: Buffer
}

export interface Tables {
  authUser: AuthUserTable
  people: PeopleTable
  personNews: PersonNewsTable
  passwordLinks: PasswordLinksTable
  setup: SetupTable
  workspaces: WorkspacesTable
  members: MembersTable
  invitations: InvitationsTable
  connections: ConnectionsTable
  partners: PartnersTable
  credentials: CredentialsTable
  principals: PrincipalsTable
  resources: ResourcesTable
  shares: SharesTable
  grants: GrantsTable
  jobs: JobsTable
  jobSteps: JobStepsTable
  stagedScopes: StagedScopesTable
  stagedRows: StagedRowsTable
  compared: ComparedTable
  changes: ChangesTable
  proposals: ProposalsTable
  connectorMemory: ConnectorMemoryTable
  providerLimits: ProviderLimitsTable
  auditEvents: AuditEventsTable
  auditChain: AuditChainTable
  auditHeads: AuditHeadsTable
  auditUnsealed: AuditUnsealedTable
  revocations: RevocationsTable
  apiKeys: ApiKeysTable
  notices: NoticesTable
  noticeSettings: NoticeSettingsTable
  vaults: VaultsTable
  vaultPins: VaultPinsTable
  secrets: SecretsTable
  secretMembers: SecretMembersTable
  secretVersions: SecretVersionsTable
  tokenRequests: TokenRequestsTable
  liveChecks: LiveChecksTable
  handOvers: HandOversTable
  automations: AutomationsTable
  appRequests: AppRequestsTable
  jobQuestions: JobQuestionsTable
  jobPictures: JobPicturesTable
}
