// Signing in, and back to the page that asked for it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter, useSearch } from '@tanstack/react-router'
import { setupQuery } from '../queries.ts'
import { EntryPage } from './entry.tsx'
import { safePath } from './safe-path.ts'
import { SignInForm } from './sign-in-form.tsx'

export function SignInScreen() {
  const { next } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const client = useQueryClient()
  const byMail = useQuery(setupQuery()).data?.forgottenPassword
  return (
    <EntryPage
      title="Sign in"
      heading="Sign in"
      sentence="See who can touch your assets, through which partner."
    >
      <SignInForm
        onDone={() => {
          client.clear()
          router.history.push(safePath(next))
        }}
      />
      <p className="mt-6 text-sm text-muted text-pretty">
        {byMail === false ? (
          <>
            Forgotten your password? An admin of your workspace can make a one-time link for you; whoever runs
            this server can set a new one with <code className="font-mono">reset-password</code>.
          </>
        ) : (
          <Link to="/forgotten-password" className="text-accent-text underline-offset-2 hover:underline">
            Forgotten your password?
          </Link>
        )}
      </p>
    </EntryPage>
  )
}
