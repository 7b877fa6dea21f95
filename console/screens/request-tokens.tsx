// Asking partners for their tokens: one by a link or through a guest, or all that are pending at once by links. What was made is shown
// once, to copy.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Partner } from '../../src/model/partner.ts'
import { MOST_REQUESTS } from '../../src/model/token-request.ts'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { useKept } from '../components/kept.ts'
import { Problem } from '../components/Problem.tsx'
import { useReturnFocus } from '../components/return-focus.ts'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { usePlace } from '../place.ts'
import { partnersQuery, workspaceKey } from '../queries.ts'
import { partnerQuery } from '../queries-beside.ts'
import { moment } from '../words.ts'
import { ALL_PENDING } from './partner-words.tsx'
import { SentLink } from './invite-dialog.tsx'
import { AllLinks, SentOne } from './request-sent.tsx'
import type { Made } from './request-sent.tsx'
import { RequestMany } from './request-many.tsx'
import { RequestOne } from './request-one.tsx'

/** `ask`: the id of one partner, or `pending` for all that are; closed where undefined. */
export function RequestTokens({ ask, onClose }: { ask: string | undefined; onClose: () => void }) {
  const { workspace, connection } = usePlace()
  const client = useQueryClient()
  const id = useKept(ask)
  const many = id === ALL_PENDING
  const [made, setMade] = useState<Made | null>(null)
  const back = useReturnFocus(ask !== undefined)
  const one = useQuery({ ...partnerQuery(workspace, id ?? ''), enabled: id !== undefined && !many })
  const pending = useQuery({
    ...partnersQuery(workspace, connection, { status: 'pending', limit: MOST_REQUESTS }),
    enabled: many,
  })
  const partners = many ? pending.data?.rows : one.data === undefined ? undefined : [one.data]
  const error = many ? pending.error : one.error
  const onMade = (next: Made) => {
    setMade(next)
    void client.invalidateQueries({ queryKey: workspaceKey(workspace) })
  }
  return (
    <Dialog
      open={ask !== undefined}
      onOpenChange={(open) => !open && onClose()}
      onClosed={() => setMade(null)}
      title={titleOf(made, many)}
      finalFocus={back}
      keep
    >
      {made !== null ? (
        <Sent made={made} onClose={onClose} />
      ) : partners === undefined ? (
        <DialogBody>
          {error !== null ? (
            <Problem sentence={error.message} onRetry={many ? pending.refetch : one.refetch} />
          ) : (
            <Skeleton label="Loading the partners">
              <Bone className="mb-4 h-5 w-1/2" />
              <Bone className="h-24" />
            </Skeleton>
          )}
          <div className="h-3" />
        </DialogBody>
      ) : (
        <Form
          partners={partners}
          many={many}
          beyond={many ? (pending.data?.total ?? 0) - partners.length : 0}
          onMade={onMade}
          onClose={onClose}
        />
      )}
    </Dialog>
  )
}

function titleOf(made: Made | null, many: boolean): string {
  if (made === null) return many ? 'Request tokens' : 'Request a token'
  return made.sent.length === 1 ? 'The request is made' : 'The requests are made'
}

function Form(props: {
  partners: Partner[]
  many: boolean
  /** How many more there are than can be asked at once. */
  beyond: number
  onMade: (made: Made) => void
  onClose: () => void
}) {
  const [partner] = props.partners
  if (!props.many && partner !== undefined) return <RequestOne {...props} partner={partner} />
  return <RequestMany {...props} />
}

function Sent({ made, onClose }: { made: Made; onClose: () => void }) {
  const [first] = made.sent
  return (
    <>
      <DialogBody>
        {made.invitation === null ? (
          <>
            {made.sent.length > 1 && <AllLinks sent={made.sent} />}
            {made.sent.map((one) => (
              <SentOne key={one.request.id} sent={one} />
            ))}
          </>
        ) : (
          <>
            <SentLink sent={made.invitation} />
            <p>Once they have joined, they find the request on their first page.</p>
          </>
        )}
        {first !== undefined && (
          <p className="text-sm text-muted">
            {first.request.by === 'link'
              ? `A link works until ${moment(first.request.expiresAt)}, takes one good token, and is not shown again.`
              : `The request waits until ${moment(first.request.expiresAt)}.`}
          </p>
        )}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Done</Button>
      </DialogActions>
    </>
  )
}
