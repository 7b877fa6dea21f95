// One person, system user or invitation: what is known and from where, every access and the way to it, the same human elsewhere,
// what changed. Shown in the drawer over a list; person.tsx shows the same as a page.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Access, PrincipalDetails } from '../../src/model/principal.ts'
import { buttonClass } from '../components/Button.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { useKept } from '../components/kept.ts'
import { Initials, Name } from '../components/PersonCell.tsx'
import { RankBadge } from '../components/RankBadge.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { useListState } from '../list-state.ts'
import { entitlementLabel, useApp, usePlace } from '../place.ts'
import { connectionsQuery } from '../queries.ts'
import { principalChangesQuery, principalQuery } from '../queries-beside.ts'
import { counted, day, fromCode, number } from '../words.ts'
import { ChangeList } from './change-words.tsx'
import { ErasePerson } from './erase-person.tsx'
import { howLabels, namelessOf, twoFactorWords } from './person-columns.tsx'

/** Of the person whom the address names; closed where it names nobody. */
export function PersonInDrawer() {
  const { workspace } = usePlace()
  const state = useListState()
  const named = state.get('person')
  const id = useKept(named)
  const close = () => state.set({ person: undefined })
  const {
    data: person,
    error,
    refetch,
  } = useQuery({
    ...principalQuery(workspace, id ?? ''),
    enabled: id !== undefined,
  })
  return (
    <Drawer
      open={named !== undefined}
      onClose={close}
      title={person === undefined ? 'Person' : <Name none={namelessOf(person)}>{person.name}</Name>}
      hint={person !== undefined && <PersonHint person={person} />}
      mark={person !== undefined && <Initials name={person.name} kind={person.kind} size="lg" />}
      actions={
        person !== undefined && (
          <Link
            to="/w/$workspace/apps/$connection/members/$principal"
            params={{ workspace, connection: person.connectionId, principal: person.id }}
            className={buttonClass()}
          >
            Open as a page
          </Link>
        )
      }
    >
      {person !== undefined ? (
        <PersonDetails
          workspace={workspace}
          person={person}
          onPerson={(other) => state.set({ person: other })}
          onErased={close}
        />
      ) : error !== null ? (
        <ErrorState title="The person could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : (
        <PersonBones />
      )}
    </Drawer>
  )
}

export function PersonBones() {
  return (
    <Skeleton label="Loading the person" className="flex flex-col gap-3">
      <Bone className="h-4 w-1/3" />
      <Bone className="h-4 w-2/3" />
      <Bone className="h-4 w-1/2" />
      <Bone className="mt-4 h-40" />
    </Skeleton>
  )
}

const kinds = { person: 'Person', system_user: 'System user', invitation: 'Pending invitation' } as const

/** The line under a person's name. */
export function PersonHint({ person }: { person: PrincipalDetails }) {
  return (
    <span className="flex flex-wrap items-center gap-x-1.5">
      {kinds[person.kind]}
      {' · '}
      {person.partnerId === null ? (
        'Our own'
      ) : (
        <Name none="Partner’s name not told">{person.partnerName}</Name>
      )}
      {person.email !== null && (
        <>
          {' · '}
          <bdi className="wrap-anywhere">{person.email}</bdi>
          <CopyButton text={person.email} label="Copy the e-mail" />
        </>
      )}
    </span>
  )
}

interface DetailsProps {
  workspace: string
  person: PrincipalDetails
  /** Another row of the same human was chosen. */
  onPerson?: (id: string) => void
}

export function PersonDetails(props: DetailsProps & { onErased: () => void }) {
  const { workspace, person } = props
  const { manifest } = useApp(person.connectionId)
  const changes = useQuery(principalChangesQuery(workspace, person.id))
  const live = person.access.filter((access) => access.endedAt === null)
  const ended = person.access.filter((access) => access.endedAt !== null)
  return (
    <>
      <State person={person} />
      <Section
        title="Facts"
        aside={person.path === 'browser' ? 'Read in the browser' : sources[person.source]}
      >
        <Facts rows={factsOf(person)} />
      </Section>
      <Section title="Access" aside={counted(live.length, 'entry', 'entries')}>
        {live.length === 0 ? (
          <p className="text-muted">
            {person.kind === 'invitation'
              ? 'An invitation holds no access until it is accepted.'
              : 'No access to your assets is known.'}
          </p>
        ) : (
          <AccessList {...props} rows={live} manifest={manifest} />
        )}
        {ended.length > 0 && (
          <details className="mt-2">
            <summary className="rounded-sm py-1 text-muted select-none">
              {counted(ended.length, 'entry', 'entries')} that ended
            </summary>
            <div className="mt-2">
              <AccessList {...props} rows={ended} manifest={manifest} />
            </div>
          </details>
        )}
      </Section>
      {person.identity.length > 0 && <SameHuman {...props} />}
      <Section title="Changes over time">
        {changes.data === undefined ? (
          changes.error !== null ? (
            <p className="text-muted">The changes could not be loaded: {changes.error.message}</p>
          ) : (
            <Bone className="h-10" />
          )
        ) : changes.data.rows.length === 0 ? (
          <p className="text-muted">Nothing has changed since the first check for updates.</p>
        ) : (
          <ChangeList rows={changes.data.rows} manifest={manifest} subject="principal" />
        )}
      </Section>
      {person.kind !== 'system_user' && (
        <ErasePerson workspace={workspace} person={person} onErased={props.onErased} />
      )}
    </>
  )
}

/** Said first, where it is so: gone, or not confirmed. */
function State({ person }: { person: PrincipalDetails }) {
  if (person.endedAt !== null) {
    return (
      <p className="mb-5 rounded-md bg-hover px-3 py-2">
        No longer seen since {day(person.endedAt)}: what stands here is history.
      </p>
    )
  }
  if (person.notConfirmedSince === null) return null
  return (
    <p className="mb-5 rounded-md bg-wait-soft px-3 py-2">
      Not confirmed since {day(person.notConfirmedSince)}: the last checks could not read this, so it may have
      changed.
    </p>
  )
}

const sources = {
  list: 'From the list of people',
  assigned: 'Seen only on an asset',
} as const

/** Names of facts that stand elsewhere, or whose words are known. */
const shownElsewhere = new Set(['firstName', 'lastName', 'twoFactor', 'financePermission'])
const factLabels: Record<string, string> = {
  title: 'Title',
  pendingEmail: 'E-mail not yet confirmed',
  markedForRemoval: 'Marked for removal',
  status: 'Status',
  createdBy: 'Invited by',
  createdAt: 'Invited',
  expiresAt: 'Ends',
  willGet: 'Will get',
}

function factsOf(person: PrincipalDetails) {
  const coded = (value: string | null) => (value === null ? 'Not told' : fromCode(value))
  const isInvitation = person.kind === 'invitation'
  const told = Object.entries(person.facts)
    .filter(([name, value]) => value !== null && value !== 'false' && !shownElsewhere.has(name))
    .map(([name, value]) => ({
      label: factLabels[name] ?? fromCode(name),
      value: factText(name, value ?? ''),
    }))
  return [
    { label: 'Role', value: coded(person.role) },
    ...(isInvitation || person.kind === 'system_user'
      ? []
      : [
          {
            label: 'Two-factor',
            value: person.twoFactor === null ? 'Not told' : twoFactorWords(person.twoFactor),
          },
          { label: 'Finance access', value: coded(person.financePermission) },
        ]),
    ...told,
    {
      label: 'ID',
      value: (
        <span className="inline-flex items-center gap-1 font-mono text-sm">
          {person.externalId}
          <CopyButton text={person.externalId} label="Copy the ID" />
        </span>
      ),
    },
    { label: 'First seen', value: <RelativeTime at={person.firstSeenAt} /> },
    { label: 'Last confirmed', value: <RelativeTime at={person.lastConfirmedAt} /> },
  ]
}

function factText(name: string, value: string) {
  if (/At$/.test(name) && !Number.isNaN(Date.parse(value))) return <RelativeTime at={value} />
  if (value === 'true') return 'Yes'
  if (name === 'status') return fromCode(value)
  return <Name none="Not told">{value}</Name>
}

const STEP = 50

function AccessList(props: DetailsProps & { rows: readonly Access[]; manifest: Manifest | undefined }) {
  const { workspace, rows } = props
  const connection = props.person.connectionId
  const [shown, setShown] = useState(STEP)
  return (
    <>
      <ul className="rounded-lg border">
        {rows.slice(0, shown).map((access) => (
          <li
            key={`${access.resourceId} ${access.how} ${access.through ?? ''}`}
            className="border-b px-3 py-2 last:border-b-0"
          >
            <div className="flex items-baseline justify-between gap-3">
              <Link
                to="/w/$workspace/apps/$connection/assets/$resource"
                params={{ workspace, connection, resource: access.resourceId }}
                className="min-w-0 font-medium wrap-anywhere underline-offset-2 hover:underline"
              >
                <Name none={access.resourceExternalId}>{access.resourceName}</Name>
              </Link>
              <span className="shrink-0 text-sm">
                <RankBadge rank={access.rank} />
              </span>
            </div>
            <div className="text-sm text-muted">
              {access.resourceTypeLabel}
              {access.entitlements.length > 0 &&
                ` · ${access.entitlements.map((name) => entitlementLabel(props.manifest, access.resourceType, name)).join(', ')}`}
            </div>
            <div className="text-sm text-muted">
              {howLabels[access.how]}
              {access.through !== null && (
                <>
                  {' '}
                  <Name none="">{access.through}</Name>
                </>
              )}
              {' · since '}
              {day(access.firstSeenAt)}
              {access.endedAt !== null && ` until ${day(access.endedAt)}`}
              {access.path === 'browser' && ' · read in the browser'}
            </div>
          </li>
        ))}
      </ul>
      {rows.length > shown && (
        <button
          type="button"
          onClick={() => setShown(shown + STEP * 4)}
          className="mt-2 rounded-sm text-accent-text underline-offset-2 hover:underline"
        >
          Show more ({number(rows.length - shown)} left)
        </button>
      )}
    </>
  )
}

function SameHuman(props: DetailsProps) {
  const { onPerson } = props
  const apps = useQuery(connectionsQuery(props.workspace)).data ?? []
  /** Where it is another app than the present one. */
  const appOf = (id: string) =>
    id === props.person.connectionId ? undefined : apps.find((app) => app.id === id)?.label
  const look = 'font-medium text-text underline-offset-2 hover:underline wrap-anywhere text-left'
  return (
    <Section title="The same human elsewhere" aside="Same e-mail">
      <ul className="rounded-lg border">
        {props.person.identity.map((other) => (
          <li
            key={other.id}
            className="flex flex-wrap items-baseline justify-between gap-x-3 border-b px-3 py-2 last:border-b-0"
          >
            {onPerson === undefined ? (
              <Link
                to="/w/$workspace/apps/$connection/members/$principal"
                params={{
                  workspace: props.workspace,
                  connection: other.connectionId,
                  principal: other.id,
                }}
                className={look}
              >
                <Name none="Name not told">{other.name}</Name>
              </Link>
            ) : (
              <button type="button" onClick={() => onPerson(other.id)} className={look}>
                <Name none="Name not told">{other.name}</Name>
              </button>
            )}
            <span className="text-sm text-muted">
              {other.partnerId === null ? (
                'Our own'
              ) : (
                <Name none="Partner’s name not told">{other.partnerName}</Name>
              )}
              {appOf(other.connectionId) !== undefined && ` · ${appOf(other.connectionId) ?? ''}`}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
