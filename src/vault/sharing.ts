// End-to-end secrets: keys are made, wrapped and used here, in a browser (or in Node for the tests), and nowhere else. age files for
// everything that is encrypted, WebCrypto for signatures and codes; nothing home-made. The one file of the vault that the console takes.
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { SECRET_LIMITS, sealedTroubles } from '../model/secret.ts'
import type { Claimed, Pin, PublicKey, SealedTrouble } from '../model/secret.ts'

/** A refusal to open or to seal, with its reason; the message is the sentence for people. */
export class SealedError extends Error {
  readonly reason: SealedTrouble
  constructor(reason: SealedTrouble) {
    super(sealedTroubles[reason])
    this.name = 'SealedError'
    this.reason = reason
  }
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** An unlocked vault. It stands in memory alone; whoever holds it can open and sign everything of its owner. */
export interface OpenVault extends PublicKey {
  /** age's private key, as text. */
  readonly identity: string
  readonly signer: Key
  readonly pinKey: Key
}

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Throws where the text is not base64url. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
}

// ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** 32 bytes for one use, from the private key (HKDF, SHA-256). */
async function derived(identity: string, use: 'sign' | 'pin'): Promise<Uint8Array<ArrayBuffer>> {
  const root = await crypto.subtle.importKey('raw', bytesOf(identity), 'HKDF', false, ['deriveBits'])
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: bytesOf(`guestlist/vault/${use}/1`),
  }
  return new Uint8Array(await crypto.subtle.deriveBits(how, root, 256))
}

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Uint8Array.from([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32])

async function signerOf(identity: string): Promise<{ signer: Key; signing: string }> {
  const pkcs8 = Uint8Array.from([...PKCS8, ...(await derived(identity, 'sign'))])
  try {
    const open = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
    const { x } = await crypto.subtle.exportKey('jwk', open)
    const signer = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign'])
    return { signer, signing: x ?? '' }
  } catch {
    throw new SealedError('old-browser')
  } finally {
    pkcs8.fill(0)
  }
}

/** The vault of a private key in age's form. All that it can do follows from this one text. */
export async function vaultOf(identity: string): Promise<OpenVault> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const pinKey = await crypto.subtle.importKey('raw', await derived(identity, 'pin'), hmac, false, [
    'sign',
    'verify',
  ])
  return { identity, recipient: await identityToRecipient(identity), ...(await signerOf(identity)), pinKey }
}

/** A new vault with a key of its own. */
export async function newVault(): Promise<OpenVault> {
  return vaultOf(await generateX25519Identity())
}

// ── The private key at rest ──────────────────────────────────────────────────────────────────────────────────────────

/** scrypt with 2^16 rounds: about a second in a browser. A recovery key is random, so that few rounds do. */
const PASSPHRASE_WORK = 16
const RECOVERY_WORK = 10

async function wrapped(vault: OpenVault, passphrase: string, work: number): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(work)
  // The form that age-keygen writes, so that the file serves the public tool as an identity file.
  return armor.encode(await encrypter.encrypt(`# public key: ${vault.recipient}\n${vault.identity}\n`))
}

/** The private key under a passphrase, as an age file. */
export function wrapWithPassphrase(vault: OpenVault, passphrase: string): Promise<string> {
  return wrapped(vault, passphrase.normalize('NFC'), PASSPHRASE_WORK)
}

/** The private key under a recovery key, as another age file. */
export function wrapWithRecoveryKey(vault: OpenVault, recoveryKey: string): Promise<string> {
  return wrapped(vault, recoveryKey, RECOVERY_WORK)
}

async function unwrapped(file: string, passphrase: string, expected: PublicKey, wrong: SealedTrouble) {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  const text = await decrypter.decrypt(dearmored(file), 'text').catch((error: unknown) => {
    throw new SealedError(notMine(error) ? wrong : 'damaged')
  })
  const identity = text.split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-1'))
  if (identity === undefined) throw new SealedError('damaged')
  const vault = await vaultOf(identity)
  if (vault.recipient !== expected.recipient || vault.signing !== expected.signing)
    throw new SealedError('other-vault')
  return vault
}

/** Throws `wrong-passphrase`, `damaged`, or `other-vault` where the key inside is not the one that the server shows. */
export function unlock(file: string, passphrase: string, expected: PublicKey): Promise<OpenVault> {
  return unwrapped(file, passphrase.normalize('NFC'), expected, 'wrong-passphrase')
}

/** The same with the recovery key, in whatever way it was typed. */
export async function recover(file: string, typed: string, expected: PublicKey): Promise<OpenVault> {
  const recoveryKey = readRecoveryKey(typed)
  if (recoveryKey === null) throw new SealedError('wrong-recovery-key')
  return unwrapped(file, recoveryKey, expected, 'wrong-recovery-key')
}

/** Crockford's base32: no letter that looks like a digit. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 160 random bits as eight groups of four, to be printed. */
export function newRecoveryKey(): string {
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => LETTERS.charAt(byte & 31))
  return grouped(letters.join(''))
}

const grouped = (text: string) => (text.match(/.{4}/g) ?? []).join('-')

/** A recovery key as it was printed; null where what was typed cannot be one. */
export function readRecoveryKey(typed: string): string | null {
  const letters = typed.toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1').replaceAll(/[\s-]/g, '')
  return letters.length === 32 && [...letters].every((letter) => LETTERS.includes(letter))
    ? grouped(letters)
    : null
}

// ── Whom to trust ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Eight blocks of five digits that two people can read to each other: of both public keys at once (SHA-512). */
export async function fingerprint(key: PublicKey): Promise<string> {
  const text = `guestlist/vault/fingerprint/1\n${key.recipient}\n${key.signing}`
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-512', bytesOf(text)))
  const blocks = Array.from({ length: 8 }, (_, block) =>
    hash.slice(block * 5, block * 5 + 5).reduce((sum, byte) => sum * 256 + byte, 0),
  )
  return blocks.map((block) => String(block % 100_000).padStart(5, '0')).join(' ')
}

const pinned = (workspace: string, pin: Omit<Pin, 'code'>) =>
  bytesOf(JSON.stringify(['guestlist/pin/1', workspace, pin.about, pin.fingerprint]))

/** A fingerprint that the vault's owner has confirmed, with the code that only this vault can make. */
export async function pin(vault: OpenVault, workspace: string, of: Omit<Pin, 'code'>): Promise<Pin> {
  const code = await crypto.subtle.sign('HMAC', vault.pinKey, pinned(workspace, of))
  return { ...of, code: base64url(new Uint8Array(code)) }
}

/** True where this vault made the pin, for this workspace and this person. */
export async function pinHolds(vault: OpenVault, workspace: string, of: Pin): Promise<boolean> {
  try {
    return await crypto.subtle.verify('HMAC', vault.pinKey, fromBase64url(of.code), pinned(workspace, of))
  } catch {
    return false
  }
}

// ── Secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────
// What is encrypted: a line with the format's name, a line of JSON (the statement), a line with the signature over both and the value
// ('-' where there is none), the value, and blanks up to a round length, which hides how long a password is.

const FORMAT = 'guestlist-secret/1'
const ROUND = 512

interface Statement extends Claimed {
  at: string
  /** Who signed it; null where the sender has no vault. */
  from: ({ user: string } & PublicKey) | null
  /** age recipients: everybody whom the sender encrypted this to. */
  to: string[]
  /** Bytes of the value. */
  bytes: number
}

export interface Opened {
  value: string
  at: string
  /** Null: sender not proven. Otherwise the signature is right, and the key is as trustworthy as its fingerprint. */
  from: ({ user: string } & PublicKey) | null
  to: string[]
}

export interface Sealing extends Claimed {
  value: string
  /** age recipients of everybody who shall open it. */
  to: readonly string[]
  /** The sender's unlocked vault; null leaves the sender unproven. */
  from: { user: string; vault: OpenVault } | null
}

/** Encrypts a value to its recipients, with what it is said inside. Throws `too-long`. */
export async function seal(sealing: Sealing): Promise<string> {
  const { value, to, from, workspace, id, version, label, kind } = sealing
  if (value.length > SECRET_LIMITS.value) throw new SealedError('too-long')
  const bytes = bytesOf(value)
  const statement: Statement = {
    ...{ workspace, id, version, label, kind },
    at: new Date().toISOString(),
    from: from && { user: from.user, recipient: from.vault.recipient, signing: from.vault.signing },
    to: [...to],
    bytes: bytes.length,
  }
  const head = bytesOf(`${FORMAT}\n${JSON.stringify(statement)}\n`)
  const signature =
    from === null
      ? '-'
      : base64url(new Uint8Array(await crypto.subtle.sign('Ed25519', from.vault.signer, joined(head, bytes))))
  const plain = joined(head, bytesOf(`${signature}\n`), bytes)
  const blanks = new Uint8Array((ROUND - (plain.length % ROUND)) % ROUND)
  return encrypted(joined(plain, blanks), to)
}

async function encrypted(plain: Uint8Array | string, to: readonly string[]): Promise<string> {
  const encrypter = new Encrypter()
  for (const recipient of to) encrypter.addRecipient(recipient)
  return armor.encode(await encrypter.encrypt(plain))
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Opens a secret, and takes it only for what was asked: this secret, this version, this label. `least`: the newest version that was
 * seen before. Throws SealedError with the reason.
 */
export async function open(
  vault: OpenVault,
  sealed: string,
  asked: Claimed & { least?: number },
): Promise<Opened> {
  const { statement, head, signature, bytes } = parted(await decrypted(vault, sealed))
  if (statement.workspace !== asked.workspace || statement.id !== asked.id) throw new SealedError('swapped')
  if (statement.version !== asked.version) throw new SealedError('other-version')
  if (asked.version < (asked.least ?? 0)) throw new SealedError('older')
  if (statement.label !== asked.label || statement.kind !== asked.kind) throw new SealedError('relabelled')
  // Signed for others and passed on: the signature does not speak to this reader.
  if (!statement.to.includes(vault.recipient)) throw new SealedError('forged')
  if (!(await isSigned(statement.from, signature, joined(head, bytes)))) throw new SealedError('forged')
  return { value: textOf(bytes), at: statement.at, from: statement.from, to: statement.to }
}

async function decrypted(vault: OpenVault, sealed: string): Promise<Uint8Array> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(vault.identity)
  return decrypter.decrypt(dearmored(sealed)).catch((error: unknown) => {
    throw new SealedError(notMine(error) ? 'not-for-you' : 'damaged')
  })
}

/** The library's own words where no key fits. */
function notMine(error: unknown): boolean {
  return error instanceof Error && error.message.includes('no identity matched')
}

/** The file's bytes; only the one way to write them as text is taken. */
function dearmored(text: string): Uint8Array {
  try {
    const file = armor.decode(text)
    if (armor.encode(file) === text) return file
  } catch {
    // Told below.
  }
  throw new SealedError('damaged')
}

function parted(plain: Uint8Array) {
  const ends = [0, 0, 0]
  for (let line = 0; line < 3; line++) ends[line] = plain.indexOf(10, (ends[line - 1] ?? -1) + 1)
  const [first = -1, second = -1, third = -1] = ends
  try {
    if (first < 0 || second < 0 || third < 0) throw new Error('lines are missing')
    if (textOf(plain.subarray(0, first)) !== FORMAT) throw new Error('another format')
    const statement = JSON.parse(textOf(plain.subarray(first + 1, second))) as Statement
    const value = plain.subarray(third + 1)
    const [bytes, rest] = [value.slice(0, statement.bytes), value.subarray(statement.bytes)]
    if (bytes.length !== statement.bytes || rest.some((byte) => byte !== 0)) throw new Error('another length')
    return {
      statement,
      head: plain.slice(0, second + 1),
      signature: textOf(plain.subarray(second + 1, third)),
      bytes,
    }
  } catch {
    throw new SealedError('damaged')
  }
}

/** True for a right signature, and for none where none is claimed. */
async function isSigned(
  from: Statement['from'],
  signature: string,
  over: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (from === null) return signature === '-'
  try {
    const key = await crypto.subtle.importKey('raw', fromBase64url(from.signing), 'Ed25519', false, [
      'verify',
    ])
    return await crypto.subtle.verify('Ed25519', key, fromBase64url(signature), over)
  } catch {
    return false
  }
}

/** A value alone as an age file for the vault's own key: what the public tool opens with the exported key. */
export function exported(vault: OpenVault, value: string): Promise<string> {
  return encrypted(value, [vault.recipient])
}
