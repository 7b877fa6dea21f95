// Signing in with e-mail and password, and back to the page that asked for it.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { signIn } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Problem } from '../components/Problem.tsx'
import { SecretField, TextField } from '../components/TextField.tsx'
import { EntryPage } from './entry.tsx'

export function SignInScreen() {
  const { next } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const client = useQueryClient()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => signIn({ email: email.trim(), password }),
    onSuccess: () => {
      client.clear()
      // Only a path of this console may follow, never another site.
      const safe = next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/'
      router.history.push(safe)
    },
  })
  return (
    <EntryPage
      title="Sign in"
      heading="Sign in"
      sentence="See who can touch your assets, through which partner."
    >
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
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={setEmail}
        />
        <SecretField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          mono={false}
          value={password}
          onChange={setPassword}
        />
        {enter.error !== null && <Problem sentence={sentenceOf(enter.error)} />}
        <Button type="submit" kind="primary" size="l" busy={enter.isPending} className="mt-1">
          Sign in
        </Button>
      </form>
      <p className="mt-6 text-sm text-muted text-pretty">
        Forgotten your password? Whoever runs this server can set a new one with{' '}
        <code className="font-mono">reset-password</code>.
      </p>
    </EntryPage>
  )
}

function sentenceOf(error: Error): string {
  if (!(error instanceof ApiError)) return error.message
  if (error.code === 'unauthenticated')
    return 'This e-mail and password do not belong together. Check both and try again.'
  if (error.code === 'limited') return 'Too many tries. Wait a minute, then try again.'
  return error.message
}
