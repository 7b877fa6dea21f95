// What tests of one simulated Meta begin with, each anew.
import type { Simulator } from '../simulator/server.ts'
import { defaultSwitches } from '../simulator/switches.ts'

/** No faults, nothing counted, and the usual switches; the world stays as it is. */
export function startOver({ control }: Pick<Simulator, 'control'>): void {
  control.clearFaults()
  control.reset()
  Object.assign(control.switches, defaultSwitches)
}
