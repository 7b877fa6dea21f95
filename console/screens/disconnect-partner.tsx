// Asks before a partner's token is destroyed, and says what stays.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Partner } from '../../src/model/partner.ts'
import { disconnectPartner } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { toast } from '../components/Toast.tsx'
import { usePlace } from '../place.ts'
import { workspaceKey } from '../queries.ts'
import { counted } from '../words.ts'
import { partnerName } from './partner-words.tsx'

/** Open while `partner` is not null. */
export function DisconnectPartner({ partner, onClose }: { partner: Partner | null; onClose: () => void }) {
  const { workspace } = usePlace()
  const client = useQueryClient()
  const [kept, keep] = useState(partner)
  if (partner !== null && partner !== kept) keep(partner)
  const shown = partner ?? kept
  const disconnect = useMutation({
    mutationFn: (target: Partner) => disconnectPartner(workspace, target.id),
    onSuccess: async (_, target) => {
      await client.invalidateQueries({ queryKey: workspaceKey(workspace) })
      onClose()
      toast({ title: `The token of ${partnerName(target)} is disconnected` })
    },
  })
  const people = shown?.people ?? 0
  return (
    <AlertDialog
      open={partner !== null}
      onOpenChange={(open) => {
        if (open) return
        disconnect.reset()
        onClose()
      }}
      title={shown === null ? '' : `Disconnect the token of ${partnerName(shown)}`}
      action="Disconnect token"
      busy={disconnect.isPending}
      error={disconnect.error?.message ?? null}
      onAction={() => shown !== null && disconnect.mutate(shown)}
    >
      <p>
        The sealed token is destroyed here. Nothing changes in{' '}
        {shown === null ? 'the partner’s business' : 'their business'}.
      </p>
      <p className="mt-2">
        {people > 0
          ? `The ${counted(people, 'person', 'people')} already found stay in your lists, marked “not confirmed since” today. `
          : ''}
        Checks for updates no longer read this partner. You can connect again with a new token.
      </p>
    </AlertDialog>
  )
}
