// The secret of a link, as it stands in the fragment of the address: no server and no log ever sees it.
import { useLocation } from '@tanstack/react-router'

export function useFragment(): string {
  const { hash } = useLocation()
  try {
    return decodeURIComponent(hash).trim()
  } catch {
    return hash
  }
}
