// Notices in the console: a person's own, which of them are read, and how they want to be told of what.
import { z } from 'zod'
import { ListQuery } from '../model/list.ts'
import { Notice, NoticeKind, NoticeSetting } from '../model/notice.ts'
import { work } from '../store/db.ts'
import { markRead, noticeSettings, noticesOf, setNotice, unreadNotices } from '../store/notices.ts'
import { listAsk } from './list.ts'
import { Id, inWorkspace } from './route.ts'

const USUAL = 50

export const list = inWorkspace({
  query: ListQuery.pick({ offset: true, limit: true }).extend({
    unread: z.enum(['true', 'false']).optional(),
  }),
  answer: z.object({ rows: z.array(Notice), total: z.number(), unread: z.number() }),
  handle: ({ read, member, query }) => {
    const { offset = 0, limit = USUAL } = listAsk(query)
    return read((tx) => noticesOf(tx, member, { unread: query.unread === 'true', offset, limit }))
  },
})

/** Marks those with these ids as read, or all where none are named. Bookkeeping of the reader alone, so it is not in the activity log. */
export const read = inWorkspace({
  body: z.object({ ids: z.array(Id).max(500).optional() }),
  answer: z.object({ unread: z.number() }),
  handle: ({ parts, workspace, member, person, body }) =>
    work(parts.db, workspace.id, async (tx) => {
      await markRead(tx, workspace.id, person.id, body.ids ?? null)
      return { unread: await unreadNotices(tx, member) }
    }),
})

/** `mail`: whether a mail server is set at all. */
const Told = z.object({ rows: z.array(NoticeSetting), mail: z.boolean() })

export const settings = inWorkspace({
  answer: Told,
  handle: async ({ parts, read: reading, member }) => ({
    rows: await reading((tx) => noticeSettings(tx, member)),
    mail: parts.mail !== undefined,
  }),
})

export const change = inWorkspace({
  body: z.object({ kind: NoticeKind, console: z.boolean().optional(), mail: z.boolean().optional() }),
  answer: Told,
  handle: ({ parts, write, workspace, member, person, body }) =>
    write(async (tx, audit) => {
      const { kind, ...to } = body
      await setNotice(tx, { workspaceId: workspace.id, userId: person.id }, kind, to)
      await audit({
        action: 'notice.change',
        subjectKind: 'person',
        subjectId: person.id,
        data: { kind, ...to },
      })
      return { rows: await noticeSettings(tx, member), mail: parts.mail !== undefined }
    }),
})
