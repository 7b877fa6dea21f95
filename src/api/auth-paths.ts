// The paths of /api/auth. The library's handler is a second front door (72 paths when mounted whole), so these few are let through by name,
// each with a body and an answer of our own: no token is ever in one, and every failure has the product's one form.
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { writeAbout } from '../store/db.ts'
import { endSession, personByEmail, setPassword } from '../store/people.ts'
import { forgetTries, takeTry, triesKey } from '../store/tries.ts'
import { ACCOUNT_TRIES, Challenged, enter, recordRefusal } from './auth-changes.ts'
import type { Inside } from './auth-changes.ts'
import { textOf } from './bodies.ts'
import type { Caller } from './caller.ts'
import { invalidInput, nothingHere, signInFirst, tooMany } from './errors.ts'
import { checkedPassword } from './password-rules.ts'

type Handler = (parts: Inside, caller: Caller, body: unknown) => Promise<Response>

/** The allow-list: exactly these paths, compared as they were sent, so that no second spelling passes. */
const paths: Record<string, { method: 'GET' | 'POST'; run: Handler }> = {
  '/api/auth/sign-in/email': { method: 'POST', run: signIn },
  '/api/auth/sign-out': { method: 'POST', run: signOut },
  '/api/auth/change-password': { method: 'POST', run: changePassword },
  '/api/auth/get-session': { method: 'GET', run: getSession },
}

export async function handle(parts: Inside, request: Request, caller: Caller): Promise<Response> {
  const path = paths[new URL(request.url).pathname]
  if (path === undefined || path.method !== request.method) throw nothingHere()
  const text = path.method === 'POST' ? await textOf(request) : ''
  return path.run(parts, caller, text === '' ? {} : parseJson(text))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('invalid', 'The request could not be read as JSON.')
  }
}

function checked<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body)
  if (!result.success) throw invalidInput(result.error)
  return result.data
}

const SignIn = z.object({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(1_000),
  rememberMe: z.boolean().optional(),
})

async function signIn(parts: Inside, caller: Caller, body: unknown): Promise<Response> {
  const asked = checked(SignIn, body)
  return parts.refusing(() => entered(parts, caller, asked))
}

async function entered(
  parts: Inside,
  caller: Caller,
  { email, password, rememberMe }: z.output<typeof SignIn>,
): Promise<Response> {
  const account = triesKey('sign-in', email)
  if (!(await takeTry(parts.db, account, ACCOUNT_TRIES))) throw tooMany()
  const asked = { email: email.trim(), password, ...(rememberMe === undefined ? {} : { rememberMe }) }
  const answer = await enter(parts, '/sign-in/email', caller, asked, 'password', { email })
  if (!answer.ok) {
    noteRefusal(parts, email, caller.address)
    // One sentence for an unknown e-mail, a malformed one and a wrong password.
    throw answer.status === 429
      ? tooMany()
      : new AppError('unauthenticated', 'The e-mail address or the password is not right.')
  }
  await forgetTries(parts.db, account)
  const told: unknown = await answer.json()
  return withCookies(
    answer,
    Challenged.safeParse(told).success ? { secondFactor: true } : { user: shownUser(told) },
  )
}

/** Not waited for: it is done where there is an account alone. */
function noteRefusal(parts: Inside, email: string, address: string | null): void {
  const note = async () => {
    const person = await personByEmail(parts.db.kysely, email)
    if (person !== null) await recordRefusal(parts.db, person.id, address, 'password')
  }
  note().catch((error: unknown) => parts.log.warn('a refused sign-in was not recorded', { error }))
}

async function signOut(parts: Inside, caller: Caller): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  if (signedIn !== null) {
    const { id, sessionId } = signedIn.person
    const actor = { kind: 'person' as const, id, address: caller.address }
    // Ended by us, so that its end and its record are one; a session that ended meanwhile has its record already.
    await writeAbout(parts.db, { userId: id, actor }, async (tx, audit) => {
      if (!(await endSession(tx, id, sessionId))) throw signInFirst()
      await audit({ action: 'session.end', subjectKind: 'session', subjectId: sessionId })
    })
  }
  // The library is left with the cookies.
  return withCookies(await parts.ask('/sign-out', caller, {}), { signedOut: true })
}

const ChangePassword = z.object({
  currentPassword: z.string().min(1).max(1_000),
  newPassword: z.string().max(1_000),
})

async function changePassword(parts: Inside, caller: Caller, body: unknown): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  if (signedIn === null) throw signInFirst()
  const { currentPassword, newPassword } = checked(ChangePassword, body)
  checkedPassword(newPassword, 'newPassword')
  const { id, email, sessionId } = signedIn.person
  await parts.demandPassword({ id, email }, currentPassword, 'currentPassword')
  const hash = await parts.hash(newPassword)
  await writeAbout(
    parts.db,
    { userId: id, actor: { kind: 'person', id, address: caller.address } },
    async (tx, audit) => {
      // Every other session ends with the old password, whatever the caller asks.
      await setPassword(tx, id, hash, sessionId)
      await audit({ action: 'password.change', subjectKind: 'person', subjectId: id })
    },
  )
  return Response.json({ changed: true })
}

async function getSession(parts: Inside, caller: Caller): Promise<Response> {
  const signedIn = await parts.session(caller.headers)
  const answer = Response.json(signedIn === null ? null : { user: shownUser({ user: signedIn.person }) })
  for (const cookie of signedIn?.cookies ?? []) answer.headers.append('set-cookie', cookie)
  return answer
}

const Answered = z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) })

function shownUser(answer: unknown): z.infer<typeof Answered>['user'] {
  return Answered.parse(answer).user
}

/** Our own body with the library's cookies: its bodies carry the session's token. */
function withCookies(answer: Response, body: Record<string, unknown>): Response {
  const own = Response.json(body)
  for (const cookie of answer.headers.getSetCookie()) own.headers.append('set-cookie', cookie)
  return own
}
