// Who may pass to a route: a signed-in person with a cookie, or a program with an API key, which acts in its maker's name and never
// beyond its scopes. Asked again for a stream that outlives its request.
import type { Context } from 'hono'
import { KEY_START, keyScopeLabels, scopeOf, scopesGive } from '../model/api-key.ts'
import type { Actor } from '../model/audit.ts'
import { can } from '../model/can.ts'
import type { Action } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import type { Membership } from '../model/member.ts'
import type { Workspace } from '../model/workspace.ts'
import { keyHash, liveKey, makerOf, markUsed } from '../store/api-keys.ts'
import type { KnownKey } from '../store/api-keys.ts'
import { forUser } from '../store/db.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import { membershipOf } from '../store/workspaces.ts'
import type { Place } from '../store/workspaces.ts'
import type { Person } from './caller.ts'
import { nothingHere, signInFirst } from './errors.ts'
import type { Parts } from './parts.ts'
import { Id } from './route.ts'
import type { Route } from './route.ts'
import { bearerOf } from './security.ts'

export interface Env {
  Variables: {
    /** The request's number. */
    request: string
    /** The socket's own address, whatever a proxy says. */
    socket: string | undefined
    address: string | null
    person: Person
    workspace: Workspace
    member: Membership
    /** The API key that was used; null for a person's own session. */
    key: KnownKey | null
  }
}

/** Requests of one key, and wrong keys from one address. */
const KEY_LIMIT = { most: 600, windowSeconds: 60 }
const WRONG_LIMIT = { most: 30, windowSeconds: 60 }

/** Throws for who may not pass; sets who it is. A request with a key is judged by the key alone, whatever cookies it brings. */
export async function gate(parts: Parts, route: Route, c: Context<Env>): Promise<void> {
  const text = bearerOf(c.req.raw.headers)
  if (text !== null) return enterWithKey(parts, route, c, text)
  c.set('key', null)
  if (route.right === 'open') return
  const asked = askedFor(route, c)
  const signedIn = await parts.auth.session(c.req.raw.headers, {
    address: c.get('address'),
    workspace: asked,
  })
  if (signedIn === null) throw signInFirst()
  c.set('person', signedIn.person)
  for (const cookie of signedIn.cookies) c.header('Set-Cookie', cookie, { append: true })
  if (route.right === 'signed-in') return
  const found = signedIn.place === undefined ? await place(parts, signedIn.person.id, asked) : signedIn.place
  // A workspace that one is not in answers as one that is not there.
  if (found === null) throw nothingHere()
  admit(c, found, route.right)
}

/** The gate again, for what comes late. Throws what the gate throws. */
export async function demandStill(parts: Parts, route: Route, c: Context<Env>): Promise<void> {
  const { right } = route
  if (right === 'open') return
  if (right === 'signed-in') {
    if ((await parts.auth.session(c.req.raw.headers)) === null) throw signInFirst()
    return
  }
  const found = await placeNow(parts, c)
  if (found === null) throw nothingHere()
  demandRight(found, right)
}

/** The same, told by the answer, for a stream that outlives its request. */
export async function mayStill(parts: Parts, route: Route, c: Context<Env>): Promise<boolean> {
  try {
    await demandStill(parts, route, c)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/** Where the caller stands now; null: nowhere any more. Throws where the session has ended. */
async function placeNow(parts: Parts, c: Context<Env>): Promise<Place | null> {
  const workspaceId = c.get('workspace').id
  if (c.get('key') !== null) {
    const known = await liveKey(parts.db, keyHash(bearerOf(c.req.raw.headers) ?? ''))
    return known === null ? null : makerOf(parts.db, known)
  }
  const signedIn = await parts.auth.session(c.req.raw.headers, { workspace: workspaceId })
  if (signedIn === null) throw signInFirst()
  return signedIn.place === undefined ? place(parts, signedIn.person.id, workspaceId) : signedIn.place
}

/** The workspace that the address names; null where it names none, or one that cannot be. */
function askedFor(route: Route, c: Context<Env>): string | null {
  const named = Id.safeParse(route.right === 'signed-in' ? undefined : c.req.param('workspace'))
  return named.success ? named.data : null
}

async function place(parts: Parts, personId: string, workspaceId: string | null): Promise<Place | null> {
  if (workspaceId === null) return null
  return forUser(parts.db, personId, (tx) => membershipOf(tx, personId, workspaceId))
}

function demandRight({ workspace, member }: Place, right: Action): void {
  if (workspace.secondFactorNeeded) throw secondFactorNeeded()
  if (!can(member, right)) throw mayNot()
}

function admit(c: Context<Env>, found: Place, right: Action): void {
  demandRight(found, right)
  const { workspace, member } = found
  c.set('workspace', workspace)
  c.set('member', member)
}

async function enterWithKey(parts: Parts, route: Route, c: Context<Env>, text: string): Promise<void> {
  const key = text.startsWith(KEY_START) ? await liveKey(parts.db, keyHash(text)) : null
  const maker = key === null ? null : await makerOf(parts.db, key)
  if (key === null || maker === null) throw await wrongKey(parts, c.get('address'))
  if (!(await takeTry(parts.db, triesKey('api-key', key.id), KEY_LIMIT))) throw tooOften()
  c.set('key', key)
  const asked = c.req.param('workspace')
  if (asked !== undefined && asked !== key.workspaceId) throw nothingHere()
  const { right } = route
  if (route.scope === null || right === 'open' || right === 'signed-in') throw notWithKey()
  if (!scopesGive(key.scopes, right)) {
    throw new AppError(
      'forbidden',
      `This API key does not have the scope for this: ${keyScopeLabels[route.scope]}. Make one that has it.`,
    )
  }
  admit(c, maker, right)
  const { name, email, twoFactor } = maker
  c.set('person', { id: key.madeBy, name, email, twoFactor, sessionId: `key:${key.id}` })
  await markUsed(parts.db, key)
}

async function wrongKey(parts: Parts, address: string | null): Promise<AppError> {
  if (!(await takeTry(parts.db, triesKey('wrong-key', address ?? ''), WRONG_LIMIT))) return tooOften()
  return new AppError(
    'unauthenticated',
    'This API key is not known, or it has ended: it expired, was revoked, or its maker left. Make a new one.',
  )
}

function tooOften(): AppError {
  return new AppError('limited', 'That were too many requests. Wait a minute, then try again.')
}

function notWithKey(): AppError {
  return new AppError('forbidden', 'This cannot be done with an API key, only by a signed-in person.')
}

export function mayNot(): AppError {
  return new AppError(
    'forbidden',
    'Your role in this workspace does not allow this. Ask an admin of the workspace.',
  )
}

function secondFactorNeeded(): AppError {
  return new AppError(
    'second_factor_needed',
    'This workspace asks your role for a second factor. Set one up in your own security settings, then come back.',
  )
}

/** The caller as the activity log names them. */
export function actorOf(c: Context<Env>): Actor {
  const key = c.get('key')
  return {
    kind: 'person',
    id: key?.madeBy ?? c.get('person').id,
    address: c.get('address'),
    ...(key === null ? {} : { key: key.id }),
  }
}

/** True where the caller's role and, with a key, its scopes give the action. */
export function may(c: Context<Env>, action: Action, thing?: { startedBy: string | null }): boolean {
  const key = c.get('key')
  return (
    can(c.get('member'), action, thing) &&
    (key === null || (scopeOf(action) !== null && scopesGive(key.scopes, action)))
  )
}
