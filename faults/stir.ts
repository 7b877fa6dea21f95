// A little life in the simulated world between two checks, so that a check that misses something is caught missing it.
import type { WorldChange } from '../src/connectors/meta/simulator/changes.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { businessOf, heldAssets, userOf } from '../src/connectors/meta/simulator/world.ts'
import { isReadable } from './oracle.ts'

/** What happens in the world before a check: somebody goes, somebody comes, rights are given and taken. Never so much that a person is asked. `spare`: an asset that nobody is taken from. */
export function stir(sim: Simulator, chance: Random, spare?: string): void {
  const { control } = sim
  const { world } = control
  for (const business of [sim.businessId, ...sim.partners.map((p) => p.id)]) {
    const people = [...businessOf(world, business).people]
    const assets = heldAssets(world, sim.businessId).filter(
      (asset) => isReadable(world, asset.id) && (asset.assigned.get(business)?.size ?? 0) > 0,
    )
    if (assets.length === 0 || people.length === 0) continue
    const [taken, given] = [chance.pick(assets), chance.pick(assets)]
    const holder = [...(taken.assigned.get(business)?.keys() ?? [])]
    if (holder.length > 1 && taken.id !== spare)
      control.change({ op: 'unassign', asset: taken.id, user: chance.pick(holder) })
    const tasks = [...(given.assigned.get(business)?.values().next().value ?? [])]
    if (tasks.length > 0) control.change({ op: 'assign', asset: given.id, user: chance.pick(people), tasks })
    const spared = new Set(
      assets
        .find(({ id }) => id === spare)
        ?.assigned.get(business)
        ?.keys(),
    )
    const employees = people.filter((id) => userOf(world, id).role !== 'ADMIN' && !spared.has(id))
    if (employees.length > 6) control.change({ op: 'remove-user', user: chance.pick(employees) })
    const added: WorldChange = {
      op: 'add-person',
      business,
      firstName: 'Nora',
      lastName: `Case ${chance.digits(4)}`,
      email: `nora.${chance.digits(6)}@example.test`,
    }
    const id = control.change(added)
    if (id !== null && tasks.length > 0) control.change({ op: 'assign', asset: given.id, user: id, tasks })
  }
}
