// How a route is declared: what it takes, what it answers, and who may use it. An endpoint says what it does and the table in
// app.ts says where it is and which right it takes, so that no route can be written without one.
import type { Hono } from 'hono'
import type { BlankEnv } from 'hono/types'
import { z } from 'zod'
import { scopeOf } from '../model/api-key.ts'
import type { KeyScope } from '../model/api-key.ts'
import type { Actor } from '../model/audit.ts'
import type { Action } from '../model/can.ts'
import type { Membership } from '../model/member.ts'
import type { Workspace } from '../model/workspace.ts'
import type { AuditEntry, Tx } from '../store/db.ts'
import type { Person } from './caller.ts'
import type { ExportAnswer } from './csv.ts'
import type { EventsAnswer } from './events.ts'
import type { Parts } from './parts.ts'

export const WS = '/workspaces/:workspace'

/** Ids are opaque to callers; one that cannot exist is answered as one that does not. */
export const Id = z.uuid()
const Nothing = z.object({})

/** What every handler is given. */
export interface Ask<P, Q, B> {
  parts: Parts
  params: P
  query: Q
  body: B
  /** The network address of the caller, as proxies that are trusted tell it. */
  address: string | null
  headers: Headers
  /** Sets a header of the answer (cookies). */
  answerHeader(name: string, value: string): void
}

export interface SignedInAsk<P, Q, B> extends Ask<P, Q, B> {
  person: Person
}

export interface WorkspaceAsk<P, Q, B> extends SignedInAsk<P, Q, B> {
  workspace: Workspace
  member: Membership
  actor: Actor
  /** How a job that is started now was asked for. */
  trigger: 'person' | 'api'
  read<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  write<T>(fn: (tx: Tx, audit: (entry: AuditEntry) => Promise<void>) => Promise<T>): Promise<T>
  /** True where the caller may do this. */
  may(action: Action): boolean
  /** Throws `forbidden` where the caller may not do this to that thing. */
  must(action: Action, thing: { startedBy: string | null }): void
}

type Answer = z.ZodType | 'nothing' | 'csv' | 'jsonl' | 'events'
type Handled<A extends Answer> = A extends z.ZodType
  ? Promise<z.input<A>>
  : A extends 'csv' | 'jsonl'
    ? Promise<ExportAnswer>
    : A extends 'events'
      ? Promise<EventsAnswer>
      : Promise<void>

type Scope = 'open' | 'signed-in' | 'workspace'

/** What a route does, without where it is. `handle` is called only after the right was checked and the input is valid. */
export interface Endpoint<
  S extends Scope = Scope,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends Answer = Answer,
> {
  scope: S
  params: P
  query: Q
  /** Null where the request carries no body. */
  body: B | null
  answer: A
  handle(ask: unknown): Promise<unknown>
}

type Declared<A extends Answer, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, K> = {
  params?: P
  query?: Q
  body?: B
  answer: A
  handle(ask: K): Handled<A>
}

function endpoint<
  S extends Scope,
  A extends Answer,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  K,
>(scope: S, declared: Declared<A, P, Q, B, K>): Endpoint<S, P, Q, B, A> {
  return {
    scope,
    // The type parameters fall back to an empty object exactly where the schema is left out.
    params: declared.params ?? (Nothing as unknown as P),
    query: declared.query ?? (Nothing as unknown as Q),
    body: declared.body ?? null,
    answer: declared.answer,
    handle: (ask) => declared.handle(ask as K),
  }
}

type Empty = typeof Nothing

/** For everybody who reaches the server. A test lists these routes by name. */
export function open<
  A extends Answer,
  P extends z.ZodType = Empty,
  Q extends z.ZodType = Empty,
  B extends z.ZodType = Empty,
>(declared: Declared<A, P, Q, B, Ask<z.output<P>, z.output<Q>, z.output<B>>>): Endpoint<'open', P, Q, B, A> {
  return endpoint('open', declared)
}

/** For a signed-in person, about that person: no workspace is seen. */
export function signedIn<
  A extends Answer,
  P extends z.ZodType = Empty,
  Q extends z.ZodType = Empty,
  B extends z.ZodType = Empty,
>(
  declared: Declared<A, P, Q, B, SignedInAsk<z.output<P>, z.output<Q>, z.output<B>>>,
): Endpoint<'signed-in', P, Q, B, A> {
  return endpoint('signed-in', declared)
}

/** Inside one workspace, for the roles that hold the right which the table names. */
export function inWorkspace<
  A extends Answer,
  P extends z.ZodType = Empty,
  Q extends z.ZodType = Empty,
  B extends z.ZodType = Empty,
>(
  declared: Declared<A, P, Q, B, WorkspaceAsk<z.output<P>, z.output<Q>, z.output<B>>>,
): Endpoint<'workspace', P, Q, B, A> {
  return endpoint('workspace', declared)
}

export type Method = 'get' | 'post' | 'patch' | 'delete'
/** The right that a route takes: an action of can(), or one of two words that say it takes none. */
export type Right<S extends Scope> = S extends 'workspace' ? Action : S
type PathOf<S extends Scope> = S extends 'workspace' ? typeof WS | `${typeof WS}/${string}` : `/${string}`

export interface Route<M extends Method = Method, U extends string = string, E extends Endpoint = Endpoint> {
  method: M
  path: U
  right: Action | 'open' | 'signed-in'
  /** The scope that an API key needs; null where no key reaches it. */
  scope: KeyScope | null
  endpoint: E
}

/**
 * One line of the table of contents. An API key reaches what a scope of it gives (model/api-key.ts), but for what is for people: who
 * is in, and what one person alone is told.
 */
export function at<M extends Method, S extends Scope, const U extends PathOf<S>, E extends Endpoint<S>>(
  method: M,
  path: U,
  right: Right<E['scope']>,
  endpoint: E & { scope: S },
  reach: 'all' | 'for-people' = 'all',
): Route<M, U, E> {
  const keyless = reach === 'for-people' || right === 'open' || right === 'signed-in'
  return { method, path, right, scope: keyless ? null : scopeOf(right), endpoint }
}

type ParamsIn<U extends string> = U extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsIn<Rest>
  : U extends `${string}:${infer Name}`
    ? Name
    : never
type IsEmpty<T> = T extends Record<string, never> ? true : false
type JsonInput<B> = B extends z.ZodType
  ? IsEmpty<z.input<B>> extends true
    ? object
    : { json: z.input<B> }
  : object
type QueryInput<Q> = Q extends z.ZodType
  ? IsEmpty<z.input<Q>> extends true
    ? object
    : { query: z.input<Q> }
  : object
type ParamInput<U extends string> = [ParamsIn<U>] extends [never]
  ? object
  : { param: Record<ParamsIn<U>, string> }
type OutputOf<A> = A extends z.ZodType
  ? { output: z.output<A>; outputFormat: 'json'; status: 200 }
  : A extends 'nothing'
    ? { output: null; outputFormat: 'body'; status: 204 }
    : { output: string; outputFormat: 'text'; status: 200 }
type Described<R> =
  R extends Route<Method, infer U, infer E>
    ? E extends Endpoint<Scope, z.ZodType, infer Q, infer B, infer A>
      ? { input: ParamInput<U> & QueryInput<Q> & JsonInput<B> } & OutputOf<A>
      : never
    : never

/** The typed client's view (`hc<Api>`) of a table of routes under /api/v1. */
export type ClientOf<R extends Route> = Hono<
  BlankEnv,
  {
    [U in R['path'] as `/api/v1${U}`]: { [X in Extract<R, { path: U }> as `$${X['method']}`]: Described<X> }
  }
>
