// The hand on the world: changes, faults, switches and counters, for tests in this process and, where allowed, over HTTP.
import { applyChange, completeChange } from './changes.ts'
import type { WorldChange } from './changes.ts'
import type { Counts, LoggedCall } from './call-log.ts'
import type { Fault, PlannedFault } from './faults.ts'
import type { PagesState } from './pages/state.ts'
import type { Simulation } from './simulation.ts'
import type { Switches } from './switches.ts'
import { strangers, touching, truth } from './truth.ts'
import type { World } from './world.ts'

export interface Control {
  world: World
  switches: Switches
  /** Makes a change and returns the id of what was added, if anything was. */
  change(change: WorldChange): string | null
  addFault(fault: Fault): PlannedFault
  faults(): readonly PlannedFault[]
  clearFaults(): void
  /** Logical calls since the last reset, oldest first. Never holds a token. */
  calls(): readonly LoggedCall[]
  counts(): Readonly<Counts>
  /** Sign-ins and presses in the pages. */
  pages: PagesState
  /** Forgets counters, log and attempts; keeps world, faults and switches. */
  reset(): void
}

/** `change` of a simulation: completes it, makes it, keeps it. */
export function changer(
  world: World,
  clock: () => number,
  keep: (change: WorldChange) => void,
): (change: WorldChange) => string | null {
  return (change) => {
    const whole = completeChange(world, change, clock())
    const id = applyChange(world, whole)
    keep(whole)
    return id
  }
}

export function controlOf(sim: Simulation, pages: PagesState): Control {
  return {
    world: sim.world,
    switches: sim.switches,
    pages,
    change: sim.change,
    addFault: (fault) => sim.faults.add(fault),
    faults: () => sim.faults.list(),
    clearFaults: () => sim.faults.clear(),
    calls: () => sim.log.calls,
    counts: () => sim.log.counts,
    reset: () => {
      sim.log.reset()
      sim.usage.reset()
    },
  }
}

/**
 * The same over HTTP: `GET /_control/{state,calls,pages,truth,faults}`, `POST /_control/{change,fault,switches,reset,clear-faults}`.
 * Returns what to answer, or null for a path that is not there. Throws for a change that cannot be made.
 */
export function controlRequest(
  sim: Simulation,
  pages: PagesState,
  method: string,
  path: string,
  body: unknown,
): unknown {
  const control = controlOf(sim, pages)
  switch (`${method} ${path}`) {
    case 'GET /_control/state':
      return {
        own: sim.world.own,
        app: sim.world.app,
        switches: sim.switches,
        counts: control.counts(),
        businesses: [...sim.world.businesses.values()].map(({ id, name }) => ({
          id,
          name,
          touching: [...touching(sim.world, id)].length,
          strangers: strangers(sim.world, id).users.length,
        })),
      }
    case 'GET /_control/calls':
      return { counts: control.counts(), calls: control.calls() }
    case 'GET /_control/truth':
      return { rows: truth(sim.world) }
    case 'GET /_control/pages':
      return { signIns: pages.signIns, presses: pages.presses }
    case 'GET /_control/faults':
      return { faults: control.faults() }
    case 'POST /_control/change':
      return { id: control.change(body as WorldChange) }
    case 'POST /_control/fault':
      return control.addFault(body as Fault)
    case 'POST /_control/clear-faults':
      control.clearFaults()
      return {}
    case 'POST /_control/switches':
      return Object.assign(sim.switches, body as Partial<Switches>)
    case 'POST /_control/reset':
      control.reset()
      return {}
    default:
      return null
  }
}
