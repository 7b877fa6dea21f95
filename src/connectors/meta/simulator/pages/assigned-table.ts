// The table of what a person or a system user is assigned to, as both pages show it.
import type { User } from '../world.ts'
import { assetOf, businessOf } from '../world.ts'
import type { Html } from './html.ts'
import { table } from './visit.ts'
import type { Visit } from './visit.ts'
import { kindWords, taskWord } from './words.ts'

export function assignedTable(visit: Visit, user: User): Html {
  const { t, sim, business } = visit
  const asset = (id: string) => assetOf(sim.world, id)
  return table(
    visit,
    'Assigned assets',
    'assigned',
    [
      { word: 'Asset', cell: (id: string) => asset(id).name },
      { word: 'ID', cell: (id: string) => id },
      { word: 'Type', cell: (id: string) => t(kindWords[asset(id).kind]) },
      { word: 'Owned by', cell: (id: string) => businessOf(sim.world, asset(id).owner).name },
      { word: 'Owner ID', cell: (id: string) => asset(id).owner },
      {
        word: 'Permissions',
        cell: (id: string) =>
          (asset(id).assigned.get(business.id)?.get(user.id) ?? [])
            .map((task) => t(taskWord(task)))
            .join(', '),
      },
    ],
    [...user.assets],
  )
}
