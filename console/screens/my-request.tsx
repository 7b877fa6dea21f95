// A token request that is addressed to the guest who is signed in: the same page as behind a link, within the frame.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { HandOver } from '../../src/model/token-request.ts'
import { handOverAsGuest, liveCheckAsGuest } from '../actions.ts'
import { ErrorState } from '../components/ErrorState.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { myRequestQuery, myRequestsQuery, ownDataQuery } from '../queries-beside.ts'
import { headingOf, sentenceOf, TokenRequestBody } from './token-request-body.tsx'

export function MyRequestScreen() {
  const { workspace, request } = useParams({ from: '/signed-in/w/$workspace/requests/$request' })
  const client = useQueryClient()
  const [done, setDone] = useState<HandOver | null>(null)
  // Not looked at anew while somebody is at it: what they see must not turn under their hands.
  const look = useQuery({ ...myRequestQuery(workspace, request), staleTime: Infinity, gcTime: 0 })
  if (look.data === undefined) {
    return look.error === null ? (
      <Skeleton label="Loading the request" className="flex max-w-2xl flex-col gap-4">
        <Bone className="h-8 w-2/3" />
        <Bone className="h-48" />
      </Skeleton>
    ) : (
      <ErrorState
        title="The request could not be loaded"
        error={look.error}
        onRetry={() => void look.refetch()}
      />
    )
  }
  return (
    <div className="w-full max-w-2xl">
      <PageHead title={headingOf(look.data, done)} line={sentenceOf(look.data, done)} />
      <TokenRequestBody
        opened={look.data}
        done={done}
        onDone={setDone}
        desk={{
          live: () => liveCheckAsGuest(workspace, request),
          handOver: async (input) => {
            const got = await handOverAsGuest(workspace, request, input)
            void client.invalidateQueries({ queryKey: myRequestsQuery(workspace).queryKey, exact: true })
            void client.invalidateQueries({ queryKey: ownDataQuery(workspace).queryKey })
            return got
          },
        }}
      />
    </div>
  )
}
