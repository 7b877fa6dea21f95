// A failure beside what caused it: what happened, and where to quote it. For forms and dialogs; a whole view uses ErrorState.
import { CircleAlert } from 'lucide-react'
import { Button } from './Button.tsx'

export function Problem({
  sentence,
  reference,
  onRetry,
}: {
  sentence: string
  reference?: string | null
  /** Given where nothing else on the screen does it again. */
  onRetry?: () => unknown
}) {
  return (
    <p role="alert" className="flex gap-2 rounded-md bg-bad-soft px-3 py-2 text-text">
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <span className="min-w-0 flex-1 wrap-anywhere">
        {sentence}
        {reference != null && <span className="text-muted"> Reference {reference}.</span>}
      </span>
      {onRetry !== undefined && (
        <Button size="s" onClick={onRetry}>
          Try again
        </Button>
      )}
    </p>
  )
}
