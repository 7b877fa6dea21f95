// One asset: who can touch it, grouped by how they reach it (our people, each partner's people, system users), the strongest first,
// each with its because.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { ranks } from '../../src/model/entitlement.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { partnerStatusLabels } from '../../src/model/partner.ts'
import type { ResourceDetails } from '../../src/model/resource.ts'
import { CopyButton } from '../components/CopyButton.tsx'
import { Facts, Section } from '../components/Drawer.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { SearchField } from '../components/ListBar.tsx'
import { cleanName, Name, PersonCell } from '../components/PersonCell.tsx'
import { RankBadge, rankLabels } from '../components/RankBadge.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { useListState } from '../list-state.ts'
import { entitlementLabel, useApp, usePlace } from '../place.ts'
import { resourceChangesQuery, resourceQuery } from '../queries.ts'
import { counted, day, number } from '../words.ts'
import { ChangeList } from './change-words.tsx'
import { PartnerStatusDot } from './partner-words.tsx'
import { PersonDrawer } from './person-drawer.tsx'

type Holder = ResourceDetails['holders'][number]
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
  const state = useListState()
  const changes = useQuery(resourceChangesQuery(workspace, asset.id))
  const search = state.get('search') ?? ''
  const groups = groupsOf(asset, search)
  const holders = peopleIn(asset.holders)
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
      <div className="grid gap-x-10 gap-y-6 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0">
          <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
            <h3 className="font-semibold">Who can touch this</h3>
            <span role="status" className="ml-auto text-sm text-muted">
              {counted(holders, 'holder', 'holders')}
            </span>
            {asset.holders.length > 8 && (
              <SearchField
                label="Search these people"
                value={search}
                onChange={(value) => state.set({ search: value }, { replace: true })}
              />
            )}
          </div>
          {groups.map((group) => (
            <HolderGroup key={group.key} group={group} asset={asset} manifest={manifest} />
          ))}
          {groups.length === 0 && (
            <p className="rounded-lg border px-4 py-6 text-center text-muted">
              {search === ''
                ? 'Nobody is known to have access to this asset.'
                : `Nobody here fits the search “${search}”.`}
            </p>
          )}
        </div>
        <aside aria-label="About this asset">
          <Section title="About" aside={asset.path === 'browser' ? 'Read in the browser' : undefined}>
            <Facts
              rows={[
                ...Object.entries(asset.facts).map(([label, value]) => ({
                  label,
                  value: <bdi>{value}</bdi>,
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

interface Group {
  key: string
  title: ReactNode
  partnerId: string | null
  share: Share | undefined
  holders: Holder[]
}

/** Somebody may reach an asset in several ways. */
const peopleIn = (holders: readonly Holder[]) => new Set(holders.map((holder) => holder.principalId)).size

const strength = (holder: Holder) => ranks.indexOf(holder.rank)

/** Our people, then each partner with its people, then system users. A partner that shares it but whose people are unknown stands too. */
function groupsOf(asset: ResourceDetails, search: string): Group[] {
  const text = search.toLowerCase()
  const fits = (holder: Holder) =>
    text === '' || [holder.name, holder.email].some((field) => field?.toLowerCase().includes(text) === true)
  const holders = asset.holders.filter(fits).sort((a, b) => strength(a) - strength(b))
  const systems = holders.filter((holder) => holder.kind === 'system_user')
  const people = holders.filter((holder) => holder.kind !== 'system_user')
  const own = people.filter((holder) => holder.partnerId === null)
  const names = new Map<string, string | null>()
  for (const share of asset.shares) names.set(share.partnerId, share.partnerName)
  for (const holder of people) if (holder.partnerId !== null) names.set(holder.partnerId, holder.partnerName)
  const partners = [...names].map(([id, name]): Group => ({
    key: id,
    partnerId: id,
    title: <Name none="A partner without a name">{name}</Name>,
    share: asset.shares.find((share) => share.partnerId === id),
    holders: people.filter((holder) => holder.partnerId === id),
  }))
  return [
    { key: 'own', title: 'Our people', partnerId: null, share: undefined, holders: own },
    ...partners,
    { key: 'systems', title: 'System users', partnerId: null, share: undefined, holders: systems },
  ].filter((group) => group.holders.length > 0 || (text === '' && group.share !== undefined))
}

const STEP = 50

function HolderGroup(props: { group: Group; asset: ResourceDetails; manifest: Manifest | undefined }) {
  const { group, asset, manifest } = props
  const { workspace, connection } = usePlace()
  const [shown, setShown] = useState(STEP)
  const { share } = group
  const permitted = (share?.entitlements ?? []).map((name) => entitlementLabel(manifest, asset.type, name))
  const unknown = share !== undefined && group.holders.length === 0
  return (
    <section className="mb-6">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-3">
        <h4 className="font-medium wrap-anywhere">
          {group.partnerId === null ? (
            group.title
          ) : (
            <Link
              to="/w/$workspace/apps/$connection/partners"
              params={{ workspace, connection }}
              search={{ partner: group.partnerId }}
              className="underline-offset-2 hover:underline"
            >
              {group.title}
            </Link>
          )}
        </h4>
        <span className="text-sm text-muted">
          {unknown
            ? null
            : group.key === 'systems'
              ? counted(peopleIn(group.holders), 'system user', 'system users')
              : counted(peopleIn(group.holders), 'person', 'people')}
        </span>
        {share !== undefined && (
          <span className="text-sm text-muted">
            {share.direction === 'out' ? 'shared with them' : 'shared by them'}:{' '}
            {rankLabels[share.rank].toLowerCase()}
            {permitted.length > 0 && ` (${permitted.join(', ')})`}
          </span>
        )}
      </div>
      {unknown ? (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-lg border border-dashed px-4 py-3">
          <p className="text-muted">
            {share.partnerStatus === 'onboarded' || share.partnerStatus === 'expires_soon'
              ? 'Nobody of this partner is known to have access to it.'
              : 'This partner can reach the asset. Its people are not known until it is connected.'}
          </p>
          <Link
            to="/w/$workspace/apps/$connection/partners"
            params={{ workspace, connection }}
            search={{ partner: share.partnerId }}
            className="text-accent-text underline-offset-2 hover:underline"
          >
            {share.partnerStatus in partnerStatusLabels ? (
              <PartnerStatusDot
                partner={{ status: share.partnerStatus as keyof typeof partnerStatusLabels }}
              />
            ) : (
              'View the partner'
            )}
          </Link>
        </div>
      ) : (
        <ul className="rounded-lg border">
          {group.holders.slice(0, shown).map((holder) => (
            <HolderRow
              key={`${holder.principalId} ${holder.how} ${holder.because}`}
              holder={holder}
              asset={asset}
              manifest={manifest}
              withPartner={group.key === 'systems'}
            />
          ))}
        </ul>
      )}
      {group.holders.length > shown && (
        <button
          type="button"
          onClick={() => setShown(shown + STEP * 4)}
          className="mt-2 rounded-sm text-accent-text underline-offset-2 hover:underline"
        >
          Show more ({number(group.holders.length - shown)} left)
        </button>
      )}
    </section>
  )
}

function HolderRow(props: {
  holder: Holder
  asset: ResourceDetails
  manifest: Manifest | undefined
  withPartner: boolean
}) {
  const { holder } = props
  const state = useListState()
  const rights = holder.entitlements.map((name) => entitlementLabel(props.manifest, props.asset.type, name))
  return (
    <li className="grid items-center gap-x-4 gap-y-1 border-b px-4 py-2.5 last:border-b-0 hover:bg-hover sm:grid-cols-[minmax(0,5fr)_5rem_minmax(0,6fr)]">
      <button
        type="button"
        className="min-w-0 rounded-sm text-left"
        title={cleanName(holder.name) ?? undefined}
        onClick={() => state.set({ person: holder.principalId })}
      >
        <PersonCell
          name={holder.name}
          kind={holder.kind}
          none={holder.kind === 'invitation' ? 'Invited' : 'Name not told'}
          beneath={
            props.withPartner ? (
              holder.partnerId === null ? (
                'Our own'
              ) : (
                <Name none="A partner">{holder.partnerName}</Name>
              )
            ) : holder.email === null ? undefined : (
              <bdi>{holder.email}</bdi>
            )
          }
        />
      </button>
      <span className="max-sm:pl-9.5">
        <RankBadge rank={holder.rank} />
      </span>
      <span className="min-w-0 text-sm text-muted max-sm:pl-9.5">
        <span className="wrap-anywhere">because {because(holder.because)}</span>
        <span className="block">
          {rights.length > 0 && `${rights.join(', ')} · `}
          since {day(holder.firstSeenAt)}
          {holder.path === 'browser' && ' · read in the browser'}
        </span>
      </span>
    </li>
  )
}

/** The reason without its first word, where the server said it. */
function because(reason: string): string {
  return reason.replace(/^because\s+/i, '').replace(/\.$/, '')
}
