// What a drawer holds: the thing once it is there; its shape before; or why it did not come, with Try again.
import type { ReactNode } from 'react'
import { ErrorState } from './ErrorState.tsx'
import { Bone, Skeleton } from './Skeleton.tsx'

export interface DrawerContentProps<Thing> {
  /** What it is, as "partner". */
  noun: string
  /** As a query gives it: what is there is shown, also where asking for it anew failed. */
  asked: { data: Thing | undefined; error: Error | null; refetch: () => Promise<unknown> }
  /** Its shape, where the usual one is too small. */
  bones?: ReactNode
  children: (thing: Thing) => ReactNode
}

export function DrawerContent<Thing>({ noun, asked, bones, children }: DrawerContentProps<Thing>) {
  const { data, error, refetch } = asked
  if (data !== undefined) return children(data)
  if (error !== null)
    return (
      <ErrorState title={`The ${noun} could not be loaded`} error={error} onRetry={() => void refetch()} />
    )
  return (
    <Skeleton label={`Loading the ${noun}`} className="flex flex-col gap-3">
      {bones ?? (
        <>
          <Bone className="h-4 w-1/3" />
          <Bone className="h-4 w-2/3" />
          <Bone className="mt-4 h-24" />
        </>
      )}
    </Skeleton>
  )
}
