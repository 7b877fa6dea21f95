// For whoever watches the process: is it alive, and can it work. Tells nothing else.
import type { Context } from 'hono'
import { answers } from '../store/db.ts'
import type { Parts } from './parts.ts'

const PATIENCE_MS = 2_000

/** Alive: the process answers. */
export function alive(c: Context): Response {
  return c.json({ ok: true })
}

/** Ready: the database answers in time and the engine may take work. 503 otherwise. */
export function ready(parts: Pick<Parts, 'db' | 'engine'>): (c: Context) => Promise<Response> {
  return async (c) => {
    const database = await Promise.race([
      answers(parts.db),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS).unref()),
    ])
    const engine = parts.engine.healthy()
    return c.json({ ready: database && engine, database, engine }, database && engine ? 200 : 503)
  }
}
