// Secrets: what one keeps for oneself and what is shared, end-to-end encrypted in the browser. Guests see their own here.
import { useQuery } from '@tanstack/react-query'
import { KeyRound, Lock, LockOpen, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { secretKindLabels } from '../../src/model/secret.ts'
import type { Secret, SecretKind } from '../../src/model/secret.ts'
import { Badge } from '../components/Badge.tsx'
import { Banner } from '../components/Banner.tsx'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { Fingerprint } from '../components/Fingerprint.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { Menu, MenuItem, MenuLine } from '../components/Menu.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { cleanName, Name, TwoLines } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { secretsQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { download } from '../secret-work.ts'
import { lockVault, sharing } from '../vault.ts'
import { useWindows } from '../windows.ts'
import { day } from '../words.ts'
import { SecretDrawer } from './secret-drawer.tsx'
import { SecretForm } from './secret-form.tsx'
import type { FormAim } from './secret-form.tsx'
import { useVaultGate } from './use-vault-gate.tsx'
import type { VaultGate } from './use-vault-gate.tsx'
import { VaultUnknown } from './vault-unknown.tsx'

const filters: Filter[] = [
  {
    name: 'kind',
    label: 'Kind',
    facet: 'kind',
    as: 'chips',
    order: Object.keys(secretKindLabels),
    labelOf: (value) => secretKindLabels[value as SecretKind],
  },
  {
    name: 'role',
    label: 'Your role',
    facet: 'role',
    as: 'chips',
    order: ['owner', 'collaborator'],
    labelOf: (value) => (value === 'owner' ? 'Owner' : 'Collaborator'),
  },
]

export function SecretsScreen() {
  const { workspace } = usePlace()
  const state = useListState()
  const can = useCan(workspace)
  const gate = useVaultGate(workspace)
  const [form, setForm] = useState<FormAim | null>(null)
  const [showVault, setShowVault] = useState(false)
  const asked = useMemo(
    () => ({
      search: state.get('search'),
      kind: state.get('kind'),
      role: state.get('role'),
      sort: state.get('sort'),
    }),
    [state],
  )
  const source = useWindows((ask) => secretsQuery(workspace, ask), asked)
  const narrowed = [asked.search, asked.kind, asked.role].some((value) => value !== undefined)
  const me = gate.vault.known.me
  const columns = useMemo(() => columnsOf(me), [me])
  const adding = state.get('add') !== undefined
  const add = can('secret.add') && (
    <Button kind="primary" icon={<Plus aria-hidden />} onClick={() => state.set({ add: 'yes' })}>
      Add secret
    </Button>
  )
  return (
    <div className="flex flex-col gap-4">
      <PageHead
        title="Secrets"
        line="End-to-end encrypted in your browser, readable by the recipients whose fingerprints you checked."
        action={
          <div className="flex flex-wrap gap-2">
            <VaultMenu gate={gate} onShow={() => setShowVault(true)} />
            {/* An empty list has it in its middle. */}
            {((source.total ?? 0) > 0 || narrowed) && add}
          </div>
        }
      />
      <VaultUnknown vault={gate.vault} />
      {gate.vault.state === 'none' && !can('secret.share') && (
        <Banner tone="info">
          You do not need a vault to send a secret. To open what others share with you, make one first.
        </Banner>
      )}
      {gate.vault.state === 'none' && can('secret.share') && (
        <Banner tone="info">Until you have a vault, nobody can share a secret with you.</Banner>
      )}
      <ListView
        name="secrets"
        label="Secrets"
        noun={['secret', 'secrets']}
        source={source}
        state={state}
        columns={columns}
        filters={filters}
        search="Search by label or person"
        defaultSort="label"
        onOpen={(secret) => state.set({ secret: secret.id })}
        muted={(secret) => !secret.canOpen}
        card={{ height: 76, of: (secret) => <SecretCard secret={secret} me={me} /> }}
        csv={null}
        empty={
          <EmptyState icon={<KeyRound aria-hidden />} title="No secrets yet" action={add}>
            Passwords, notes and partner tokens that you keep or share. They are encrypted before they leave
            your browser.
          </EmptyState>
        }
      />
      <SecretDrawer
        workspace={workspace}
        id={state.get('secret')}
        gate={gate}
        onClose={() => state.set({ secret: undefined })}
        onForm={setForm}
      />
      <SecretForm
        workspace={workspace}
        aim={form ?? (adding ? addAim : null)}
        gate={gate}
        onClose={() => {
          setForm(null)
          if (adding) state.set({ add: undefined }, { replace: true })
        }}
      />
      <OwnVaultDialog gate={gate} open={showVault} onClose={() => setShowVault(false)} />
      {gate.dialogs}
    </div>
  )
}

const addAim: FormAim = { add: true }

function othersOf(secret: Secret, me: string): string {
  const names = secret.members
    .filter(({ userId }) => userId !== me)
    .map(({ name }) => cleanName(name) ?? 'No name')
  return names.length === 0 ? 'Only you' : names.join(', ')
}

function columnsOf(me: string): TableColumn<Secret>[] {
  return [
    {
      id: 'label',
      header: 'Label',
      width: 240,
      grow: 3,
      sort: 'asc',
      cell: (secret) => (
        <TwoLines
          first={<Name none="No label">{secret.label}</Name>}
          title={cleanName(secret.label) ?? undefined}
          second={secretKindLabels[secret.kind]}
        />
      ),
    },
    {
      id: 'people',
      header: 'Shared with',
      width: 220,
      grow: 2,
      optional: true,
      cell: (secret) => <bdi className="truncate">{othersOf(secret, me)}</bdi>,
    },
    {
      id: 'role',
      header: 'Your role',
      width: 130,
      optional: true,
      cell: (secret) => (
        <span className="text-muted">{secret.role === 'owner' ? 'Owner' : 'Collaborator'}</span>
      ),
    },
    {
      id: 'expiresAt',
      header: 'Expires',
      width: 130,
      sort: 'asc',
      optional: true,
      cell: (secret) => <Ends at={secret.expiresAt} />,
    },
    {
      id: 'changedAt',
      header: 'Changed',
      width: 140,
      sort: 'desc',
      optional: true,
      cell: (secret) => (
        <span className="text-muted">
          <RelativeTime at={secret.changedAt} />
        </span>
      ),
    },
  ]
}

function Ends({ at }: { at: string | null }) {
  return at === null ? <span className="text-faint">Never</span> : <span>{day(at)}</span>
}

function SecretCard({ secret, me }: { secret: Secret; me: string }) {
  return (
    <span className="flex flex-col gap-0.5">
      <span className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate font-medium text-text">
          <Name none="No label">{secret.label}</Name>
        </span>
        <span className="shrink-0 text-sm text-muted">{secretKindLabels[secret.kind]}</span>
      </span>
      <span className="truncate text-sm text-muted">{othersOf(secret, me)}</span>
      <span className="truncate text-sm text-muted">
        {secret.expiresAt === null ? 'Never expires' : `Expires ${day(secret.expiresAt)}`}
      </span>
    </span>
  )
}

/** The state of the vault, and everything that can be done about it. */
function VaultMenu({ gate, onShow }: { gate: VaultGate; onShow: () => void }) {
  const { state, own } = gate.vault
  if (state === 'loading') return null
  if (state === 'none' || own === null) {
    return (
      <Button icon={<Lock aria-hidden />} onClick={() => gate.aimAt('set-up')}>
        Make your vault
      </Button>
    )
  }
  const open = state === 'open'
  return (
    <Menu trigger={<Button icon={open ? <LockOpen aria-hidden /> : <Lock aria-hidden />}>Your vault</Button>}>
      {open ? (
        <MenuItem onSelect={lockVault}>Lock now</MenuItem>
      ) : (
        <MenuItem onSelect={() => gate.aimAt('unlock')}>Unlock</MenuItem>
      )}
      <MenuItem onSelect={onShow}>Show my fingerprint</MenuItem>
      <MenuItem onSelect={() => download('guestlist-vault.age', own.passphraseFile)}>
        Export my locked key
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={() => gate.aimAt('passphrase')}>Change passphrase</MenuItem>
      <MenuItem onSelect={() => gate.aimAt('recovery-key')}>New recovery key</MenuItem>
      {!open && <MenuItem onSelect={() => gate.aimAt('recover')}>Recover with the recovery key</MenuItem>}
      <MenuLine />
      <MenuItem danger onSelect={() => gate.aimAt('replace')}>
        Replace a lost vault
      </MenuItem>
    </Menu>
  )
}

/** One's own fingerprint, to be read to others. */
function OwnVaultDialog({ gate, open, onClose }: { gate: VaultGate; open: boolean; onClose: () => void }) {
  const { own, open: unlocked } = gate.vault
  const key = unlocked ?? own
  const { data } = useQuery({
    queryKey: ['ws', gate.vault.known.workspace, 'own-fingerprint', key?.recipient, key?.signing],
    queryFn: async () => (key === null ? '' : (await sharing()).fingerprint(key)),
    enabled: open && key !== null,
  })
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title="Your vault" size="s">
      <DialogBody>
        <p className="text-muted">
          Read these numbers to whoever wants to share with you. If they see the same, nobody put another key
          in between.
        </p>
        {data !== undefined && data !== '' && <Fingerprint text={data} of="your vault" />}
        {unlocked === null ? (
          <p className="text-sm text-muted">
            This is what the server says. <Badge tone="wait">Not proven</Badge> Unlock your vault first to see
            what is inside it.
          </p>
        ) : (
          <p className="text-sm text-muted">Taken from your unlocked vault, not from the server.</p>
        )}
      </DialogBody>
      <DialogActions>
        {unlocked === null && (
          <Button
            onClick={() => {
              onClose()
              gate.aimAt('unlock')
            }}
          >
            Unlock
          </Button>
        )}
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  )
}
