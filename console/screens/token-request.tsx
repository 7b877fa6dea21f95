// A token request, opened by its link: for a partner's admin who may never have heard of this program. The secret stays in the address's
// fragment and travels in bodies alone; what is pasted lives in this page alone.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { HandOver } from '../../src/model/token-request.ts'
import { handOverByLink, liveCheckByLink, lookAtRequest } from '../actions.ts'
import { ErrorState } from '../components/ErrorState.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { EntryPage } from './entry.tsx'
import { useFragment } from './fragment.ts'
import { headingOf, sentenceOf, TokenRequestBody } from './token-request-body.tsx'

export function TokenRequestScreen() {
  const secret = useFragment()
  const [done, setDone] = useState<HandOver | null>(null)
  const look = useQuery({
    // Not the secret itself: what is kept under a key may be shown by tools.
    queryKey: ['token-request', secret.length, secret.slice(0, 4)],
    queryFn: () => lookAtRequest(secret),
    enabled: secret !== '',
    staleTime: Infinity,
    gcTime: 0,
  })
  if (secret === '') {
    return (
      <EntryPage
        title="Token request"
        heading="This link does not work"
        sentence="This address is not whole: its last part is missing. Copy the whole link from the message that you got."
      >
        {null}
      </EntryPage>
    )
  }
  if (look.data === undefined) {
    return (
      <EntryPage title="Token request" heading="Token request" sentence="" wide>
        {look.error === null ? (
          <Skeleton label="Loading the request" className="flex flex-col gap-4">
            <Bone className="h-24" />
            <Bone className="h-48" />
          </Skeleton>
        ) : (
          <ErrorState
            title="The request could not be loaded"
            error={look.error}
            onRetry={() => void look.refetch()}
          />
        )}
      </EntryPage>
    )
  }
  const opened = look.data
  return (
    <EntryPage
      title="Token request"
      heading={headingOf(opened, done)}
      sentence={sentenceOf(opened, done)}
      wide
    >
      <TokenRequestBody
        opened={opened}
        done={done}
        onDone={setDone}
        desk={{
          live: () => liveCheckByLink(secret),
          handOver: (input) => handOverByLink(secret, input),
        }}
      />
    </EntryPage>
  )
}
