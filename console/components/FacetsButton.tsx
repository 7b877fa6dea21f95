// The filters of a list behind a button, for narrow screens.
import { SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { late } from '../late.ts'
import { number } from '../words.ts'
import { Button } from './Button.tsx'
import type { FacetsProps } from './Facets.tsx'
import { Late, LateBones } from './Late.tsx'

const FacetsDrawer = late(async () => (await import('./FacetsDrawer.tsx')).FacetsDrawer)

export function FacetsButton(props: FacetsProps & { onClear: () => void }) {
  const [open, setOpen] = useState(false)
  const on = props.groups.reduce((sum, group) => sum + group.chosen.length, 0)
  return (
    <>
      <Button
        icon={<SlidersHorizontal aria-hidden />}
        aria-haspopup="dialog"
        onPointerEnter={FacetsDrawer.preload}
        onFocus={FacetsDrawer.preload}
        onClick={() => setOpen(true)}
      >
        Filters{on > 0 && <span className="text-accent-text tabular-nums">{number(on)}</span>}
      </Button>
      <Late
        wanted={open}
        waiting={<LateBones label="Loading the filters" as="left" />}
        onGiveUp={() => setOpen(false)}
      >
        <FacetsDrawer {...props} on={on > 0} open={open} onClose={() => setOpen(false)} />
      </Late>
    </>
  )
}
