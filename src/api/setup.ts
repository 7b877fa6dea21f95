// The first run: is it needed, and do it. One person wins; everybody later is told to sign in.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { AppError } from '../model/error.ts'
import type { Environment } from '../model/workspace.ts'
import { write } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { endSetup, putSetupCode, setupNeeded, takeSetupTry } from '../store/setup.ts'
import { addWorkspace } from '../store/workspaces.ts'
import { tooMany } from './errors.ts'
import type { Auth } from './auth.ts'
import { open } from './route.ts'

// Crockford's alphabet: no letter that is read as a digit.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Makes this start's setup code (128 bits) and keeps its hash; the code of an earlier start is void. Returns the code for the terminal,
 * in groups of five, or null where a user has ever existed.
 */
export async function openSetup(db: Db): Promise<string | null> {
  const code = encode(randomBytes(16))
  if (!(await putSetupCode(db, hashOf(code)))) return null
  return code.replaceAll(/(.{5})(?=.)/g, '$1-')
}

function encode(bytes: Buffer): string {
  let number = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (let place = 0; place < 26; place += 1) {
    text = (alphabet[Number(number & 31n)] ?? '') + text
    number >>= 5n
  }
  return text
}

/** Of the code as typed: small letters, spaces, dashes and look-alike letters do not matter. */
function hashOf(code: string): Buffer {
  const letters = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return createHash('sha256').update(letters).digest()
}

export interface Owner {
  name: string
  email: string
  password: string
  workspaceName: string
  environment?: Environment
}

/**
 * Makes the first person, their workspace and their ownership in one transaction. Throws `conflict` where a user has ever existed, and
 * `invalid` for a password that is too short.
 */
export async function createOwner(
  parts: { db: Db; auth: Auth },
  owner: Owner,
  address: string | null = null,
): Promise<{ userId: string; workspaceId: string }> {
  const workspaceId = newId()
  const actor = { kind: 'system' as const, id: 'setup', address }
  return write(parts.db, { workspaceId, actor }, async (tx, audit) => {
    if (!(await endSetup(tx))) throw alreadySetUp()
    const userId = await parts.auth.addPerson(tx, owner)
    await addWorkspace(
      tx,
      { id: workspaceId, name: owner.workspaceName, environment: owner.environment ?? 'live' },
      userId,
    )
    await audit({
      action: 'workspace.make',
      subjectKind: 'workspace',
      subjectId: workspaceId,
      data: { owner: userId },
    })
    return { userId, workspaceId }
  })
}

function alreadySetUp(): AppError {
  return new AppError('conflict', 'This installation is set up already. Sign in instead.')
}

async function demandCode(db: Db, code: string): Promise<void> {
  const expected = await takeSetupTry(db)
  if (expected === 'limited') throw tooMany()
  if (expected === null) throw alreadySetUp()
  if (!timingSafeEqual(expected, hashOf(code))) {
    const sentence = 'This is not the setup code of the present start. The program prints it on its terminal.'
    throw new AppError('forbidden', sentence, { code: sentence })
  }
}

export const status = open({
  answer: z.object({
    needed: z.boolean(),
    simulatorOffered: z.boolean(),
    /** Whether a new password can be asked for by mail. */
    forgottenPassword: z.boolean(),
    /** Asked before anything else, so that a signed-out page makes no refused request. */
    signedIn: z.boolean(),
    version: z.string(),
  }),
  handle: async ({ parts, headers }) => ({
    needed: await setupNeeded(parts.db),
    simulatorOffered: parts.simulator !== undefined,
    forgottenPassword: parts.mail !== undefined,
    signedIn: (await parts.auth.session(headers)) !== null,
    version: parts.version,
  }),
})

const Name = z.string().trim().min(1).max(200)

export const run = open({
  body: z.object({
    code: z.string().min(1).max(100),
    name: Name,
    email: z.email().max(320),
    password: z.string().min(12).max(128),
    workspaceName: Name,
  }),
  answer: z.object({ workspaceId: z.string() }),
  handle: async ({ parts, body, headers, address, answerHeader }) => {
    await demandCode(parts.db, body.code)
    const { workspaceId } = await createOwner(parts, body, address)
    const cookies = await parts.auth.signIn(
      { email: body.email, password: body.password },
      { headers, address },
    )
    for (const cookie of cookies) answerHeader('set-cookie', cookie)
    return { workspaceId }
  },
})
