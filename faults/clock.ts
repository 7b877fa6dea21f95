// Clocks that jump under the real server and its database: an hour, 400 days, ten years, in the middle of whatever has a time. Nothing
// outlives its end, nobody stays outside for good, and all work ends once. Needs libfaketime (Debian: faketime).
import { asked, runFamily, skipFamily } from './cases.ts'
import type { Case } from './cases.ts'
import { doors, plantedDoors } from './clock-doors.ts'
import { plantedWork, work } from './clock-work.ts'
import { findFaketime, openClocked } from './faketime.ts'
import type { Clocked } from './faketime.ts'

/** Each case begins with right clocks and no counted tries. */
function afresh(g: Clocked, one: Case): Case {
  return {
    name: one.name,
    run: async () => {
      g.sim.control.clearFaults()
      await g.jump('both', 0)
      await g.root.query(
        'truncate auth_tries, auth_rate_limit; delete from auth_session; delete from provider_limits',
      )
      return one.run()
    },
  }
}

const say = (line: string) => console.log(line)
const { cases: count, seed, only } = asked(process.argv.slice(2), 1, true)
const folder = findFaketime()
if (folder === null) {
  skipFamily('clock', 32, 'libfaketime is not installed', say)
  process.exit(0)
}
const g = await openClocked(folder)
let failed = 1
try {
  const cases = [...doors(g), ...work(g)].map((one) => afresh(g, one))
  const family = {
    name: 'clock',
    seed,
    about: [
      'jumps of the clocks of the real server and its database (closure over the cases of clock-doors.ts, clock-work.ts)',
    ],
    cases: cases.slice(0, count ?? cases.length),
    planted: [...plantedDoors(g), ...plantedWork(g)].map((one) => afresh(g, one)),
  }
  failed = (await runFamily(family, say, only)).failed
} finally {
  await g.close()
}
process.exit(failed === 0 ? 0 : 1)
