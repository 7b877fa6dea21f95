// How an asset stands in a list: its columns, and the card on a phone.
import { Link } from '@tanstack/react-router'
import type { Resource } from '../../src/model/resource.ts'
import { cleanName, FirstOf, Name, TwoLines } from '../components/PersonCell.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useRowTabIndex } from '../components/table-model.tsx'
import { usePlace } from '../place.ts'
import { counted, number } from '../words.ts'
import { confirmed, firstSeen } from './person-columns.tsx'

/** `app`: the column that says which app it is of, in a list of several. */
export function assetColumns(app: TableColumn<Resource>[]): TableColumn<Resource>[] {
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
    ...app,
    {
      id: 'type',
      header: 'Kind',
      width: 116,
      grow: 1,
      sort: 'asc',
      optional: true,
      cell: (asset) => <span className="truncate text-muted">{asset.typeLabel}</span>,
    },
    {
      id: 'relation',
      header: 'Whose',
      width: 116,
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
      width: 124,
      grow: 2,
      sort: 'desc',
      optional: true,
      cell: (asset) =>
        asset.partners === 0 ? (
          <span className="text-muted">None</span>
        ) : (
          <FirstOf
            names={asset.sharedWith.map((name) => cleanName(name) ?? 'Name not told')}
            count={asset.partners}
          />
        ),
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
    // An app's name takes its room.
    ...(app.length === 0 ? [firstSeen] : []),
    confirmed,
  ]
}

function Owner({ asset }: { asset: Resource }) {
  if (asset.relation === 'owned') return <span className="text-muted">Our own</span>
  return <Name none="Owner not told">{asset.ownerName}</Name>
}

function People({ asset }: { asset: Resource }) {
  const { workspace } = usePlace()
  const tab = useRowTabIndex()
  return (
    <Link
      to="/w/$workspace/apps/$connection/assets/$resource"
      params={{ workspace, connection: asset.connectionId, resource: asset.id }}
      tabIndex={tab}
      className="rounded-sm underline decoration-line underline-offset-3 hover:decoration-current"
    >
      {number(asset.people)}
    </Link>
  )
}

/** `app`: its name, in a list of several. */
export function AssetCard({ asset, app }: { asset: Resource; app: string | undefined }) {
  return (
    <span className="flex flex-col gap-0.5">
      <span className="truncate font-medium text-text">
        <Name none="Name not told">{asset.name}</Name>
      </span>
      <span className="truncate text-sm text-muted">
        {asset.typeLabel} · <Owner asset={asset} />
        {app !== undefined && (
          <>
            {' · '}
            <bdi>{app}</bdi>
          </>
        )}
      </span>
      <span className="truncate text-sm text-muted">
        {counted(asset.people, 'person', 'people')} · {counted(asset.partners, 'partner', 'partners')}
      </span>
    </span>
  )
}
