// Waits that a signal ends early.

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

/** How often a long wait looks at the clock, which may have been set. */
const LOOK_MS = 10_000
/** Further off than any wait of a job lies what was planned before the clock went back. */
const FURTHEST_MS = 86_400_000

/** Waits until a moment has come by the clock, or as much time has passed as was to pass when the wait began: whichever is first. */
export async function pauseUntil(
  at: number,
  clock: { now: () => number; factor: number },
  signal: AbortSignal,
): Promise<void> {
  const ends = performance.now() + Math.min(at - clock.now(), FURTHEST_MS) / clock.factor
  while (!signal.aborted && clock.now() < at && performance.now() < ends)
    await pause(Math.min(ends - performance.now(), LOOK_MS), signal)
}
