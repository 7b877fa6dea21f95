// API keys of the workspace: made with scopes and an end, shown once, listed by what can be told of them, revoked.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { BookOpen, KeySquare, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { KEY_DAYS } from '../../src/model/api-key.ts'
import type { ApiKey } from '../../src/model/api-key.ts'
import { revokeApiKey } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button, buttonClass } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { Name, TwoLines } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useRowTabIndex } from '../components/table-model.tsx'
import { toast } from '../components/Toast.tsx'
import { useListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { key } from '../queries.ts'
import { apiKeysQuery } from '../queries-beside.ts'
import { useWindows } from '../windows.ts'
import { day } from '../words.ts'
import { KeyDrawer, scopeLabels, stateWords } from './api-key-drawer.tsx'
import { labelIn } from './filters.ts'
import { MakeKeyDialog } from './make-key.tsx'

const filters: Filter[] = [
  {
    name: 'state',
    label: 'State',
    facet: 'state',
    as: 'chips',
    order: ['active', 'expired', 'revoked', 'ended'],
    labelOf: labelIn(stateWords),
  },
]

export function ApiKeysScreen() {
  const { workspace } = usePlace()
  const state = useListState()
  const [search, chosen, sort] = [state.get('search'), state.get('state'), state.get('sort')]
  const asked = useMemo(() => ({ search, state: chosen, sort }), [search, chosen, sort])
  const source = useWindows((ask) => apiKeysQuery(workspace, ask), asked)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const columns = useMemo(() => columnsOf(setRevoking), [])
  const make = (
    <Button kind="primary" icon={<Plus aria-hidden />} onClick={() => state.set({ make: 'new' })}>
      Make API key
    </Button>
  )
  return (
    <div className="flex flex-col gap-5 pt-6">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <p className="max-w-2xl min-w-0 flex-1 basis-72 text-muted text-pretty">
          A key lets a program do in this workspace what its scopes give, and never more than its maker may at
          that moment. It cannot touch members, roles, keys or secrets.
        </p>
        <div className="flex flex-wrap gap-2">
          <a href="/api/docs" className={buttonClass('secondary')}>
            <BookOpen aria-hidden />
            Read the API’s description
          </a>
          {((source.total ?? 0) > 0 || search !== undefined || chosen !== undefined) && make}
        </div>
      </div>
      <ListView
        name="api-keys"
        label="API keys"
        noun={['key', 'keys']}
        source={source}
        state={state}
        columns={columns}
        filters={filters}
        search="Search by name or prefix"
        onOpen={(key) => state.set({ key: key.id })}
        muted={(key) => key.state !== 'active'}
        card={{ height: 92, of: (key) => <Card apiKey={key} /> }}
        csv={null}
        empty={
          <EmptyState icon={<KeySquare aria-hidden />} title="No API keys" action={make}>
            All that this console shows of apps, partners and people can be read and exported by a program of
            yours.
          </EmptyState>
        }
      />
      <MakeKeyDialog
        workspace={workspace}
        days={KEY_DAYS}
        open={state.get('make') !== undefined}
        onClose={() => state.set({ make: undefined }, { replace: true })}
      />
      <KeyDrawer
        workspace={workspace}
        id={state.get('key')}
        rows={source.loaded()}
        onClose={() => state.set({ key: undefined })}
        onRevoke={(key) => {
          state.set({ key: undefined })
          setRevoking(key)
        }}
      />
      <Revoke workspace={workspace} apiKey={revoking} onClose={() => setRevoking(null)} />
    </div>
  )
}

function Revoke(props: { workspace: string; apiKey: ApiKey | null; onClose: () => void }) {
  const { workspace, apiKey, onClose } = props
  const [kept, keep] = useState(apiKey)
  if (apiKey !== null && apiKey !== kept) keep(apiKey)
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: (id: string) => revokeApiKey(workspace, id),
    onSuccess: (key) => {
      onClose()
      toast({ title: `The key ${key.name} is revoked` })
    },
    onSettled: () => client.invalidateQueries({ queryKey: key(workspace, 'api-keys') }),
  })
  return (
    <AlertDialog
      open={apiKey !== null}
      onOpenChange={(open) => {
        if (!open) onClose()
        revoke.reset()
      }}
      title={`Revoke the key ${kept?.name ?? ''}`}
      action="Revoke key"
      busy={revoke.isPending}
      error={revoke.error?.message ?? null}
      onAction={() => apiKey !== null && revoke.mutate(apiKey.id)}
    >
      Programs that use <span className="font-mono text-text">{kept?.prefix}…</span> are refused from the next
      request on. This cannot be undone: make a new key instead.
    </AlertDialog>
  )
}

function columnsOf(onRevoke: (key: ApiKey) => void): TableColumn<ApiKey>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      width: 200,
      grow: 2,
      sort: 'asc',
      cell: (key) => (
        <TwoLines
          first={<Name none="No name">{key.name}</Name>}
          second={<span className="font-mono text-xs">{key.prefix}…</span>}
        />
      ),
    },
    { id: 'state', header: 'State', width: 120, cell: (key) => <KeyState apiKey={key} /> },
    {
      id: 'scopes',
      header: 'Scopes',
      width: 170,
      grow: 1,
      optional: true,
      cell: (key) => <span className="truncate text-muted">{scopeLabels(key)}</span>,
    },
    {
      id: 'used',
      header: 'Last used',
      width: 130,
      sort: 'desc',
      optional: true,
      cell: (key) => (
        <span className="text-muted">
          <RelativeTime at={key.lastUsedAt} none="Never" />
        </span>
      ),
    },
    {
      id: 'expires',
      header: 'Ends',
      width: 120,
      sort: 'asc',
      optional: true,
      cell: (key) => (
        <span className="text-muted">{key.expiresAt === null ? 'No end' : day(key.expiresAt)}</span>
      ),
    },
    {
      id: 'made',
      header: 'Made by',
      width: 140,
      grow: 1,
      optional: true,
      cell: (key) => (
        <span className="truncate text-muted">
          <Name none="No name">{key.madeBy.name}</Name>
        </span>
      ),
    },
    {
      id: 'menu',
      header: 'Revoke',
      width: 92,
      menu: true,
      cell: (key) => <RevokeButton apiKey={key} onRevoke={onRevoke} />,
    },
  ]
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const { label, tone } = stateWords[apiKey.state]
  return <StatusDot tone={tone}>{label}</StatusDot>
}

function RevokeButton({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: (key: ApiKey) => void }) {
  const tab = useRowTabIndex()
  if (apiKey.state === 'revoked') return null
  return (
    <Button size="s" tabIndex={tab} aria-label={`Revoke ${apiKey.name}`} onClick={() => onRevoke(apiKey)}>
      Revoke
    </Button>
  )
}

function Card({ apiKey }: { apiKey: ApiKey }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate font-medium text-text">
          <Name none="No name">{apiKey.name}</Name>
        </span>
        <span className="shrink-0 text-sm">
          <KeyState apiKey={apiKey} />
        </span>
      </span>
      <span className="font-mono text-xs text-muted">{apiKey.prefix}…</span>
      <span className="truncate text-sm text-muted">
        {scopeLabels(apiKey)} · used <RelativeTime at={apiKey.lastUsedAt} none="never" />
      </span>
    </span>
  )
}
