// What to do where a secret can be encrypted to nobody: who has to make a vault, and the way that needs none.
import { Link } from '@tanstack/react-router'
import { Button } from '../components/Button.tsx'
import { useCan } from '../rights.ts'
import type { VaultGate } from './use-vault-gate.tsx'

/** `some`: there are people, and none of them has one. */
export function NobodyHasAVault(props: { workspace: string; some: boolean; gate: VaultGate }) {
  const { workspace, some, gate } = props
  const can = useCan(workspace)
  const link = 'font-medium text-accent-text underline-offset-2 hover:underline'
  return (
    <div className="flex flex-col gap-2 rounded-md bg-wait-soft px-3 py-2.5">
      <p>
        <strong className="font-medium">
          {some ? 'None of the people here has a vault yet' : 'There is nobody here to share with'}
        </strong>
        , so nothing can be encrypted to them.{' '}
        {some && 'Ask one of them to open Secrets once and make a vault.'}
      </p>
      {can('request.send') ? (
        <p>
          For a partner’s token, send the partner a token request instead:{' '}
          <Link to="/w/$workspace/apps" params={{ workspace }} className={link}>
            choose the app
          </Link>
          , then <strong className="font-medium">Request token</strong> in the partner’s row.
        </p>
      ) : (
        <p>
          To hand over a partner token, ask whoever invited you for a token request instead: a page that takes
          the token and needs no vault. Requests to you stand on{' '}
          <Link to="/w/$workspace" params={{ workspace }} className={link}>
            your first page
          </Link>
          .
        </p>
      )}
      {gate.vault.own === null && can('secret.share') && (
        <p>
          <Button size="s" onClick={() => gate.aimAt('set-up')}>
            Make my own vault
          </Button>
        </p>
      )}
    </div>
  )
}
