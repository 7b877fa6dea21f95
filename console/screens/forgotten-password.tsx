// Asking for a new password by mail; where no mail can be sent, whom to ask instead.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { askForPassword } from '../actions.ts'
import { Button, buttonClass } from '../components/Button.tsx'
import { Problem } from '../components/Problem.tsx'
import { TextField } from '../components/TextField.tsx'
import { setupQuery } from '../queries.ts'
import { EntryPage } from './entry.tsx'

export function ForgottenPasswordScreen() {
  const byMail = useQuery(setupQuery()).data?.forgottenPassword
  const [email, setEmail] = useState('')
  const ask = useMutation({ mutationFn: () => askForPassword(email.trim()) })
  const back = (
    <Link to="/sign-in" className={buttonClass('secondary', 'l')}>
      Back to sign-in
    </Link>
  )
  if (byMail === false) {
    return (
      <EntryPage
        title="Forgotten password"
        heading="Ask for a one-time link"
        sentence={
          <>
            This server sends no mail. An admin of your workspace can make a one-time link to a new password
            for you. If there is none, whoever runs the server can set one with{' '}
            <code className="font-mono">reset-password</code>.
          </>
        }
      >
        {back}
      </EntryPage>
    )
  }
  if (ask.isSuccess) {
    return (
      <EntryPage
        title="Forgotten password"
        heading="Look into your mail"
        sentence={
          <>
            If <bdi className="font-medium text-text">{email.trim()}</bdi> has an account here, a link to a
            new password is on its way. It works once. Nothing there after some minutes? Look into the folder
            for spam, or ask an admin of your workspace for a link.
          </>
        }
      >
        <p role="status" className="sr-only">
          The request was sent.
        </p>
        {back}
      </EntryPage>
    )
  }
  return (
    <EntryPage
      title="Forgotten password"
      heading="Forgotten your password?"
      sentence="We mail you a link to a new one. Your second factor stays as it is."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!ask.isPending) ask.mutate()
        }}
      >
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={setEmail}
        />
        {ask.error !== null && <Problem sentence={ask.error.message} />}
        <Button type="submit" kind="primary" size="l" busy={ask.isPending} className="mt-1">
          Mail me a link
        </Button>
        {back}
      </form>
    </EntryPage>
  )
}
