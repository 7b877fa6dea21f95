// How the last token request to a partner stands, in the partner's drawer: to whom, since when, and sending it again or revoking it.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CredentialInfo } from '../../src/model/credential.ts'
import type { Partner } from '../../src/model/partner.ts'
import { requestStateLabels } from '../../src/model/token-request.ts'
import type { TokenRequest } from '../../src/model/token-request.ts'
import { confirmPartnerToken, revokeRequest, sendRequestAgain } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Banner } from '../components/Banner.tsx'
import { Button } from '../components/Button.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import { toast } from '../components/Toast.tsx'
import { usePlace } from '../place.ts'
import { workspaceKey } from '../queries.ts'
import { useCan } from '../rights.ts'
import { moment, number } from '../words.ts'
import { partnerName } from './partner-words.tsx'
import { requestTones } from './request-words.ts'
import { SentOne } from './request-sent.tsx'

const changeable = new Set<TokenRequest['state']>(['open', 'expired', 'exhausted'])

export function RequestSection({ partner, request }: { partner: Partner; request: TokenRequest }) {
  const { workspace } = usePlace()
  const can = useCan(workspace)
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const fresh = () => client.invalidateQueries({ queryKey: workspaceKey(workspace) })
  const again = useMutation({
    mutationFn: () => sendRequestAgain(workspace, request.id),
    onSuccess: () => void fresh(),
    gcTime: 0,
  })
  const revoke = useMutation({
    mutationFn: () => revokeRequest(workspace, request.id),
    onSuccess: async () => {
      setAsking(false)
      again.reset()
      await fresh()
      toast({ title: `The request to ${partnerName(partner)} is revoked` })
    },
  })
  return (
    <Section
      title="Token request"
      aside={<StatusDot tone={requestTones[request.state]}>{requestStateLabels[request.state]}</StatusDot>}
    >
      <Facts rows={factsOf(request)} />
      {again.data !== undefined && request.state === 'open' && (
        <div className="mt-3">
          <SentOne sent={again.data} />
        </div>
      )}
      {again.error !== null && (
        <div className="mt-3">
          <Problem sentence={again.error.message} />
        </div>
      )}
      {can('request.send') && changeable.has(request.state) && (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button size="s" busy={again.isPending} onClick={() => again.mutate()}>
            Send again
          </Button>
          <Button size="s" kind="quiet" onClick={() => setAsking(true)}>
            Revoke request
          </Button>
        </div>
      )}
      <AlertDialog
        open={asking}
        onOpenChange={(open) => {
          setAsking(open)
          revoke.reset()
        }}
        title="Revoke the request"
        action="Revoke request"
        busy={revoke.isPending}
        error={revoke.error?.message ?? null}
        onAction={() => revoke.mutate()}
      >
        The link that <bdi className="font-medium text-text">{partnerName(partner)}</bdi> was given stops
        working at once, also for somebody who is at it now. You can ask again later.
      </AlertDialog>
    </Section>
  )
}

function factsOf(request: TokenRequest) {
  const to =
    request.by === 'guest' ? (
      <>
        The guest <bdi>{request.email}</bdi>
      </>
    ) : request.email === null ? (
      'Whoever has the link'
    ) : (
      <>
        Whoever has the link that was made for <bdi>{request.email}</bdi>
      </>
    )
  return [
    { label: 'To', value: to },
    {
      label: 'Sent',
      value: (
        <>
          <RelativeTime at={request.sentAt} />
          {request.requestedBy !== null && (
            <>
              {' '}
              by <bdi>{request.requestedBy.name}</bdi>
            </>
          )}
        </>
      ),
    },
    { label: 'Opened', value: <RelativeTime at={request.openedAt} /> },
    ...(request.spentAt === null
      ? [
          { label: 'Until', value: moment(request.expiresAt) },
          { label: 'Tries left', value: number(request.triesLeft) },
        ]
      : [{ label: 'Answered', value: <RelativeTime at={request.spentAt} /> }]),
  ]
}

/** A token that was handed over and of which something could not be told: it is used only once an admin vouches for it. */
export function ConfirmToken({ partner }: { partner: Partner }) {
  const { workspace } = usePlace()
  const can = useCan(workspace)
  const client = useQueryClient()
  const confirm = useMutation({
    mutationFn: ({ fingerprint, verdict }: CredentialInfo) =>
      confirmPartnerToken(workspace, partner.id, {
        fingerprint,
        claims: (verdict?.claims ?? []).filter(({ state }) => state === 'unknown').map(({ id }) => id),
      }),
    onError: () => client.invalidateQueries({ queryKey: workspaceKey(workspace) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: workspaceKey(workspace) })
      toast({ title: `The token of ${partnerName(partner)} is confirmed` })
    },
  })
  const { credential } = partner
  const waits =
    partner.status === 'attention' &&
    credential?.verdict?.outcome === 'confirm' &&
    credential.confirmed === null
  if (!waits || !can('partner.connect')) return null
  return (
    <div className="mb-4 flex flex-col gap-2">
      <Banner
        tone="wait"
        action={
          <Button size="s" busy={confirm.isPending} onClick={() => confirm.mutate(credential)}>
            Confirm this token
          </Button>
        }
      >
        Make sure with <bdi>{partnerName(partner)}</bdi> that this is their token. What cannot be told is
        recorded with your name.
      </Banner>
      {confirm.error !== null && <Problem sentence={confirm.error.message} />}
    </div>
  )
}
