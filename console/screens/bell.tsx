// The bell of the frame: how many notices are unread. What it opens is loaded when it is wanted.
import { Bell as BellIcon } from 'lucide-react'
import { useState } from 'react'
import { Late, LateBones } from '../components/Late.tsx'
import { late } from '../late.ts'
import { counted } from '../words.ts'

const Notices = late(async () => (await import('./notices.tsx')).Notices)

export function Bell({ workspace, unread }: { workspace: string; unread: number }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        className="relative grid size-8 shrink-0 place-items-center rounded-full text-muted transition-colors hover:bg-hover hover:text-text pointer-coarse:size-10"
        onPointerEnter={Notices.preload}
        onFocus={Notices.preload}
        onClick={() => setOpen(true)}
      >
        <BellIcon className="size-4.5" aria-hidden />
        <span className="sr-only">
          Notices{unread > 0 && `, ${counted(unread, 'unread notice', 'unread notices')}`}
        </span>
        {unread > 0 && (
          <span
            aria-hidden
            className="absolute -top-0.5 -right-1 min-w-4.5 rounded-full bg-accent px-1 text-center text-xs leading-4.5 text-on-accent tabular-nums"
          >
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </button>
      <Late wanted={open} waiting={<LateBones label="Loading the notices" />} onGiveUp={() => setOpen(false)}>
        <Notices workspace={workspace} open={open} onClose={() => setOpen(false)} />
      </Late>
    </>
  )
}
