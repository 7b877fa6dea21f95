// The engine's queue plans its next look by the wall clock. Where that goes back, it would take no work until the old time has come again: its
// loop is begun anew.

const LOOK_MS = 1_000
/** Less is no more than a late look. */
const BACK_MS = 500

interface Runner<A extends unknown[]> {
  dispatchLoop(...args: A): Promise<void>
  stop(): void
}

/** To be called before the loop begins; `onBack` is told each time. Gives what ends it, to be called before the loop is stopped for good. */
export function followClock<A extends unknown[]>(runner: Runner<A>, onBack: () => void): () => void {
  const loop = (Object.getPrototypeOf(runner) as Runner<A>).dispatchLoop
  const state = { again: false, over: false }
  const goesOn = () => state.again && !state.over
  runner.dispatchLoop = async (...args) => {
    do {
      state.again = false
      await loop.apply(runner, args)
    } while (goesOn())
  }
  const ahead = () => Date.now() - performance.now()
  let before = ahead()
  const timer = setInterval(() => {
    const now = ahead()
    if (now < before - BACK_MS) {
      onBack()
      state.again = true
      runner.stop()
    }
    before = now
  }, LOOK_MS)
  return () => {
    state.over = true
    clearInterval(timer)
  }
}
