// What the reader may do here, as the server said. Screens leave out what cannot be done; the server judges anyway.
import { useQuery } from '@tanstack/react-query'
import type { Action } from '../src/model/can.ts'
import { workspaceQuery } from './queries.ts'

/** True where the reader may do the action in this workspace; false while that is not known yet. */
export function useCan(workspace: string): (action: Action) => boolean {
  const { data } = useQuery(workspaceQuery(workspace))
  return (action) => data?.can.includes(action) ?? false
}
