// API keys as the console shows them: made, listed, revoked. A key's text is told once, in the answer that makes it.
import { z } from 'zod'
import { newId, newSecret } from '../lib/ids.ts'
import { ApiKey, KEY_DAYS, KEY_START, KeyScope, keyScopes, MOST_KEYS } from '../model/api-key.ts'
import { AppError } from '../model/error.ts'
import { listOf } from '../model/list.ts'
import {
  addApiKey,
  apiKeyById,
  apiKeyList,
  apiKeysByIds,
  keyHash,
  liveKeys,
  revokeApiKey,
} from '../store/api-keys.ts'
import { listRows } from '../store/list.ts'
import { listAsk, listQuery } from './list.ts'
import { Id, inWorkspace } from './route.ts'

export const list = inWorkspace({
  query: listQuery('state'),
  answer: listOf(ApiKey),
  handle: ({ read, query }) =>
    read((tx) => listRows(tx, apiKeyList, listAsk(query, { state: query.state }), apiKeysByIds)),
})

const One = z.object({ key: Id })

export const one = inWorkspace({
  params: One,
  answer: ApiKey,
  handle: ({ read, params }) => read((tx) => apiKeyById(tx, params.key)),
})

/** `glk_` and four characters tell keys apart, and leave 232 bits to guess. */
const SHOWN = KEY_START.length + 4

export const make = inWorkspace({
  body: z.object({
    name: z.string().trim().min(1).max(200),
    scopes: z.array(KeyScope).min(1).max(keyScopes.length),
    /** Null: no end of its own. */
    expiresAt: z.iso.datetime({ offset: true }).nullable(),
  }),
  answer: z.object({ key: ApiKey, text: z.string() }),
  handle: async ({ write, workspace, person, body }) => {
    const [id, text] = [newId(), KEY_START + newSecret()]
    const expiresAt = body.expiresAt === null ? null : endOf(body.expiresAt)
    const scopes = keyScopes.filter((scope) => body.scopes.includes(scope))
    const key = await write(async (tx, audit) => {
      if ((await liveKeys(tx, workspace.id)) >= MOST_KEYS)
        throw new AppError(
          'conflict',
          `A workspace can have ${String(MOST_KEYS)} keys in use. Revoke one first.`,
        )
      await addApiKey(tx, {
        id,
        workspaceId: workspace.id,
        name: body.name,
        prefix: text.slice(0, SHOWN),
        secretHash: keyHash(text),
        scopes,
        madeBy: person.id,
        expiresAt,
      })
      await audit({
        action: 'api-key.make',
        subjectKind: 'api-key',
        subjectId: id,
        data: { scopes, expiresAt: expiresAt?.toISOString() ?? null },
      })
      return apiKeyById(tx, id)
    })
    return { key, text }
  },
})

function endOf(text: string): Date {
  const end = new Date(text)
  const days = (end.getTime() - Date.now()) / 86_400_000
  if (days > 0 && days <= KEY_DAYS) return end
  throw new AppError('invalid', `A key ends in the future, within ${String(KEY_DAYS)} days.`, {
    expiresAt: `Choose a day within the next ${String(KEY_DAYS)} days.`,
  })
}

export const revoke = inWorkspace({
  params: One,
  answer: ApiKey,
  handle: ({ write, params, person }) =>
    write(async (tx, audit) => {
      const key = await apiKeyById(tx, params.key)
      if (!(await revokeApiKey(tx, key.id, person.id)))
        throw new AppError('conflict', 'This key was revoked already.')
      await audit({
        action: 'api-key.revoke',
        subjectKind: 'api-key',
        subjectId: key.id,
        data: { madeBy: key.madeBy.id },
      })
      return apiKeyById(tx, key.id)
    }),
})
