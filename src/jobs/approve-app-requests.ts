// Approve app requests: finds on the provider's pages who asks for our app, approves known partners, asks a person about the others, and
// answers as decided. Each answer is looked at before and after, so that none is given twice.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  decidedRequests,
  leaveUndecided,
  markPressed,
  putFound,
  settleRequest,
  undecidedRequests,
} from '../store/app-requests.ts'
import type { DecidedRequest } from '../store/app-requests.ts'
import { read, work, write } from '../store/db.ts'
import { putStep } from '../store/job-steps.ts'
import { setJob } from '../store/jobs.ts'
import { actorOf } from './inspect-token.ts'
import { demandSwitchedOn } from './pages-session.ts'
import { broke, doStep, endTask, planTask } from './pages-task.ts'
import type { End } from './pages-task.ts'
import { isCancelled } from './read-business.ts'
import type { Parts, Run, Work } from './work.ts'

const FIND = { name: 'find', label: 'Find waiting requests', position: 0 }
const KNOWN = { name: 'known', label: 'Approve requests of known partners', position: 1 }
const PERSON = { name: 'person', label: 'Wait for your decision', position: 2 }
const ANSWER = { name: 'answer', label: 'Answer as decided', position: 3 }
const DRY = { name: 'dry', label: 'Walk to the last press', position: 0 }

/** As long may a press take that was cut off: it is looked for no sooner. */
const SETTLE_MS = 10_000
/** A round of waiting is one step of the engine; a person has three days. */
const ROUND_MS = 10 * 60_000
const ROUNDS = 432
const LOOK_MS = 1_000

export const approveAppRequests: Work = {
  name: 'approve-app-requests',
  run: async (parts, run) => {
    const connectionId = await run.step('plan', () =>
      planTask(parts, run, () => [FIND, KNOWN, PERSON, ANSWER]),
    )
    let how = await run.step(FIND.name, () => find(parts, run, connectionId))
    if (how === 'done') how = await run.step(KNOWN.name, () => answerAll(parts, run, connectionId, KNOWN))
    if (how !== 'cancelled' && (await waitForPerson(parts, run))) {
      const last = await run.step(ANSWER.name, () => answerAll(parts, run, connectionId, ANSWER))
      if (how === 'done' || last === 'cancelled') how = last
    }
    await run.step('end', () => endTask(parts, run.input, how))
    return null
  },
  broke,
}

/** Walks to the last press of the first request that waits, without pressing, and keeps the pictures. */
export const tryAppRequests: Work = {
  name: 'approve-app-requests-dry',
  run: async (parts, run) => {
    const connectionId = await run.step('plan', () => planTask(parts, run, () => [DRY]))
    const how = await run.step(DRY.name, () =>
      doStep(parts, run, connectionId, DRY, (pages, ctx) =>
        pages.waitingRequests(ctx).then(async ([first]) => {
          if (first !== undefined) await pages.answerRequest(ctx, first, 'approve', true)
        }),
      ),
    )
    await run.step('end', () => endTask(parts, run.input, how))
    return null
  },
  broke,
}

function find(parts: Parts, run: Run, connectionId: string): Promise<End> {
  const { workspaceId, jobId } = run.input
  return doStep(parts, run, connectionId, FIND, async (pages, ctx) => {
    const found = await pages.waitingRequests(ctx)
    const pressed = await work(parts.db, workspaceId, (tx) =>
      putFound(tx, { workspaceId, connectionId, jobId }, found),
    )
    for (const request of pressed) await settle(parts, run, request, true)
  })
}

/** Gives every answer that is decided. Started again after a crash, it goes on with those that are open. */
async function answerAll(parts: Parts, run: Run, connectionId: string, step: typeof FIND): Promise<End> {
  const { workspaceId, jobId } = run.input
  const open = () => read(parts.db, workspaceId, (tx) => decidedRequests(tx, jobId))
  if ((await open()).length === 0) {
    await work(parts.db, workspaceId, (tx) => putStep(tx, run.input, { name: step.name, status: 'skipped' }))
    return 'done'
  }
  return doStep(parts, run, connectionId, step, async (pages, ctx) => {
    // Asked anew: an earlier try in a browser that ended by itself has answered some.
    for (const request of await open()) {
      run.signal.throwIfAborted()
      await settled(parts, run.signal, request)
      const pressing = () =>
        work(parts.db, workspaceId, async (tx) => {
          await demandSwitchedOn(tx, connectionId)
          await markPressed(tx, request.id)
        })
      const how = await pages.answerRequest({ ...ctx, pressing }, request, request.decision, false)
      await settle(parts, run, request, how === 'done')
    }
  })
}

/** A press whose end nobody saw may still be under way: time for it to come through, before it is looked for and perhaps given again. */
async function settled(parts: Parts, signal: AbortSignal, { pressedAt }: DecidedRequest): Promise<void> {
  if (pressedAt === null) return
  const left = pressedAt.getTime() + (parts.pages.limits.settle ?? SETTLE_MS) - Date.now()
  if (left > 0) await sleep(left, undefined, { signal })
}

/** Writes down that a request is answered. `pressed`: by us; otherwise only an earlier press of ours may have done it. */
async function settle(parts: Parts, run: Run, request: DecidedRequest, pressed: boolean): Promise<void> {
  const { workspaceId, jobId } = run.input
  await write(parts.db, { workspaceId, actor: actorOf(jobId) }, async (tx, audit) => {
    const ours = await settleRequest(tx, request.id, request.decision, pressed)
    const { business, app, decidedBy, decision } = request
    await audit({
      action: ours ? `app-request.${decision}` : 'app-request.find-answered',
      subjectKind: 'app-request',
      subjectId: request.id,
      data: { business, app, decidedBy },
    })
  })
}

/** Waits until a person has decided what no rule decides. False where nothing is left to answer. */
async function waitForPerson(parts: Parts, run: Run): Promise<boolean> {
  const asked = await run.step('ask', () => askPerson(parts, run))
  if (!asked) return false
  for (let round = 1; round <= ROUNDS; round++) {
    const how = await run.step(`wait ${round}`, () => waitRound(parts, run))
    if (how === 'cancelled') return false
    if (how === 'decided') break
  }
  await run.step('decided', () =>
    work(parts.db, run.input.workspaceId, async (tx) => {
      await leaveUndecided(tx, run.input.jobId)
      await setJob(tx, run.input.jobId, { status: 'running', progress: null })
      await putStep(tx, run.input, { name: PERSON.name, status: 'done' })
      return null
    }),
  )
  return true
}

async function askPerson(parts: Parts, run: Run): Promise<boolean> {
  const { workspaceId, jobId } = run.input
  return work(parts.db, workspaceId, async (tx) => {
    const open = await undecidedRequests(tx, jobId)
    if (open === 0) {
      await putStep(tx, run.input, { name: PERSON.name, status: 'skipped' })
      return false
    }
    await putStep(tx, run.input, { name: PERSON.name, status: 'running' })
    await setJob(tx, jobId, { status: 'waiting', progress: null })
    return true
  })
}

async function waitRound(parts: Parts, run: Run): Promise<'decided' | 'waiting' | 'cancelled'> {
  const until = performance.now() + ROUND_MS
  while (performance.now() < until) {
    if (await isCancelled(parts, run)) return 'cancelled'
    const open = await read(parts.db, run.input.workspaceId, (tx) => undecidedRequests(tx, run.input.jobId))
    if (open === 0) return 'decided'
    await sleep(LOOK_MS)
  }
  return 'waiting'
}
