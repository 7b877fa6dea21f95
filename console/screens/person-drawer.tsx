// The drawer of the person whom the address names, over any list. What it shows is loaded when it is wanted.
import { Late, LateBones } from '../components/Late.tsx'
import { late } from '../late.ts'
import { useListState } from '../list-state.ts'

const PersonInDrawer = late(async () => (await import('./person-details.tsx')).PersonInDrawer)
/** A row is about to be opened. */
export const expectPerson = PersonInDrawer.preload

export function PersonDrawer() {
  const state = useListState()
  return (
    <Late
      wanted={state.get('person') !== undefined}
      waiting={<LateBones label="Loading the person" />}
      onGiveUp={() => state.set({ person: undefined })}
    >
      <PersonInDrawer />
    </Late>
  )
}
