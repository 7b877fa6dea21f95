// Assets: what access is to, who shares it, and how many people can touch it; of one app, and over all of them.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Layers } from 'lucide-react'
import { useMemo } from 'react'
import type { ReactNode } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Resource } from '../../src/model/resource.ts'
import { EmptyState } from '../components/EmptyState.tsx'
import { ActiveFilters } from '../components/FilterChips.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { useListState } from '../list-state.ts'
import { typeLabel, useApp, usePlace } from '../place.ts'
import { csvAddress, listPaths, resourcesQuery } from '../queries.ts'
import { partnerQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { appColumn, appFilter, EmptyEverywhere, OverAllApps, useApps } from './all-apps.tsx'
import { AssetCard, assetColumns } from './asset-columns.tsx'
import { CheckButton } from './check-button.tsx'
import { HeldRemovals } from './held-removals.tsx'
import { partnerName } from './partner-words.tsx'
import { facetFilter } from './filters.ts'

/** The assets of one app. */
export function AssetsScreen() {
  const { workspace, connection } = usePlace()
  return (
    <div className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">Assets</h2>
      <HeldRemovals workspace={workspace} connection={connection} group="assets" />
      <AssetList
        connection={connection}
        empty={
          <EmptyState icon={<Layers aria-hidden />} title="No assets yet" action={<CheckButton />}>
            What your business owns, and what is shared with it, stands here after a check for updates.
          </EmptyState>
        }
      />
    </div>
  )
}

/** The assets of all apps of the workspace. */
export function AllAssetsScreen() {
  const { workspace } = usePlace()
  const apps = useApps(workspace)
  return (
    <OverAllApps
      workspace={workspace}
      title="Assets"
      line="What your businesses own, and what is shared with them, over all apps: whose it is, and how many can touch it."
    >
      <AssetList
        apps={apps}
        empty={
          <EmptyEverywhere workspace={workspace} icon={<Layers aria-hidden />} title="No assets yet">
            Ad accounts, pages and everything else that access is to stands here, with who can touch it.
          </EmptyEverywhere>
        }
      />
    </OverAllApps>
  )
}

/** Of the app that is named, or of all. */
function AssetList(props: {
  connection?: string
  apps?: readonly Connection[] | undefined
  empty: ReactNode
}) {
  const { connection, apps } = props
  const { workspace } = usePlace()
  const state = useListState()
  const { manifest } = useApp()
  const can = useCan(workspace)
  const navigate = useNavigate()
  const partner = state.get('partner')
  const filters = useMemo(
    () => ({
      ...Object.fromEntries(
        ['search', 'type', 'relation', 'connection', 'sort'].map((name) => [name, state.get(name)]),
      ),
      partner,
    }),
    [state, partner],
  )
  const source = useWindows((ask) => resourcesQuery(workspace, connection, ask), filters)
  const columns = useMemo(() => assetColumns(appColumn(apps, (asset) => [asset.connectionId])), [apps])
  const appOf = (asset: Resource) =>
    (apps?.length ?? 0) > 1 ? apps?.find((app) => app.id === asset.connectionId)?.label : undefined
  const address = (asset: Resource) => `/w/${workspace}/apps/${asset.connectionId}/assets/${asset.id}`
  return (
    <>
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
        filters={[...filtersOf(manifest), ...appFilter(apps)]}
        narrowedBy={partner === undefined ? [] : ['partner']}
        search="Search by name or ID"
        defaultSort="name"
        onOpen={(asset) => void navigate({ href: address(asset) })}
        href={address}
        muted={(asset) => asset.notConfirmedSince !== null}
        card={{ height: 92, of: (asset) => <AssetCard asset={asset} app={appOf(asset)} /> }}
        csv={can('export.make') ? csvAddress(listPaths.resources(workspace, connection), filters) : null}
        empty={props.empty}
      />
    </>
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
    // Outside of an app the words are those of the answer.
    facetFilter(
      'type',
      'Asset kind',
      manifest === undefined ? {} : { labelOf: (value) => typeLabel(manifest, value) },
    ),
    facetFilter('relation', 'Whose', {
      order: ['owned', 'client'],
      labelOf: (value) => (value === 'owned' ? 'Our own' : 'Shared with us'),
    }),
  ]
}
