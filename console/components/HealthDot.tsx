// Whether an app works, as a mark and a word.
import type { Health } from '../../src/model/connection.ts'
import { StatusDot } from './StatusDot.tsx'
import type { Tone } from './StatusDot.tsx'

const words: Record<Health, [Tone, string]> = {
  new: ['idle', 'Not checked yet'],
  healthy: ['ok', 'Healthy'],
  attention: ['wait', 'Needs attention'],
  expired: ['bad', 'Connection expired'],
}

export function HealthDot({ health, syncing }: { health: Health; syncing: boolean }) {
  const [tone, word] = syncing ? (['busy', 'Syncing'] as const) : words[health]
  return <StatusDot tone={tone}>{word}</StatusDot>
}
