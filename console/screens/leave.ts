// Signing out, from wherever.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { signOut } from '../actions.ts'
import { ApiError, worthTrying } from '../client.ts'
import { toast } from '../components/Toast.tsx'
import { lockVault } from '../vault.ts'

/** Ends this session, forgets what was read, and leads to sign-in. Where the server could not end it, that is said: it would be open to whoever comes next. */
export function useLeave(): () => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    lockVault()
    try {
      await signOut()
    } catch (error) {
      // Other refusals mean that there is no session any more.
      if (error instanceof ApiError && worthTrying(0, error)) {
        toast({ title: 'You are still signed in', text: error.message, failed: true })
        return
      }
    }
    client.clear()
    await navigate({ to: '/sign-in' })
  }
}
