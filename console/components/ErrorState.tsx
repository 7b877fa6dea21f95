// A view that could not be loaded: what happened, Try again, and the reference to quote.
import { CloudOff, RotateCw } from 'lucide-react'
import { Button } from './Button.tsx'

export interface ErrorStateProps {
  /** What could not be shown, as "The partners could not be loaded". */
  title: string
  /** The failure; its message is shown, and its `reference` where it has one. */
  error: unknown
  onRetry?: () => void
  /** The word on its button. */
  retry?: string
  /** `h1` where nothing stands above it. */
  heading?: 'h1' | 'h2'
}

export function ErrorState({
  title,
  error,
  onRetry,
  retry = 'Try again',
  heading: Heading = 'h2',
}: ErrorStateProps) {
  const away = error instanceof Error && 'code' in error && error.code === 'unavailable'
  // Not there is no failure: another try says the same.
  const gone = error instanceof Error && 'code' in error && error.code === 'not_found'
  const reference = error instanceof Error && 'reference' in error ? error.reference : null
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center px-6 py-14 text-center">
      <div className="mb-4 grid size-11 place-items-center rounded-lg border bg-surface text-bad">
        <CloudOff className="size-5" aria-hidden />
      </div>
      <Heading className="text-lg font-semibold">{gone ? 'There is nothing here' : title}</Heading>
      <p className="mt-1 text-muted text-pretty">
        {error instanceof Error ? error.message : 'Something unexpected happened.'}
      </p>
      {away && <p className="mt-1 text-muted">This page tries again by itself.</p>}
      {gone && <p className="mt-1 text-muted">It may have been removed since.</p>}
      {onRetry !== undefined && !gone && (
        <Button className="mt-5" icon={<RotateCw aria-hidden />} onClick={onRetry}>
          {retry}
        </Button>
      )}
      {!gone && typeof reference === 'string' && reference !== '' && (
        <p className="mt-4 text-sm text-faint">
          Reference <code className="font-mono">{reference}</code>
        </p>
      )}
    </div>
  )
}
