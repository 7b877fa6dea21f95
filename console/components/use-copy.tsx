// Copies a text. Where the browser refuses, the text is shown selected, to be copied by hand.
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { late } from '../late.ts'
import { Late } from './Late.tsx'

const CopyByHand = late(async () => (await import('./CopyByHand.tsx')).CopyByHand)

/** How long it is said that it was copied; of a secret until the clipboard is emptied again. */
const SAID_MS = { plain: 4_000, secret: 30_000 }

interface Copying {
  copied: boolean
  copy: () => void
  /** To be drawn beside the button: what is shown where the browser refused. */
  byHand: ReactNode
}

/** `secret`: what copies it and empties the clipboard later on, which copying by hand cannot. */
export function useCopy(text: string, secret?: (text: string) => Promise<void>): Copying {
  const [state, setState] = useState<'copied' | 'refused' | null>(null)
  useEffect(() => {
    if (state !== 'copied') return
    const timer = setTimeout(() => setState(null), SAID_MS[secret === undefined ? 'plain' : 'secret'])
    return () => clearTimeout(timer)
  }, [state, secret])
  // A page that is not served securely has no clipboard at all.
  const write = secret ?? (async (text: string) => navigator.clipboard.writeText(text))
  const close = () => setState(null)
  return {
    copied: state === 'copied',
    copy: () =>
      void write(text).then(
        () => setState('copied'),
        () => setState('refused'),
      ),
    byHand: (
      <Late wanted={state === 'refused'} onGiveUp={close}>
        {state === 'refused' && <CopyByHand text={text} secret={secret !== undefined} onClose={close} />}
      </Late>
    ),
  }
}
