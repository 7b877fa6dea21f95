// Passkeys in one's own settings: add, rename, remove.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Passkey } from '../../src/model/person.ts'
import { addPasskey, passkeyOptions, removePasskey, renamePasskey } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { IconButton } from '../components/IconButton.tsx'
import { Menu, MenuItem, MenuLine } from '../components/Menu.tsx'
import { Problem } from '../components/Problem.tsx'
import { SettingsSection } from '../components/SettingsSection.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { canUsePasskeys, createPasskey } from '../passkey.ts'
import { day } from '../words.ts'
import { PasswordDialog } from './password-dialog.tsx'

type Doing = { what: 'rename' | 'remove'; passkey: Passkey } | null

export function PasskeysSection({ passkeys }: { passkeys: Passkey[] }) {
  const [adding, setAdding] = useState(false)
  const [doing, setDoing] = useState<Doing>(null)
  const client = useQueryClient()
  const fresh = () => client.invalidateQueries({ queryKey: ['security'] })
  return (
    <SettingsSection
      id="passkeys"
      title="Passkeys"
      text="Sign in with your finger, your face or the PIN of a device, in place of password and code."
    >
      {passkeys.length === 0 ? (
        <p className="text-muted">You have no passkey yet.</p>
      ) : (
        <ul className="flex flex-col divide-y">
          {passkeys.map((passkey) => (
            <li key={passkey.id} className="flex items-center gap-3 py-3 first:pt-0">
              <div className="min-w-0 flex-1">
                <div className="truncate font-medium">
                  <bdi>{passkey.name}</bdi>
                </div>
                <div className="text-sm text-muted">
                  Added {day(passkey.createdAt)} ·{' '}
                  {passkey.synced ? 'kept in an account, on all its devices' : 'on one device alone'}
                </div>
                {passkey.otherHost !== null && (
                  <div className="text-sm text-bad-text wrap-anywhere">
                    It was made for {passkey.otherHost} and does not work at this address. Remove it and add
                    another one.
                  </div>
                )}
              </div>
              <Menu
                trigger={
                  <IconButton
                    label={`More options for the passkey ${passkey.name}`}
                    icon={<MoreHorizontal aria-hidden />}
                  />
                }
              >
                <MenuItem
                  icon={<Pencil aria-hidden />}
                  onSelect={() => setDoing({ what: 'rename', passkey })}
                >
                  Rename
                </MenuItem>
                <MenuLine />
                <MenuItem
                  danger
                  icon={<Trash2 aria-hidden />}
                  onSelect={() => setDoing({ what: 'remove', passkey })}
                >
                  Remove passkey
                </MenuItem>
              </Menu>
            </li>
          ))}
        </ul>
      )}
      {canUsePasskeys() ? (
        <Button className="mt-4" onClick={() => setAdding(true)}>
          Add passkey
        </Button>
      ) : (
        <p className="mt-4 text-muted">This browser cannot make passkeys at this address.</p>
      )}
      <Add open={adding} onOpenChange={setAdding} onDone={fresh} />
      <Rename
        key={doing?.passkey.id}
        passkey={doing?.what === 'rename' ? doing.passkey : null}
        onClose={() => setDoing(null)}
        onDone={fresh}
      />
      <Remove
        passkey={doing?.what === 'remove' ? doing.passkey : null}
        onClose={() => setDoing(null)}
        onDone={fresh}
      />
    </SettingsSection>
  )
}

function Add(props: { open: boolean; onOpenChange: (open: boolean) => void; onDone: () => Promise<void> }) {
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: async (password: string) => {
      const { options } = await passkeyOptions(password)
      const response = await createPasskey(options)
      return addPasskey({ name: name.trim(), response })
    },
    onSuccess: async (passkey) => {
      props.onOpenChange(false)
      toast({ title: `The passkey ${passkey.name} is added` })
      await props.onDone()
    },
    gcTime: 0,
  })
  return (
    <PasswordDialog
      open={props.open}
      onOpenChange={(open) => {
        props.onOpenChange(open)
        add.reset()
        setName('')
      }}
      title="Add passkey"
      fields={
        <TextField
          label="Name"
          hint="Where it is kept, as “Phone” or “Security key”."
          required
          maxLength={100}
          value={name}
          onChange={setName}
        />
      }
      action="Continue in the browser"
      busy={add.isPending}
      error={add.error}
      onAction={(password) => add.mutate(password)}
    >
      The browser asks where to keep it. Your password stays as it is.
    </PasswordDialog>
  )
}

interface Part {
  passkey: Passkey | null
  onClose: () => void
  onDone: () => Promise<void>
}

function Rename({ passkey, onClose, onDone }: Part) {
  const [name, setName] = useState(passkey?.name ?? '')
  const rename = useMutation({
    mutationFn: () => renamePasskey(passkey?.id ?? '', name.trim()),
    onSuccess: async () => {
      onClose()
      await onDone()
    },
  })
  return (
    <Dialog
      open={passkey !== null}
      onOpenChange={(open) => !open && onClose()}
      title="Rename passkey"
      size="s"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!rename.isPending) rename.mutate()
        }}
      >
        <DialogBody>
          <TextField label="Name" required maxLength={100} value={name} onChange={setName} />
          {rename.error !== null && <Problem sentence={rename.error.message} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={rename.isPending}>
            Save name
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

function Remove({ passkey, onClose, onDone }: Part) {
  const [kept, keep] = useState(passkey)
  if (passkey !== null && passkey !== kept) keep(passkey)
  const remove = useMutation({
    mutationFn: (id: string) => removePasskey(id),
    onSuccess: async () => {
      onClose()
      await onDone()
      toast({ title: 'The passkey is removed' })
    },
  })
  return (
    <AlertDialog
      open={passkey !== null}
      onOpenChange={(open) => {
        if (!open) onClose()
        remove.reset()
      }}
      title={`Remove the passkey ${kept?.name ?? ''}`}
      action="Remove passkey"
      busy={remove.isPending}
      error={remove.error?.message ?? null}
      onAction={() => passkey !== null && remove.mutate(passkey.id)}
    >
      It no longer opens your account. Delete it on the device too, or the browser goes on offering it.
    </AlertDialog>
  )
}
