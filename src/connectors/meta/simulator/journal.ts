// Writes of a simulator that outlive it: one change per line, made again at the next start on the same seed.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { applyChange } from './changes.ts'
import type { WorldChange } from './changes.ts'
import type { World } from './world.ts'

/** Makes every change of a journal again. A last line that was cut off by a crash is passed over; any other bad line throws. */
export function replay(world: World, path: string): number {
  if (!existsSync(path)) return 0
  const lines = readFileSync(path, 'utf8').split('\n')
  const cut = lines.pop()
  for (const line of lines) if (line !== '') applyChange(world, JSON.parse(line) as WorldChange)
  return lines.length + (cut === '' ? 0 : 1)
}

/** Adds a completed change. Holds ids and labels, never a token's text. */
export function record(path: string, change: WorldChange): void {
  appendFileSync(path, `${JSON.stringify(change)}\n`, { mode: 0o600 })
}
