// End-to-end encrypted secrets: what they are, who may open them, and every reason why one does not open. The server knows labels,
// people and public keys; a value exists in browsers alone.
import { z } from 'zod'

export const secretKinds = ['note', 'password', 'partner-token'] as const
export const SecretKind = z.enum(secretKinds)
export type SecretKind = z.infer<typeof SecretKind>
export const secretKindLabels: Record<SecretKind, string> = {
  note: 'Note',
  password: 'Password',
  'partner-token': 'Partner token',
}

/** An owner shares, removes access and deletes; a collaborator opens and changes. */
export const secretRoles = ['owner', 'collaborator'] as const
export const SecretRole = z.enum(secretRoles)
export type SecretRole = z.infer<typeof SecretRole>

/** What one secret may hold, and how many there may be. `sealed`: characters of the encrypted file as text, with room for every alphabet. */
export const SECRET_LIMITS = {
  value: 45_000,
  label: 200,
  people: 50,
  sealed: 210_000,
  versions: 50,
  perPerson: 1_000,
}
export const PASSPHRASE_LEAST = 12
/** Days after which a secret may be set to be deleted, beside a date; and the latest date, from now. */
export const expiryDays = [1, 2, 7, 14, 30] as const
export const EXPIRY_MOST_DAYS = 3_660

/** What the world may know of a vault: whom to encrypt to (age, X25519), and what proves a sender (Ed25519, base64url). */
export const PublicKey = z.object({
  recipient: z.string().regex(/^age1[02-9ac-hj-np-z]{58}$/),
  signing: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type PublicKey = z.infer<typeof PublicKey>

/** An encrypted file as text, in the form that the public `age` tool reads and writes. */
const Armored = z
  .string()
  .startsWith('-----BEGIN AGE ENCRYPTED FILE-----\n')
  .endsWith('-----END AGE ENCRYPTED FILE-----\n')
/** The private key, encrypted to a passphrase or to the recovery key. */
export const WrappedKey = Armored.max(4_000)
export const SealedText = Armored.max(SECRET_LIMITS.sealed)

/** A fingerprint of somebody's public key that one has confirmed; the code proves that one's own vault wrote it. */
export const Pin = z.object({
  about: z.string().min(1).max(100),
  fingerprint: z.string().regex(/^\d{5}( \d{5}){7}$/),
  code: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type Pin = z.infer<typeof Pin>

/** One's own vault, as the server keeps it. */
export const OwnVault = z.object({
  id: z.string(),
  ...PublicKey.shape,
  passphraseFile: z.string(),
  recoveryFile: z.string(),
  madeAt: z.string(),
  pins: z.array(Pin),
})
export type OwnVault = z.infer<typeof OwnVault>

/** Somebody whom the reader may share with; `key` is null where they have no vault. */
export const Recipient = z.object({
  userId: z.string(),
  name: z.string(),
  /** Null for guests, who are told names alone. */
  email: z.string().nullable(),
  role: z.string(),
  /** True for the person who invited the reader. */
  inviter: z.boolean(),
  key: z.object({ vaultId: z.string(), ...PublicKey.shape, madeAt: z.string() }).nullable(),
})
export type Recipient = z.infer<typeof Recipient>

/** Somebody who has a secret. */
export const SecretMember = z.object({
  userId: z.string(),
  name: z.string(),
  role: SecretRole,
  /** False where the present version was not encrypted to the present key: they had no vault then, or made a new one since. */
  canOpen: z.boolean(),
})
export type SecretMember = z.infer<typeof SecretMember>

export const Secret = z.object({
  id: z.string(),
  label: z.string(),
  kind: SecretKind,
  version: z.number(),
  expiresAt: z.string().nullable(),
  createdAt: z.string(),
  changedAt: z.string(),
  changedBy: z.object({ id: z.string(), name: z.string() }),
  /** The reader's own. */
  role: SecretRole,
  canOpen: z.boolean(),
  members: z.array(SecretMember),
})
export type Secret = z.infer<typeof Secret>

export const secretDeeds = ['add', 'change', 'share', 'unshare', 'restore'] as const
export const SecretDeed = z.enum(secretDeeds)
export type SecretDeed = z.infer<typeof SecretDeed>

export const SecretDetails = Secret.extend({
  /** Newest first. */
  versions: z.array(
    z.object({
      version: z.number(),
      at: z.string(),
      by: z.object({ id: z.string(), name: z.string() }),
      deed: SecretDeed,
      label: z.string(),
      kind: SecretKind,
      canOpen: z.boolean(),
    }),
  ),
  /** What happened to it, newest first, for its owners; empty for others. */
  events: z.array(z.object({ at: z.string(), actorName: z.string(), action: z.string() })),
})
export type SecretDetails = z.infer<typeof SecretDetails>

/** What a ciphertext must say of itself to be taken for the secret that was asked for. */
export interface Claimed {
  workspace: string
  id: string
  version: number
  label: string
  kind: SecretKind
}

/** Why something does not open. */
export type SealedTrouble =
  | 'wrong-passphrase'
  | 'wrong-recovery-key'
  | 'other-vault'
  | 'not-for-you'
  | 'damaged'
  | 'swapped'
  | 'other-version'
  | 'older'
  | 'relabelled'
  | 'forged'
  | 'too-long'
  | 'old-browser'

export const sealedTroubles: Record<SealedTrouble, string> = {
  'wrong-passphrase':
    'This is not the passphrase of your vault. Try again, or recover it with your recovery key.',
  'wrong-recovery-key':
    'This is not the recovery key of your vault. Compare it with your copy, group by group.',
  'other-vault':
    'The server shows another public key for your vault than the one inside it. Do not share anything, and tell whoever runs this server.',
  'not-for-you':
    'This does not open with your vault: it was encrypted to another key, or it was changed on the way. Ask its owner to share it with you again.',
  damaged:
    'This was damaged or changed after it was encrypted, so it is not shown. Ask its owner to share it again.',
  swapped:
    'The server gave another secret in place of this one, so it is not shown. Tell whoever runs this server.',
  'other-version':
    'The server gave another version in place of this one, so it is not shown. Tell whoever runs this server.',
  older:
    'The server gave an older version than the one that you have seen in this browser, so it is not shown. Tell whoever runs this server.',
  relabelled:
    'Its label or kind is not the one that was encrypted with it, so it is not shown. Tell whoever runs this server.',
  forged: 'Its signature is wrong: somebody else than the named sender wrote it, so it is not shown.',
  'too-long': `A secret holds at most ${String(SECRET_LIMITS.value)} characters.`,
  'old-browser': 'This browser cannot do the cryptography that vaults need. Update it, or use another one.',
}
