// Copies a text and says so, to eyes and ears.
import { Check, Copy } from 'lucide-react'
import { useCopy } from './use-copy.tsx'

/** `label` says what is copied, as "Copy trace id". */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { copied, copy, byHand } = useCopy(text)
  return (
    <>
      <button
        type="button"
        aria-label={label}
        title={label}
        className="inline-grid size-6 place-items-center rounded-sm text-muted hover:bg-hover hover:text-text pointer-coarse:-my-2 pointer-coarse:size-9"
        onClick={copy}
      >
        {copied ? (
          <Check className="size-3.5 text-ok" aria-hidden />
        ) : (
          <Copy className="size-3.5" aria-hidden />
        )}
        <span role="status" className="sr-only">
          {copied ? 'Copied' : ''}
        </span>
      </button>
      {byHand}
    </>
  )
}
