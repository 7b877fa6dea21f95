// Reads one business with one token into staging: asks until nothing is left to ask, seals what was read completely, remembers what
// could not be read, and of a partner lets through only what touches our assets.
import type { Connector, Context, Read } from '../connectors/connector.ts'
import { ConnectorError } from '../model/error.ts'
import { resourceKey } from '../model/inventory.ts'
import { read, work } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { principalsOf, sharedInForce } from '../store/inventory.ts'
import {
  beginAgain,
  dropRows,
  endStage,
  failScopes,
  isBegun,
  nothingBegun,
  sealScopes,
  stageRows,
} from '../store/staging.ts'
import type { ScopeRead } from '../store/staging.ts'
import { standingIn } from '../store/standing.ts'
import { secondLook } from './second-look.ts'
import { disown, lookAgain, openScopes, take, touching } from './told.ts'
import type { NotRead, Try } from './told.ts'
import { writesInTurn } from './writes.ts'

export interface CollectInput {
  connector: Connector
  ctx: Context
  db: Db
  workspaceId: string
  connectionId: string
  jobId: string
  /** 'own', or a partner's external id. */
  reader: string
  /** Work known so far, after each answer: how often that is told further is for whoever hears it. */
  report: (progress: Progress) => void
  /** Called where only people and their rights are left to ask for: what is shared with whom is staged, and nothing of it failed. */
  grounded?: () => void
}

/** How far a read is, in scopes; `unit`: what they are mostly about. */
export interface Progress {
  unit: string
  done: number
  total: number
}

export interface Collected {
  /** People of a partner without access to our assets: counted, stored nowhere. */
  skipped: number
  /** Scopes that were read completely, in this try or an earlier one. */
  sealed: number
  failures: NotRead[]
  /** Lists that held something and told less of it, or ended with an empty page: they were asked again. */
  askedAgain: number
  /** An earlier try has sealed something; what was asked again then is not known. */
  resumed: boolean
  /** What it came to. */
  extent: Progress
}

const FLUSH_AT = 2_000
/** Far above what the longest list takes (a page per round): only a provider that never ends gets here. */
const MAX_ROUNDS = 2_000

/**
 * Reads everything that the connector plans. A later try of the same job and reader keeps what is sealed and reads the rest from its
 * start. A scope that no longer tells of something that is stored is read again before it is believed: a row ends where two answers do
 * without it. Throws ConnectorError where the whole token or app is concerned (what was read until then is staged), and the signal's
 * reason where it is aborted.
 */
export async function collect(input: CollectInput): Promise<Collected> {
  const run = await begin(input)
  let pending = input.connector.plan(run.ctx)
  try {
    for (let round = 0; pending.length > 0; round += 1) {
      if (round === MAX_ROUNDS) throw endless()
      pending = await readRound(input, run, pending)
      if (pending.length === 0) pending = lookAgain(run)
      if (pending.length === 0) break
      const settled =
        !run.look.waiting() && run.held.size === 0 && run.failures.every(({ optional }) => optional)
      const grounds = !run.grounded && settled && pending.every(({ people }) => people === true)
      await flush(input, run)
      if (grounds) void run.writes.begin().then(input.grounded, () => undefined)
      run.grounded ||= grounds
    }
    leftOpen(run)
    await flush(input, run, true)
    await run.writes.begin()
  } catch (error) {
    if (error instanceof ConnectorError) {
      for (const scope of openScopes(run)) disown(run, scope, run.look.giveUp(scope))
      await flush(input, run, false)
      await run.writes.begin()
    }
    throw error
  } finally {
    // Nothing is written any more once this has ended, however it did.
    await run.writes.settled()
  }
  const { skipped, failures, sealed, look, unit, finished, resumed } = run
  const extent = { unit, done: finished.size, total: finished.size }
  return { skipped, sealed: sealed.size, failures, askedAgain: look.doubted.size, resumed, extent }
}

async function begin(input: CollectInput): Promise<Try> {
  const { connectionId, jobId, workspaceId, reader } = input
  const stage = { workspaceId, jobId, reader }
  const { target } = input.ctx
  const standing = read(input.db, workspaceId, (tx) =>
    standingIn(tx, connectionId, target.kind === 'own' ? null : target.partner),
  )
  // Whoever takes in the first answer is told.
  standing.catch(() => undefined)
  const writes = writesInTurn()
  // Most tries are the first of their reader: one way to the database and back.
  const [further, known] = await read(input.db, workspaceId, (tx) =>
    Promise.all([
      isBegun(tx, stage),
      target.kind === 'own' ? null : touchesOf(tx, { connectionId, partner: target.partner, jobId }),
    ]),
  )
  const { sealed, listed, holders, skipped } = further
    ? await work(input.db, workspaceId, (tx) => beginAgain(tx, stage))
    : nothingBegun()
  return {
    ctx: {
      ...input.ctx,
      sealed: (scope) => sealed.has(scope),
      listed: (scope) => listed.get(scope) ?? new Set(),
      sent: writes.beginSoon,
    },
    stage,
    filter:
      target.kind === 'own' || known === null
        ? null
        : { shared: new Set(target.shared.map(resourceKey)), ...known, holders },
    sealed,
    resumed: sealed.size > 0,
    look: secondLook(new Map()),
    standing,
    untrue: [],
    begun: new Set(),
    finished: new Set(sealed),
    failures: [],
    skipped,
    unit: '',
    rows: [],
    seals: [],
    failed: [],
    held: new Map(),
    asked: { turn: 0, turns: new Map() },
    people: new Map(),
    peopleSeals: [],
    writes,
    grounded: false,
  }
}

/** What is known of a partner: the resources that are shared with effect, and who of its people is stored. */
async function touchesOf(
  tx: Tx,
  what: { connectionId: string; partner: string; jobId: string },
): Promise<{ inForce: Set<string>; stored: Set<string> }> {
  const [inForce, stored] = await Promise.all([
    sharedInForce(tx, what),
    principalsOf(tx, what.connectionId, what.partner),
  ])
  return { inForce, stored }
}

/** Asks once for everything that is pending, and returns what follows from the answers. */
async function readRound(input: CollectInput, run: Try, pending: Read[]): Promise<Read[]> {
  const { signal } = run.ctx
  const next: Read[] = []
  let answered = 0
  run.unit = pending[0]?.unit ?? run.unit
  signal.throwIfAborted()
  for await (const result of input.connector.read(run.ctx, pending)) {
    signal.throwIfAborted()
    answered += 1
    if (run.standing !== null) run.look = secondLook(await run.standing)
    run.standing = null
    next.push(...take(run, result))
    if (run.rows.length >= FLUSH_AT) await flush(input, run)
    const left = Math.max(0, pending.length - answered) + next.length
    input.report({ unit: run.unit, done: run.finished.size, total: run.finished.size + left })
  }
  return next
}

/**
 * Lets what is there be written: when the next request has gone out, or at once where the reader has ended. Waits itself only where writes fall behind. When this is called
 * depends on the answers alone, not on the pace: in pieces of another layout the same would not be known again (store/compared.ts). A partner's listed people are written last: with their seals
 * when the reader has come to its `end`, without when it was cut off (`end` false), not at all before that.
 */
async function flush(input: CollectInput, run: Try, end?: boolean): Promise<void> {
  if (run.writes.behind()) await run.writes.begin()
  const { rows, seals, failed, stage, untrue } = run
  const people = end === undefined ? [] : touching(run)
  if (end !== true && rows.length + seals.length + failed.length + people.length + untrue.length === 0) return
  run.rows = []
  run.seals = []
  run.failed = []
  run.untrue = []
  const whole = seals.map((s) => ({ scope: s.scope, rows: s.rows, skipped: 0 }))
  const write = () =>
    work(input.db, stage.workspaceId, async (tx) => {
      await stageRows(tx, stage, rows)
      if (untrue.length > 0) await dropRows(tx, stage, untrue)
      await stageRows(tx, stage, people)
      await failScopes(tx, stage, failed)
      if (end === true) await endStage(tx, stage, [...whole, ...peopleRead(run)])
      else await sealScopes(tx, stage, whole)
    })
  run.writes.add(write)
  if (end !== undefined) void run.writes.begin()
}

/** The lists of people, which are sealed last; counts those of them that are not kept. */
function peopleRead(run: Try): ScopeRead[] {
  const kept = new Set(touching(run).map((p) => p.externalId))
  const counted = new Set<string>()
  const seals = run.peopleSeals.map(({ scope, rows }) => {
    let skipped = 0
    for (const p of run.people.get(scope)?.values() ?? []) {
      if (p.kind !== 'person' || p.source !== 'list' || kept.has(p.externalId) || counted.has(p.externalId))
        continue
      counted.add(p.externalId)
      skipped += 1
    }
    return { scope, rows, skipped }
  })
  run.skipped += counted.size
  return seals
}

/** Scopes that reported rows and never came to an end, though nothing is left to ask: they count as not read. */
function leftOpen(run: Try): void {
  const scopes = openScopes(run)
  if (scopes.length === 0) return
  for (const scope of scopes) disown(run, scope, run.look.giveUp(scope))
  const { failure } = new ConnectorError({
    kind: 'changed',
    sentence: 'A list did not come to its end.',
    fix: 'Check for updates again. If it happens again, the provider may have changed how it answers.',
  })
  run.failures.push({ scopes, failure, optional: false })
  for (const scope of scopes) run.failed.push({ scope, failure })
}

function endless(): ConnectorError {
  return new ConnectorError({
    kind: 'changed',
    sentence: 'The provider kept answering that there is more, without end.',
    fix: 'Check for updates again later. If it happens again, the provider may have changed how it answers.',
  })
}
