// The code of an authenticator app: RFC 6238 with SHA-1, six digits, half minutes.
import { createHmac } from 'node:crypto'
import { Redacted } from '../../../model/redacted.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code for a seed in base32 (spaces and small letters allowed) at a moment (epoch milliseconds). Throws where the seed is none. */
export function totpCode(seed: Redacted, now: number): Redacted {
  const letters = seed
    .reveal()
    .replace(/[\s=-]/g, '')
    .toUpperCase()
  if (!/^[A-Z2-7]{16,128}$/.test(letters)) throw new Error('The authenticator seed is not base32.')
  const bits = [...letters].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac[19] ?? 0) & 15
  return new Redacted(String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0'))
}
