// Replaces what an app signs in with. The old token stays until the new one has passed the checks.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { replaceCredential } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
import { mistakes, SpecFields, typed } from '../components/SpecFields.tsx'
import { toast } from '../components/Toast.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { workspaceKey } from '../queries.ts'

export interface ReplaceCredentialProps {
  workspace: string
  app: Connection
  manifest: Manifest
  open: boolean
  onOpenChange: (open: boolean) => void
}

export function ReplaceCredential(props: ReplaceCredentialProps) {
  const [round, setRound] = useState(0)
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      // What was typed ends with the dialog.
      onClosed={() => setRound((before) => before + 1)}
      title="Replace token"
      description="Fill in only what is new. The present token stays until the new one has passed the checks."
      keep
    >
      <ReplaceForm key={round} {...props} />
    </Dialog>
  )
}

function ReplaceForm({ workspace, app, manifest, onOpenChange }: ReplaceCredentialProps) {
  const form = useId()
  const client = useQueryClient()
  const specs = manifest.fields.map((field) => ({
    ...field,
    required: false,
    default: app.settings[field.name] ?? null,
  }))
  const [values, setValues] = useState<Record<string, string>>({})
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  const [confirmed, setConfirmed] = useState(false)
  const replace = useMutation({
    mutationFn: () =>
      replaceCredential(workspace, app.id, { fields: typed(specs, values), confirm: confirmed }),
    onSuccess: ({ replaced }) => {
      if (!replaced) return
      onOpenChange(false)
      toast({ title: 'The token is replaced' })
      void client.invalidateQueries({ queryKey: workspaceKey(workspace) })
    },
    onError: (error) => {
      if (error instanceof ApiError) setErrors(error.fields)
    },
    gcTime: 0,
  })
  const verdict = replace.data?.verdict
  const nothing = Object.keys(typed(specs, values)).length === 0
  const needsConfirm = verdict?.outcome === 'confirm' && !confirmed
  return (
    <>
      <DialogBody>
        <form
          id={form}
          noValidate
          autoComplete="off"
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            const found = mistakes(specs, values)
            setErrors(found)
            if (Object.keys(found).length === 0 && !replace.isPending) replace.mutate()
          }}
        >
          <SpecFields
            keep
            specs={specs}
            values={values}
            errors={errors}
            onChange={(name, value) => {
              setValues((before) => ({ ...before, [name]: value }))
              setErrors({})
              setConfirmed(false)
              replace.reset()
            }}
          />
        </form>
        {replace.error !== null && Object.keys(errors).length === 0 && (
          <Problem sentence={replace.error.message} />
        )}
        {(replace.isPending || verdict !== undefined) && (
          <VerdictList
            label="Checks of the token"
            claims={replace.isPending ? null : (verdict?.claims ?? null)}
            expected={['The token works', 'Whose it is', 'What it can read']}
          />
        )}
        {verdict?.outcome === 'confirm' && (
          <Checkbox
            checked={confirmed}
            onChange={setConfirmed}
            label="I have made sure of what could not be told"
            hint="This is recorded with your name and stays visible here."
          />
        )}
        {verdict?.outcome === 'later' && (
          <p role="status" className="text-muted">
            The provider could not be asked. The present token stays; try again in a few minutes.
          </p>
        )}
      </DialogBody>
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button
          type="submit"
          form={form}
          kind="primary"
          busy={replace.isPending}
          disabled={nothing || needsConfirm}
        >
          Replace token
        </Button>
      </DialogActions>
    </>
  )
}
