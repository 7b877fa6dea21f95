// Where menus, lists and hints are drawn: inside the dialog that they were opened from, since all else is closed off while it is open;
// otherwise inside the page's main landmark, so that what opens stays a part of it.
import { createContext, use } from 'react'

const Layer = createContext<HTMLElement | null>(null)

/** A dialog gives the element that what opens inside of it is drawn in. */
export const LayerProvider = Layer.Provider

/** For the `container` of a portal; `undefined` is the body, where no frame is on the screen. */
export function useLayer(): HTMLElement | undefined {
  return use(Layer) ?? document.getElementById('layer') ?? undefined
}
