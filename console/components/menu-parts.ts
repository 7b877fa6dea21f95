// What the items of a menu are drawn with. It comes with the opened menu, so that what names the items does not bring it along.
import type { Menu } from '@base-ui/react/menu'
import { createContext, use } from 'react'

const Parts = createContext<typeof Menu | null>(null)
export const MenuPartsProvider = Parts.Provider

/** Only inside of an opened menu. */
export function useMenuParts(): typeof Menu {
  const parts = use(Parts)
  if (parts === null) throw new Error('An item stands outside of its menu.')
  return parts
}
