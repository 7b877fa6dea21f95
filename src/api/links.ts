// Links that carry a secret: 256 bits in the fragment, which no server and no log ever sees; only the hash is stored.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { newSecret } from '../lib/ids.ts'
import { giveBackTry, takeTry, triesKey } from '../store/tries.ts'
import { tooMany } from './errors.ts'
import type { Parts } from './parts.ts'

/** Secrets that led nowhere, per network address. */
export const MISSES = { most: 20, windowSeconds: 15 * 60 }

/** A secret as it comes back from a link. */
export const Secret = z.string().min(1).max(200)

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** A new secret with its hash and the address that carries it. */
export function newLink(
  parts: Parts,
  page: 'join' | 'password' | 'request',
): { secretHash: Buffer; link: string } {
  const secret = newSecret()
  return { secretHash: hashOf(secret), link: `${parts.publicUrl.origin}/${page}#${secret}` }
}

/** Looks a secret up; throws `limited` where too many from this address led nowhere. A hit does not count. */
export async function lookedUp<T>(
  parts: Parts,
  address: string | null,
  find: () => Promise<T | null>,
): Promise<T | null> {
  const key = triesKey('link', address ?? 'unknown')
  if (!(await takeTry(parts.db, key, MISSES))) throw tooMany()
  const found = await find()
  if (found !== null) await giveBackTry(parts.db, key)
  return found
}
