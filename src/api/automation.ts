// Browser automation: switched on per app, with a sealed login; what it finds is decided here, what it asks is answered here.
import { z } from 'zod'
import { connectorOf } from '../connectors/registry.ts'
import { livePicture, startAppRequests, startReadPagesTry } from '../jobs/start.ts'
import { newId } from '../lib/ids.ts'
import { Automation, BrowserState, JobQuestion, Reading } from '../model/automation.ts'
import { AppError } from '../model/error.ts'
import { Redacted } from '../model/redacted.ts'
import { decideRequest, requestInfos } from '../store/app-requests.ts'
import {
  LOGIN,
  SESSION,
  automationOf,
  destroyBrowserCredentials,
  endSignIn,
  holdAutomation,
  loginOf,
  setAutomation,
  setReading,
} from '../store/automations.ts'
import { connectionById } from '../store/connections.ts'
import { putCredential } from '../store/credentials.ts'
import type { Tx } from '../store/db.ts'
import { answerQuestion, loadPicture, openQuestion } from '../store/job-questions.ts'
import { jobDetails } from '../store/jobs.ts'
import type { Parts } from './parts.ts'
import { Id, inWorkspace } from './route.ts'

const AtConnection = z.object({ connection: Id })
const AtJob = z.object({ job: Id })

async function shown(parts: Parts, tx: Tx, connectionId: string): Promise<Automation> {
  const { connector } = await connectionById(tx, connectionId)
  const { enabled, enabledAt, refused, reading } = await automationOf(tx, connectionId)
  const none = connectorOf(connector).pages === undefined
  return {
    hindrance: none ? 'Nothing is done on pages for this kind of app.' : (parts.pagesHindrance ?? null),
    enabled,
    enabledAt: enabledAt?.toISOString() ?? null,
    login: { ...(await loginOf(tx, connectionId)), refused },
    reading,
    requests: await requestInfos(tx, { connectionId }),
  }
}

export const one = inWorkspace({
  params: AtConnection,
  answer: Automation,
  handle: ({ parts, read, params }) => read((tx) => shown(parts, tx, params.connection)),
})

/** Holds what is set, so that it stays switched on until the transaction ends. Throws `conflict` where it is off. */
async function demandOn(tx: Tx, connectionId: string): Promise<void> {
  await holdAutomation(tx, connectionId)
  await connectionById(tx, connectionId)
  if (!(await automationOf(tx, connectionId)).enabled)
    throw new AppError('conflict', 'Switch browser automation on first.')
}

/** Switching off destroys the login and the session. */
export const change = inWorkspace({
  params: AtConnection,
  body: z.object({
    enabled: z.boolean(),
    /** Needed to switch it on: the risk and the provider's terms were read. */
    understood: z.boolean().optional(),
  }),
  answer: Automation,
  handle: ({ parts, write, params, body, workspace, person }) =>
    write(async (tx, audit) => {
      const { hindrance } = await shown(parts, tx, params.connection)
      if (body.enabled && hindrance !== null) throw new AppError('conflict', hindrance)
      if (body.enabled && body.understood !== true)
        throw new AppError('invalid', 'Say that you have read what browser automation risks.')
      const at = { workspaceId: workspace.id, connectionId: params.connection }
      await setAutomation(tx, at, { enabled: body.enabled, by: person.id })
      if (!body.enabled) await destroyBrowserCredentials(tx, params.connection)
      await audit({
        action: body.enabled ? 'automation.enable' : 'automation.disable',
        subjectKind: 'connection',
        subjectId: params.connection,
      })
      return shown(parts, tx, params.connection)
    }),
})

/** When a check for updates also reads people and partners on pages. */
export const read = inWorkspace({
  params: AtConnection,
  body: z.object({ reading: Reading }),
  answer: Automation,
  handle: ({ parts, write, params, body }) =>
    write(async (tx, audit) => {
      await demandOn(tx, params.connection)
      await setReading(tx, params.connection, body.reading)
      await audit({
        action: 'automation.set-reading',
        subjectKind: 'connection',
        subjectId: params.connection,
        data: { reading: body.reading },
      })
      return shown(parts, tx, params.connection)
    }),
})

const Login = z.union([
  z.strictObject({
    email: z.string().trim().min(3).max(320),
    password: z.string().min(1).max(500),
    totpSeed: z.string().trim().max(200).optional(),
  }),
  /** What `browser-login` wrote. */
  z.strictObject({ session: z.string().min(2).max(200_000) }),
])

function sealedOf(body: z.infer<typeof Login>): { kind: string; plain: Redacted; scopes: string[] } {
  if ('session' in body) {
    const state = BrowserState.safeParse(parsed(body.session))
    if (!state.success) {
      const sentence = 'This is not a browser session. Choose the file that browser-login wrote.'
      throw new AppError('invalid', sentence, { session: sentence })
    }
    return { kind: SESSION, plain: new Redacted(JSON.stringify(state.data)), scopes: [] }
  }
  const { email, password, totpSeed = '' } = body
  if (totpSeed !== '' && !/^[A-Za-z2-7\s=-]{16,200}$/.test(totpSeed)) {
    const sentence = 'An authenticator seed has letters A to Z and digits 2 to 7, at least sixteen.'
    throw new AppError('invalid', sentence, { totpSeed: sentence })
  }
  const plain = new Redacted(JSON.stringify({ email, password, totpSeed: totpSeed === '' ? null : totpSeed }))
  return { kind: LOGIN, plain, scopes: totpSeed === '' ? [] : ['totp'] }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Stores a login in place of the last one. It is not tried here: the next task does. */
export const storeLogin = inWorkspace({
  params: AtConnection,
  body: Login,
  answer: Automation,
  handle: ({ parts, write, params, body, workspace, person }) =>
    write(async (tx, audit) => {
      await demandOn(tx, params.connection)
      const { kind, plain, scopes } = sealedOf(body)
      const id = newId()
      // A session belongs to its login: a new login begins without one.
      await destroyBrowserCredentials(tx, params.connection, SESSION)
      await putCredential(tx, {
        id,
        workspaceId: workspace.id,
        connectionId: params.connection,
        partnerId: null,
        kind,
        ...parts.vault.seal(plain, `credentials/${id}`),
        lastFour: '',
        fingerprint: parts.vault.fingerprint(plain),
        state: 'good',
        verdict: null,
        confirmed: null,
        scopes,
        expiresAt: null,
        createdBy: person.id,
      })
      await endSignIn(tx, params.connection, false)
      await audit({
        action: 'automation.store-login',
        subjectKind: 'connection',
        subjectId: params.connection,
        data: { kind },
      })
      return shown(parts, tx, params.connection)
    }),
})

export const removeLogin = inWorkspace({
  params: AtConnection,
  answer: Automation,
  handle: ({ parts, write, params }) =>
    write(async (tx, audit) => {
      await connectionById(tx, params.connection)
      await destroyBrowserCredentials(tx, params.connection)
      await audit({
        action: 'automation.remove-login',
        subjectKind: 'connection',
        subjectId: params.connection,
      })
      return shown(parts, tx, params.connection)
    }),
})

export const answerRequests = inWorkspace({
  params: AtConnection,
  body: z.object({ dryRun: z.boolean() }),
  answer: z.object({ jobId: z.string(), existing: z.boolean() }),
  handle: ({ parts, params, body, workspace, actor }) =>
    startAppRequests(parts.engine, {
      workspaceId: workspace.id,
      connectionId: params.connection,
      actor,
      trigger: actor.key === undefined ? 'person' : 'api',
      dryRun: body.dryRun,
    }),
})

/** A dry run: goes through all pages that a check for updates would read, and stores nothing. */
export const tryReading = inWorkspace({
  params: AtConnection,
  answer: z.object({ jobId: z.string(), existing: z.boolean() }),
  handle: ({ parts, params, workspace, actor }) =>
    startReadPagesTry(parts.engine, {
      workspaceId: workspace.id,
      connectionId: params.connection,
      actor,
      trigger: actor.key === undefined ? 'person' : 'api',
    }),
})

export const decide = inWorkspace({
  params: z.object({ connection: Id, appRequest: Id }),
  body: z.object({ decision: z.enum(['approve', 'decline', 'leave']) }),
  answer: 'nothing',
  handle: ({ write, params, body, person }) =>
    write(async (tx, audit) => {
      const { business } = await decideRequest(
        tx,
        params.connection,
        params.appRequest,
        body.decision,
        person.id,
      )
      await audit({
        action: 'app-request.decide',
        subjectKind: 'app-request',
        subjectId: params.appRequest,
        data: { decision: body.decision, business },
      })
    }),
})

/** A step's picture, as base64. */
export const picture = inWorkspace({
  params: z.object({ job: Id, picture: Id }),
  answer: z.object({ png: z.string() }),
  handle: async ({ read, params }) => ({
    png: (await read((tx) => loadPicture(tx, params.job, params.picture))).toString('base64'),
  }),
})

/** What a job asks now, with the picture that has to be looked at, where this process holds it. */
export const question = inWorkspace({
  params: AtJob,
  answer: z.object({ question: JobQuestion.nullable(), png: z.string().nullable() }),
  handle: async ({ read, params }) => {
    const asked = await read(async (tx) => {
      await jobDetails(tx, params.job)
      return openQuestion(tx, params.job)
    })
    const png = asked === null ? null : livePicture(asked.id)
    return { question: asked, png: png?.toString('base64') ?? null }
  },
})

/** The answer is sealed at once, and gone as soon as the job has taken it. */
export const answer = inWorkspace({
  params: AtJob,
  body: z.object({ question: Id, answer: z.string().trim().min(1).max(100) }),
  answer: 'nothing',
  handle: ({ parts, write, params, body, workspace, person }) =>
    write(async (tx, audit) => {
      await jobDetails(tx, params.job)
      const { sealed } = parts.vault.seal(new Redacted(body.answer), `job_questions/${body.question}`)
      const at = { workspaceId: workspace.id, jobId: params.job }
      await answerQuestion(tx, at, { id: body.question, answer: sealed, by: person.id })
      await audit({ action: 'job.answer', subjectKind: 'job', subjectId: params.job })
    }),
})
