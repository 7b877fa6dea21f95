// Secrets: the server keeps encrypted files and says who may have them. It never sees a value, so everything that changes one comes as a
// new version that a browser has encrypted.
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { listOf } from '../model/list.ts'
import {
  EXPIRY_MOST_DAYS,
  Secret,
  SECRET_LIMITS,
  SecretDetails,
  SecretKind,
  SealedText,
} from '../model/secret.ts'
import type { SecretDeed } from '../model/secret.ts'
import type { Tx } from '../store/db.ts'
import { listRows } from '../store/list.ts'
import { tell } from '../store/notices.ts'
import * as store from '../store/secrets.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import { tooMany } from './errors.ts'
import { listAsk, listQuery } from './list.ts'
import { Id, inWorkspace } from './route.ts'
import type { WorkspaceAsk } from './route.ts'
import { demandMembers, demandOwner, difference, lastOwner, Members } from './secret-members.ts'

type Inside = WorkspaceAsk<unknown, unknown, unknown>

const One = z.object({ secret: Id })
const Query = listQuery('kind', 'role')

/** As it was encrypted: the server must keep it letter by letter. */
const Label = z
  .string()
  .min(1, 'Give it a label.')
  .max(SECRET_LIMITS.label)
  .refine(
    (text) => text === text.trim() && text.isWellFormed() && !/\p{Cc}/u.test(text),
    'This label cannot be used.',
  )
const SealedVersion = { label: Label, kind: SecretKind, sealed: SealedText, members: Members }
const When = z.iso.datetime({ offset: true }).nullable()

/** A secret that somebody else has, that has expired or was deleted is not there, and says no more. */
function notYours(): AppError {
  return new AppError(
    'not_found',
    'This secret is not there: it has expired, was deleted, or is no longer shared with you.',
  )
}

async function held(tx: Tx, ask: Inside, id: string): Promise<Secret> {
  const secret = await store.secretById(tx, id, ask.person.id, true)
  if (secret === null) throw notYours()
  return secret
}

export const list = inWorkspace({
  query: Query,
  answer: listOf(Secret),
  handle: ({ read, person, query }) =>
    read((tx) =>
      listRows(
        tx,
        store.secretList(person.id),
        listAsk(query, { kind: query.kind, role: query.role }),
        (_, ids) => store.secretsByIds(tx, ids, person.id),
      ),
    ),
})

export const one = inWorkspace({
  params: One,
  answer: SecretDetails,
  handle: ({ read, person, params }) =>
    read(async (tx) => {
      const secret = await store.secretById(tx, params.secret, person.id)
      if (secret === null) throw notYours()
      const { versions, events } = await store.secretHistory(tx, secret.id, person.id)
      return { ...secret, versions, events: secret.role === 'owner' ? events : [] }
    }),
})

/** Opened per person in a workspace: a session in the wrong hands does not empty it unnoticed. */
const REVEALS = { most: 300, windowSeconds: 15 * 60 }

/** The encrypted file, for a browser to open. Logged as a view, whatever the browser does with it. */
export const open = inWorkspace({
  params: One,
  body: z.object({ version: z.number().int().positive().optional() }),
  answer: z.object({
    sealed: z.string(),
    label: z.string(),
    kind: SecretKind,
    version: z.number(),
    by: z.string(),
  }),
  handle: async (ask) => {
    const key = triesKey('reveal', `${ask.workspace.id}/${ask.person.id}`)
    if (!(await takeTry(ask.parts.db, key, REVEALS))) throw tooMany('secrets opened')
    return ask.write(async (tx, audit) => {
      const secret = await held(tx, ask, ask.params.secret)
      const found = await store.sealedVersion(tx, secret.id, ask.body.version ?? secret.version)
      if (found === null) throw notYours()
      await audit({
        action: 'secret.view',
        subjectKind: 'secret',
        subjectId: secret.id,
        data: { version: found.version },
      })
      return found
    })
  },
})

const DAY = 86_400_000

/** Throws `invalid` for an end that is past or absurdly far. */
function expiryOf(asked: string | null): Date | null {
  if (asked === null) return null
  const left = Date.parse(asked) - Date.now()
  if (left > 0 && left <= EXPIRY_MOST_DAYS * DAY) return new Date(asked)
  throw new AppError('invalid', 'Choose an expiry in the future, within ten years.', {
    expiresAt: 'Choose an expiry in the future, within ten years.',
  })
}

export const add = inWorkspace({
  body: z.object({ id: Id, ...SealedVersion, expiresAt: When }),
  answer: Secret,
  handle: (ask) => {
    const { id, expiresAt: asked, ...version } = ask.body
    const expiresAt = expiryOf(asked)
    return ask.write(async (tx, audit) => {
      const by = ask.person.id
      if (!version.members.some(({ userId, role }) => userId === by && role === 'owner'))
        throw new AppError('invalid', 'Whoever adds a secret is an owner of it.')
      await demandMembers(tx, ask, version, [])
      if ((await store.secretsMadeBy(tx, by)) >= SECRET_LIMITS.perPerson)
        throw new AppError('conflict', 'You have as many secrets as one person may have. Delete some first.')
      const { label, kind } = version
      const at = { workspaceId: ask.workspace.id, label, kind, by }
      if (!(await store.addSecret(tx, { id, ...at, expiresAt })))
        throw new AppError('conflict', 'This secret is there already. Close the dialog and look at the list.')
      await store.putVersion(tx, { ...at, ...version, secretId: id, version: 1, deed: 'add' })
      const others = version.members.map(({ userId }) => userId).filter((userId) => userId !== by)
      await audit({
        action: 'secret.add',
        subjectKind: 'secret',
        subjectId: id,
        data: { kind, expiresAt: expiresAt?.toISOString() ?? null },
      })
      if (others.length > 0) {
        await audit({ action: 'secret.share', subjectKind: 'secret', subjectId: id, data: { with: others } })
        await tellShared(tx, ask, others, { id, version: 1 })
      }
      return held(tx, ask, id)
    })
  },
})

/** Those whom a secret was shared with are told, once for each version that brought it to them. */
function tellShared(
  tx: Tx,
  ask: Inside,
  to: readonly string[],
  { id, version }: { id: string; version: number },
): Promise<void> {
  const once = `${id}/${String(version)}`
  return tell(tx, { kind: 'secret-shared', once, about: ask.person.id, data: { secret: id } }, to)
}

export const change = inWorkspace({
  params: One,
  body: z.object({
    ...SealedVersion,
    /** The version that this one was made from: the present one, or another writer was first. */
    base: z.number().int().positive(),
    /** The version whose value came back, where one did. */
    restores: z.number().int().positive().optional(),
  }),
  answer: Secret.nullable(),
  handle: (ask) => {
    const { base, restores, ...version } = ask.body
    return ask.write(async (tx, audit) => {
      const before = await held(tx, ask, ask.params.secret)
      if (before.version !== base)
        throw new AppError(
          'conflict',
          'Somebody changed this secret a moment ago. Open it again, then make your change.',
        )
      const { come, gone, moved } = difference(before.members, version.members)
      if (come.length + gone.length + moved.length > 0) demandOwner(before)
      await demandMembers(tx, ask, version, before.members)
      const deed: SecretDeed =
        restores !== undefined
          ? 'restore'
          : gone.length > 0
            ? 'unshare'
            : come.length + moved.length > 0
              ? 'share'
              : 'change'
      const from = await store.putVersion(tx, {
        ...version,
        workspaceId: ask.workspace.id,
        secretId: before.id,
        version: base + 1,
        by: ask.person.id,
        deed,
      })
      const told = (action: string, data: Record<string, unknown>) =>
        audit({ action, subjectKind: 'secret', subjectId: before.id, data: { version: base + 1, ...data } })
      if (come.length > 0) {
        await told('secret.share', { with: come })
        await tellShared(tx, ask, come, { id: before.id, version: base + 1 })
      }
      if (from.length > 0) await told('secret.unshare', { from })
      if (moved.length > 0)
        await told('secret.role', { to: moved.map(({ userId, role }) => `${userId}: ${role}`) })
      if (deed === 'restore') await told('secret.restore', { restores })
      if (deed === 'change') await told('secret.change', {})
      return store.secretById(tx, before.id, ask.person.id)
    })
  },
})

export const setExpiry = inWorkspace({
  params: One,
  body: z.object({ expiresAt: When }),
  answer: Secret,
  handle: (ask) => {
    const expiresAt = expiryOf(ask.body.expiresAt)
    return ask.write(async (tx, audit) => {
      const before = await held(tx, ask, ask.params.secret)
      demandOwner(before)
      await store.setSecretExpiry(tx, before.id, expiresAt)
      await audit({
        action: 'secret.expiry',
        subjectKind: 'secret',
        subjectId: before.id,
        data: { from: before.expiresAt, to: expiresAt?.toISOString() ?? null },
      })
      return held(tx, ask, before.id)
    })
  },
})

/** The label as the caller saw it, so that nobody gives up another thing than they think. */
const Meant = z.object({ label: z.string() })

function demandMeant(secret: Secret, label: string): void {
  if (secret.label === label) return
  throw new AppError('conflict', 'This secret has another label by now. Look at it again before you go on.')
}

export const remove = inWorkspace({
  params: One,
  body: Meant,
  answer: 'nothing',
  handle: (ask) =>
    ask.write(async (tx, audit) => {
      const before = await held(tx, ask, ask.params.secret)
      demandOwner(before)
      demandMeant(before, ask.body.label)
      await store.deleteSecret(tx, before.id)
      const data = { kind: before.kind }
      await audit({ action: 'secret.delete', subjectKind: 'secret', subjectId: before.id, data })
    }),
})

/** Gives one's own access up. No new version: whoever leaves has had it, and the next version is not encrypted to them. */
export const leave = inWorkspace({
  params: One,
  body: Meant,
  answer: 'nothing',
  handle: (ask) =>
    ask.write(async (tx, audit) => {
      const before = await held(tx, ask, ask.params.secret)
      demandMeant(before, ask.body.label)
      const others = before.members.filter(({ userId }) => userId !== ask.person.id)
      if (!others.some(({ role }) => role === 'owner')) throw lastOwner()
      await store.leaveSecret(tx, before.id, ask.person.id)
      await audit({ action: 'secret.leave', subjectKind: 'secret', subjectId: before.id })
    }),
})
