// Seals and opens one value: AES-256-GCM under a random data key of its own, which the master key wraps. The value is bound to the row it
// stands in, so that a sealed value moved to another row does not open.
//
// byte 0: version of the master key · 12 bytes nonce, 48 bytes wrapped data key · 12 bytes nonce, the value, 16 bytes tag
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const NONCE = 12
const TAG = 16
const KEY = 32
const WRAPPED = NONCE + KEY + TAG
/** What sealing adds to a value's length, in bytes. */
export const OVERHEAD = 1 + WRAPPED + NONCE + TAG

/** A key for one use, derived from the master key (32 bytes), so that no key serves two purposes. */
export function subKey(masterKey: Buffer, use: 'wrap' | 'fingerprint'): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `guestlist/${use}/1`, KEY))
}

function associated(part: 'key' | 'value', version: number, boundTo: string): Buffer {
  return Buffer.from(`guestlist/${part}/${version}/${boundTo}`)
}

function encrypt(key: Buffer, nonce: Buffer, aad: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-TAG))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()])
}

/** Seals a value with a master key (32 bytes) of a version (1 to 255). `random` is given by the known-answer tests only. */
export function sealWith(
  master: { key: Buffer; version: number },
  plain: Buffer,
  boundTo: string,
  random: (bytes: number) => Buffer = randomBytes,
): Buffer {
  const dataKey = random(KEY)
  const wrapped = encrypt(
    subKey(master.key, 'wrap'),
    random(NONCE),
    associated('key', master.version, boundTo),
    dataKey,
  )
  const value = encrypt(dataKey, random(NONCE), associated('value', master.version, boundTo), plain)
  dataKey.fill(0)
  return Buffer.concat([Buffer.of(master.version), wrapped, value])
}

/** The version of the master key that a sealed value needs. */
export function versionOf(sealed: Buffer): number {
  return sealed[0] ?? 0
}

/** Opens a sealed value. Throws where the key is another, a bit was changed, or the value was bound to another row. */
export function openWith(masterKey: Buffer, sealed: Buffer, boundTo: string): Buffer {
  if (sealed.length < OVERHEAD) throw new Error('A sealed value is too short to be one.')
  const version = versionOf(sealed)
  const wrapped = sealed.subarray(1, 1 + WRAPPED)
  try {
    const dataKey = decrypt(subKey(masterKey, 'wrap'), associated('key', version, boundTo), wrapped)
    const plain = decrypt(dataKey, associated('value', version, boundTo), sealed.subarray(1 + WRAPPED))
    dataKey.fill(0)
    return plain
  } catch {
    // OpenSSL's own words say nothing that helps.
    throw new Error('A sealed value does not open: it was changed, moved, or sealed with another master key.')
  }
}
