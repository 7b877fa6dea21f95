// Sealing, as properties and as known answers: what was sealed by an earlier release must open for ever.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OVERHEAD, openWith, sealWith, subKey, versionOf } from './envelope.ts'

interface Vector {
  /** 32 bytes, hexadecimal. */
  key: string
  version: number
  boundTo: string
  plain: string
  /** The bytes that stood for randomness, hexadecimal: data key, nonce of the wrapping, nonce of the value. */
  random: [string, string, string]
  sealed: string
}

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, 'vectors', 'envelope.json'), 'utf8'),
) as Vector[]

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))
const master = fc.record({ key, version: fc.integer({ min: 1, max: 255 }) })
const plain = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes))
const row = fc.uuid().map((id) => `credentials/${id}`)

describe('a sealed value', () => {
  test('opens to what was sealed', () => {
    fc.assert(
      fc.property(master, plain, row, (m, p, boundTo) => {
        const sealed = sealWith(m, p, boundTo)
        expect(sealed.length).toBe(p.length + OVERHEAD)
        expect(versionOf(sealed)).toBe(m.version)
        expect(openWith(m.key, sealed, boundTo)).toEqual(p)
      }),
    )
  })

  test('does not open with any bit flipped', () => {
    fc.assert(
      fc.property(master, plain, row, fc.nat(), (m, p, boundTo, at) => {
        const sealed = sealWith(m, p, boundTo)
        const bit = at % (sealed.length * 8)
        sealed.writeUInt8(sealed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(() => openWith(m.key, sealed, boundTo)).toThrow('does not open')
      }),
      { numRuns: 1_000 },
    )
  })

  test('does not open with any single byte of it changed, all bytes tried', () => {
    const m = { key: Buffer.alloc(32, 7), version: 1 }
    const sealed = sealWith(m, Buffer.from('a token'), 'credentials/1')
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(i) ^ 0x80, i)
      expect(() => openWith(m.key, changed, 'credentials/1'), `byte ${i}`).toThrow('does not open')
    }
  })

  test('does not open in another row, with another key, or cut short', () => {
    fc.assert(
      fc.property(master, key, plain, row, row, fc.nat(), (m, other, p, here, there, cut) => {
        fc.pre(here !== there && !other.equals(m.key))
        const sealed = sealWith(m, p, here)
        expect(() => openWith(m.key, sealed, there)).toThrow('does not open')
        expect(() => openWith(other, sealed, here)).toThrow('does not open')
        expect(() => openWith(m.key, sealed.subarray(0, cut % sealed.length), here)).toThrow()
      }),
    )
  })

  test('is another each time, and never repeats a nonce', () => {
    const m = { key: Buffer.alloc(32, 7), version: 1 }
    const nonces = new Set<string>()
    for (let i = 0; i < 2_000; i++) {
      const sealed = sealWith(m, Buffer.from('same'), 'credentials/1')
      nonces.add(sealed.subarray(1, 13).toString('hex')).add(sealed.subarray(61, 73).toString('hex'))
    }
    expect(nonces.size).toBe(4_000)
  })
})

describe('known answers', () => {
  test('are there', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(3)
  })

  test.each(vectors)('$plain for $boundTo under version $version', (vector) => {
    const parts = vector.random.map((text) => Buffer.from(text, 'hex'))
    const random = (bytes: number) => {
      const part = parts.shift()
      if (part?.length !== bytes) throw new Error('not what the vector holds')
      return part
    }
    const masterKey = Buffer.from(vector.key, 'hex')
    const sealed = sealWith(
      { key: masterKey, version: vector.version },
      Buffer.from(vector.plain),
      vector.boundTo,
      random,
    )
    expect(sealed.toString('hex')).toBe(vector.sealed)
    expect(openWith(masterKey, Buffer.from(vector.sealed, 'hex'), vector.boundTo).toString()).toBe(
      vector.plain,
    )
  })
})

test('no key serves two purposes', () => {
  const masterKey = Buffer.alloc(32, 7)
  expect(subKey(masterKey, 'wrap')).not.toEqual(subKey(masterKey, 'fingerprint'))
})
