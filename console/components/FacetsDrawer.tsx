// The panel of the filters on a narrow screen.
import { Button } from './Button.tsx'
import { Drawer } from './Drawer.tsx'
import { Facets } from './Facets.tsx'
import type { FacetsProps } from './Facets.tsx'

export interface FacetsDrawerProps extends FacetsProps {
  open: boolean
  onClose: () => void
  /** Some are chosen. */
  on: boolean
  onClear: () => void
}

export function FacetsDrawer(props: FacetsDrawerProps) {
  return (
    <Drawer
      open={props.open}
      onClose={props.onClose}
      title="Filters"
      side="left"
      actions={
        <>
          {props.on && (
            <Button kind="quiet" onClick={props.onClear}>
              Clear
            </Button>
          )}
          <Button kind="primary" onClick={props.onClose}>
            Show the list
          </Button>
        </>
      }
    >
      <Facets groups={props.groups} onChange={props.onChange} />
    </Drawer>
  )
}
