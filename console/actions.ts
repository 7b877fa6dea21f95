// Everything the console changes, one function per write of the API. Callers make fresh what they changed.
import type { Connection } from '../src/model/connection.ts'
import type { Verdict } from '../src/model/credential.ts'
import type { Proposal } from '../src/model/change.ts'
import type { Job } from '../src/model/job.ts'
import type { Partner } from '../src/model/partner.ts'
import { del, patch, post } from './client.ts'

const ws = (workspace: string) => `/v1/workspaces/${workspace}`
const app = (workspace: string, connection: string) => `${ws(workspace)}/connections/${connection}`

// Signing in and the first run
export const signIn = (input: { email: string; password: string }) =>
  post<unknown>('/auth/sign-in/email', input)
export const signOut = () => post<unknown>('/auth/sign-out')
export const changePassword = (input: { currentPassword: string; newPassword: string }) =>
  post<unknown>('/auth/change-password', { ...input, revokeOtherSessions: true })
export const endSession = (session: string) => del(`/v1/sessions/${session}`)
export interface SetupInput {
  code: string
  name: string
  email: string
  password: string
  workspaceName: string
}
export const setUp = (input: SetupInput) => post<{ workspaceId: string }>('/v1/setup', input)
export const trySimulator = () =>
  post<{ workspaceId: string; connectionId: string; jobId: string | null }>('/v1/simulator')

// Apps
export interface NewConnection {
  connector: string
  label: string
  business: string
  fields: Record<string, string>
  confirm: boolean
}
export const checkConnection = (workspace: string, input: NewConnection) =>
  post<{ verdict: Verdict }>(`${ws(workspace)}/connections/check`, input)
export const addConnection = (workspace: string, input: NewConnection) =>
  post<{ created: boolean; verdict: Verdict; connection: Connection | null; jobId: string | null }>(
    `${ws(workspace)}/connections`,
    input,
  )
export const changeConnection = (
  workspace: string,
  connection: string,
  input: { label?: string; schedule?: Connection['schedule'] },
) => patch<Connection>(app(workspace, connection), input)
export const replaceCredential = (
  workspace: string,
  connection: string,
  input: { fields: Record<string, string>; confirm: boolean },
) => post<{ replaced: boolean; verdict: Verdict }>(`${app(workspace, connection)}/credential`, input)
export const removeConnection = (
  workspace: string,
  connection: string,
  input: { name: string; atOnce: boolean },
) => del(app(workspace, connection), input)
export const checkForUpdates = (workspace: string, connection: string, partnerId?: string) =>
  post<{ jobId: string; existing: boolean }>(
    `${app(workspace, connection)}/check-for-updates`,
    partnerId === undefined ? {} : { partnerId },
  )

// Partners
export interface ConnectAnswer {
  connected: boolean
  verdict: Verdict
  partner: Partner
  needs: 'confirm' | 'replace' | null
}
export const connectPartner = (
  workspace: string,
  partner: string,
  input: { token: string; confirm: boolean; replace: boolean },
) => post<ConnectAnswer>(`${ws(workspace)}/partners/${partner}/connect`, input)
export const disconnectPartner = (workspace: string, partner: string) =>
  post<Partner>(`${ws(workspace)}/partners/${partner}/disconnect`)
export const changePartner = (workspace: string, partner: string, input: { sharedOnly: boolean }) =>
  patch<Partner>(`${ws(workspace)}/partners/${partner}`, input)

// Held removals and tasks
export const decideProposal = (workspace: string, proposal: string, decision: 'apply' | 'discard') =>
  post<Proposal>(`${ws(workspace)}/proposals/${proposal}/${decision}`)
export const cancelJob = (workspace: string, job: string) => post<Job>(`${ws(workspace)}/jobs/${job}/cancel`)
export const retryJob = (workspace: string, job: string) =>
  post<{ jobId: string }>(`${ws(workspace)}/jobs/${job}/retry`)
