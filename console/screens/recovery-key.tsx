// A recovery key, shown once: printed, copied or saved, and proven by typing its last group before it counts.
import { Copy, Download, Printer } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from '../components/Button.tsx'
import { DialogActions, DialogBody } from '../components/Dialog.tsx'
import { Problem } from '../components/Problem.tsx'
import { TextField } from '../components/TextField.tsx'
import { useCopy } from '../components/use-copy.tsx'
import { download } from '../secret-work.ts'
import { copySecret } from '../vault.ts'

export function RecoveryKey(props: {
  recoveryKey: string
  action: string
  busy: boolean
  problem: string | null
  onKept: () => void
  onCancel: () => void
}) {
  const form = useId()
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string | null>(null)
  const { copied, copy, byHand } = useCopy(props.recoveryKey, copySecret)
  const groups = props.recoveryKey.split('-')
  const text = `Recovery key of your Guestlist vault\n\n${props.recoveryKey}\n\nWhoever has it and your account can open your vault. Keep it offline.\n`
  return (
    <>
      <DialogBody>
        <p>
          If you forget the passphrase, this key is the only other way in.{' '}
          <strong className="font-medium">It is shown once.</strong> Print it, or keep it in a safe place that
          is not this computer.
        </p>
        <div className="print-alone rounded-md border bg-hover px-4 py-3">
          <p className="hidden print:block">Recovery key of your Guestlist vault</p>
          <p
            aria-label={`Recovery key: ${groups.join(' ')}`}
            role="img"
            className="grid grid-cols-4 gap-x-3 gap-y-1 font-mono text-lg tracking-wide tabular-nums max-sm:text-base"
          >
            {groups.map((group, at) => (
              <span key={at}>{group}</span>
            ))}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button icon={<Printer aria-hidden />} onClick={() => print()}>
            Print
          </Button>
          <Button icon={<Copy aria-hidden />} onClick={copy}>
            Copy
          </Button>
          <Button
            icon={<Download aria-hidden />}
            onClick={() => download('guestlist-recovery-key.txt', text)}
          >
            Download
          </Button>
          <span role="status" className="self-center text-sm text-muted">
            {copied ? 'Copied. The clipboard is cleared after 30 seconds.' : ''}
          </span>
        </div>
        {byHand}
        <form
          id={form}
          autoComplete="off"
          onSubmit={(event) => {
            event.preventDefault()
            if (props.busy) return
            if (typed.trim().toUpperCase() === groups.at(-1)) props.onKept()
            else setError('That is not the last group. Look at what you kept.')
          }}
        >
          <TextField
            label="Last group of the recovery key"
            hint="From your copy, as proof that you have one."
            mono
            maxLength={8}
            autoCapitalize="characters"
            spellCheck={false}
            value={typed}
            error={error}
            onChange={(value) => {
              setTyped(value)
              setError(null)
            }}
          />
        </form>
        {props.problem !== null && <Problem sentence={props.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onCancel}>Cancel</Button>
        <Button type="submit" form={form} kind="primary" busy={props.busy} disabled={typed.trim() === ''}>
          {props.action}
        </Button>
      </DialogActions>
    </>
  )
}
