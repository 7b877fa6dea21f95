// Making an API key: its name, what it may do, when it ends; then its text, shown once.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { keyScopeHelp, keyScopeLabels, keyScopes } from '../../src/model/api-key.ts'
import type { KeyScope } from '../../src/model/api-key.ts'
import { makeApiKey } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { DialogForm } from '../components/DialogForm.tsx'
import { LinkBox } from '../components/LinkBox.tsx'
import { Select } from '../components/Select.tsx'
import { TextField } from '../components/TextField.tsx'
import { key } from '../queries.ts'

export interface MakeKeyDialogProps {
  workspace: string
  /** Days that a key may live at most, where it has an end. */
  days: number
  open: boolean
  onClose: () => void
}

export function MakeKeyDialog({ workspace, days, open, onClose }: MakeKeyDialogProps) {
  const [text, setText] = useState<string | null>(null)
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      onClosed={() => setText(null)}
      title={text === null ? 'Make an API key' : 'The key is made'}
      keep
    >
      {text === null ? (
        <Form workspace={workspace} days={days} onMade={setText} onCancel={onClose} />
      ) : (
        <>
          <DialogBody>
            <p role="status">
              Copy it now: it is not shown again, and only a hash of it is kept here. Whoever has it can do
              what its scopes give.
            </p>
            <LinkBox label="API key" text={text} action="Copy key" />
            <p className="text-sm text-muted">
              Send it as <code className="font-mono">Authorization: Bearer …</code> with each request.
            </p>
          </DialogBody>
          <DialogActions>
            <Button onClick={onClose}>Done</Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

const DAY = 86_400_000
const ends = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: 'none', label: 'No end of its own' },
]

function Form(props: {
  workspace: string
  days: number
  onMade: (text: string) => void
  onCancel: () => void
}) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly KeyScope[]>(['read'])
  const [end, setEnd] = useState('90')
  const [none, setNone] = useState(false)
  const client = useQueryClient()
  const make = useMutation({
    mutationFn: () =>
      makeApiKey(props.workspace, {
        name: name.trim(),
        scopes: [...scopes],
        expiresAt: end === 'none' ? null : new Date(Date.now() + Number(end) * DAY).toISOString(),
      }),
    onSuccess: ({ text }) => {
      void client.invalidateQueries({ queryKey: key(props.workspace, 'api-keys') })
      props.onMade(text)
    },
    gcTime: 0,
  })
  const errors = make.error instanceof ApiError ? make.error.fields : {}
  return (
    <DialogForm
      action="Make key"
      busy={make.isPending}
      problem={make.error === null ? null : (errors.expiresAt ?? make.error.message)}
      onSubmit={() => {
        setNone(scopes.length === 0)
        if (scopes.length > 0) make.mutate()
      }}
      onCancel={props.onCancel}
    >
      <TextField
        label="Name"
        hint="What uses it, as “Nightly export”."
        required
        autoFocus
        maxLength={200}
        value={name}
        onChange={setName}
        error={errors.name}
      />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-2 font-medium">Scopes</legend>
        {keyScopes.map((scope) => (
          <Checkbox
            key={scope}
            checked={scopes.includes(scope)}
            onChange={(on) => {
              setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))
              setNone(false)
            }}
            label={keyScopeLabels[scope]}
            hint={keyScopeHelp[scope]}
          />
        ))}
        {none && (
          <p role="alert" className="text-sm text-bad-text">
            Choose at least one.
          </p>
        )}
      </fieldset>
      <Select
        label="Ends after"
        hint="It also ends when you are no longer a member."
        value={end}
        options={ends.filter(({ value }) => value === 'none' || Number(value) <= props.days)}
        onChange={setEnd}
      />
    </DialogForm>
  )
}
