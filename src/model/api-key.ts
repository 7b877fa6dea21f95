// API keys: what a program may do in a workspace, and never more than its maker may at that moment.
import { z } from 'zod'
import type { Action } from './can.ts'

export const keyScopes = ['read', 'check', 'export', 'manage'] as const
export const KeyScope = z.enum(keyScopes)
export type KeyScope = z.infer<typeof KeyScope>

/**
 * What each scope gives. An action that stands nowhere here can never be done with a key: identity, keys, roles, ownership, secrets and
 * setup are left to people.
 */
const table: Record<KeyScope, readonly Action[]> = {
  read: ['workspace.see', 'console.see', 'audit.read'],
  check: ['check.start', 'job.stop-own', 'job.stop-any'],
  export: ['export.make'],
  manage: ['connection.manage', 'partner.connect', 'request.send', 'proposal.decide', 'automation.manage'],
}

export const keyScopeLabels: Record<KeyScope, string> = {
  read: 'Read',
  check: 'Check for updates',
  export: 'Export',
  manage: 'Manage',
}

export const keyScopeHelp: Record<KeyScope, string> = {
  read: 'See apps, partners, people, assets, changes and automation; the activity log where its maker may.',
  check: 'Start a check for updates, retry and cancel.',
  export: 'Take lists as CSV files.',
  manage: 'Change apps, connect and disconnect partners, decide about held removals.',
}

/** True where one of the scopes gives the action. The maker's role is asked as well (can.ts). */
export function scopesGive(scopes: readonly KeyScope[], action: Action): boolean {
  return scopes.some((scope) => table[scope].includes(action))
}

/** The scope that gives an action; null where no key may do it. */
export function scopeOf(action: Action): KeyScope | null {
  return keyScopes.find((scope) => table[scope].includes(action)) ?? null
}

/** What every key begins with, so that one that leaked is found by its look. */
export const KEY_START = 'glk_'

/** Days that a key may live at most, where it has an end at all; and live keys that a workspace may have. */
export const KEY_DAYS = 366
export const MOST_KEYS = 100

export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** `glk_` and four characters: what is shown of it. */
  prefix: z.string(),
  scopes: z.array(KeyScope),
  madeBy: z.object({ id: z.string(), name: z.string() }),
  createdAt: z.string(),
  /** Null: no end of its own. */
  expiresAt: z.string().nullable(),
  /** To the minute. */
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  /** `ended`: its maker is no longer a member. */
  state: z.enum(['active', 'expired', 'revoked', 'ended']),
})
export type ApiKey = z.infer<typeof ApiKey>
