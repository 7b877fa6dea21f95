// Asking several partners at once: each gets its own link.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Partner } from '../../src/model/partner.ts'
import { sendRequests } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { usePlace } from '../place.ts'
import { counted, number } from '../words.ts'
import type { Made } from './request-sent.tsx'

export function RequestMany(props: {
  partners: Partner[]
  beyond: number
  onMade: (made: Made) => void
  onClose: () => void
}) {
  const { workspace, connection } = usePlace()
  const [left, setLeft] = useState<readonly string[]>([])
  const chosen = props.partners.filter((partner) => !left.includes(partner.id))
  const send = useMutation({
    mutationFn: () =>
      sendRequests(
        workspace,
        connection,
        chosen.map((partner) => ({ partnerId: partner.id, to: { by: 'link' as const } })),
      ),
    onSuccess: ({ sent }) => props.onMade({ sent, invitation: null }),
    gcTime: 0,
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!send.isPending && chosen.length > 0) send.mutate()
      }}
    >
      <DialogBody>
        <p className="text-muted text-pretty">
          Each partner gets a link of its own. Its admin follows the steps there and pastes the token once; it
          is checked and sealed at once, and nobody, you included, can read it.
        </p>
        <ul aria-label="Partners" className="max-h-80 overflow-y-auto rounded-md border">
          {props.partners.map((partner) => (
            <li key={partner.id} className="border-b px-3 py-2 last:border-b-0">
              <Checkbox
                checked={!left.includes(partner.id)}
                onChange={(on) =>
                  setLeft(on ? left.filter((id) => id !== partner.id) : [...left, partner.id])
                }
                label={<Name none={partner.externalId}>{partner.name}</Name>}
                hint={<span className="font-mono text-xs">{partner.externalId}</span>}
              />
            </li>
          ))}
        </ul>
        {props.beyond > 0 && (
          <p>
            These are the first {number(props.partners.length)}.{' '}
            {counted(props.beyond, 'more is', 'more are')} pending: ask them after these.
          </p>
        )}
        {props.partners.length === 0 && <p>No partner is pending onboarding any more.</p>}
        {send.error !== null && <Problem sentence={send.error.message} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={send.isPending} disabled={chosen.length === 0}>
          Make {counted(chosen.length, 'link', 'links')}
        </Button>
      </DialogActions>
    </form>
  )
}
