// Signing out, from wherever.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { signOut } from '../actions.ts'
import { lockVault } from '../vault.ts'

/** Ends this session, forgets what was read, and leads to sign-in. */
export function useLeave(): () => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    lockVault()
    await signOut().catch(() => undefined)
    client.clear()
    await navigate({ to: '/sign-in' })
  }
}
