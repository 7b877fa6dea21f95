// What a browser does with secrets: fetch and open, encrypt and send. The server is given encrypted files alone.
import type {
  Claimed,
  OwnVault,
  Pin,
  PublicKey,
  Recipient,
  Secret,
  SecretKind,
  SecretRole,
} from '../src/model/secret.ts'
import { addSecret, changeSecret, fetchSealed } from './actions.ts'
import type { OpenVault } from './vault.ts'
import { sharing } from './vault.ts'

/** Somebody who is to have a secret; `key` is null for a sender without a vault. */
export interface Person {
  userId: string
  name: string
  role: SecretRole
  key: Recipient['key']
}

/** How far the reader may trust somebody's key. `changed`: it is another one than they confirmed, or the note about it was tampered with. */
export type Trust = 'own' | 'confirmed' | 'new' | 'changed'

export interface KeyState {
  fingerprint: string
  trust: Trust
}

/** What the reader knows about keys: their own vault while it is unlocked, and the fingerprints that they confirmed with it. */
export interface Knowledge {
  workspace: string
  me: string
  vault: OpenVault | null
  pins: readonly Pin[]
}

/** The same with the vault unlocked. */
export type Unlocked = Knowledge & { vault: OpenVault }

/** The fingerprint of somebody's key, and whether the reader has confirmed it. */
export async function keyState(known: Knowledge, userId: string, key: PublicKey): Promise<KeyState> {
  const lib = await sharing()
  const fingerprint = await lib.fingerprint(key)
  // Unlocking proves that the own key is the server's; while it is locked nothing is encrypted in the reader's name.
  if (userId === known.me)
    return { fingerprint, trust: (known.vault?.signing ?? key.signing) === key.signing ? 'own' : 'changed' }
  const pin = known.pins.find(({ about }) => about === userId)
  if (pin === undefined || known.vault === null) return { fingerprint, trust: 'new' }
  const holds = pin.fingerprint === fingerprint && (await lib.pinHolds(known.vault, known.workspace, pin))
  return { fingerprint, trust: holds ? 'confirmed' : 'changed' }
}

/**
 * True where nothing may be encrypted to somebody yet: their key changed, or it came among the people without the writer's doing.
 * `vouched`: age recipients that the version before was encrypted to, or that the writer chose or looked at now.
 */
export function needsLook(state: KeyState | undefined, person: Person, vouched: readonly string[]): boolean {
  if (person.key === null) return false
  if (state === undefined || state.trust === 'changed') return true
  return state.trust === 'new' && !vouched.includes(person.key.recipient)
}

/** Throws where somebody's key must be looked at first. Asked before each encryption: the vault may have been locked until then. */
export async function demandLooked(
  known: Knowledge,
  people: readonly Person[],
  vouched: readonly string[],
): Promise<void> {
  for (const person of people) {
    const state = person.key === null ? undefined : await keyState(known, person.userId, person.key)
    if (needsLook(state, person, vouched))
      throw new Error(
        `Nothing was encrypted: the key of ${person.name} is not one that you know. Choose Edit, compare its fingerprint with them, then try again.`,
      )
  }
}

/** A secret's version that was opened here. */
export interface Shown {
  claimed: Claimed
  value: string
  /** Who wrote it, as the server says. */
  by: string
  /** Who signed it, and how far that key can be trusted; null: sender not proven. */
  from: { user: string; state: KeyState } | null
  /** age recipients that it was encrypted to. */
  to: string[]
}

const SEEN = 'guestlist.secrets.seen'

/** The newest version of each secret that was opened in this browser: ids and numbers, so that an older one is noticed. */
function seenVersions(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(SEEN) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}

function noteSeen(id: string, version: number): void {
  try {
    const seen = seenVersions()
    localStorage.setItem(SEEN, JSON.stringify({ ...seen, [id]: Math.max(seen[id] ?? 0, version) }))
  } catch {
    // Without storage an older version is noticed by its number alone.
  }
}

/** Fetches and opens a version (the present one, unless another is asked for). Throws ApiError, or SealedError with its sentence. */
export async function openSecret(known: Unlocked, secret: Secret, version?: number): Promise<Shown> {
  const lib = await sharing()
  const got = await fetchSealed(known.workspace, secret.id, version)
  // Of the version that the reader sees, the label that they see; one that was written since brings its own.
  const { label, kind } = got.version === secret.version ? secret : got
  const claimed = { workspace: known.workspace, id: secret.id, version: version ?? got.version, label, kind }
  const least = version === undefined ? Math.max(secret.version, seenVersions()[secret.id] ?? 0) : 0
  const { value, from, to } = await lib.open(known.vault, got.sealed, { ...claimed, least })
  if (version === undefined) noteSeen(secret.id, got.version)
  const signer = from && { user: from.user, state: await keyState(known, from.user, from) }
  return { claimed, value, by: got.by, from: signer, to }
}

interface Content {
  label: string
  kind: SecretKind
  value: string
}

async function sealed(known: Knowledge, claimed: Claimed, value: string, people: readonly Person[]) {
  const lib = await sharing()
  const to = people.flatMap(({ key }) => key?.recipient ?? [])
  const from = known.vault && { user: known.me, vault: known.vault }
  return {
    label: claimed.label,
    kind: claimed.kind,
    sealed: await lib.seal({ ...claimed, value, to, from }),
    members: people.map(({ userId, role, key }) => ({ userId, role, vaultId: key?.vaultId ?? null })),
  }
}

/** Encrypts a new secret to its people and stores it. */
export async function createSecret(
  known: Knowledge,
  content: Content,
  people: readonly Person[],
  expiresAt: string | null,
): Promise<Secret> {
  const { label, kind, value } = content
  const claimed = { workspace: known.workspace, id: crypto.randomUUID(), version: 1, label, kind }
  const version = await sealed(known, claimed, value, people)
  const made = await addSecret(known.workspace, { id: claimed.id, ...version, expiresAt })
  if (known.vault !== null) noteSeen(made.id, 1)
  return made
}

/** Encrypts the next version to its people and stores it. Null where the writer is none of them any more. */
export async function writeVersion(
  known: Knowledge,
  secret: Secret,
  content: Content,
  people: readonly Person[],
  restores?: number,
): Promise<Secret | null> {
  const { label, kind, value } = content
  const claimed = { workspace: known.workspace, id: secret.id, version: secret.version + 1, label, kind }
  const version = await sealed(known, claimed, value, people)
  const base = secret.version
  const made = await changeSecret(known.workspace, secret.id, {
    ...version,
    base,
    ...(restores === undefined ? {} : { restores }),
  })
  if (known.vault !== null) noteSeen(secret.id, claimed.version)
  return made
}

/** The people of a secret with their present keys, as far as the reader may know them. */
export function peopleOf(
  secret: Secret,
  me: string,
  own: OwnVault | null,
  recipients: readonly Recipient[],
): Person[] {
  const keys = new Map(recipients.map(({ userId, key }) => [userId, key]))
  return secret.members.map(({ userId, name, role }) => ({
    userId,
    name,
    role,
    key: userId === me ? ownKey(own) : (keys.get(userId) ?? null),
  }))
}

/** The reader's own key, in the form of everybody's. */
export function ownKey(own: OwnVault | null): Recipient['key'] {
  return own && { vaultId: own.id, recipient: own.recipient, signing: own.signing, madeAt: own.madeAt }
}

/** Gives a file to the reader, made in this browser. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
