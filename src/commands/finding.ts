// What the doctor says of one thing: it is well, it is not and this mends it, or it cannot be told from here.
import { messageOf } from '../lib/message.ts'

export interface Finding {
  check: string
  state: 'ok' | 'problem' | 'cannot tell'
  /** What was found; counts and ids, never a name, a token or a secret. */
  sentence: string
  /** What mends it. */
  fix: string | null
}

export const ok = (check: string, sentence: string): Finding => ({ check, state: 'ok', sentence, fix: null })

export const problem = (check: string, sentence: string, fix: string): Finding => ({
  check,
  state: 'problem',
  sentence,
  fix,
})

export const cannotTell = (check: string, sentence: string): Finding => ({
  check,
  state: 'cannot tell',
  sentence,
  fix: null,
})

/** Runs one check. One that breaks off is a problem of its own: nothing of what it looks at can be said to be well. */
export async function examine(
  check: string,
  fn: () => Promise<Finding | Finding[]> | Finding | Finding[],
): Promise<Finding[]> {
  try {
    return [await fn()].flat()
  } catch (error) {
    return [problem(check, `The check broke off: ${messageOf(error)}`, 'Mend that, then run doctor again.')]
  }
}
