// Faults of Meta's limits: each code with and without the time to wait that Meta may name. No call may go out before that time, the job has to
// show it, and what the limit does not concern has to go on. On the jumping clock of plain-engine.ts, so that an hour takes no time.
import type { FaultAction } from '../src/connectors/meta/simulator/faults.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { JobDetails } from '../src/model/job.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { runOnDatabase } from './on-database.ts'
import { startRecorder } from './recorder.ts'
import type { Recorder } from './recorder.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { stir } from './stir.ts'

const MINUTE = 60_000
/** Readers that one process lets read at a time. */
const SIDE_BY_SIDE = 4

export interface Limit {
  code: number
  subcode?: number
  /** Minutes that the usage header names; null: it names none. */
  regain: number | null
  /** `app`: every token of the app has to wait; `token`: this one alone. */
  stops: 'app' | 'token'
  /** Whose calls are refused: our own, or one partner's. */
  who: 'own' | 'partner'
  /** How many refusals follow each other. */
  times: number
}

/** https://developers.facebook.com/docs/graph-api/overview/rate-limiting */
const codes: { code: number; subcode?: number; stops: Limit['stops'] }[] = [
  { code: 4, stops: 'app' },
  { code: 17, stops: 'token' },
  { code: 613, stops: 'token' },
  { code: 80004, stops: 'token' },
  { code: 613, subcode: 1996, stops: 'token' },
  { code: 32, stops: 'token' },
  { code: 341, stops: 'app' },
  { code: 80014, stops: 'token' },
]

/** Every code with and without a time, for both kinds of token, once and thrice: the first four codes come first. */
export function limits(count: number): Limit[] {
  const all = [codes.slice(0, 4), codes.slice(4)].flatMap((some) =>
    [1, 3].flatMap((times) =>
      some.flatMap((code) =>
        (['partner', 'own'] as const).flatMap((who) =>
          [null, 1, 47].map((regain): Limit => ({ ...code, regain, who, times })),
        ),
      ),
    ),
  )
  return all.slice(0, count)
}

export function nameOf({ code, subcode, regain, who, times }: Limit): string {
  const number = subcode === undefined ? String(code) : `${code}/${subcode}`
  const time = regain === null ? 'without a time' : `for ${regain} min`
  return `code ${number} ${time} × ${who === 'own' ? 'our own token' : "a partner's token"} × ${times === 1 ? 'once' : `${times} times`}`
}

function refusal({ code, subcode, regain }: Limit, business: string): FaultAction {
  const use = { type: 'business_management', call_count: 118, total_cputime: 40, total_time: 60 }
  const header = JSON.stringify({ [business]: [{ ...use, estimated_time_to_regain_access: regain ?? 0 }] })
  return {
    error: {
      status: 400,
      message: `(#${code}) There have been too many calls.`,
      type: 'OAuthException',
      code,
      ...(subcode === undefined ? {} : { subcode }),
    },
    ...(regain === null ? {} : { headers: { 'x-business-use-case-usage': header } }),
  }
}

/** A stage whose requests are recorded on their way. */
export interface Watch {
  stage: Stage
  recorder: Recorder
  close(): Promise<void>
}

const world = {
  ownAssets: { ad_account: 8, page: 8, pixel: 4, product_catalog: 4, instagram_asset: 4 },
  ownPeople: 14,
  // More than are read side by side, so that some have not begun when the first is refused.
  partners: 9,
  peoplePerPartner: 9,
  sharedPerPartner: 6,
  foreignAssets: 3,
}

export async function openWatch(t: TestDb): Promise<Watch> {
  const refused = codes.map(({ code }) => `"code":${code},`)
  let recorder: Recorder | null = null
  const stage = await openStage(t, { world, switches: { callsPerHour: 0 } }, async (url) => {
    recorder = await startRecorder(url, (body) =>
      refused.some((text) => body.includes(text) || body.includes(text.replaceAll('"', '\\"'))),
    )
    return recorder.url
  })
  const front = recorder as Recorder | null
  if (front === null) throw new Error('There is no recorder.')
  return { stage, recorder: front, close: () => stage.close().then(() => front.close()) }
}

/** Requests that were sent though a refusal had been told and its time was not over. */
function sentAgainst({ recorder }: Watch, limit: Limit): string[] {
  const { events } = recorder
  const told = events.findIndex((e) => e.what === 'refused')
  const token = events[told]?.token
  const late = events
    .slice(told + 1)
    .filter((e) => told >= 0 && e.what === 'request' && (limit.stops === 'app' || e.token === token))
  // Whoever was reading at that moment may have had a request under way.
  return late.length <= (limit.stops === 'app' ? SIDE_BY_SIDE - 1 : 0)
    ? []
    : [`${late.length} requests were sent after the refusal, before its time (${limit.stops})`]
}

/** One check that is limited, and everything that is wrong with how it waited. */
export async function play(watch: Watch, limit: Limit, seed: number, index: number): Promise<string[]> {
  const { stage } = watch
  const { sim, engine, at } = stage
  const wrong: string[] = []
  const partner = sim.partners[1]
  if (partner === undefined) throw new Error('The simulated world has no second partner.')
  const business = limit.who === 'own' ? sim.businessId : partner.id
  const label = `${business}/admin`
  stir(sim, random(seed, `throttle ${index}`))
  sim.control.reset()
  watch.recorder.reset()
  const fault = sim.control.addFault({
    match: { token: label, node: business, nested: false },
    do: refusal(limit, business),
    times: limit.times,
  })
  let waits = 0
  let jobId = ''
  let last = 0
  engine.beforeJump(async (until) => {
    // Readers that one refusal stopped wait for the same moment, give or take: it is one wait.
    if (until < last + 5_000) return
    last = until
    waits += 1
    wrong.push(...sentAgainst(watch, limit))
    wrong.push(...(await whileWaiting(stage, await at.job(jobId), until, limit, waits)))
    // Until the next refusal.
    watch.recorder.reset()
  })
  try {
    const started = engine.parts.now()
    jobId = await stage.start()
    await engine.over(jobId)
    const waited = engine.parts.now() - started
    const job = await at.job(jobId)
    if (fault.fired < limit.times) wrong.push(`the fault fired ${fault.fired} of ${limit.times} times`)
    if (waits === 0) wrong.push('the job never waited')
    if (job.status !== 'complete')
      wrong.push(`the job ended as ${job.status}: ${job.problems.map((p) => p.sentence).join(' | ')}`)
    if (limit.regain !== null && waited < limit.regain * MINUTE * limit.times - 1_000)
      wrong.push(`waited ${Math.round(waited / 1000)} s, told ${limit.times} times ${limit.regain} min`)
    wrong.push(...(await stage.wrong()), ...engine.broken.splice(0))
  } finally {
    engine.beforeJump(null)
    sim.control.clearFaults()
    // The next case is not about this one's pause.
    await stage.forget()
  }
  return wrong
}

/** With everything at rest but who waits: what the job shows, and that the others have gone on. */
async function whileWaiting(
  stage: Stage,
  job: JobDetails,
  until: number,
  limit: Limit,
  wait: number,
): Promise<string[]> {
  const wrong: string[] = []
  const now = stage.engine.parts.now()
  if (limit.regain !== null && until < now + limit.regain * MINUTE - 5_000)
    wrong.push(`the next try is in ${Math.round((until - now) / 1000)} s, Meta said ${limit.regain} min`)
  if (until - now < 20_000) wrong.push(`the next try is in ${Math.round((until - now) / 1000)} s already`)
  if (wait > 1) return wrong
  if (job.status !== 'retrying') wrong.push(`the job shows ${job.status} while it waits`)
  const retryAt = Date.parse(job.retryAt ?? '')
  if (!(Math.abs(retryAt - until) < 5_000))
    wrong.push(`the job shows ${job.retryAt ?? 'no time'} as the next try`)
  if (limit.who === 'partner' && limit.stops === 'token') {
    const others = job.steps.filter((step) => step.name.startsWith('read-') && step.status !== 'retrying')
    const open = others.filter((step) => step.status !== 'done')
    if (others.length !== stage.sim.partners.length || open.length > 0)
      wrong.push(`others did not go on: ${job.steps.map((s) => `${s.label} ${s.status}`).join(', ')}`)
  }
  return wrong
}

export function throttleFamily(watch: Watch, seed: number, count: number): Family {
  const chosen = limits(count)
  return {
    name: 'throttle',
    seed,
    about: [
      `${chosen.length} of ${limits(Infinity).length} combinations of code, time, token and repetition`,
    ],
    cases: chosen.map((limit, index): Case => ({
      name: nameOf(limit),
      run: () => play(watch, limit, seed, index),
    })),
    planted: [impatient(watch, seed)],
  }
}

/** A connector that forgets Meta's time at once: it has to be found. */
function impatient(watch: Watch, seed: number): Case {
  return {
    name: 'the time that Meta names is forgotten',
    run: async () => {
      const limit: Limit = { code: 17, regain: 47, stops: 'token', who: 'partner', times: 1 }
      const { stage } = watch
      const business = stage.sim.partners[1]?.id ?? ''
      stage.sim.control.addFault({
        match: { token: `${business}/admin`, node: business, nested: false },
        do: refusal({ ...limit, regain: null }, business),
      })
      return play(watch, { ...limit, times: 0 }, seed, 10_000)
    },
  }
}

if (import.meta.main)
  await runOnDatabase({ cases: 24, closure: true }, async (t, seed, count) => {
    const watch = await openWatch(t)
    return { family: throttleFamily(watch, seed, count), close: () => watch.close() }
  })
