// Where a workspace asks the reader's role for a second factor: why, the set-up, and the way back to where they were going.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../components/Button.tsx'
import { meQuery } from '../queries.ts'
import { EntryPage } from './entry.tsx'
import { useLeave } from './leave.ts'
import { SecondFactorSetup } from './second-factor-setup.tsx'
import { safePath } from './safe-path.ts'

export function SecondFactorScreen() {
  const { workspace, next } = useSearch({ from: '/signed-in/second-factor' })
  const { data: me } = useQuery(meQuery())
  const client = useQueryClient()
  const router = useRouter()
  const leave = useLeave()
  const place = me?.workspaces.find((one) => one.id === workspace)
  // Decided once: while the backup codes are in sight, the factor is on already.
  const [nothingToDo] = useState(me?.user.twoFactor === true && place?.secondFactorNeeded !== true)
  const others = me?.workspaces.filter((one) => !one.secondFactorNeeded) ?? []
  const goOn = async () => {
    await client.resetQueries({ queryKey: ['me'] })
    router.history.replace(safePath(next))
  }
  return (
    <EntryPage
      title="Second factor"
      heading="Set up a second factor"
      sentence={
        <>
          <bdi className="font-medium text-text">{place?.name ?? 'This workspace'}</bdi> asks your role for a
          second factor: a code from your phone beside the password. It takes two minutes, then you go on to
          where you were going.
        </>
      }
    >
      {nothingToDo ? (
        <Button kind="primary" size="l" onClick={() => void goOn()}>
          Go on
        </Button>
      ) : (
        <SecondFactorSetup onDone={() => void goOn()} />
      )}
      <p className="mt-8 flex flex-wrap gap-x-4 gap-y-1 border-t pt-4 text-sm">
        {others.map((one) => (
          <a key={one.id} href={`/w/${one.id}`} className="text-accent-text hover:underline">
            Go to <bdi>{one.name}</bdi> instead
          </a>
        ))}
        <button type="button" className="text-accent-text hover:underline" onClick={() => void leave()}>
          Sign out
        </button>
      </p>
    </EntryPage>
  )
}
