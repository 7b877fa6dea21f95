// Connections ("apps" on the screen): check what is typed, connect it, change it, remove it.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { connectorOf, connectors } from '../connectors/registry.ts'
import { requestCancel, startCheckForUpdates } from '../jobs/start.ts'
import { Connection, Overview } from '../model/connection.ts'
import { Verdict } from '../model/credential.ts'
import { isZone, lastDays } from '../model/days.ts'
import { AppError } from '../model/error.ts'
import type { Manifest } from '../model/manifest.ts'
import { holdConnection } from '../store/applied.ts'
import { destroyBrowserCredentials } from '../store/automations.ts'
import {
  changeConnection,
  changesPerDay,
  connectionById,
  connectionRows,
  deleteConnection,
  openJobsOf,
  pendingPartners,
  removeConnection,
  troubles,
} from '../store/connections.ts'
import type { ConnectionRow } from '../store/connections.ts'
import { destroyCredentials, loadCredentials } from '../store/credentials.ts'
import type { Tx } from '../store/db.ts'
import { accessCounts } from '../store/principals.ts'
import { connectOwn, connects, demandToken, judgeOwn, ownRows, startFirst, tokenOf } from './connect.ts'
import { nothingHere } from './errors.ts'
import { accessOf, attentionOf } from './overview.ts'
import { Id, inWorkspace } from './route.ts'
import { confirmation, handedOver, openOwn, putSealed } from './token-guard.ts'

const Label = z.string().trim().min(1).max(200)
const Fields = z.record(z.string().max(100), z.string())
const AtConnection = z.object({ connection: Id })

export const kinds = inWorkspace({
  answer: z.array(z.custom<Manifest>().meta({ type: 'object', description: 'The manifest of a connector' })),
  handle: () => Promise.resolve(connectors.map((connector) => connector.manifest)),
})

const shown = (row: ConnectionRow): Connection => ({
  ...row,
  connectorName: connectorOf(row.connector).manifest.name,
})

export const list = inWorkspace({
  answer: z.array(Connection),
  handle: async ({ read }) => (await read((tx) => connectionRows(tx))).map(shown),
})

export const one = inWorkspace({
  params: AtConnection,
  answer: Connection,
  handle: async ({ read, params }) => shown(await read((tx) => connectionById(tx, params.connection))),
})

const NewConnection = z.object({
  connector: z.string().max(40),
  label: Label,
  business: z.string().max(200),
  fields: Fields,
  confirm: z.boolean().optional(),
})

export const check = inWorkspace({
  body: NewConnection,
  answer: z.object({ verdict: Verdict }),
  handle: async (ask) => ({ verdict: await judgeOwn(ask, ask.body, demandToken(ask.body)) }),
})

export const connect = inWorkspace({
  body: NewConnection,
  answer: z.object({
    created: z.boolean(),
    verdict: Verdict,
    connection: Connection.nullable(),
    jobId: z.string().nullable(),
  }),
  handle: async (ask) => {
    const handed = demandToken(ask.body)
    const verdict = await judgeOwn(ask, ask.body, handed)
    if (!connects(verdict, ask.body.confirm === true))
      return { created: false, verdict, connection: null, jobId: null }
    const { connectionId, jobId } = await connectOwn(ask, ask.body, handed, verdict)
    const connection = shown(await ask.read((tx) => connectionById(tx, connectionId)))
    return { created: true, verdict, connection, jobId }
  },
})

export const change = inWorkspace({
  params: AtConnection,
  body: z.object({ label: Label.optional(), schedule: Connection.shape.schedule.optional() }),
  answer: Connection,
  handle: async ({ write, params, body }) =>
    shown(
      await write(async (tx, audit) => {
        await connectionById(tx, params.connection)
        await changeConnection(tx, params.connection, body)
        await audit({
          action: 'connection.change',
          subjectKind: 'connection',
          subjectId: params.connection,
          data: {
            fields: Object.keys(body),
            ...(body.schedule === undefined ? {} : { schedule: body.schedule }),
          },
        })
        return connectionById(tx, params.connection)
      }),
    ),
})

export const replaceCredential = inWorkspace({
  params: AtConnection,
  body: z.object({ fields: Fields, confirm: z.boolean().optional() }),
  answer: z.object({ replaced: z.boolean(), verdict: Verdict }),
  handle: async (ask) => {
    const { connection, rows } = await ask.read(async (tx) => ({
      connection: await connectionById(tx, ask.params.connection),
      rows: await loadCredentials(tx, ask.params.connection, null),
    }))
    const typed = handedOver(connection.connector, ask.body.fields, false)
    const opened = openOwn(ask.parts, rows)
    const handed = {
      token: tokenOf(typed.token ?? opened.token),
      secrets: { ...opened.secrets, ...typed.secrets },
      settings: { ...connection.settings, ...typed.settings },
    }
    const verdict = await judgeOwn(
      ask,
      { connector: connection.connector, business: connection.externalId },
      handed,
    )
    // A token that works is not given up for one that could not be judged: `later` changes nothing here.
    if (verdict.outcome === 'later' || !connects(verdict, ask.body.confirm === true))
      return { replaced: false, verdict }
    await ask.write(async (tx, audit) => {
      await demandUnchanged(tx, connection, rows)
      for (const row of ownRows(ask, connection.id, handed, verdict)) await putSealed(ask.parts, tx, row)
      const name = verdict.business?.name
      await changeConnection(tx, connection.id, {
        settings: handed.settings,
        ...(typeof name === 'string' ? { name } : {}),
      })
      await audit({
        action: 'credential.replace',
        subjectKind: 'connection',
        subjectId: connection.id,
        data: {
          fields: Object.keys(ask.body.fields),
          outcome: verdict.outcome,
          confirmed: confirmation(verdict, ask.person.id)?.claims ?? [],
        },
      })
    })
    await startFirst(ask, connection.id, verdict)
    return { replaced: true, verdict }
  },
})

/** Throws `conflict` where somebody else changed the credentials or settings while these were judged: what was judged holds theirs before. */
async function demandUnchanged(
  tx: Tx,
  judged: ConnectionRow,
  rows: readonly { id: string }[],
): Promise<void> {
  await holdConnection(tx, judged.id)
  const { settings } = await connectionById(tx, judged.id)
  const ids = new Set((await loadCredentials(tx, judged.id, null)).map(({ id }) => id))
  const same =
    ids.size === rows.length &&
    rows.every(({ id }) => ids.has(id)) &&
    isDeepStrictEqual(settings, judged.settings)
  if (!same)
    throw new AppError(
      'conflict',
      'Somebody else has just changed the token or the settings of this app. Look at them, then try again.',
    )
}

export const remove = inWorkspace({
  params: AtConnection,
  body: z.object({ name: z.string().max(200), atOnce: z.boolean() }),
  answer: 'nothing',
  handle: async ({ parts, read, write, params, body, workspace, actor }) => {
    const { label } = await read((tx) => connectionById(tx, params.connection))
    if (body.name.trim() !== label) {
      const sentence = `Type the app's name, ${label}, to remove it.`
      throw new AppError('invalid', sentence, { name: sentence })
    }
    const jobs = await write(async (tx, audit) => {
      // Whoever stores a token or a login of it does so before, or finds it removed.
      await holdConnection(tx, params.connection)
      await connectionById(tx, params.connection)
      const open = await openJobsOf(tx, params.connection)
      await destroyBrowserCredentials(tx, params.connection)
      await destroyCredentials(tx, params.connection)
      // Jobs are told to end before their rows go; deleting comes after that, in a transaction of its own.
      await removeConnection(tx, params.connection, body.atOnce)
      await audit({
        action: 'connection.remove',
        subjectKind: 'connection',
        subjectId: params.connection,
        data: { atOnce: body.atOnce },
      })
      return open
    })
    const end = async () => {
      for (const jobId of jobs) await requestCancel(parts.engine, { workspaceId: workspace.id, jobId, actor })
      if (!body.atOnce) return
      await write(async (tx, audit) => {
        if (!(await deleteConnection(tx, params.connection))) throw nothingHere()
        await audit({ action: 'connection.delete', subjectKind: 'connection', subjectId: params.connection })
      })
    }
    await end().catch((error: unknown) => {
      // The schedule was first.
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    })
  },
})

const DAYS = 30

export const overview = inWorkspace({
  params: AtConnection,
  query: z.object({
    /** The time zone of the days, as `Europe/Berlin`; UTC where none is given. */
    zone: z.string().max(64).refine(isZone).optional(),
  }),
  answer: Overview,
  handle: ({ read, params: { connection: id }, query }) =>
    read(async (tx) => {
      const days = lastDays(query.zone ?? 'UTC', new Date(), DAYS)
      const [row, access, pending, changes, found] = await Promise.all([
        connectionById(tx, id),
        accessCounts(tx, id),
        pendingPartners(tx, id),
        changesPerDay(tx, id, days),
        troubles(tx, id),
      ])
      const connection = shown(row)
      return {
        connection,
        access: accessOf(access),
        pendingPartners: pending,
        changes,
        attention: attentionOf(connection, found),
      }
    }),
})

export const checkForUpdates = inWorkspace({
  params: AtConnection,
  body: z.object({ partnerId: Id.optional() }),
  answer: z.object({ jobId: z.string(), existing: z.boolean() }),
  handle: ({ parts, params, body, workspace, actor, trigger }) =>
    startCheckForUpdates(parts.engine, {
      workspaceId: workspace.id,
      connectionId: params.connection,
      partnerId: body.partnerId ?? null,
      actor,
      trigger,
    }),
})
