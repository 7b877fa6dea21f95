// The first half of the secret's dialog: label, kind, value and expiry, and keys that must be compared before it is encrypted again.
import { useId, useState } from 'react'
import type { ReactNode } from 'react'
import { SECRET_LIMITS, secretKindLabels, secretKinds } from '../../src/model/secret.ts'
import type { SecretKind } from '../../src/model/secret.ts'
import { Button } from '../components/Button.tsx'
import { DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
import { SecretArea } from '../components/SecretArea.tsx'
import { Select } from '../components/Select.tsx'
import { TextField } from '../components/TextField.tsx'
import { dateOf } from '../dates.ts'
import { number } from '../words.ts'
import type { ExpiryChoice } from './secret-words.ts'
import { expiryOf, expiryOptions } from './secret-words.ts'

export interface Content {
  label: string
  kind: SecretKind
  value: string
}

/** Label and value as they may be stored, or the sentence why not, by field. */
function checked(content: Content): Partial<Record<'label' | 'value', string>> {
  const label = content.label.trim()
  return {
    ...(label === '' ? { label: 'Give it a label: it is what others see in the list.' } : {}),
    ...(content.value === '' ? { value: 'Type or paste what is secret.' } : {}),
    ...(content.value.length > SECRET_LIMITS.value
      ? {
          value: `A secret holds at most ${number(SECRET_LIMITS.value)} characters; this has ${number(content.value.length)}.`,
        }
      : {}),
  }
}

export interface Expiry {
  choice: ExpiryChoice
  date: string
}

export function SecretContent(props: {
  content: Content
  setContent: (content: Content) => void
  expiry: Expiry
  setExpiry: (expiry: Expiry) => void
  /** A new secret, whose expiry is chosen here. */
  fresh: boolean
  replaces: boolean
  save: { busy: boolean; problem: string | null }
  /** Keys that must be compared first; nothing is saved while there are any. */
  stopped: ReactNode
  onCancel: () => void
  onSave: (() => void) | null
  onShare: (() => void) | null
}) {
  const { content, setContent, expiry, setExpiry, save } = props
  const form = useId()
  const [tried, setTried] = useState(false)
  const errors = checked(content)
  const dateMissing = props.fresh && expiryOf(expiry.choice, expiry.date) === undefined
  const ready = Object.keys(errors).length === 0 && !dateMissing
  const go = (then: (() => void) | null) => {
    setTried(true)
    if (ready && !save.busy) then?.()
  }
  const set = (patch: Partial<Content>) => setContent({ ...content, ...patch })
  return (
    <>
      <DialogBody>
        <form
          id={form}
          autoComplete="off"
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            go(props.onShare ?? props.onSave)
          }}
        >
          <TextField
            autoFocus
            label="Label"
            hint="Readable by the server and in the list; nothing secret."
            maxLength={SECRET_LIMITS.label}
            value={content.label}
            error={tried ? errors.label : null}
            onChange={(label) => set({ label })}
          />
          <Select<SecretKind>
            label="Kind"
            value={content.kind}
            options={secretKinds.map((value) => ({ value, label: secretKindLabels[value] }))}
            onChange={(kind) => set({ kind })}
          />
          <SecretArea
            label={props.replaces ? 'New value' : 'Value'}
            hint="Encrypted in this browser, readable by the recipients whose fingerprints you checked."
            open={content.kind === 'note'}
            value={content.value}
            error={tried ? errors.value : null}
            onChange={(value) => set({ value })}
          />
          {props.fresh && (
            <>
              <Select<ExpiryChoice>
                label="Expires"
                hint="An expired secret is deleted for good."
                value={expiry.choice}
                options={expiryOptions}
                onChange={(choice) => setExpiry({ ...expiry, choice })}
              />
              {expiry.choice === 'date' && (
                <TextField
                  label="Last day"
                  type="date"
                  min={dateOf(new Date())}
                  value={expiry.date}
                  error={tried && dateMissing ? 'Choose a day.' : null}
                  onChange={(date) => setExpiry({ ...expiry, date })}
                />
              )}
            </>
          )}
        </form>
        {props.stopped}
        {save.problem !== null && <Problem sentence={save.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onCancel}>Cancel</Button>
        {props.onSave !== null && (
          <Button
            kind={props.onShare === null ? 'primary' : 'secondary'}
            busy={save.busy}
            disabled={props.stopped !== null}
            onClick={() => go(props.onSave)}
          >
            {props.onShare === null ? 'Save' : 'Save for me only'}
          </Button>
        )}
        {props.onShare !== null && (
          <Button type="submit" form={form} kind="primary">
            Share
          </Button>
        )}
      </DialogActions>
    </>
  )
}
