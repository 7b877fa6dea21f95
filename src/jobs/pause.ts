// A wait that a signal ends early.

/** Longer than setTimeout can count, a wait would end at once. */
const LONGEST_MS = 2_000_000_000

/** Waits so many milliseconds (24 days at most); ends early, without throwing, when the signal is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal?.aborted === true) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(ms, LONGEST_MS))
    signal?.addEventListener('abort', end)
  })
}
