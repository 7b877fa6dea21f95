// Over the whole page, which nobody sees or reaches until the reader has signed in again.
import { useQueryClient } from '@tanstack/react-query'
import { useId, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { meQuery } from '../queries.ts'
import type { Me } from '../queries.ts'
import { Mark } from './entry.tsx'
import { SignInForm } from './sign-in-form.tsx'

export function SignInAgain({ user, onDone }: { user: Me['user']; onDone: () => void }) {
  const id = useId()
  const client = useQueryClient()
  const dialog = useRef<HTMLDialogElement>(null)
  // Before a field of this form has it.
  const [before] = useState(() => document.activeElement)
  useLayoutEffect(() => {
    const { current } = dialog
    current?.showModal()
    current?.querySelector<HTMLElement>('[name=password]')?.focus()
    return () => {
      current?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [before])
  const goOn = async () => {
    const now = await client.query({ ...meQuery(), staleTime: 0 })
    // What stands on the page is not for somebody else.
    if (now.user.id !== user.id) return location.assign('/')
    onDone()
    void client.invalidateQueries()
  }
  // Beside the root: a dialog that is open on the page hides all of that from screen readers.
  return createPortal(
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className="m-0 size-full max-h-none max-w-none bg-canvas text-text"
      onCancel={(event) => event.preventDefault()}
      // No key works what lies beneath: Esc would close the form.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="flex items-center gap-2.5 px-6 py-5">
        <Mark size={28} />
        <span className="text-lg font-semibold">Guestlist</span>
      </div>
      <div className="mx-auto w-full max-w-sm px-4 pt-[6vh] pb-16">
        <h1 id={id} className="text-2xl font-semibold tracking-tight">
          Your session has ended
        </h1>
        <p className="mt-2 mb-7 text-muted text-pretty">
          Sign in again to go on where you were. What you typed is still there; nothing of it was saved.
        </p>
        <SignInForm email={user.email} onDone={() => void goOn()} />
        <p className="mt-6 text-sm text-muted">
          Not you?{' '}
          <a href="/sign-in" className="text-accent-text underline-offset-2 hover:underline">
            Sign in as somebody else
          </a>
          , and what was typed here is gone.
        </p>
      </div>
    </dialog>,
    document.body,
  )
}
