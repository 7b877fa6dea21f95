// When a refusal is answered: at the same time whatever it took, and a success at once.
import { expect, test } from 'vitest'
import { atRoundTimes } from './round-times.ts'

/** A clock that moves only where somebody waits. `off`: by how much its timers are late. */
function standing(off = 0) {
  let at = 5_000
  const spend = (ms: number) => Promise.resolve(void (at += ms))
  return {
    now: () => at,
    sleep: (ms: number) => spend(Math.max(Math.trunc(ms) + off, 0.1)),
    turn: () => spend(0.001),
    spend,
  }
}

/** What a run of so many milliseconds takes until it is answered. `check`: what a check of a password takes on this machine. */
async function answered(ms: number, { fails = true, check = 60, off = 0 } = {}): Promise<number> {
  const clock = standing(off)
  const refusing = atRoundTimes(() => clock.spend(check), clock)
  // Measured before: the first refusal is the only one that waits for it.
  await refusing(() => Promise.reject(new Error('no'))).catch(() => undefined)
  const came = clock.now()
  const run = refusing(async () => {
    await clock.spend(ms)
    if (fails) throw new Error('no')
  })
  if (fails) await expect(run).rejects.toThrow('no')
  else await run
  return clock.now() - came
}

test('A wrong password was refused 0.27 ms later where there is an account: both are refused at one time', async () => {
  expect(await answered(62.4)).toBeCloseTo(180)
  expect(await answered(62.67)).toBeCloseTo(180)
  // What a limit refuses at once, and what a busy machine was slow with.
  expect(await answered(1)).toBeCloseTo(180)
  expect(await answered(200)).toBeCloseTo(360)
})

test('What succeeds is answered at once', async () => {
  expect(await answered(62.4, { fails: false })).toBeCloseTo(62.4)
})

test.each([-1, -0.4, 0.4])('A timer that is off by %s ms does not change it', async (off) => {
  expect(await answered(62.4, { off })).toBeCloseTo(180)
  expect(await answered(62.67, { off })).toBeCloseTo(180)
})

test.each([
  ['quick', 5, 100],
  ['slow', 200, 600],
  ['very slow or busy', 5_000, 1_000],
])('On a machine that is %s the round times are as far apart as it needs', async (_, check, apart) => {
  expect(await answered(1, { check })).toBeCloseTo(apart)
})
