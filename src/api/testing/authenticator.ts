// A passkey in software, for tests: makes a key pair and answers WebAuthn's two questions as a browser would hand the answers over
// (https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data, attestation "none").
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

type Value = number | string | Buffer | Map<number | string, Value>

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  if (length < 256) return Buffer.from([(major << 5) | 24, length])
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}

/** The part of CBOR that a passkey needs. */
function cbor(value: Value): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])])
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest()
const b64 = (data: Buffer) => data.toString('base64url')

export interface Authenticator {
  /** Answers `navigator.credentials.create`. */
  create(challenge: string, more?: { origin?: string; verified?: boolean }): Record<string, unknown>
  /** Answers `navigator.credentials.get`. */
  get(challenge: string, more?: { origin?: string; verified?: boolean }): Record<string, unknown>
}

/** A new one for a host (the part of the address that passkeys are bound to). */
export function authenticator(rpId: string, ownOrigin: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const id = randomBytes(32)
  let counter = 0
  const clientData = (type: string, challenge: string, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  const authData = (verified: boolean, attested: boolean) => {
    counter += 1
    const flags = 0x01 | (verified ? 0x04 : 0) | (attested ? 0x40 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count])
  }
  const answer = (response: Record<string, unknown>) => ({
    id: b64(id),
    rawId: b64(id),
    type: 'public-key',
    clientExtensionResults: {},
    response,
  })
  return {
    create: (challenge, { origin = ownOrigin, verified = true } = {}) => {
      const point = (part: string | undefined) => Buffer.from(part ?? '', 'base64url')
      const key = cbor(
        new Map<number, Value>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, point(jwk.x)],
          [-3, point(jwk.y)],
        ]),
      )
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
      const attestation = cbor(
        new Map<string, Value>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', Buffer.concat([authData(verified, true), attested])],
        ]),
      )
      const client = clientData('webauthn.create', challenge, origin)
      return answer({
        clientDataJSON: b64(client),
        attestationObject: b64(attestation),
        transports: ['internal'],
      })
    },
    get: (challenge, { origin = ownOrigin, verified = true } = {}) => {
      const client = clientData('webauthn.get', challenge, origin)
      const data = authData(verified, false)
      const signature = createSign('sha256')
        .update(Buffer.concat([data, sha256(client)]))
        .sign(privateKey)
      return answer({
        clientDataJSON: b64(client),
        authenticatorData: b64(data),
        signature: b64(signature),
        userHandle: null,
      })
    },
  }
}
