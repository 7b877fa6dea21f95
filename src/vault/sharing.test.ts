// End-to-end secrets: known answers of every format, what was sealed opens, and whatever was changed, moved or replayed does not. The
// exported files are opened by the public age tool where it is installed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { armor, Decrypter, Encrypter } from 'age-encryption'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PublicKey, SealedText, SECRET_LIMITS, secretKinds, WrappedKey } from '../model/secret.ts'
import type { SecretKind } from '../model/secret.ts'
import * as sharing from './sharing.ts'

const known = JSON.parse(readFileSync(join(import.meta.dirname, 'vectors/sharing.json'), 'utf8')) as {
  alice: Person
  bob: Person
  passphrase: string
  passphraseFile: string
  recoveryKey: string
  recoveryFile: string
  pin: { about: string; fingerprint: string; code: string }
  about: { workspace: string; id: string; version: number; label: string; kind: SecretKind }
  value: string
  signed: string
  unsigned: string
  exported: string
}
interface Person {
  identity: string
  recipient: string
  signing: string
  fingerprint: string
}

const alice = await sharing.vaultOf(known.alice.identity)
const bob = await sharing.vaultOf(known.bob.identity)
const carol = await sharing.newVault()
const { about, value } = known
const from = { user: 'user-of-alice', vault: alice }
const why = (opening: Promise<unknown>) =>
  opening.then(
    () => 'opened',
    (error: unknown) => (error instanceof sharing.SealedError ? error.reason : `threw ${String(error)}`),
  )

describe('Known answers', () => {
  test('public keys, fingerprints and pins follow from the private key', async () => {
    for (const [vault, person] of [
      [alice, known.alice],
      [bob, known.bob],
    ] as const) {
      expect({ recipient: vault.recipient, signing: vault.signing }).toEqual({
        recipient: person.recipient,
        signing: person.signing,
      })
      expect(await sharing.fingerprint(vault)).toBe(person.fingerprint)
    }
    const pinned = { about: known.pin.about, fingerprint: known.pin.fingerprint }
    expect(await sharing.pin(alice, about.workspace, pinned)).toEqual(known.pin)
  })

  test('wrapped keys open with the passphrase and with the recovery key, however it is typed', async () => {
    expect((await sharing.unlock(known.passphraseFile, known.passphrase, known.alice)).identity).toBe(
      alice.identity,
    )
    // The same letters as another keyboard writes them.
    const decomposed = known.passphrase.normalize('NFD')
    expect((await sharing.unlock(known.passphraseFile, decomposed, known.alice)).identity).toBe(
      alice.identity,
    )
    const sloppy = ` ${known.recoveryKey.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}`
    expect((await sharing.recover(known.recoveryFile, sloppy, known.alice)).identity).toBe(alice.identity)
  })

  test('secrets open, signed and unsigned', async () => {
    expect(await sharing.open(bob, known.signed, about)).toMatchObject({
      value,
      from: { user: 'user-of-alice', recipient: alice.recipient, signing: alice.signing },
      to: [bob.recipient, alice.recipient],
    })
    expect(await sharing.open(alice, known.signed, about)).toMatchObject({ value })
    expect(await sharing.open(bob, known.unsigned, about)).toMatchObject({ value, from: null })
  })
})

describe('The private key', () => {
  test('is wrapped in age files that give nothing away, and comes back from each', async () => {
    const vault = await sharing.newVault()
    const recoveryKey = sharing.newRecoveryKey()
    const files = {
      passphrase: await sharing.wrapWithPassphrase(vault, 'a passphrase of mine'),
      recovery: await sharing.wrapWithRecoveryKey(vault, recoveryKey),
    }
    for (const file of Object.values(files)) {
      expect(WrappedKey.safeParse(file).success).toBe(true)
      expect(Buffer.from(armor.decode(file)).toString('latin1')).toMatch(
        /^age-encryption\.org\/v1\n-> scrypt /,
      )
    }
    expect(PublicKey.safeParse(vault).success).toBe(true)
    expect((await sharing.unlock(files.passphrase, 'a passphrase of mine', vault)).identity).toBe(
      vault.identity,
    )
    expect((await sharing.recover(files.recovery, recoveryKey, vault)).identity).toBe(vault.identity)
    expect(await why(sharing.unlock(files.passphrase, 'a passphrase of mint', vault))).toBe(
      'wrong-passphrase',
    )
    expect(await why(sharing.recover(files.recovery, sharing.newRecoveryKey(), vault))).toBe(
      'wrong-recovery-key',
    )
    expect(await why(sharing.recover(files.recovery, 'too short', vault))).toBe('wrong-recovery-key')
  })

  test('is not taken where the server shows another public key for it', async () => {
    const swapped = { recipient: carol.recipient, signing: alice.signing }
    expect(await why(sharing.recover(known.recoveryFile, known.recoveryKey, swapped))).toBe('other-vault')
    const signing = { recipient: alice.recipient, signing: carol.signing }
    expect(await why(sharing.recover(known.recoveryFile, known.recoveryKey, signing))).toBe('other-vault')
  })

  test('does not come back from a file with any byte changed', async () => {
    const file = armor.decode(known.recoveryFile)
    const found: string[] = []
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      const text = armor.encode(changed)
      const reason = await why(sharing.recover(text, known.recoveryKey, known.alice))
      if (reason !== 'damaged' && reason !== 'wrong-recovery-key') found.push(`${String(at)}: ${reason}`)
    }
    expect(found).toEqual([])
  })

  test('recovery keys are eight groups without letters that look like digits, each another one', () => {
    const keys = Array.from({ length: 200 }, () => sharing.newRecoveryKey())
    for (const key of keys) expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(new Set(keys).size).toBe(200)
  })
})

describe('Secrets', () => {
  const claimed = fc.record({
    workspace: fc.uuid(),
    id: fc.uuid(),
    version: fc.integer({ min: 1, max: 1_000_000 }),
    label: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    kind: fc.constantFrom(...secretKinds),
  })

  test('what was sealed opens, for each recipient, with every text', async () => {
    await fc.assert(
      fc.asyncProperty(
        claimed,
        fc.string({ unit: 'grapheme', maxLength: 3_000 }),
        fc.boolean(),
        async (of, text, signed) => {
          const sealed = await sharing.seal({
            ...of,
            value: text,
            to: [bob.recipient, carol.recipient],
            from: signed ? from : null,
          })
          for (const vault of [bob, carol]) {
            const opened = await sharing.open(vault, sealed, of)
            expect(opened.value).toBe(text)
            expect(opened.from?.user).toBe(signed ? 'user-of-alice' : undefined)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('the longest value opens and fits the server’s limit, one character more is refused', async () => {
    const longest = '漢'.repeat(SECRET_LIMITS.value)
    const to = [bob.recipient, ...Array.from({ length: SECRET_LIMITS.people - 1 }, () => alice.recipient)]
    const label = '漢'.repeat(SECRET_LIMITS.label)
    const sealed = await sharing.seal({ ...about, label, value: longest, to, from })
    expect(SealedText.safeParse(sealed).success).toBe(true)
    expect((await sharing.open(bob, sealed, { ...about, label })).value).toBe(longest)
    expect(await why(sharing.seal({ ...about, value: `${longest}x`, to, from }))).toBe('too-long')
  })

  test('a value’s length is hidden up to half a kilobyte', async () => {
    const lengths = await Promise.all(
      [1, 8, 60].map(
        async (n) =>
          (await sharing.seal({ ...about, value: 'x'.repeat(n), to: [bob.recipient], from: null })).length,
      ),
    )
    expect(new Set(lengths).size).toBe(1)
  })

  test('any byte changed, in any way, is refused', async () => {
    for (const text of [known.signed, known.unsigned]) {
      const file = armor.decode(text)
      const found: string[] = []
      for (let at = 0; at < file.length; at++) {
        const changed = file.slice()
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
        const reason = await why(sharing.open(bob, armor.encode(changed), about))
        if (reason !== 'damaged' && reason !== 'not-for-you') found.push(`${String(at)}: ${reason}`)
      }
      expect(found).toEqual([])
    }
  })

  test('any character changed, lost or added in its text form is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: known.signed.length - 1 }),
        fc.integer({ min: 1, max: 127 }),
        fc.constantFrom('change', 'lose', 'add'),
        async (at, by, how) => {
          const one = String.fromCharCode((known.signed.charCodeAt(at) ^ by) & 127)
          const middle = { change: one, lose: '', add: `${known.signed.charAt(at)}${one}` }[how]
          const text = known.signed.slice(0, at) + middle + known.signed.slice(at + 1)
          if (text !== known.signed)
            expect(await why(sharing.open(bob, text, about))).toMatch(/^(damaged|not-for-you)$/)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('every shorter file is refused', async () => {
    const file = armor.decode(known.signed)
    for (let length = 0; length < file.length; length += 3)
      expect(await why(sharing.open(bob, armor.encode(file.slice(0, length)), about))).toMatch(
        /^(damaged|not-for-you)$/,
      )
  })

  test('the wrong key, another secret, another version, another label: each is told apart', async () => {
    expect(await why(sharing.open(carol, known.signed, about))).toBe('not-for-you')
    expect(await why(sharing.open(bob, known.signed, { ...about, id: crypto.randomUUID() }))).toBe('swapped')
    expect(await why(sharing.open(bob, known.signed, { ...about, workspace: crypto.randomUUID() }))).toBe(
      'swapped',
    )
    expect(await why(sharing.open(bob, known.signed, { ...about, version: 4 }))).toBe('other-version')
    expect(await why(sharing.open(bob, known.signed, { ...about, least: 4 }))).toBe('older')
    expect(await why(sharing.open(bob, known.signed, { ...about, least: 3 }))).toBe('opened')
    expect(await why(sharing.open(bob, known.signed, { ...about, label: 'Another' }))).toBe('relabelled')
    expect(await why(sharing.open(bob, known.signed, { ...about, kind: 'note' }))).toBe('relabelled')
  })

  test('whoever can read cannot write in another one’s name', async () => {
    const decrypter = new Decrypter()
    decrypter.addIdentity(bob.identity)
    const plain = await decrypter.decrypt(armor.decode(known.signed), 'text')
    const again = async (text: string, ...to: sharing.OpenVault[]) => {
      const encrypter = new Encrypter()
      for (const vault of to) encrypter.addRecipient(vault.recipient)
      return armor.encode(await encrypter.encrypt(text))
    }
    // Untouched it opens: the reader holds everything but the sender's key.
    expect(await why(sharing.open(bob, await again(plain, bob), about))).toBe('opened')
    expect(await why(sharing.open(bob, await again(plain.replace('EAAB', 'EAAC'), bob), about))).toBe(
      'forged',
    )
    expect(
      await why(
        sharing.open(bob, await again(plain.replace('"version":3', '"version":4'), bob), {
          ...about,
          version: 4,
        }),
      ),
    ).toBe('forged')
    // Passed on to somebody whom the sender did not write to.
    expect(await why(sharing.open(carol, await again(plain, carol), about))).toBe('forged')
    // Another signature, none, or a name without one.
    const lines = plain.split('\n')
    const line = (at: number, text: string) =>
      lines.map((old, index) => (index === at ? text : old)).join('\n')
    expect(await why(sharing.open(bob, await again(line(2, '-'), bob), about))).toBe('forged')
    expect(await why(sharing.open(bob, await again(line(2, 'A'.repeat(86)), bob), about))).toBe('forged')
    expect(await why(sharing.open(bob, await again(line(0, 'guestlist-secret/2'), bob), about))).toBe(
      'damaged',
    )
    expect(await why(sharing.open(bob, await again('nothing of ours', bob), about))).toBe('damaged')
  })
})

describe('Pins', () => {
  test('hold for this vault, workspace, person and fingerprint alone', async () => {
    const { pin } = known
    expect(await sharing.pinHolds(alice, about.workspace, pin)).toBe(true)
    expect(await sharing.pinHolds(bob, about.workspace, pin)).toBe(false)
    expect(await sharing.pinHolds(alice, crypto.randomUUID(), pin)).toBe(false)
    expect(await sharing.pinHolds(alice, about.workspace, { ...pin, about: 'somebody-else' })).toBe(false)
    const other = await sharing.fingerprint(carol)
    expect(await sharing.pinHolds(alice, about.workspace, { ...pin, fingerprint: other })).toBe(false)
    expect(await sharing.pinHolds(alice, about.workspace, { ...pin, code: 'not base64 at all' })).toBe(false)
  })

  test('a fingerprint changes with either key', async () => {
    const one = await sharing.fingerprint(bob)
    expect(one).toMatch(/^\d{5}( \d{5}){7}$/)
    expect(await sharing.fingerprint({ ...bob, signing: carol.signing })).not.toBe(one)
    expect(await sharing.fingerprint({ ...bob, recipient: carol.recipient })).not.toBe(one)
  })
})

const tool = spawnSync('age', ['--version']).status === 0

describe('What leaves the vault opens with public tools', () => {
  test('a secret exported for the vault’s key, with the key’s own file', async () => {
    const file = await sharing.exported(alice, value)
    const decrypter = new Decrypter()
    decrypter.addPassphrase(known.passphrase)
    const keyFile = await decrypter.decrypt(armor.decode(known.passphraseFile), 'text')
    expect(keyFile).toBe(`# public key: ${alice.recipient}\n${alice.identity}\n`)
    if (tool) {
      const folder = mkdtempSync(join(tmpdir(), 'guestlist-age-'))
      try {
        writeFileSync(join(folder, 'key.txt'), keyFile, { mode: 0o600 })
        const opened = spawnSync('age', ['-d', '-i', join(folder, 'key.txt')], {
          input: file,
          encoding: 'utf8',
        })
        expect(opened).toMatchObject({ status: 0, stdout: value })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    } else {
      process.stderr.write('age is not installed: 1 export was opened with the library instead\n')
      const plain = new Decrypter()
      plain.addIdentity(alice.identity)
      expect(await plain.decrypt(armor.decode(file), 'text')).toBe(value)
    }
    const old = new Decrypter()
    old.addIdentity(bob.identity)
    expect(await old.decrypt(armor.decode(known.exported), 'text')).toBe(value)
  })
})
