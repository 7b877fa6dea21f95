// A session that ended under a form: what was typed is kept, and the reader signs in again over it.
import { useSyncExternalStore } from 'react'
import { Late } from '../components/Late.tsx'
import { late } from '../late.ts'
import type { Me } from '../queries.ts'

const SignInAgain = late(async () => (await import('./sign-in-again.tsx')).SignInAgain)

let whose: Me['user'] | null = null
let tell = () => {}

function set(user: Me['user'] | null): void {
  whose = user
  tell()
}

/** True where the reader is asked to sign in over the page; false where nothing on it would be lost. */
export function keepForm(user: Me['user'] | undefined): boolean {
  if (user === undefined || document.querySelector('form') === null) return false
  set(user)
  return true
}

/** Stands once in the root. */
export function SessionEnd() {
  const user = useSyncExternalStore(
    (listener) => {
      tell = listener
      return () => {}
    },
    () => whose,
  )
  return (
    <Late wanted={user !== null} onGiveUp={() => set(null)}>
      {user !== null && <SignInAgain user={user} onDone={() => set(null)} />}
    </Late>
  )
}
