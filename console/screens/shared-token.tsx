// Partner tokens that were shared with the reader, offered where one is asked for: the browser opens the secret, and the token goes on
// as if it had been pasted.
import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import type { Secret } from '../../src/model/secret.ts'
import { Button } from '../components/Button.tsx'
import { Problem } from '../components/Problem.tsx'
import { Select } from '../components/Select.tsx'
import { secretsQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { openSecret } from '../secret-work.ts'
import { senderWords } from './secret-words.ts'
import { useVaultGate } from './use-vault-gate.tsx'
import { VaultUnknown } from './vault-unknown.tsx'

interface From {
  id: string
  sender: string
}

export function SharedToken(props: {
  workspace: string
  /** The secret that the token in the field came from. */
  chosen: From | null
  onToken: (token: string, from: From) => void
}) {
  const { workspace } = props
  const can = useCan(workspace)
  const list = useQuery({
    ...secretsQuery(workspace, { kind: 'partner-token', limit: 500 }),
    enabled: can('secret.open'),
  })
  const rows = (list.data?.rows ?? []).filter((row) => row.canOpen)
  if (rows.length === 0) return null
  return <Choice {...props} rows={rows} />
}

function Choice(props: {
  workspace: string
  rows: Secret[]
  chosen: From | null
  onToken: (token: string, from: From) => void
}) {
  const { rows, chosen } = props
  const gate = useVaultGate(props.workspace)
  const [id, setId] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const secret = rows.find((row) => row.id === id) ?? rows[0]
  const use = () =>
    gate.withVault((known) => {
      if (secret === undefined || busy) return
      setBusy(true)
      setProblem(null)
      openSecret(known, secret)
        .then((shown) => {
          const { sentence } = senderWords(shown, secret, known.me)
          props.onToken(shown.value.trim(), { id: secret.id, sender: sentence })
        })
        .catch((error: unknown) =>
          setProblem(error instanceof Error ? error.message : 'That did not work. Try again.'),
        )
        .finally(() => setBusy(false))
    })
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <Select
            label="Or use a secret that was shared with you"
            value={secret?.id ?? ''}
            options={rows.map((row) => ({ value: row.id, label: `${row.label} (${row.changedBy.name})` }))}
            onChange={setId}
          />
        </div>
        <Button
          icon={<KeyRound aria-hidden />}
          className="h-9 pointer-coarse:h-11"
          busy={busy}
          disabled={gate.vault.state === 'loading'}
          onClick={use}
        >
          Use this secret
        </Button>
      </div>
      <VaultUnknown vault={gate.vault} />
      {problem !== null && <Problem sentence={problem} />}
      {chosen !== null && (
        <p role="status" className="text-sm text-muted">
          The token of this secret is in the field above. {chosen.sender}
        </p>
      )}
      {gate.dialogs}
    </div>
  )
}
