// The contract between the product and a provider. A connector only answers: it never sees the database, the vault, another
// connector or another connection. Sync asks, stages, compares and stores; jobs decide about retries.
import type { ConnectorError } from '../model/error.ts'
import type { Manifest } from '../model/manifest.ts'
import type { Hand, PagesItem, QuestionKind, Recipe } from '../model/recipe.ts'
import type { Redacted } from '../model/redacted.ts'
import type { Observation } from '../model/snapshot.ts'
import type { Verdict } from '../model/credential.ts'
import type { LiveLine } from '../model/token-request.ts'

export type { Manifest, ResourceTypeSpec } from '../model/manifest.ts'

/** Counts that do not depend on the machine: HTTP calls, and logical calls (items of a batch counted). */
export interface Usage {
  httpCalls: number
  logicalCalls: number
}

/** What a connector is given for one read. It owns nothing of it and keeps nothing after it. */
export interface Context {
  /** Base address of the provider for this connection's environment, without a trailing slash. */
  address: string
  /** The connection's settings that are not secret, as `app_id`, `version`. */
  settings: Readonly<Record<string, string>>
  /** The connection's secret fields other than the token, opened, as `app_secret`. */
  secrets: Readonly<Record<string, Redacted>>
  /** The token that this read uses: one token per HTTP request, always. */
  token: Redacted
  target: Target
  /** Names the run that this read is part of, the same for all its reads and tries. Left out: it is part of none. */
  run?: string
  /** What this app and edge refused, sizes that worked. Survives the run. */
  memory: Memory
  /** What the provider's limits ask for. Shared at once with every read that uses the same app, of whatever connection or process. */
  limits: SharedLimits
  /** A person waits for this: it is not spread out to spare a limit, and uses what reads leave free of it. */
  urgent?: boolean
  clock: () => number
  log: (message: string, facts?: Record<string, string | number | boolean | null>) => void
  signal: AbortSignal
  /** True where an earlier try of this read has already sealed the scope: it need not be asked again. */
  sealed?: (scope: string) => boolean
  /** The resources that such a scope has told of. */
  listed?: (scope: string) => ReadonlySet<string>
  /** Counted by the connector, read by the job. */
  usage: Usage
  /** Called when a request has gone out: until its answer comes the processor is free. */
  sent?: () => void
  /** The token's permissions, as its last judgement told. Left out or empty: not known. */
  scopes?: readonly string[]
  /**
   * How this token was judged last. Given to `check`, it spares asking again what does not change (whose the token is); given
   * nothing, everything is proven anew.
   */
  lastVerdict?: Verdict | null
}

/**
 * Remembered answers per connection: key → text. Loaded before a read and stored after it; a key may carry an end. What begins with
 * `refused/` is forgotten when a person tries a task again, and when a token has lost permissions.
 */
export interface Memory {
  get(key: string): string | undefined
  set(key: string, value: string, untilMs?: number): void
}

/** What a provider's limits ask for, of one app. What is set here is known at once to all who use the app in this process. */
export interface SharedLimits extends Memory {
  /** Afterwards what other processes have learnt until now is known too. Left out where there are none. */
  fresh?(): Promise<void>
  /** Does this while nobody who uses the app does anything else under the same name. Left out where nobody else uses it. */
  alone?<T>(name: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** What to read: our own business with its own token, or a partner with the partner's token. */
export type Target =
  | { kind: 'own'; business: string }
  | {
      kind: 'partner'
      /** Our business. */
      business: string
      /** The partner's business. */
      partner: string
      /** Read nothing but the shared resources. */
      sharedOnly: boolean
      /** What is shared, in either direction, as the last read of our own business told. */
      shared: { type: string; externalId: string; direction: 'out' | 'in' }[]
    }

/** One thing to ask. Opaque to sync but for its label; must survive JSON. Never holds a token or an address with one. */
export interface Read {
  /** What is counted and shown, as "ad accounts". */
  unit: string
  /** Set where neither its answer nor what that leads to tells of partners, assets or shares: people and their rights alone. */
  people?: true
  /** The connector's own data. */
  query: unknown
}

/** A scope that was fully read: no further page, every part answered, the count fits where the provider gives one. */
export interface Seal {
  scope: string
  /** Rows that this scope reported in all its pages. */
  rows: number
  /** Reads this scope again, plainly: asked when a full list turned empty, or is `doubtful`, before it is believed. */
  again: Read
  /** It ended with an empty page to which the one before had led: so ends a list that is whole, and one whose rest was not given. */
  doubtful?: boolean
  /** Another list: what is gone from this one may stand in that one since both were read. It is read again too where a row has left this one. */
  beside?: { scope: string; again: Read }
  /**
   * It was read without what tells of shares of these types: one that is missing from a row that came, or came with fewer rights, was not denied.
   * The scope is not sealed then, for this reason.
   */
  untold?: { types: string[]; error: ConnectorError }
}

export type ReadResult =
  | { observations: Observation[]; seals: Seal[]; next: Read[] }
  /**
   * A scope (or several) that could not be read: it stays open, and nothing in it may end. `optional`: refused for want of a permission
   * that the guide does not ask for; to be told, but the run may still be complete. `answered`: it was read with such a token before, so that a
   * refusal is news, and what it would tell is not known.
   */
  | { scopes: string[]; error: ConnectorError; optional?: boolean; answered?: boolean }

/** What a connector is given to work on the provider's pages. It opens no browser itself. */
export interface PagesContext {
  hand: Hand
  /** Our own business. */
  business: string
  settings: Readonly<Record<string, string>>
  clock: () => number
  /** The login, for the one try that this run has. Throws PagesError `no-login` where there is none or it may not be used. */
  login(): Promise<{ email: Redacted; password: Redacted }>
  /** Null where none is stored: then a person is asked. */
  totpSeed(): Redacted | null
  /** Asks a person and waits for the answer. Throws PagesError `no-answer`. */
  ask(kind: QuestionKind, picture?: Buffer): Promise<Redacted>
  /** The login was refused: nobody uses it again before a person has stored it anew. */
  refused(): Promise<void>
  signedIn(): Promise<void>
  /** Called just before a press that changes something, so that it is known if the process ends there. */
  pressing(): Promise<void>
}

/** A business that asks for our app. */
export interface AppRequest {
  business: string
  businessName: string
  app: string
  date: string
}
export type RequestAnswer = 'done' | 'already answered' | 'stopped before the last press'

/** What pages told: observations as the API's reader would make them, with path `browser`. `counted`: they told how many rows all their lists have. */
export interface PagesSeen {
  observations: Observation[]
  counted: boolean
}

/** What the lists of a part told, and what is left to be looked at. */
export interface PagesLists extends PagesSeen {
  items: PagesItem[]
}

/** Lists of our own business that pages show: read where the API may not read them, and to compare. */
export interface PagesPart {
  /** Never changes: a step of the job is named after it. */
  name: string
  /** The step as a person reads it. */
  label: string
  /** The scopes that it reads to their end, whatever there is. */
  scopes(business: string): string[]
  /** True of other scopes for which it is read where the API may not read them: who is assigned to an asset. */
  covers?(business: string, scope: string): boolean
  /** Signs in and reads the lists. Throws PagesError where one could not be read completely: an error is never an empty list. */
  lists(ctx: PagesContext): Promise<PagesLists>
  /** Left out where the lists tell everything. */
  items?: {
    /** What they are counted in, as "people". */
    unit: string
    /** Looks at some of them, signed in. However many there are, a few are read at a time and kept. */
    read(ctx: PagesContext, items: readonly PagesItem[]): Promise<PagesSeen>
  }
  /** Of these, of whom no list told, those that have a page of their own all the same: a list that left them out was not whole. */
  found?(ctx: PagesContext, ids: readonly string[]): Promise<string[]>
  /**
   * The scopes that were read to their end, once all lists and items were. `seen`: what pages told in this run, `stored`: the scopes of our
   * own business that have live rows.
   */
  seals(
    business: string,
    seen: readonly Observation[],
    stored: ReadonlySet<string>,
  ): { scope: string; rows: number }[]
}

/** What can be done on the provider's pages alone, or where its API may not. */
export interface Pages {
  recipe: Recipe
  /** Places that show where nobody is signed in any more. */
  signedOut: readonly string[]
  parts: readonly PagesPart[]
  /** Signs in where the pages ask for it. */
  enter(ctx: PagesContext): Promise<void>
  waitingRequests(ctx: PagesContext): Promise<AppRequest[]>
  /** Answers one request; does nothing to one that no longer waits. */
  answerRequest(
    ctx: PagesContext,
    request: Pick<AppRequest, 'business' | 'app'>,
    decision: 'approve' | 'decline',
    dry: boolean,
  ): Promise<RequestAnswer>
}

export interface Connector {
  manifest: Manifest
  /** Absent where nothing is done on pages. */
  pages?: Pages
  /**
   * Judges a token: works, whose, what it can see. Throws nothing for a bad token; returns outcome `later` where the provider
   * cannot be reached. `ownToken` (fingerprint comparison is the caller's) is not needed: `target` says whose token is expected.
   */
  check(ctx: Context): Promise<Verdict>
  /**
   * What our own token sees of a partner's request for our app: target is the partner, the token is the connection's own. Left out where
   * the provider knows no such request. Throws ConnectorError where nothing could be learnt now.
   */
  appRequest?(ctx: Context): Promise<LiveLine[]>
  /**
   * A newer token in place of one that ends soon, where the provider gives one without a person; null where it does not. The old one must go
   * on to its own end. Throws nothing for a refusal.
   */
  renew?(ctx: Context): Promise<Redacted | null>
  /** Ends the token at the provider, for good; true where it did. Throws nothing for a refusal. */
  revoke?(ctx: Context): Promise<boolean>
  /** The first reads for a target, cheapest first. */
  plan(ctx: Context): Read[]
  /**
   * Answers reads, in any order and grouping. Throws ConnectorError only where the whole token or app is concerned
   * (`auth`, `limited`, `transient` after in-step repeats); anything that concerns an edge is a result with an error.
   */
  read(ctx: Context, reads: Read[]): AsyncIterable<ReadResult>
}
