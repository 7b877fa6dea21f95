// Everything the console changes, one function per write of the API. Callers make fresh what they changed.
import type { InferRequestType, InferResponseType } from 'hono/client'
import { answer, api, at, inApp, inWorkspace, postAuth } from './client.ts'

// ── Signing in and the first run ─────────────────────────────────────────────────────────────────────────────────────
export const signIn = (input: { email: string; password: string }) => postAuth('/sign-in/email', input)
export const signOut = () => postAuth('/sign-out')
export const changePassword = (input: { currentPassword: string; newPassword: string }) =>
  postAuth('/change-password', { ...input, revokeOtherSessions: true })
export const endSession = (session: string) => answer(api.sessions[':session'].$delete(at({ session })))
export type SetupInput = InferRequestType<typeof api.setup.$post>['json']
export const setUp = (input: SetupInput) => answer(api.setup.$post({ json: input }))
export const trySimulator = () => answer(api.simulator.$post())

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
/** Of the whole app, or of one partner's people only. */
export const checkForUpdates = (workspace: string, connection: string, partnerId?: string) =>
  answer(
    inApp['check-for-updates'].$post({
      ...at({ workspace, connection }),
      json: partnerId === undefined ? {} : { partnerId },
    }),
  )

// ── Partners ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const inPartner = inWorkspace.partners[':partner']
export type ConnectAnswer = InferResponseType<typeof inPartner.connect.$post>
export const connectPartner = (
  workspace: string,
  partner: string,
  input: { token: string; confirm: boolean; replace: boolean },
) => answer(inPartner.connect.$post({ ...at({ workspace, partner }), json: input }))
export const disconnectPartner = (workspace: string, partner: string) =>
  answer(inPartner.disconnect.$post(at({ workspace, partner })))
export const changePartner = (workspace: string, partner: string, input: { sharedOnly: boolean }) =>
  answer(inPartner.$patch({ ...at({ workspace, partner }), json: input }))

// ── Held removals and tasks ──────────────────────────────────────────────────────────────────────────────────────────
const inProposal = inWorkspace.proposals[':proposal']
const inJob = inWorkspace.jobs[':job']
export const decideProposal = (workspace: string, proposal: string, decision: 'apply' | 'discard') =>
  answer(inProposal[decision].$post(at({ workspace, proposal })))
export const cancelJob = (workspace: string, job: string) =>
  answer(inJob.cancel.$post(at({ workspace, job })))
export const retryJob = (workspace: string, job: string) => answer(inJob.retry.$post(at({ workspace, job })))
