// What a provider's limits ask for, as everybody who uses one app knows it: a refusal that one reader meets holds up the others at once, in
// this process and, before each request, in others. Kept in the database, so that a restart does not forget the time that a provider named.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from './db.ts'

/** The facts of one app: read at once from what this process knows, and written through. */
export interface AppLimits {
  get(key: string): string | undefined
  /** `untilMs`: when it is forgotten, as epoch milliseconds. */
  set(key: string, value: string, untilMs?: number): void
  /** Afterwards everything that any process had set when this was called is known. */
  fresh(): Promise<void>
  /**
   * Does the work while nobody who uses the app, in any process, does another one under the same name. A process that dies in it holds up
   * the others for a minute. Throws what the work throws, and the signal's reason where it ends first.
   */
  alone<T>(name: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export interface Limits {
  /** The facts of an app, as they are in the database now. */
  of(app: string): Promise<AppLimits>
}

interface Fact {
  value: string
  untilMs: number | null
}

interface Known {
  facts: Map<string, Fact>
  /** When they were last read, in milliseconds of this process. */
  readAt: number
  reading: Promise<void> | null
  /** What was set here and is not in the database yet: it holds, whatever is read there. */
  unsaved: Map<string, Fact>
  /** Name → the last of this process that does something alone, or waits to. */
  queues: Map<string, Promise<unknown>>
  /** Writes that are under way. */
  writing: Promise<void>
  /** Counts what was set here, so that a read that began before does not undo it. */
  version: number
}

const STALE_MS = 1_000
/** Longer than any request may take, with its wait before. */
const HELD_FOR = sql`interval '60 seconds'`
const ASK_AGAIN_MS = 50
/** What is said to hold longer was told while the clock was ahead. */
const LONGEST_MS = 3 * 86_400_000

/** `clock`: epoch milliseconds by which facts end. `onError` hears what could not be read or written: the process goes on with what it knows. */
export function openLimits(db: Db, clock: () => number, onError: (error: unknown) => void): Limits {
  const apps = new Map<string, Known>()
  const write = (app: string, known: Known): Promise<void> =>
    (known.writing = known.writing.then(() => saveAll(db, app, known)).catch(onError))
  const refresh = (app: string, known: Known): Promise<void> => {
    known.reading ??= write(app, known)
      .then(() => load(db, app, known))
      .catch(onError)
      .finally(() => (known.reading = null))
    return known.reading
  }
  const of = async (app: string): Promise<AppLimits> => {
    const known: Known = apps.get(app) ?? {
      facts: new Map(),
      readAt: 0,
      reading: null,
      unsaved: new Map(),
      queues: new Map(),
      writing: Promise.resolve(),
      version: 0,
    }
    apps.set(app, known)
    await refresh(app, known)
    return {
      get: (key) => {
        if (performance.now() - known.readAt > STALE_MS) void refresh(app, known)
        const fact = known.facts.get(key)
        return fact === undefined || !holds(fact, clock()) ? undefined : fact.value
      },
      set: (key, value, untilMs) => {
        const fact = { value, untilMs: untilMs ?? null }
        known.facts.set(key, fact)
        known.unsaved.set(key, fact)
        known.version += 1
        void write(app, known)
      },
      // A read that is under way may have begun too early.
      fresh: () =>
        known.reading === null ? refresh(app, known) : known.reading.then(() => refresh(app, known)),
      alone: (name, work, signal) =>
        queued(known.queues, name, async () => {
          const release = await take(db, app, name, signal, onError)
          return work().finally(() => release?.())
        }),
    }
  }
  return { of }
}

function holds({ untilMs }: Fact, now: number): boolean {
  return untilMs === null || (untilMs > now && untilMs <= now + LONGEST_MS)
}

async function load(db: Db, app: string, known: Known): Promise<void> {
  const { version } = known
  const rows = await db.kysely
    .selectFrom('providerLimits')
    .select(['key', 'value', 'until'])
    .where('app', '=', app)
    .execute()
  known.readAt = performance.now()
  if (version !== known.version) return
  const facts = new Map<string, Fact>(
    rows.map(({ key, value, until }) => [key, { value, untilMs: until?.getTime() ?? null }]),
  )
  for (const [key, fact] of known.unsaved) facts.set(key, fact)
  known.facts = facts
}

/** After what this process does under that name already. */
function queued<T>(queues: Known['queues'], name: string, work: () => Promise<T>): Promise<T> {
  const mine = (queues.get(name) ?? Promise.resolve()).then(work, work)
  const ended = mine.catch(() => undefined)
  queues.set(name, ended)
  return mine
}

/** Takes the name for this process, and lets it go with what is returned. Null where that cannot be written: the process is alone by itself. */
async function take(
  db: Db,
  app: string,
  name: string,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<(() => Promise<unknown>) | null> {
  const holder = randomUUID()
  const key = `alone/${name}`
  for (;;) {
    signal.throwIfAborted()
    const taken = await sql`
      insert into provider_limits as held (app, key, value, until) values (${app}, ${key}, ${holder}, now() + ${HELD_FOR})
      on conflict (app, key) do update set value = excluded.value, until = excluded.until where held.until not between now() and now() + 2 * ${HELD_FOR}
      returning 1`
      .execute(db.kysely)
      .then(({ rows }) => rows.length > 0)
      .catch((error: unknown) => (onError(error), null))
    if (taken === null) return null
    if (taken) break
    await sleep(ASK_AGAIN_MS, undefined, { signal })
  }
  return () =>
    sql`delete from provider_limits where app = ${app} and key = ${key} and value = ${holder}`
      .execute(db.kysely)
      .catch(onError)
}

/** What cannot be saved now is tried again before the next read. */
async function saveAll(db: Db, app: string, { unsaved }: Known): Promise<void> {
  for (const [key, fact] of unsaved) {
    await save(db, app, key, fact)
    if (unsaved.get(key) === fact) unsaved.delete(key)
  }
}

async function save(db: Db, app: string, key: string, { value, untilMs }: Fact): Promise<void> {
  const until = untilMs === null ? null : new Date(untilMs)
  await sql`
    with old as (delete from provider_limits where app = ${app} and key <> ${key} and until < now() - interval '2 days')
    insert into provider_limits (app, key, value, until) values (${app}, ${key}, ${value}, ${until})
    on conflict (app, key) do update set value = excluded.value, until = excluded.until`.execute(db.kysely)
}
