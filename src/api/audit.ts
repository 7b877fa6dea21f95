// The activity log: who did what in our product, when and from where.
import { z } from 'zod'
import { AuditEvent } from '../model/audit.ts'
import { AppError } from '../model/error.ts'
import { listOf } from '../model/list.ts'
import { chainHead, chainedByIds, verifyChain } from '../store/audit-chain.ts'
import { auditByIds, auditList } from '../store/audit.ts'
import type { Tx } from '../store/db.ts'
import { allIds, listRows } from '../store/list.ts'
import { csv, jsonLines } from './csv.ts'
import type { CsvColumn } from './csv.ts'
import { nothingHere } from './errors.ts'
import { between, inPortions, listAsk, listQuery } from './list.ts'
import { inWorkspace } from './route.ts'

const Query = listQuery('action', 'actor').extend(between)

const asked = (query: z.output<typeof Query>) => listAsk(query, { action: query.action, actor: query.actor })

export const list = inWorkspace({
  query: Query,
  answer: listOf(AuditEvent),
  handle: ({ read, query }) => read((tx) => listRows(tx, auditList(query), asked(query), auditByIds)),
})

/** Events are numbered by the database. */
const AtEvent = z.object({ event: z.string().regex(/^\d{1,18}$/) })

export const one = inWorkspace({
  params: AtEvent,
  answer: AuditEvent,
  handle: ({ read, params }) =>
    read(async (tx) => {
      const [event] = await auditByIds(tx, [params.event])
      if (event === undefined) throw nothingHere()
      return event
    }),
})

const columns: CsvColumn<AuditEvent>[] = [
  { head: 'Time', of: (row) => row.at },
  { head: 'Who', of: (row) => row.actorName ?? row.actorId },
  { head: 'Who (ID)', of: (row) => row.actorId },
  { head: 'Action', of: (row) => row.action },
  { head: 'Of', of: (row) => row.subjectKind },
  { head: 'Name', of: (row) => row.subjectName },
  { head: 'ID', of: (row) => row.subjectId },
  { head: 'Details', of: (row) => JSON.stringify(row.data) },
  { head: 'Address', of: (row) => row.address },
]

export const exported = inWorkspace({
  query: Query,
  answer: 'csv',
  handle: ({ read, query }) => {
    const ids = (tx: Tx) => allIds(tx, auditList(query), asked(query))
    return Promise.resolve(csv('activity', columns, inPortions(read, ids, auditByIds)))
  },
})

/** Every event as it is in the chain, with its link's hash and the present names; oldest first unless another order is asked for. */
export const exportedLines = inWorkspace({
  query: Query,
  answer: 'jsonl',
  handle: ({ read, query }) => {
    const ids = (tx: Tx) => allIds(tx, auditList(query), { ...asked(query), sort: query.sort ?? 'at' })
    return Promise.resolve(jsonLines('activity', inPortions(read, ids, linesOf)))
  },
})

async function linesOf(tx: Tx, ids: readonly string[]) {
  const named = new Map((await auditByIds(tx, ids)).map((row) => [row.id, row]))
  return (await chainedByIds(tx, ids)).map((event) => {
    const { actorName = null, subjectName = null, keyName = null } = named.get(event.id) ?? {}
    return { ...event, actorName, subjectName, keyName }
  })
}

const Head = z.object({
  workspaceId: z.string(),
  /** Events in the chain. */
  seq: z.number(),
  /** 64 hexadecimal digits: the hash of the newest one, which covers all before it. */
  hash: z.string(),
  at: z.string(),
})

/** What a person keeps elsewhere, to hold the log against later. */
export const head = inWorkspace({
  answer: Head,
  handle: ({ read, workspace }) => read((tx) => chainHead(tx, workspace.id)),
})

export const verify = inWorkspace({
  query: z.object({
    seq: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional(),
    hash: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .optional(),
  }),
  answer: z.object({
    ok: z.boolean(),
    /** Events whose link was computed again. */
    checked: z.number(),
    /** Events that wait to be sealed: a second or two. */
    unsealed: z.number(),
    head: Head,
    /** The first thing that is not as it was sealed. */
    broken: z
      .object({ seq: z.number().nullable(), eventId: z.string().nullable(), sentence: z.string() })
      .nullable(),
    /** How the log stands to the head that was given. */
    given: z.object({ seq: z.number(), hash: z.string(), ok: z.boolean(), sentence: z.string() }).nullable(),
  }),
  handle: ({ read, parts, workspace, query: { seq, hash } }) => {
    if ((seq === undefined) !== (hash === undefined))
      throw new AppError('invalid', 'A head is its number and its hash: give both, or neither.')
    const given = seq === undefined || hash === undefined ? null : { seq: Number(seq), hash }
    return read((tx) => verifyChain(tx, parts.vault, workspace.id, given))
  },
})
