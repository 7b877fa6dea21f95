// The browser did not let a button copy: the text stands here, selected, for the reader's own hand. Esc closes, and the focus goes back.
import { X } from 'lucide-react'
import { useEffect, useId, useRef } from 'react'
import { createPortal } from 'react-dom'
import { IconButton } from './IconButton.tsx'
import { commandKey } from './Key.tsx'
import { useLayer } from './layer.ts'

const LINES = 6

export function CopyByHand(props: { text: string; secret: boolean; onClose: () => void }) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    const before = document.activeElement
    field.current?.select()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return createPortal(
    <div
      role="group"
      aria-labelledby={id}
      className="fixed right-4 bottom-[calc(var(--foot,0px)+1rem)] left-4 z-50 rounded-lg bg-raised py-3 pr-2 pl-3.5 text-left text-base text-text shadow-pop max-sm:bottom-[max(4.5rem,calc(var(--foot,0px)+1rem))] sm:left-auto sm:w-96"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        // What lies beneath stays open.
        event.stopPropagation()
        props.onClose()
      }}
    >
      <div className="flex items-start gap-2">
        <p id={id} role="alert" className="min-w-0 flex-1">
          <strong className="font-medium">The browser did not allow copying.</strong>{' '}
          <span className="text-muted">
            The text is selected here: press {commandKey} C, or hold it with a finger, to copy it.
            {props.secret && ' It then stays in the clipboard until something else is copied.'}
          </span>
        </p>
        <IconButton label="Close" icon={<X aria-hidden />} className="-my-1.5" onClick={props.onClose} />
      </div>
      <textarea
        ref={field}
        readOnly
        aria-label="The text to copy"
        rows={Math.min(LINES, props.text.trimEnd().split('\n').length)}
        value={props.text}
        onFocus={(event) => event.target.select()}
        className="mt-2 block w-[calc(100%-0.375rem)] resize-none rounded-md border border-control bg-canvas px-2.5 py-1.5 font-mono text-sm"
      />
    </div>,
    useLayer() ?? document.body,
  )
}
