// Who has a secret, as each version of it says: people whom the caller may share with, under their present keys, and among them an owner.
import { z } from 'zod'
import { AppError } from '../model/error.ts'
import { SECRET_LIMITS, SecretRole } from '../model/secret.ts'
import type { Secret, SecretMember } from '../model/secret.ts'
import type { Tx } from '../store/db.ts'
import { recipientsFor, vaultsOf } from '../store/vaults.ts'
import { recipientKinds } from '../vault/age-file.ts'
import { nothingHere } from './errors.ts'
import { Id } from './route.ts'
import type { WorkspaceAsk } from './route.ts'

type Inside = WorkspaceAsk<unknown, unknown, unknown>

export const Members = z
  .array(z.object({ userId: z.string().min(1).max(100), role: SecretRole, vaultId: Id.nullable() }))
  .min(1)
  .max(SECRET_LIMITS.people)

type Member = z.output<typeof Members>[number]

/** Throws unless each is somebody whom the caller may share with, under their present key, and the file is encrypted to just as many. */
export async function demandMembers(
  tx: Tx,
  ask: Inside,
  version: { sealed: string; members: Member[] },
  before: readonly SecretMember[],
): Promise<void> {
  const { members, sealed } = version
  const me = ask.person.id
  if (new Set(members.map(({ userId }) => userId)).size < members.length)
    throw new AppError('invalid', 'Somebody stands twice among the people.')
  const had = new Set([me, ...before.map(({ userId }) => userId)])
  const may = new Map((await recipientsFor(tx, ask.member)).map((row) => [row.userId, row]))
  const vaults = await vaultsOf(
    tx,
    members.map(({ userId }) => userId),
  )
  for (const { userId, vaultId } of members) {
    if (!had.has(userId) && !may.has(userId))
      throw new AppError('forbidden', 'You cannot share with one of these people. Choose again.')
    const theirs = vaults.filter((vault) => vault.userId === userId)
    if (vaultId !== null && !theirs.some(({ id }) => id === vaultId)) throw nothingHere()
    if ((theirs.find(({ replacedAt }) => replacedAt === null)?.id ?? null) !== vaultId) throw keyChanged()
    if (vaultId === null && !had.has(userId))
      throw new AppError('invalid', `${may.get(userId)?.name ?? 'This person'} has no vault yet.`)
  }
  if (!members.some(({ role }) => role === 'owner')) throw lastOwner()
  const keys = members.filter(({ vaultId }) => vaultId !== null).length
  const kinds = recipientKinds(sealed)
  if (keys === 0) throw new AppError('invalid', 'Share it with somebody who has a vault.')
  if (kinds?.length !== keys || kinds.some((kind) => kind !== 'X25519'))
    throw new AppError('invalid', 'The file is not encrypted to just these people’s keys.')
}

function keyChanged(): AppError {
  return new AppError(
    'conflict',
    'Somebody’s key changed a moment ago. Look at the people again, compare their fingerprints, then try once more.',
  )
}

export function lastOwner(): AppError {
  return new AppError('conflict', 'A secret needs an owner. Make somebody else one first, or delete it.')
}

/** Who came, who went, whose role is another one. */
export function difference(before: readonly SecretMember[], after: readonly Member[]) {
  const roles = new Map(before.map(({ userId, role }) => [userId, role]))
  const stay = new Set(after.map(({ userId }) => userId))
  return {
    come: after.filter(({ userId }) => !roles.has(userId)).map(({ userId }) => userId),
    gone: before.filter(({ userId }) => !stay.has(userId)).map(({ userId }) => userId),
    moved: after.filter(({ userId, role }) => roles.has(userId) && roles.get(userId) !== role),
  }
}

/** Owners decide; where none of them is a member of the workspace any more, everybody does who has the secret. */
export function demandOwner(secret: Secret): void {
  if (secret.role === 'owner' || secret.members.every(({ role }) => role !== 'owner')) return
  throw new AppError('forbidden', 'Only an owner of this secret can do that. Ask one of them.')
}
