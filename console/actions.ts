// Everything the console changes, one function per write of the API. Callers make fresh what they changed. What can be changed from any page
// is in actions-everywhere.ts.
import type { InferRequestType, InferResponseType } from 'hono/client'
import type { InvitedRole } from '../src/model/invitation.ts'
import type { Reading } from '../src/model/automation.ts'
import { answer, api, at, inApp, inWorkspace, postAuth } from './client.ts'

// ── Signing in and the first run ─────────────────────────────────────────────────────────────────────────────────────
/** True where a second factor is asked for next. */
export const signIn = async (input: { email: string; password: string }): Promise<boolean> => {
  const told = await postAuth('/sign-in/email', input)
  return typeof told === 'object' && told !== null && 'secondFactor' in told
}
export const giveSecondFactor = (input: { code: string } | { backupCode: string }) =>
  answer(api['sign-in']['second-factor'].$post({ json: input }))
export const passkeySignInOptions = () => answer(api['sign-in'].passkey.options.$post({ json: {} }))
export const signInWithPasskey = (response: Record<string, unknown>) =>
  answer(api['sign-in'].passkey.$post({ json: { response } }))
export const askForPassword = (email: string) => answer(api['forgotten-password'].$post({ json: { email } }))
export const lookAtPasswordLink = (secret: string) =>
  answer(api['password-links'].look.$post({ json: { secret } }))
export const redeemPasswordLink = (input: { secret: string; password: string }) =>
  answer(api['password-links'].redeem.$post({ json: input }))
export const lookAtInvitation = (secret: string) => answer(api.invitations.look.$post({ json: { secret } }))
export const redeemInvitation = (input: { secret: string; name?: string; password?: string }) =>
  answer(api.invitations.redeem.$post({ json: input }))
export const signOut = () => postAuth('/sign-out')
export const changePassword = (input: { currentPassword: string; newPassword: string }) =>
  postAuth('/change-password', { ...input, revokeOtherSessions: true })
export const endSession = (session: string) => answer(api.sessions[':session'].$delete(at({ session })))
export const endOtherSessions = () => answer(api.sessions.$delete())
export type SetupInput = InferRequestType<typeof api.setup.$post>['json']
export const setUp = (input: SetupInput) => answer(api.setup.$post({ json: input }))
export const trySimulator = () => answer(api.simulator.$post())

// ── One's own account ────────────────────────────────────────────────────────────────────────────────────────────────
const factor = api.me['two-factor']
export type SecondFactorStart = InferResponseType<typeof factor.start.$post>
export const startSecondFactor = (password: string) => answer(factor.start.$post({ json: { password } }))
export const confirmSecondFactor = (code: string) => answer(factor.confirm.$post({ json: { code } }))
export const newBackupCodes = (password: string) =>
  answer(factor['backup-codes'].$post({ json: { password } }))
export const stopSecondFactor = (password: string) => answer(factor.stop.$post({ json: { password } }))
export const passkeyOptions = (password: string) =>
  answer(api.me.passkeys.options.$post({ json: { password } }))
export const addPasskey = (input: { name: string; response: Record<string, unknown> }) =>
  answer(api.me.passkeys.$post({ json: input }))
const inPasskey = api.me.passkeys[':passkey']
export const renamePasskey = (passkey: string, name: string) =>
  answer(inPasskey.$patch({ ...at({ passkey }), json: { name } }))
export const removePasskey = (passkey: string) => answer(inPasskey.$delete(at({ passkey })))

// ── A workspace and its members ──────────────────────────────────────────────────────────────────────────────────────
export const makeWorkspace = (name: string) => answer(api.workspaces.$post({ json: { name } }))
type WorkspacePatch = InferRequestType<typeof inWorkspace.$patch>['json']
export const changeWorkspace = (workspace: string, input: WorkspacePatch) =>
  answer(inWorkspace.$patch({ ...at({ workspace }), json: input }))
export const deleteWorkspace = (workspace: string, name: string) =>
  answer(inWorkspace.$delete({ ...at({ workspace }), json: { name } }))
export const handOver = (workspace: string, input: { memberId: string; password: string }) =>
  answer(inWorkspace['hand-over'].$post({ ...at({ workspace }), json: input }))

const inMember = inWorkspace.members[':member']
export const changeRole = (workspace: string, member: string, role: InvitedRole) =>
  answer(inMember.$patch({ ...at({ workspace, member }), json: { role } }))
export const removeMember = (workspace: string, member: string) =>
  answer(inMember.$delete(at({ workspace, member })))
export const extendGuest = (workspace: string, member: string, endsAt: string) =>
  answer(inMember.extend.$post({ ...at({ workspace, member }), json: { endsAt } }))
export const resetSecondFactor = (workspace: string, member: string) =>
  answer(inMember['reset-second-factor'].$post(at({ workspace, member })))
export const makePasswordLink = (workspace: string, member: string) =>
  answer(inMember['password-link'].$post(at({ workspace, member })))

const inInvitation = inWorkspace.invitations[':invitation']
export type SentInvitation = InferResponseType<typeof inWorkspace.invitations.$post>
type NewInvitation = InferRequestType<typeof inWorkspace.invitations.$post>['json']
export const invite = (workspace: string, input: NewInvitation) =>
  answer(inWorkspace.invitations.$post({ ...at({ workspace }), json: input }))
export const sendInvitationAgain = (workspace: string, invitation: string) =>
  answer(inInvitation['send-again'].$post(at({ workspace, invitation })))
export const revokeInvitation = (workspace: string, invitation: string) =>
  answer(inInvitation.revoke.$post(at({ workspace, invitation })))

// ── Keys, notices, the activity log ──────────────────────────────────────────────────────────────────────────────────
const keys = inWorkspace['api-keys']
type NewKey = InferRequestType<typeof keys.$post>['json']
export const makeApiKey = (workspace: string, input: NewKey) =>
  answer(keys.$post({ ...at({ workspace }), json: input }))
export const revokeApiKey = (workspace: string, key: string) =>
  answer(keys[':key'].revoke.$post(at({ workspace, key })))
/** All, where none are named. */
export const markNoticesRead = (workspace: string, ids?: string[]) =>
  answer(inWorkspace.notices.read.$post({ ...at({ workspace }), json: ids === undefined ? {} : { ids } }))
export type NoticeChange = InferRequestType<typeof inWorkspace.notices.settings.$patch>['json']
export const changeNotice = (workspace: string, input: NoticeChange) =>
  answer(inWorkspace.notices.settings.$patch({ ...at({ workspace }), json: input }))
export type Verified = InferResponseType<typeof inWorkspace.audit.verify.$get>
/** Walks the whole log, and holds it against a head that was kept, where one is given. */
export const verifyAudit = (workspace: string, head: { seq: string; hash: string } | null) =>
  answer(inWorkspace.audit.verify.$get({ ...at({ workspace }), query: head ?? {} }))

// ── Apps ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
type NewConnection = InferRequestType<typeof inWorkspace.connections.$post>['json']
export const addConnection = (workspace: string, input: NewConnection) =>
  answer(inWorkspace.connections.$post({ ...at({ workspace }), json: input }))
type ConnectionPatch = InferRequestType<typeof inApp.$patch>['json']
export const changeConnection = (workspace: string, connection: string, input: ConnectionPatch) =>
  answer(inApp.$patch({ ...at({ workspace, connection }), json: input }))
type NewCredential = InferRequestType<typeof inApp.credential.$post>['json']
export const replaceCredential = (workspace: string, connection: string, input: NewCredential) =>
  answer(inApp.credential.$post({ ...at({ workspace, connection }), json: input }))
export const removeConnection = (
  workspace: string,
  connection: string,
  input: { name: string; atOnce: boolean },
) => answer(inApp.$delete({ ...at({ workspace, connection }), json: input }))

// ── Partners ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const inPartner = inWorkspace.partners[':partner']
export type ConnectAnswer = InferResponseType<typeof inPartner.connect.$post>
export const connectPartner = (
  workspace: string,
  partner: string,
  input: { token: string; confirm: boolean; replace: boolean; secretId?: string },
) => answer(inPartner.connect.$post({ ...at({ workspace, partner }), json: input }))
export const disconnectPartner = (workspace: string, partner: string) =>
  answer(inPartner.disconnect.$post(at({ workspace, partner })))
export const changePartner = (workspace: string, partner: string, input: { sharedOnly: boolean }) =>
  answer(inPartner.$patch({ ...at({ workspace, partner }), json: input }))

/** `seen`: the token that the reader looked at, and what could not be told of it. */
export const confirmPartnerToken = (
  workspace: string,
  partner: string,
  seen: { fingerprint: string; claims: string[] },
) => answer(inPartner['confirm-token'].$post({ ...at({ workspace, partner }), json: { seen } }))

// ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────
export const erasePerson = (workspace: string, principal: string) =>
  answer(inWorkspace.principals[':principal'].$delete(at({ workspace, principal })))

// ── Token requests ───────────────────────────────────────────────────────────────────────────────────────────────────
const inAppRequests = inApp['token-requests']
const inTokenRequest = inWorkspace['token-requests'][':request']
const inMyRequest = inWorkspace['my-requests'][':request']
export type NewRequest = InferRequestType<typeof inAppRequests.$post>['json']['requests'][number]
export type SentRequest = InferResponseType<typeof inAppRequests.$post>['sent'][number]
export const sendRequests = (workspace: string, connection: string, requests: NewRequest[]) =>
  answer(inAppRequests.$post({ ...at({ workspace, connection }), json: { requests } }))
export const sendRequestAgain = (workspace: string, request: string) =>
  answer(inTokenRequest['send-again'].$post(at({ workspace, request })))
export const revokeRequest = (workspace: string, request: string) =>
  answer(inTokenRequest.revoke.$post(at({ workspace, request })))

/** Answering one: by the link's secret, which travels in a body alone. */
export const lookAtRequest = (secret: string) =>
  answer(api['token-requests'].look.$post({ json: { secret } }))
export const liveCheckByLink = (secret: string) =>
  answer(api['token-requests']['live-check'].$post({ json: { secret } }))
export const handOverByLink = (secret: string, input: { token: string; anyway: boolean }) =>
  answer(api['token-requests']['hand-over'].$post({ json: { secret, ...input } }))
/** The same as the guest whom it is addressed to. */
export const liveCheckAsGuest = (workspace: string, request: string) =>
  answer(inMyRequest['live-check'].$post(at({ workspace, request })))
export const handOverAsGuest = (
  workspace: string,
  request: string,
  input: { token: string; anyway: boolean },
) => answer(inMyRequest['hand-over'].$post({ ...at({ workspace, request }), json: input }))
export const withdrawToken = (workspace: string, partner: string) =>
  answer(inWorkspace['own-data'][':partner'].withdraw.$post(at({ workspace, partner })))

// ── Held removals and tasks ──────────────────────────────────────────────────────────────────────────────────────────
const inProposal = inWorkspace.proposals[':proposal']
const inJob = inWorkspace.jobs[':job']
export const decideProposal = (workspace: string, proposal: string, decision: 'apply' | 'discard') =>
  answer(inProposal[decision].$post(at({ workspace, proposal })))
export const cancelJob = (workspace: string, job: string) =>
  answer(inJob.cancel.$post(at({ workspace, job })))
export const retryJob = (workspace: string, job: string) => answer(inJob.retry.$post(at({ workspace, job })))

// ── Vault and secrets ────────────────────────────────────────────────────────────────────────────────────────────────
const inSecret = inWorkspace.secrets[':secret']
type NewVault = InferRequestType<typeof inWorkspace.vault.$post>['json']
export const makeVault = (workspace: string, input: NewVault) =>
  answer(inWorkspace.vault.$post({ ...at({ workspace }), json: input }))
type VaultPatch = InferRequestType<typeof inWorkspace.vault.$patch>['json']
export const rewrapVault = (workspace: string, input: VaultPatch) =>
  answer(inWorkspace.vault.$patch({ ...at({ workspace }), json: input }))
type NewPin = InferRequestType<typeof inWorkspace.vault.pins.$post>['json']
export const confirmKey = (workspace: string, input: NewPin) =>
  answer(inWorkspace.vault.pins.$post({ ...at({ workspace }), json: input }))
type NewSecret = InferRequestType<typeof inWorkspace.secrets.$post>['json']
export const addSecret = (workspace: string, input: NewSecret) =>
  answer(inWorkspace.secrets.$post({ ...at({ workspace }), json: input }))
type NewSecretVersion = InferRequestType<typeof inSecret.versions.$post>['json']
export const changeSecret = (workspace: string, secret: string, input: NewSecretVersion) =>
  answer(inSecret.versions.$post({ ...at({ workspace, secret }), json: input }))
/** The encrypted file of a version; of the present one, unless another is named. Logged as a view. */
export const fetchSealed = (workspace: string, secret: string, version?: number) =>
  answer(
    inSecret.open.$post({ ...at({ workspace, secret }), json: version === undefined ? {} : { version } }),
  )
export const setSecretExpiry = (workspace: string, secret: string, expiresAt: string | null) =>
  answer(inSecret.$patch({ ...at({ workspace, secret }), json: { expiresAt } }))
export const deleteSecret = (workspace: string, secret: string, label: string) =>
  answer(inSecret.$delete({ ...at({ workspace, secret }), json: { label } }))
export const leaveSecret = (workspace: string, secret: string, label: string) =>
  answer(inSecret.leave.$post({ ...at({ workspace, secret }), json: { label } }))

// ── Browser automation ───────────────────────────────────────────────────────────────────────────────────────────────
export const switchAutomation = (workspace: string, connection: string, enabled: boolean) =>
  answer(
    inApp.automation.$patch({
      ...at({ workspace, connection }),
      json: enabled ? { enabled, understood: true } : { enabled },
    }),
  )
export const setReading = (workspace: string, connection: string, reading: Reading) =>
  answer(inApp.automation.reading.$post({ ...at({ workspace, connection }), json: { reading } }))
type AutomationLogin = InferRequestType<typeof inApp.automation.login.$post>['json']
export const storeLogin = (workspace: string, connection: string, input: AutomationLogin) =>
  answer(inApp.automation.login.$post({ ...at({ workspace, connection }), json: input }))
export const answerAppRequests = (workspace: string, connection: string, dryRun: boolean) =>
  answer(inApp.automation['answer-requests'].$post({ ...at({ workspace, connection }), json: { dryRun } }))
export const tryReadingPages = (workspace: string, connection: string) =>
  answer(inApp.automation['try-reading'].$post(at({ workspace, connection })))
export const decideAppRequest = (
  workspace: string,
  connection: string,
  request: string,
  decision: 'approve' | 'decline' | 'leave',
) =>
  answer(
    inApp.automation.requests[':appRequest'].$post({
      ...at({ workspace, connection, appRequest: request }),
      json: { decision },
    }),
  )
export const answerJob = (workspace: string, job: string, input: { question: string; answer: string }) =>
  answer(inJob.answer.$post({ ...at({ workspace, job }), json: input }))
