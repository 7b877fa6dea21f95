// Writes of a simulator that outlive it: one change per line, made again at the next start on the same seed.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { applyChange } from './changes.ts'
import type { WorldChange } from './changes.ts'
import { NotInWorld } from './world.ts'
import type { World } from './world.ts'

/**
 * Makes every change of a journal again and returns how many were made. Passed over: a last line that a crash cut off (the file is
 * put right), and changes of things that this world does not have, as after a release that seeds another one.
 */
export function replay(world: World, path: string): number {
  if (!existsSync(path)) return 0
  const text = readFileSync(path, 'utf8')
  const end = text.lastIndexOf('\n') + 1
  if (end < text.length) writeFileSync(path, text.slice(0, end))
  let made = 0
  for (const line of text.slice(0, end).split('\n')) {
    if (line === '') continue
    try {
      applyChange(world, JSON.parse(line) as WorldChange)
      made++
    } catch (error) {
      if (!(error instanceof NotInWorld)) throw error
    }
  }
  return made
}

/** Adds a completed change. Holds ids and labels, never a token's text. */
export function record(path: string, change: WorldChange): void {
  appendFileSync(path, `${JSON.stringify(change)}\n`, { mode: 0o600 })
}
