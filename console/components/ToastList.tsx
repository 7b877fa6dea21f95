// Draws toasts: each for some seconds, longer while the pointer or the focus is on it.
import { Toast as Base } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from './Button.tsx'
import { IconButton } from './IconButton.tsx'

export interface ToastNews {
  title: string
  text?: string
  /** A failure that needs no answer, as a second try is the same button. */
  failed?: boolean
  /** The next step, as "Check for updates now". */
  action?: { label: string; onPress: () => void }
}

const manager = Base.createToastManager()

/** Takes and shows what there is each time that `count` has grown. */
export function ToastList({ count, take }: { count: number; take: () => ToastNews[] }) {
  useEffect(() => {
    for (const one of take()) show(one)
  }, [count, take])
  return (
    <Base.Provider toastManager={manager} limit={3}>
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-[calc(var(--foot,0px)+1rem)] left-4 z-50 flex flex-col gap-2 max-sm:bottom-[max(4.5rem,calc(var(--foot,0px)+1rem))] sm:left-auto sm:w-96">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function show(news: ToastNews): void {
  const { action } = news
  const id = manager.add({
    title: news.title,
    type: news.failed === true ? 'failed' : 'done',
    description: news.text,
    timeout: action === undefined ? 6000 : 12_000,
    actionProps:
      action === undefined
        ? undefined
        : {
            children: action.label,
            onClick: () => {
              action.onPress()
              manager.close(id)
            },
          },
  })
}

function Toasts() {
  const { toasts } = Base.useToastManager()
  return toasts.map((item) => (
    <Base.Root
      key={item.id}
      toast={item}
      className="rounded-lg bg-raised shadow-pop transition-opacity duration-150 data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
    >
      <Base.Content className="flex items-start gap-2.5 py-3 pr-2 pl-3.5">
        {item.type === 'failed' ? (
          <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
        ) : (
          <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
        )}
        <div className="min-w-0 flex-1">
          <Base.Title className="font-medium wrap-anywhere" />
          <Base.Description className="text-sm wrap-anywhere text-muted" />
          {item.actionProps !== undefined && <Base.Action render={<Button size="s" className="mt-2" />} />}
        </div>
        <Base.Close
          // The library hides it from screen readers until the pointer or the focus is there, and yet leaves it in the order of Tab.
          aria-hidden={false}
          render={<IconButton label="Close" icon={<X aria-hidden />} className="-my-1.5" />}
        />
      </Base.Content>
    </Base.Root>
  ))
}
