// A token request: asks a partner's admin for the token of their business. They follow the provider's steps and hand it over once; nobody
// can read it back.
import { z } from 'zod'
import { Verdict } from './credential.ts'
import { GuideStep, PermissionSpec } from './manifest.ts'

export const REQUEST_DAYS = 7
/** Partners that can be asked at once. */
export const MOST_REQUESTS = 100
/** Tokens that may be handed over with one link. */
export const REQUEST_TRIES = 20

export const requestStates = ['open', 'spent', 'revoked', 'expired', 'exhausted'] as const
export const RequestState = z.enum(requestStates)
export type RequestState = z.infer<typeof RequestState>

/** The words on the screen. */
export const requestStateLabels: Record<RequestState, string> = {
  open: 'Waiting for an answer',
  spent: 'Answered',
  revoked: 'Revoked',
  expired: 'Expired',
  exhausted: 'Too many tries',
}

/** A request as those see it who run the workspace. */
export const TokenRequest = z.object({
  id: z.string(),
  partnerId: z.string(),
  state: RequestState,
  /** By link: whoever has it answers, `email` is where it was mailed. To a guest: they alone answer, signed in. */
  by: z.enum(['link', 'guest']),
  email: z.string().nullable(),
  requestedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: z.string(),
  /** When the present link was made. */
  sentAt: z.string(),
  expiresAt: z.string(),
  /** When somebody first looked at it. */
  openedAt: z.string().nullable(),
  triesLeft: z.number(),
  spentAt: z.string().nullable(),
})
export type TokenRequest = z.infer<typeof TokenRequest>

/** One line of what the provider tells about the partner's app request. `unknown`: it does not tell. */
export const LiveLine = z.object({
  id: z.string(),
  label: z.string(),
  state: z.enum(['done', 'waiting', 'unknown']),
  sentence: z.string(),
})
export type LiveLine = z.infer<typeof LiveLine>

export const LiveCheck = z.object({
  lines: z.array(LiveLine),
  /** When the provider told this; null where it was never asked. */
  toldAt: z.string().nullable(),
  /** When it may be asked again. */
  againAt: z.string(),
})
export type LiveCheck = z.infer<typeof LiveCheck>

/** Of an answered request, what became of the token. `confirm`: an admin must confirm what could not be told. */
export const HandedOverState = z.enum(['connected', 'checking', 'confirm', 'problem', 'gone'])
export type HandedOverState = z.infer<typeof HandedOverState>

/** What somebody sees who opens a request. */
export const OpenedRequest = z.object({
  state: z.enum([...requestStates, 'unknown', 'void']),
  /** Why it does not work and what to do; null where it is open. */
  sentence: z.string().nullable(),
  request: z
    .object({
      id: z.string(),
      workspaceName: z.string(),
      requesterName: z.string(),
      /** The business that asks, as the provider knows it. */
      business: z.object({ name: z.string().nullable(), id: z.string() }),
      partner: z.object({ name: z.string().nullable(), id: z.string() }),
      expiresAt: z.string(),
      triesLeft: z.number(),
      became: HandedOverState.nullable(),
    })
    .nullable(),
  /** The provider's words and steps; null where there is nothing to do any more. */
  guide: z
    .object({
      provider: z.string(),
      name: z.string(),
      businessId: z.string(),
      steps: z.array(GuideStep),
      permissions: z.array(PermissionSpec),
      taken: z.array(z.string()),
      neverTaken: z.array(z.string()),
      /** What the steps ask to copy: the connection's settings that they name. */
      values: z.array(z.object({ name: z.string(), label: z.string(), value: z.string() })),
    })
    .nullable(),
  live: LiveCheck.nullable(),
})
export type OpenedRequest = z.infer<typeof OpenedRequest>

/** What became of a token that was handed over. Where it was not taken, the request stays open and the verdict says what to change. */
export const HandOver = z.object({
  taken: z.boolean(),
  became: HandedOverState.nullable(),
  verdict: Verdict,
  /** True where it would be taken if whoever hands it over says that it is theirs all the same. */
  needsConfirm: z.boolean(),
  triesLeft: z.number(),
})
export type HandOver = z.infer<typeof HandOver>
