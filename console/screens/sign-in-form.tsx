// The way in: e-mail and password, then the second factor where there is one; or a passkey in place of both.
import { useMutation } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { giveSecondFactor, passkeySignInOptions, signIn, signInWithPasskey } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Problem } from '../components/Problem.tsx'
import { SecretField, TextField } from '../components/TextField.tsx'
import { askForPasskey, canUsePasskeys } from '../passkey.ts'

export interface SignInFormProps {
  /** The one account that can be used here, as for an invitation. */
  email?: string
  onDone: () => void
}

export function SignInForm({ email: fixed, onDone }: SignInFormProps) {
  const [step, setStep] = useState<'password' | 'code'>('password')
  return step === 'password' ? (
    <PasswordStep fixed={fixed} onCode={() => setStep('code')} onDone={onDone} />
  ) : (
    <CodeStep onBack={() => setStep('password')} onDone={onDone} />
  )
}

function PasswordStep(props: { fixed: string | undefined; onCode: () => void; onDone: () => void }) {
  const [email, setEmail] = useState(props.fixed ?? '')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => signIn({ email: email.trim(), password }),
    onSuccess: (more) => (more ? props.onCode() : props.onDone()),
    gcTime: 0,
  })
  return (
    <>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!enter.isPending) enter.mutate()
        }}
      >
        <TextField
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username webauthn"
          required
          readOnly={props.fixed !== undefined}
          autoFocus={props.fixed === undefined}
          value={email}
          onChange={setEmail}
        />
        <SecretField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          autoFocus={props.fixed !== undefined}
          mono={false}
          value={password}
          onChange={setPassword}
        />
        {enter.error !== null && <Problem sentence={sentenceOf(enter.error)} />}
        <Button type="submit" kind="primary" size="l" busy={enter.isPending} className="mt-1">
          Sign in
        </Button>
      </form>
      {canUsePasskeys() && <PasskeyWay onDone={props.onDone} />}
    </>
  )
}

function PasskeyWay({ onDone }: { onDone: () => void }) {
  const enter = useMutation({
    mutationFn: async () => {
      const { options } = await passkeySignInOptions()
      return signInWithPasskey(await askForPasskey(options))
    },
    onSuccess: onDone,
    gcTime: 0,
  })
  return (
    <div className="mt-4 flex flex-col gap-4">
      <div className="flex items-center gap-3 text-sm text-muted" aria-hidden>
        <span className="h-px flex-1 bg-line" />
        or
        <span className="h-px flex-1 bg-line" />
      </div>
      <Button size="l" icon={<KeyRound aria-hidden />} busy={enter.isPending} onClick={() => enter.mutate()}>
        Sign in with a passkey
      </Button>
      {enter.error !== null && <Problem sentence={enter.error.message} />}
    </div>
  )
}

function CodeStep({ onBack, onDone }: { onBack: () => void; onDone: () => void }) {
  const [by, setBy] = useState<'code' | 'backupCode'>('code')
  const [text, setText] = useState('')
  const give = useMutation({
    mutationFn: () => giveSecondFactor(by === 'code' ? { code: text } : { backupCode: text.trim() }),
    onSuccess: onDone,
    gcTime: 0,
  })
  const other = by === 'code' ? 'backupCode' : 'code'
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!give.isPending) give.mutate()
      }}
    >
      <p role="status" className="text-muted">
        The password is right. Your account asks for a second factor.
      </p>
      <TextField
        key={by}
        label={by === 'code' ? 'Code from your authenticator app' : 'Backup code'}
        hint={
          by === 'code'
            ? 'Six digits. They change every half minute.'
            : 'One of the codes that you kept when you set the second factor up. It works once.'
        }
        inputMode={by === 'code' ? 'numeric' : 'text'}
        autoComplete={by === 'code' ? 'one-time-code' : 'off'}
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        mono
        maxLength={20}
        value={text}
        onChange={setText}
      />
      {give.error !== null && <Problem sentence={give.error.message} />}
      <Button type="submit" kind="primary" size="l" busy={give.isPending}>
        Sign in
      </Button>
      <div className="flex flex-wrap justify-between gap-x-4 gap-y-1">
        <Button
          kind="quiet"
          onClick={() => {
            setBy(other)
            setText('')
            give.reset()
          }}
        >
          {by === 'code' ? 'Use a backup code' : 'Use the authenticator app'}
        </Button>
        <Button kind="quiet" onClick={onBack}>
          Start again
        </Button>
      </div>
    </form>
  )
}

function sentenceOf(error: Error): string {
  if (error instanceof ApiError && error.code === 'unauthenticated')
    return 'This e-mail and password do not belong together. Check both and try again.'
  return error.message
}
