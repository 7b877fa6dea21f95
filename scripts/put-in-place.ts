// Moves a folder that was just made to where it belongs, also where several starts of the program do so at once.
import { existsSync, renameSync, rmSync } from 'node:fs'

const TRIES = 100

/** `isThere`: whether what belongs there is there already, by somebody else who was faster; then the fresh one is dropped. */
export function putInPlace(fresh: string, target: string, isThere: () => boolean): void {
  for (let tries = 1; ; tries++) {
    try {
      if (isThere()) rmSync(fresh, { recursive: true, force: true })
      else {
        rmSync(target, { recursive: true, force: true })
        renameSync(fresh, target)
      }
      return
    } catch (error) {
      // Between the two steps another one was put there.
      if (tries === TRIES || !existsSync(fresh)) throw error
    }
  }
}
