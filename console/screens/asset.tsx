// One asset: who can touch it, ours first, then each partner's people, then system users, each with its because; and with whom it is shared.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { Manifest } from '../../src/model/manifest.ts'
import { partnerStatusLabels } from '../../src/model/partner.ts'
import type { ResourceDetails } from '../../src/model/resource.ts'
import { CopyButton } from '../components/CopyButton.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Name } from '../components/PersonCell.tsx'
import { rankLabels } from '../components/RankBadge.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { entitlementLabel, useApp, usePlace } from '../place.ts'
import { resourceChangesQuery, resourceQuery } from '../queries-beside.ts'
import { counted, day } from '../words.ts'
import { AssetHolders } from './asset-holders.tsx'
import { ChangeList } from './change-words.tsx'
import { PartnerStatusDot } from './partner-words.tsx'
import { PersonDrawer } from './person-drawer.tsx'

type Share = ResourceDetails['shares'][number]

export function AssetScreen() {
  const { workspace, connection } = usePlace()
  const { resource = '' } = useParams({ strict: false })
  const { data: asset, error, refetch } = useQuery(resourceQuery(workspace, resource))
  return (
    <div>
      <Link
        to="/w/$workspace/apps/$connection/assets"
        params={{ workspace, connection }}
        search={{}}
        className="mb-4 inline-flex items-center gap-1.5 rounded-sm text-muted hover:text-text"
      >
        <ArrowLeft aria-hidden className="size-4" />
        Assets
      </Link>
      {asset !== undefined ? (
        <Asset asset={asset} />
      ) : error !== null ? (
        <ErrorState title="The asset could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton label="Loading the asset" className="flex max-w-3xl flex-col gap-3">
          <Bone className="h-6 w-1/3" />
          <Bone className="h-4 w-1/2" />
          <Bone className="mt-4 h-64" />
        </Skeleton>
      )}
      <PersonDrawer />
    </div>
  )
}

function Asset({ asset }: { asset: ResourceDetails }) {
  const { workspace } = usePlace()
  const { manifest } = useApp()
  const changes = useQuery(resourceChangesQuery(workspace, asset.id))
  return (
    <>
      <header className="mb-5">
        <h2 className="text-lg font-semibold wrap-anywhere">
          <Name none="Name not told">{asset.name}</Name>
        </h2>
        <p className="flex flex-wrap items-center gap-x-1.5 text-muted">
          {asset.typeLabel} <span className="font-mono text-sm">{asset.externalId}</span>
          <CopyButton text={asset.externalId} label="Copy the ID" />
          <span>
            ·{' '}
            {asset.relation === 'owned' ? (
              'our own'
            ) : (
              <>
                owned by <Name none="a business not told">{asset.ownerName}</Name>
              </>
            )}
          </span>
        </p>
        {asset.endedAt !== null ? (
          <p className="mt-3 rounded-md bg-hover px-3 py-2">
            No longer seen since {day(asset.endedAt)}: what stands here is history.
          </p>
        ) : (
          asset.notConfirmedSince !== null && (
            <p className="mt-3 rounded-md bg-wait-soft px-3 py-2">
              Not confirmed since {day(asset.notConfirmedSince)}: the last checks could not read this asset.
            </p>
          )
        )}
      </header>
      <div className="grid gap-x-10 gap-y-6 xl:grid-cols-[minmax(0,1fr)_18rem]">
        <section aria-labelledby="holders" className="min-w-0">
          <h3 id="holders" className="mb-3 font-semibold">
            Who can touch this
          </h3>
          <AssetHolders asset={asset} manifest={manifest} />
        </section>
        <aside aria-label="About this asset">
          {asset.shares.length > 0 && <Shares asset={asset} manifest={manifest} />}
          <Section title="About" aside={asset.path === 'browser' ? 'Read in the browser' : undefined}>
            <Facts
              rows={[
                ...Object.entries(asset.facts).map(([label, value]) => ({
                  label,
                  value: <Name none="Not told">{value}</Name>,
                })),
                { label: 'First seen', value: <RelativeTime at={asset.firstSeenAt} /> },
                { label: 'Last confirmed', value: <RelativeTime at={asset.lastConfirmedAt} /> },
              ]}
            />
          </Section>
          <Section title="Changes over time">
            {changes.data === undefined ? (
              changes.error === null ? (
                <Bone className="h-10" />
              ) : (
                <p className="text-muted">The changes could not be loaded: {changes.error.message}</p>
              )
            ) : changes.data.rows.length === 0 ? (
              <p className="text-muted">Nothing has changed since the first check for updates.</p>
            ) : (
              <ChangeList rows={changes.data.rows} manifest={manifest} subject="resource" />
            )}
          </Section>
        </aside>
      </div>
    </>
  )
}

/** A long list of partners shows its first, and the rest on demand. */
const FIRST_SHARES = 8

function Shares({ asset, manifest }: { asset: ResourceDetails; manifest: Manifest | undefined }) {
  const [first, rest] = [asset.shares.slice(0, FIRST_SHARES), asset.shares.slice(FIRST_SHARES)]
  const list = (shares: readonly Share[]) => (
    <ul className="rounded-lg border">
      {shares.map((share) => (
        <ShareRow
          key={`${share.partnerId} ${share.direction}`}
          share={share}
          type={asset.type}
          manifest={manifest}
        />
      ))}
    </ul>
  )
  return (
    <Section title="Shared" aside={counted(asset.shares.length, 'partner', 'partners')}>
      {list(first)}
      {rest.length > 0 && (
        <details className="mt-2">
          <summary className="rounded-sm py-1 text-muted select-none">
            {counted(rest.length, 'more partner', 'more partners')}
          </summary>
          <div className="mt-2">{list(rest)}</div>
        </details>
      )}
    </Section>
  )
}

function ShareRow(props: { share: Share; type: string; manifest: Manifest | undefined }) {
  const { share } = props
  const { workspace, connection } = usePlace()
  const permitted = share.entitlements.map((name) => entitlementLabel(props.manifest, props.type, name))
  return (
    <li className="border-b px-3 py-2 last:border-b-0">
      <Link
        to="/w/$workspace/apps/$connection/partners"
        params={{ workspace, connection }}
        search={{ partner: share.partnerId }}
        className="font-medium wrap-anywhere underline-offset-2 hover:underline"
      >
        <Name none="A partner without a name">{share.partnerName}</Name>
      </Link>
      <div className="text-sm text-muted">
        {share.direction === 'out' ? 'shared with them' : 'shared by them'}:{' '}
        {rankLabels[share.rank].toLowerCase()}
        {permitted.length > 0 && ` (${permitted.join(', ')})`}
      </div>
      <div className="text-sm text-muted">
        {share.people > 0 ? counted(share.people, 'person', 'people') : <Unknown share={share} />}
      </div>
    </li>
  )
}

/** Where none of a partner's people is known to touch it. */
function Unknown({ share }: { share: Share }) {
  if (share.partnerStatus === 'onboarded' || share.partnerStatus === 'expires_soon')
    return <>Nobody of them is known to have access to it.</>
  return (
    <>
      Its people are not known until it is connected.
      {share.partnerStatus in partnerStatusLabels && (
        <span className="block">
          <PartnerStatusDot partner={{ status: share.partnerStatus as keyof typeof partnerStatusLabels }} />
        </span>
      )}
    </>
  )
}
