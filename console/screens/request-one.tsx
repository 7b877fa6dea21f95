// Asking one partner: by a link that is copied or mailed, or through a guest, who is picked or invited on the way.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { MAX_PAGE_SIZE } from '../../src/model/list.ts'
import type { Partner } from '../../src/model/partner.ts'
import { REQUEST_DAYS } from '../../src/model/token-request.ts'
import { invite, sendRequests } from '../actions.ts'
import { refusalOf } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { Select } from '../components/Select.tsx'
import { TextField } from '../components/TextField.tsx'
import { usePlace } from '../place.ts'
import { invitationsQuery, membersQuery } from '../queries-beside.ts'
import { endOf, guestDays } from './guest-days.ts'
import type { Made } from './request-sent.tsx'

const SOMEBODY_NEW = 'new'
type How = 'link' | 'guest'

export function RequestOne(props: { partner: Partner; onMade: (made: Made) => void; onClose: () => void }) {
  const { partner } = props
  const guests = useGuests()
  const [how, setHow] = useState<How>('link')
  const [guest, setGuest] = useState(SOMEBODY_NEW)
  const [email, setEmail] = useState('')
  const send = useSend(partner, props.onMade)
  const { fields: errors, sentence } = refusalOf(send.error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!send.isPending) send.mutate({ how, email: email.trim(), guest })
      }}
    >
      <DialogBody>
        <div className="rounded-md border px-3 py-2">
          <div className="font-medium wrap-anywhere">
            <Name none="Name not told">{partner.name}</Name>
          </div>
          <div className="font-mono text-sm text-muted">{partner.externalId}</div>
        </div>
        <p className="text-muted text-pretty">
          The partner’s admin gets a page with every step. They paste their token there once; it is checked
          and sealed at once, and nobody, you included, can read it. The request ends in {REQUEST_DAYS} days.
        </p>
        <Select
          autoFocus
          label="How"
          hint={
            how === 'link'
              ? 'Whoever has the link can answer. They need no account.'
              : 'They alone can answer, signed in, and see afterwards what was taken.'
          }
          value={how}
          options={[
            { value: 'link', label: 'By link' },
            { value: 'guest', label: 'Through a guest' },
          ]}
          onChange={setHow}
        />
        {how === 'guest' && guests.length > 0 && (
          <Select
            label="Guest"
            value={guest}
            options={[
              ...guests.map((one) => ({ value: one.email, label: one.label })),
              { value: SOMEBODY_NEW, label: 'Invite somebody' },
            ]}
            onChange={setGuest}
          />
        )}
        {(how === 'link' || guest === SOMEBODY_NEW) && (
          <TextField
            label={how === 'link' ? 'Mail the link to' : 'E-mail of the guest'}
            hint={
              how === 'link'
                ? 'Left empty, or where this server sends no mail, you copy the link yourself.'
                : 'They are invited as a guest, for the usual time, and find the request on their first page.'
            }
            type="email"
            autoComplete="off"
            optional={how === 'link'}
            required={how === 'guest'}
            value={email}
            onChange={setEmail}
            error={errors.email}
          />
        )}
        {sentence !== null && <Problem sentence={sentence} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={send.isPending}>
          {how === 'link' ? 'Make link' : 'Send request'}
        </Button>
      </DialogActions>
    </form>
  )
}

/** Guests who are here, and those who were invited. */
function useGuests(): { email: string; label: string }[] {
  const { workspace } = usePlace()
  const members = useQuery(membersQuery(workspace))
  const invitations = useQuery(
    invitationsQuery(workspace, { role: 'guest', state: 'open', limit: MAX_PAGE_SIZE }),
  )
  const here = (members.data?.rows ?? []).filter((one) => one.role === 'guest' && one.status === 'active')
  return [
    ...here.map((one) => ({ email: one.email, label: `${one.name} (${one.email})` })),
    ...(invitations.data?.rows ?? [])
      .filter((one) => !here.some((other) => other.email === one.email))
      .map((one) => ({ email: one.email, label: `${one.email} (invited)` })),
  ]
}

function useSend(partner: Partner, onMade: (made: Made) => void) {
  const { workspace, connection } = usePlace()
  // Kept for another try where the request fails after it: nobody can be invited twice.
  const invited = useRef<{ email: string; invitation: NonNullable<Made['invitation']> }>(null)
  return useMutation({
    mutationFn: async (wish: { how: How; email: string; guest: string }): Promise<Made> => {
      const { how, email, guest } = wish
      if (how === 'link') {
        const to = email === '' ? { by: 'link' as const } : { by: 'link' as const, email }
        const { sent } = await sendRequests(workspace, connection, [{ partnerId: partner.id, to }])
        return { sent, invitation: null }
      }
      const isNew = guest === SOMEBODY_NEW
      if (isNew && invited.current?.email !== email) {
        const ends = endOf(guestDays().usual)
        const invitation = await invite(workspace, { email, role: 'guest', endsAt: ends })
        invited.current = { email, invitation }
      }
      const to = { by: 'guest' as const, email: isNew ? email : guest }
      const { sent } = await sendRequests(workspace, connection, [{ partnerId: partner.id, to }])
      return { sent, invitation: isNew ? (invited.current?.invitation ?? null) : null }
    },
    onSuccess: onMade,
    gcTime: 0,
  })
}
