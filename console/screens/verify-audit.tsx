// Verifying the activity log: every link is computed again; a head that was kept elsewhere proves that nothing older was changed since.
import { useMutation } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { verifyAudit } from '../actions.ts'
import type { Verified } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { TextArea } from '../components/TextArea.tsx'
import { save } from '../save.ts'
import { counted, moment, number } from '../words.ts'

export function VerifyDialog(props: { workspace: string; open: boolean; onClose: () => void }) {
  const { workspace, open, onClose } = props
  const verify = useMutation({
    mutationFn: (head: { seq: string; hash: string } | null) => verifyAudit(workspace, head),
  })
  const { mutate, reset } = verify
  useEffect(() => {
    if (open) mutate(null)
  }, [open, mutate])
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      onClosed={reset}
      title="Verify the activity log"
      description="Each event is sealed together with the one before it. This computes all of it again."
    >
      <DialogBody>
        {verify.data !== undefined ? (
          <Result result={verify.data} />
        ) : verify.error !== null ? (
          <ErrorState
            title="The log could not be verified"
            error={verify.error}
            onRetry={() => mutate(verify.variables)}
          />
        ) : (
          <Skeleton label="Verifying every event">
            <Bone className="h-40" />
          </Skeleton>
        )}
        {verify.data !== undefined && <KeptHead busy={verify.isPending} onCheck={mutate} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Done</Button>
      </DialogActions>
    </Dialog>
  )
}

function Verdict({ ok, children }: { ok: boolean; children: ReactNode }) {
  const Icon = ok ? CircleCheck : CircleAlert
  return (
    <p
      role={ok ? 'status' : 'alert'}
      className={`flex gap-2.5 rounded-md px-3 py-2.5 ${ok ? 'bg-ok-soft' : 'bg-bad-soft'}`}
    >
      <Icon className={`mt-0.5 size-4 shrink-0 ${ok ? 'text-ok' : 'text-bad'}`} aria-hidden />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </p>
  )
}

function Result({ result }: { result: Verified }) {
  const { broken, checked, unsealed, head, given } = result
  return (
    <>
      {head.seq === 0 && broken === null ? (
        <p role="status">
          Nothing is sealed yet: {counted(unsealed, 'event waits', 'events wait')} for it. That takes a second
          or two; look again then.
        </p>
      ) : broken === null ? (
        <Verdict ok>
          <strong className="font-semibold">Nothing was changed.</strong>{' '}
          {counted(checked, 'event was', 'events were')} computed again, and each is the one that was sealed.
          {unsealed > 0 && ` ${counted(unsealed, 'more waits', 'more wait')} to be sealed: a second or two.`}
        </Verdict>
      ) : (
        <Verdict ok={false}>
          <strong className="font-semibold">The log is not as it was sealed.</strong> {broken.sentence}
          {broken.seq !== null && ` It is at number ${number(broken.seq)}`}
          {broken.seq !== null && (broken.eventId === null ? '.' : `, event ${broken.eventId}.`)} The{' '}
          {number(checked)} before it are as they were sealed. Export the log, keep it, and find out who can
          write to the database.
        </Verdict>
      )}
      {given !== null && (
        <Verdict ok={given.ok}>
          <strong className="font-semibold">Against the head you kept (number {number(given.seq)}):</strong>{' '}
          {given.sentence}
        </Verdict>
      )}
      {head.seq > 0 && <HeadOf head={head} />}
    </>
  )
}

function HeadOf({ head }: { head: Verified['head'] }) {
  const text = `${JSON.stringify(head, null, 2)}\n`
  return (
    <section aria-label="The head of the log" className="rounded-lg border px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">The head of the log</h3>
        <div className="flex items-center gap-1">
          <CopyButton text={text} label="Copy the head" />
          <Button
            size="s"
            icon={<Download aria-hidden />}
            onClick={() => save(`activity-head-${head.seq}.json`, text)}
          >
            Download
          </Button>
        </div>
      </div>
      <p className="mt-1 text-sm text-muted">
        Keep it outside of this server. Later it proves that nothing up to number {number(head.seq)} (
        {moment(head.at)}) was changed, taken out or put in, even by somebody who can write to the database.
      </p>
      <code className="mt-2 block font-mono text-xs wrap-anywhere text-muted">{head.hash}</code>
    </section>
  )
}

/** The head in a text: the downloaded file, or a number and a hash. Null where it holds none. */
function headIn(text: string): { seq: string; hash: string } | null {
  const hash = /\b[0-9a-fA-F]{64}\b/.exec(text)?.[0]
  const seq = /"seq"\s*:\s*(\d{1,15})/.exec(text)?.[1] ?? /^\s*(\d{1,15})\b/.exec(text)?.[1]
  return hash === undefined || seq === undefined ? null : { seq, hash }
}

function KeptHead(props: { busy: boolean; onCheck: (head: { seq: string; hash: string }) => void }) {
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState(false)
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        const head = headIn(text)
        setWrong(head === null)
        if (head !== null && !props.busy) props.onCheck(head)
      }}
    >
      <TextArea
        label="Check against a head that you kept"
        hint="Paste the file that you downloaded then, or its number and hash."
        error={wrong ? 'This holds no head: it needs the number and the 64 digits of the hash.' : null}
        mono
        value={text}
        onChange={setText}
      />
      <Button type="submit" className="self-start" busy={props.busy} disabled={text.trim() === ''}>
        Check against it
      </Button>
    </form>
  )
}
