// Who can touch an asset, as a list that the database sorts, counts and pages: grouped by whose people they are, until it is sorted otherwise.
import { Users } from 'lucide-react'
import { useMemo } from 'react'
import { ranks } from '../../src/model/entitlement.ts'
import type { Holder } from '../../src/model/holder.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import type { ResourceDetails } from '../../src/model/resource.ts'
import { EmptyState } from '../components/EmptyState.tsx'
import { ListView } from '../components/ListView.tsx'
import { cleanName, Initials, Name, PersonCell, TwoLines } from '../components/PersonCell.tsx'
import { RankBadge, rankLabels } from '../components/RankBadge.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useListState } from '../list-state.ts'
import { entitlementLabel, usePlace } from '../place.ts'
import { csvAddress, holdersQuery, listPaths } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { counted, day } from '../words.ts'
import { facetFilter } from './filters.ts'
import { PartnerLink, namelessOf } from './person-columns.tsx'

const filters = [
  // Sorting takes the parameter "group" away, wherever a list has a switch of that name.
  facetFilter('whose', 'Whose people', { facet: 'group', order: ['own'] }),
  facetFilter('rank', 'Permission', {
    order: ranks,
    labelOf: (value) => (rankLabels as Record<string, string>)[value] ?? value,
  }),
  facetFilter('how', 'How'),
]

export function AssetHolders({
  asset,
  manifest,
}: {
  asset: ResourceDetails
  manifest: Manifest | undefined
}) {
  const { workspace, connection } = usePlace()
  const state = useListState()
  const can = useCan(workspace)
  const sort = state.get('sort')
  const asked = useMemo(
    () => ({
      search: state.get('search'),
      group: state.get('whose'),
      rank: state.get('rank'),
      how: state.get('how'),
      sort,
    }),
    [state, sort],
  )
  const source = useWindows((ask) => holdersQuery(workspace, asset.id, ask), asked)
  const columns = useMemo(() => columnsOf(asset.type, manifest), [asset.type, manifest])
  const counts = source.facets?.['group']
  const group = useMemo(
    () => ({
      of: (holder: Holder) => holder.group,
      heading: (holder: Holder) => (
        <GroupHeading holder={holder} count={counts?.find(({ value }) => value === holder.group)?.count} />
      ),
    }),
    [counts],
  )
  return (
    <ListView
      name="asset-holders"
      label="Who can touch this"
      noun={['holder', 'holders']}
      source={source}
      state={state}
      columns={columns}
      filters={filters}
      search="Search these people"
      defaultSort="group"
      onOpen={(holder) => state.set({ person: holder.principalId })}
      href={(holder) => `/w/${workspace}/apps/${connection}/members/${holder.principalId}`}
      muted={(holder) => holder.notConfirmedSince !== null}
      group={sort === undefined ? group : undefined}
      card={{ height: 112, of: (holder) => <HolderCard holder={holder} /> }}
      csv={can('export.make') ? csvAddress(listPaths.holders(workspace, asset.id), asked) : null}
      empty={
        <EmptyState icon={<Users aria-hidden />} title="Nobody is known to have access">
          People who can touch this asset stand here after a check for updates.
        </EmptyState>
      }
    />
  )
}

function columnsOf(type: string, manifest: Manifest | undefined): TableColumn<Holder>[] {
  const rights = (holder: Holder) => holder.entitlements.map((name) => entitlementLabel(manifest, type, name))
  return [
    {
      id: 'name',
      header: 'Person',
      width: 190,
      grow: 3,
      sort: 'asc',
      cell: (holder) => (
        <PersonCell
          name={holder.name}
          kind={holder.kind}
          none={namelessOf(holder)}
          beneath={<Beneath holder={holder} />}
        />
      ),
    },
    {
      id: 'rank',
      header: 'Permission',
      width: 118,
      sort: 'asc',
      optional: true,
      cell: (holder) => <RankBadge rank={holder.rank} />,
    },
    {
      id: 'how',
      header: 'Why',
      width: 220,
      grow: 4,
      sort: 'asc',
      optional: true,
      cell: (holder) => {
        const second = [...rights(holder), `since ${day(holder.firstSeenAt)}`]
        return (
          <TwoLines
            first={<span className="font-normal text-muted">{reason(holder)}</span>}
            title={`${reason(holder)}: ${second.join(', ')}`}
            second={second.join(', ')}
          />
        )
      },
    },
  ]
}

/** The reason without its first word, which the heading says. It may hold a name of a group. */
const reason = (holder: Holder) => (cleanName(holder.because) ?? '').replace(/^because /, '')

/** Whose program a system user is; a person's e-mail. */
function Beneath({ holder }: { holder: Holder }) {
  if (holder.kind !== 'system_user') return holder.email === null ? null : <bdi>{holder.email}</bdi>
  return holder.partnerId === null ? 'Our own' : <Name none="A partner">{holder.partnerName}</Name>
}

function GroupHeading({ holder, count }: { holder: Holder; count: number | undefined }) {
  const title =
    holder.group === 'systems' ? (
      <span className="font-medium">System users</span>
    ) : holder.partnerId === null ? (
      <span className="font-medium">Our people</span>
    ) : (
      <PartnerLink id={holder.partnerId} name={holder.partnerName} none="A partner without a name" />
    )
  return (
    <>
      {title}
      {count !== undefined && <span className="text-muted"> · {counted(count, 'holder', 'holders')}</span>}
    </>
  )
}

function HolderCard({ holder }: { holder: Holder }) {
  return (
    <span className="flex items-center gap-3">
      <Initials name={holder.name} kind={holder.kind} />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 truncate font-medium text-text">
            <Name none={namelessOf(holder)}>{holder.name}</Name>
          </span>
          <span className="shrink-0 text-sm">
            <RankBadge rank={holder.rank} />
          </span>
        </span>
        <span className="truncate text-sm text-muted">
          <Beneath holder={holder} />
        </span>
        <span className="line-clamp-2 text-sm text-muted">
          {cleanName(holder.because)} · since {day(holder.firstSeenAt)}
        </span>
      </span>
    </span>
  )
}
