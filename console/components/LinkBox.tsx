// A link that is shown once, to copy and hand over: it opens something, so it is treated as a secret.
import { Check, Copy } from 'lucide-react'
import { useId } from 'react'
import { Button } from './Button.tsx'
import { useCopy } from './use-copy.tsx'

export interface LinkBoxProps {
  /** What it is, as "Invitation link". */
  label: string
  text: string
  /** The verb of the button, as "Copy link". */
  action: string
}

export function LinkBox({ label, text, action }: LinkBoxProps) {
  const id = useId()
  const { copied, copy, byHand } = useCopy(text)
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          readOnly
          value={text}
          onFocus={(event) => event.target.select()}
          className="h-9 min-w-0 flex-1 rounded-md border border-control bg-canvas px-2.5 font-mono text-sm text-ellipsis pointer-coarse:h-11"
        />
        <Button
          kind="primary"
          size="l"
          className="h-9 pointer-coarse:h-11"
          icon={copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          onClick={copy}
        >
          {copied ? 'Copied' : action}
        </Button>
      </div>
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
      {byHand}
    </div>
  )
}
