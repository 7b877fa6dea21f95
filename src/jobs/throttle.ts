// How often a job tells how far it is: each telling is a transaction, and a screen that changes more often cannot be read.

const MOST_OFTEN_MS = 250

/** Gives a question that is answered with yes a few times a second at most, for the first time after the first such while. */
export function throttle(): () => boolean {
  let last = performance.now()
  return () => {
    const now = performance.now()
    if (now - last < MOST_OFTEN_MS) return false
    last = now
    return true
  }
}
