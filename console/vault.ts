// The reader's unlocked vault: in memory alone, for one workspace at a time. It locks after 15 idle minutes, on a reload, when another
// workspace is opened and when the session ends. The cryptography is loaded when it is first needed.
import { useEffect, useSyncExternalStore } from 'react'
import type { OpenVault } from '../src/vault/sharing.ts'

export type { OpenVault } from '../src/vault/sharing.ts'

/** Everything that encrypts and opens: a file of its own, which the first page does not need. */
export const sharing = () => import('../src/vault/sharing.ts')

const IDLE_MS = 15 * 60_000
const LOOK_MS = 5_000
const signs = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const

let held: { workspace: string; vault: OpenVault } | null = null
let lastSign = 0
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function noteSign(): void {
  lastSign = Date.now()
}

/** Keeps an unlocked vault for this workspace until it locks. */
export function holdVault(workspace: string, vault: OpenVault): void {
  lockVault()
  held = { workspace, vault }
  noteSign()
  for (const sign of signs) addEventListener(sign, noteSign, { capture: true, passive: true })
  timer = setInterval(() => {
    if (Date.now() - lastSign >= IDLE_MS) lockVault()
  }, LOOK_MS)
  tell()
}

/** Forgets the private key. What it had opened leaves the screen with it. */
export function lockVault(): void {
  if (held === null) return
  held = null
  clearInterval(timer)
  for (const sign of signs) removeEventListener(sign, noteSign, { capture: true })
  tell()
}

function tell(): void {
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The reader's vault of this workspace while it is unlocked; null while it is locked. */
export function useOpenVault(workspace: string): OpenVault | null {
  const now = useSyncExternalStore(listen, () => held)
  const other = now !== null && now.workspace !== workspace
  useEffect(() => {
    if (other) lockVault()
  }, [other])
  return now === null || other ? null : now.vault
}

const CLEAR_MS = 30_000
let clearing: ReturnType<typeof setTimeout> | undefined

/**
 * Copies a secret text and empties the clipboard after half a minute. A clipboard that the browser does not let go of in the background
 * is emptied when the reader comes back.
 */
export async function copySecret(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
  clearTimeout(clearing)
  clearing = setTimeout(() => void clearClipboard(), CLEAR_MS)
}

async function clearClipboard(): Promise<void> {
  try {
    await navigator.clipboard.writeText('')
  } catch {
    addEventListener('focus', () => void navigator.clipboard.writeText('').catch(() => undefined), {
      once: true,
    })
  }
}
