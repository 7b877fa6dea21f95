// What was last shown, so that what closes keeps its content while it moves away.
import { useState } from 'react'

export function useKept(value: string | undefined): string | undefined {
  const [kept, keep] = useState(value)
  if (value !== undefined && value !== kept) keep(value)
  return value ?? kept
}
