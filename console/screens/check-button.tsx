// The button that checks the present app for updates, wherever it stands.
import { RefreshCw } from 'lucide-react'
import { Button } from '../components/Button.tsx'
import type { ButtonProps } from '../components/Button.tsx'
import { usePlace } from '../place.ts'
import { useCan } from '../rights.ts'
import { useCheckForUpdates } from './check-for-updates.ts'

/** Nothing where the reader may not. */
export function CheckButton({ kind = 'primary' }: Pick<ButtonProps, 'kind'>) {
  const { workspace, connection } = usePlace()
  const can = useCan(workspace)
  const check = useCheckForUpdates(workspace)
  if (!can('check.start')) return null
  return (
    <Button
      kind={kind}
      icon={<RefreshCw aria-hidden />}
      busy={check.isPending}
      onClick={() => check.mutate({ connection })}
    >
      Check for updates
    </Button>
  )
}
