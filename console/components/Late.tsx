// Stands around what is loaded when it is wanted: what is shown until then, and what is told where it does not come.
import { RotateCw } from 'lucide-react'
import { Component, Suspense } from 'react'
import type { ReactNode } from 'react'
import { LoadFailure } from '../late.ts'
import { Button } from './Button.tsx'
import { Bone, Skeleton } from './Skeleton.tsx'

interface LateProps {
  /** What is inside is to be there; from then on it stays, as a drawer that closes is still to be seen. */
  wanted: boolean
  waiting?: ReactNode
  /** It did not come, and the reader goes on without it. */
  onGiveUp: () => void
  /** Told in its place, where it only tells something. */
  instead?: { title: string; text?: string } | undefined
  children: ReactNode
}

interface LateState {
  mounted: boolean
  error: unknown
}

/** Only a class hears of what is thrown beneath it. */
export class Late extends Component<LateProps, LateState> {
  override state: LateState = { mounted: false, error: null }

  static getDerivedStateFromProps({ wanted }: LateProps, { error }: LateState): Partial<LateState> | null {
    if (wanted) return { mounted: true }
    // What did not come is asked for again when it is wanted again.
    return error === null ? null : { mounted: false, error: null }
  }

  static getDerivedStateFromError(error: unknown): Partial<LateState> {
    return { error }
  }

  override render() {
    const { mounted, error } = this.state
    if (!mounted) return null
    if (error instanceof LoadFailure) return <NotLoaded {...this.props} error={error} />
    // Anything else is the page's to tell.
    if (error !== null) throw error as Error
    return <Suspense fallback={this.props.waiting ?? null}>{this.props.children}</Suspense>
  }
}

function NotLoaded({ error, instead, onGiveUp }: LateProps & { error: LoadFailure }) {
  return (
    <div
      role="alert"
      className="fixed right-4 bottom-4 left-4 z-50 rounded-lg bg-raised px-3.5 py-3 shadow-pop max-sm:bottom-18 sm:left-auto sm:w-96"
    >
      <p className="font-medium">{instead?.title ?? 'This part of the page could not be loaded'}</p>
      <p className="text-sm text-muted">{instead === undefined ? error.message : instead.text}</p>
      <div className="mt-2 flex gap-2">
        {instead === undefined && (
          <Button size="s" icon={<RotateCw aria-hidden />} onClick={() => location.reload()}>
            Reload
          </Button>
        )}
        <Button size="s" kind="quiet" onClick={onGiveUp}>
          Close
        </Button>
      </div>
    </div>
  )
}

const shapes = {
  right: 'inset-y-0 right-0 max-w-[600px]',
  left: 'inset-y-0 left-0 max-w-80',
  dialog: 'inset-0 m-auto h-72 max-w-lg rounded-lg',
}

/** Where a drawer or a dialog will be, while its script is loaded. */
export function LateBones({ label, as = 'right' }: { label: string; as?: keyof typeof shapes }) {
  return (
    <div
      className={`animate-late fixed z-10 w-full bg-surface px-6 py-5 shadow-pop max-sm:px-4 ${shapes[as]}`}
    >
      <Skeleton label={label} className="flex flex-col gap-3">
        <Bone className="h-6 w-1/3" />
        <Bone className="mt-6 h-4 w-2/3" />
        <Bone className="h-4 w-1/2" />
        <Bone className="mt-4 h-40" />
      </Skeleton>
    </div>
  )
}
