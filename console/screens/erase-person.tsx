// Erasing a person's data on request: what goes, what stays, and why it may come back.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { PrincipalDetails } from '../../src/model/principal.ts'
import { erasePerson } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { Section } from '../components/Facts.tsx'
import { cleanName } from '../components/PersonCell.tsx'
import { toast } from '../components/Toast.tsx'
import { workspaceKey } from '../queries.ts'
import { useCan } from '../rights.ts'
import { counted } from '../words.ts'

/** The last section of a person; nothing where the reader may not erase. */
export function ErasePerson(props: { workspace: string; person: PrincipalDetails; onErased: () => void }) {
  const { workspace, person } = props
  const may = useCan(workspace)
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const erase = useMutation({
    mutationFn: () => erasePerson(workspace, person.id),
    onSuccess: ({ erased }) => {
      setOpen(false)
      props.onErased()
      toast({ title: `Erased ${counted(erased, 'entry', 'entries')} of this person` })
      return client.invalidateQueries({ queryKey: workspaceKey(workspace) })
    },
  })
  if (!may('person.erase')) return null
  const present = person.endedAt === null
  return (
    <Section title="Personal data">
      <p className="mb-3 text-muted">
        Where this person asks for it, everything that is known of them here can be erased.
      </p>
      <Button onClick={() => setOpen(true)} aria-haspopup="dialog">
        Erase this person’s data
      </Button>
      <AlertDialog
        open={open}
        onOpenChange={(to) => {
          if (!to) erase.reset()
          setOpen(to)
        }}
        title="Erase this person’s data"
        action="Erase for good"
        typeToConfirm={cleanName(person.email) ?? cleanName(person.name) ?? person.externalId}
        busy={erase.isPending}
        error={erase.error?.message ?? null}
        onAction={() => erase.mutate()}
      >
        <p>
          Name, e-mail, facts, access and history are deleted
          {person.identity.length > 0 &&
            `, also of the ${counted(person.identity.length, 'other entry', 'other entries')} with the same e-mail`}
          . The activity log keeps ids, no names. Backups that were made before still hold the data.
        </p>
        {present && (
          <p className="mt-2">
            The provider still lists this person with access to your assets: the next check for updates stores
            them again. Have their access taken away there first, or erase them afterwards.
          </p>
        )}
      </AlertDialog>
    </Section>
  )
}
