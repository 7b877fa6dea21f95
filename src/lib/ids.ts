// Ids and secrets that we make ourselves.
import { randomBytes, randomUUID } from 'node:crypto'

/** A new random id (UUID version 4): tells nothing, not even when it was made. */
export function newId(): string {
  return randomUUID()
}

/** A new secret of 256 bits, as 43 characters that may stand in an address. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
