// Assets: what access is to, who shares it, and how many people can touch it.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Layers, RefreshCw } from 'lucide-react'
import { useMemo } from 'react'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Resource } from '../../src/model/resource.ts'
import { Button } from '../components/Button.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useRowTabIndex } from '../components/table-model.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { ActiveFilters } from '../components/FilterChips.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { cleanName, Name, TwoLines } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { useListState } from '../list-state.ts'
import { typeLabel, useApp, usePlace } from '../place.ts'
import { csvAddress, listPaths, partnerQuery, resourcesQuery } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { counted, number } from '../words.ts'
import { useCheckForUpdates } from './check-for-updates.ts'
import { HeldRemovals } from './held-removals.tsx'
import { partnerName } from './partner-words.tsx'
import { Confirmed } from './person-columns.tsx'

export function AssetsScreen() {
  const { workspace, connection } = usePlace()
  const state = useListState()
  const { manifest } = useApp()
  const can = useCan(workspace)
  const check = useCheckForUpdates(workspace)
  const navigate = useNavigate()
  const partner = state.get('partner')
  const filters = useMemo(
    () => ({
      search: state.get('search'),
      type: state.get('type'),
      relation: state.get('relation'),
      partner,
      sort: state.get('sort'),
    }),
    [state, partner],
  )
  const source = useWindows((ask) => resourcesQuery(workspace, connection, ask), filters)
  const columns = useMemo(() => columnsOf(), [])
  const address = (asset: Resource) => `/w/${workspace}/apps/${connection}/assets/${asset.id}`
  return (
    <div className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">Assets</h2>
      <HeldRemovals workspace={workspace} connection={connection} group="assets" />
      {partner !== undefined && (
        <SharedWith partner={partner} onClear={() => state.set({ partner: undefined })} />
      )}
      <ListView
        name="assets"
        label="Assets"
        noun={['asset', 'assets']}
        source={source}
        state={state}
        columns={columns}
        filters={filtersOf(manifest)}
        narrowedBy={partner === undefined ? [] : ['partner']}
        search="Search by name or ID"
        defaultSort="name"
        onOpen={(asset) => void navigate({ href: address(asset) })}
        href={address}
        muted={(asset) => asset.notConfirmedSince !== null}
        card={{ height: 92, of: (asset) => <Card asset={asset} /> }}
        csv={can('export.make') ? csvAddress(listPaths.resources(workspace, connection), filters) : null}
        empty={
          <EmptyState
            icon={<Layers aria-hidden />}
            title="No assets yet"
            action={
              can('check.start') && (
                <Button
                  kind="primary"
                  icon={<RefreshCw aria-hidden />}
                  busy={check.isPending}
                  onClick={() => check.mutate({ connection })}
                >
                  Check for updates
                </Button>
              )
            }
          >
            What your business owns, and what is shared with it, stands here after a check for updates.
          </EmptyState>
        }
      />
    </div>
  )
}

/** The list is narrowed to what is shared with or by one partner: said by name. */
function SharedWith({ partner, onClear }: { partner: string; onClear: () => void }) {
  const { workspace } = usePlace()
  const { data } = useQuery(partnerQuery(workspace, partner))
  const name = data === undefined ? '…' : partnerName(data)
  return (
    <ActiveFilters
      filters={[{ key: partner, label: `Shared with or by: ${name}`, onRemove: onClear }]}
      onClear={onClear}
    />
  )
}

function filtersOf(manifest: Manifest | undefined): Filter[] {
  return [
    {
      name: 'type',
      label: 'Asset kind',
      facet: 'type',
      as: 'facet',
      labelOf: (value) => typeLabel(manifest, value),
    },
    {
      name: 'relation',
      label: 'Whose',
      facet: 'relation',
      as: 'facet',
      order: ['owned', 'client'],
      labelOf: (value) => (value === 'owned' ? 'Our own' : 'Shared with us'),
    },
  ]
}

function columnsOf(): TableColumn<Resource>[] {
  return [
    {
      id: 'name',
      header: 'Asset',
      width: 220,
      grow: 3,
      sort: 'asc',
      cell: (asset) => (
        <TwoLines
          first={<Name none="Name not told">{asset.name}</Name>}
          title={cleanName(asset.name) ?? undefined}
          second={<span className="font-mono text-xs">{asset.externalId}</span>}
        />
      ),
    },
    {
      id: 'type',
      header: 'Kind',
      width: 120,
      grow: 1,
      sort: 'asc',
      optional: true,
      cell: (asset) => <span className="truncate text-muted">{asset.typeLabel}</span>,
    },
    {
      id: 'relation',
      header: 'Whose',
      width: 140,
      grow: 2,
      sort: 'asc',
      optional: true,
      cell: (asset) => (
        <span className="truncate">
          <Owner asset={asset} />
        </span>
      ),
    },
    {
      id: 'partners',
      header: 'Partners',
      width: 96,
      align: 'end',
      sort: 'desc',
      optional: true,
      cell: (asset) => number(asset.partners),
    },
    {
      id: 'people',
      header: 'People',
      width: 96,
      align: 'end',
      sort: 'desc',
      optional: true,
      cell: (asset) => <People asset={asset} />,
    },
    {
      id: 'firstSeenAt',
      header: 'First seen',
      width: 124,
      sort: 'desc',
      optional: true,
      cell: (asset) => (
        <span className="text-muted">
          <RelativeTime at={asset.firstSeenAt} />
        </span>
      ),
    },
    {
      id: 'lastConfirmedAt',
      header: 'Last confirmed',
      width: 152,
      sort: 'desc',
      optional: true,
      cell: (asset) => <Confirmed {...asset} />,
    },
  ]
}

function Owner({ asset }: { asset: Resource }) {
  if (asset.relation === 'owned') return <span className="text-muted">Our own</span>
  return <Name none="Owner not told">{asset.ownerName}</Name>
}

function People({ asset }: { asset: Resource }) {
  const { workspace, connection } = usePlace()
  const tab = useRowTabIndex()
  return (
    <Link
      to="/w/$workspace/apps/$connection/assets/$resource"
      params={{ workspace, connection, resource: asset.id }}
      tabIndex={tab}
      className="rounded-sm underline decoration-line underline-offset-3 hover:decoration-current"
    >
      {number(asset.people)}
    </Link>
  )
}

function Card({ asset }: { asset: Resource }) {
  return (
    <span className="flex flex-col gap-0.5">
      <span className="truncate font-medium text-text">
        <Name none="Name not told">{asset.name}</Name>
      </span>
      <span className="truncate text-sm text-muted">
        {asset.typeLabel} · <Owner asset={asset} />
      </span>
      <span className="truncate text-sm text-muted">
        {counted(asset.people, 'person', 'people')} · {counted(asset.partners, 'partner', 'partners')}
      </span>
    </span>
  )
}
