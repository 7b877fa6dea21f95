// Setting a second factor up, in three steps: prove who you are, let an authenticator app read the key, keep the backup codes.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { encode } from 'uqr'
import { confirmSecondFactor, startSecondFactor } from '../actions.ts'
import type { SecondFactorStart } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { Problem } from '../components/Problem.tsx'
import { SecretField, TextField } from '../components/TextField.tsx'
import { BackupCodes } from './backup-codes.tsx'

/** `onDone` is called when the factor is on and the codes are kept. */
export function SecondFactorSetup({ onDone, onCancel }: { onDone: () => void; onCancel?: () => void }) {
  const [started, setStarted] = useState<SecondFactorStart | null>(null)
  const [confirmed, setConfirmed] = useState(false)
  if (started === null) return <Password onStarted={setStarted} onCancel={onCancel} />
  if (!confirmed) return <Confirm started={started} onConfirmed={() => setConfirmed(true)} />
  return <Codes codes={started.backupCodes} onDone={onDone} />
}

function Password(props: {
  onStarted: (started: SecondFactorStart) => void
  onCancel: (() => void) | undefined
}) {
  const [password, setPassword] = useState('')
  const start = useMutation({
    mutationFn: () => startSecondFactor(password),
    onSuccess: props.onStarted,
    gcTime: 0,
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!start.isPending) start.mutate()
      }}
    >
      <p className="text-muted">
        You need an authenticator app on your phone or in your password manager. First, your password.
      </p>
      <SecretField
        label="Your password"
        autoComplete="current-password"
        required
        autoFocus
        mono={false}
        value={password}
        onChange={setPassword}
        error={start.error instanceof ApiError ? start.error.fields.password : null}
      />
      {start.error !== null && !isAbout(start.error, 'password') && (
        <Problem sentence={start.error.message} />
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" kind="primary" busy={start.isPending}>
          Continue
        </Button>
        {props.onCancel !== undefined && <Button onClick={props.onCancel}>Cancel</Button>}
      </div>
    </form>
  )
}

function isAbout(error: Error, field: string): boolean {
  return error instanceof ApiError && error.fields[field] !== undefined
}

function Confirm({ started, onConfirmed }: { started: SecondFactorStart; onConfirmed: () => void }) {
  const [code, setCode] = useState('')
  const client = useQueryClient()
  const confirm = useMutation({
    mutationFn: () => confirmSecondFactor(code),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['security'] })
      void client.invalidateQueries({ queryKey: ['sessions'] })
      onConfirmed()
    },
    gcTime: 0,
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!confirm.isPending) confirm.mutate()
      }}
    >
      <p>Scan this with the authenticator app, or type the key into it.</p>
      <div className="flex flex-wrap items-start gap-5">
        <QrCode text={started.uri} label="QR code with the key for the authenticator app" />
        <div className="min-w-0 flex-1 basis-48">
          <div className="font-medium">Key</div>
          <div className="mt-1 flex items-start gap-1">
            <code className="font-mono text-sm wrap-anywhere">
              {started.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}
            </code>
            <CopyButton text={started.secret} label="Copy the key" />
          </div>
          <p className="mt-2 text-sm text-muted">By time, six digits, thirty seconds.</p>
        </div>
      </div>
      <TextField
        label="Code from the app"
        hint="Six digits. They change every half minute."
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        autoFocus
        mono
        maxLength={10}
        value={code}
        onChange={setCode}
        error={confirm.error instanceof ApiError ? confirm.error.fields.code : null}
      />
      {confirm.error !== null && !isAbout(confirm.error, 'code') && (
        <Problem sentence={confirm.error.message} />
      )}
      <Button type="submit" kind="primary" className="self-start" busy={confirm.isPending}>
        Switch on
      </Button>
    </form>
  )
}

function Codes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const [kept, setKept] = useState(false)
  return (
    <div className="flex flex-col gap-4">
      <p role="status" className="font-medium text-ok-text">
        Your second factor is on.
      </p>
      <p>
        Keep these backup codes where your phone is not. Each opens your account once, in place of a code.
        They are not shown again.
      </p>
      <BackupCodes codes={codes} />
      <Checkbox checked={kept} onChange={setKept} label="I have kept the backup codes" />
      <Button kind="primary" className="self-start" disabled={!kept} onClick={onDone}>
        Done
      </Button>
    </div>
  )
}

/** Black on white in both themes: apps read nothing else reliably. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: 3 })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="size-44 shrink-0 rounded-md border"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
