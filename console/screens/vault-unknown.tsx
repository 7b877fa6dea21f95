// Whether the reader has a vault is not known: the server could not say. Taken for none, what they write would be closed to themselves.
import { Problem } from '../components/Problem.tsx'
import type { VaultState } from './use-vault.ts'

export function VaultUnknown({ vault }: { vault: VaultState }) {
  if (vault.error === null) return null
  return <Problem sentence={`Your vault could not be loaded. ${vault.error.message}`} onRetry={vault.retry} />
}
