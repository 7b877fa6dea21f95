// Work on a provider's pages as people see it: whether it is on, with which login, what waits for an answer, and what a run asks and shows.
import { z } from 'zod'
import type { QuestionKind } from './recipe.ts'

export const AppRequestStatus = z.enum(['waiting', 'approved', 'declined', 'gone'])
export type AppRequestStatus = z.infer<typeof AppRequestStatus>

/** A business that asks for our app. */
export const AppRequestInfo = z.object({
  id: z.string(),
  business: z.string(),
  businessName: z.string(),
  app: z.string(),
  /** The day, as the page tells it. */
  requested: z.string(),
  status: AppRequestStatus,
  decision: z.enum(['approve', 'decline', 'leave']).nullable(),
  /** The person who decided; null where nobody did, or the rule for known partners. */
  decidedBy: z.string().nullable(),
  firstSeenAt: z.string(),
  settledAt: z.string().nullable(),
})
export type AppRequestInfo = z.infer<typeof AppRequestInfo>

/** When a check for updates also reads pages: never, where the API refused a list in this run, or always, to compare the two. */
export const Reading = z.enum(['off', 'refused', 'always'])
export type Reading = z.infer<typeof Reading>

export const Automation = z.object({
  /** Why it cannot be switched on here; null where it can. */
  hindrance: z.string().nullable(),
  enabled: z.boolean(),
  enabledAt: z.string().nullable(),
  /** What is stored to sign in with; never what it is. */
  login: z.object({
    password: z.object({ storedAt: z.string(), totp: z.boolean() }).nullable(),
    session: z.object({ storedAt: z.string() }).nullable(),
    /** Set where the provider refused it, or where sign-ins were cut off twice: it must be stored anew. */
    refused: z.boolean(),
  }),
  /** What a check for updates reads on pages. */
  reading: Reading,
  requests: z.array(AppRequestInfo),
})
export type Automation = z.infer<typeof Automation>

/** What `browser-login` writes: cookies as a browser takes them; others, as an extension exports them, it refuses when it is opened. */
export const BrowserState = z.object({
  cookies: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        value: z.string(),
        domain: z.string().min(1),
        path: z.string().startsWith('/'),
        expires: z.union([z.literal(-1), z.number().nonnegative()]).optional(),
        httpOnly: z.boolean().optional(),
        secure: z.boolean().optional(),
        sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
      }),
    )
    .min(1),
  origins: z.array(z.unknown()),
})

export const JobQuestion = z.object({
  id: z.string(),
  kind: z.enum(['code', 'captcha', 'confirm']),
  askedAt: z.string(),
  endsAt: z.string(),
  answered: z.boolean(),
  /** True where the page did not take the answer to the same question just before. */
  again: z.boolean(),
})
export type JobQuestion = z.infer<typeof JobQuestion>

export const questionWords: Record<QuestionKind, { sentence: string; field: string }> = {
  code: { sentence: 'The page asks for the code of the login’s authenticator app.', field: 'Login code' },
  captcha: { sentence: 'The page asks for the text in a picture.', field: 'Text in the picture' },
  confirm: {
    sentence: 'The page asks for the code that was sent to the e-mail address of the login.',
    field: 'Confirmation code',
  },
}

/** A picture of one step in which everything is hidden but the labels that the recipe knows. */
export const JobPicture = z.object({
  id: z.string(),
  /** The step of the job. */
  step: z.string(),
  label: z.string(),
  failed: z.boolean(),
  /** The page's path, without query. */
  path: z.string(),
  at: z.string(),
})
export type JobPicture = z.infer<typeof JobPicture>

/** Days that pictures are kept. */
export const PICTURE_DAYS = 30
