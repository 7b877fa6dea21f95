// How a person, a system user or an invitation stands in a list: columns per tab, the card on a phone, the heading of a group.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Principal, PrincipalTab } from '../../src/model/principal.ts'
import type { TableColumn } from '../components/table-model.tsx'
import { Initials, Name, PersonCell, Untold } from '../components/PersonCell.tsx'
import { RankBadge } from '../components/RankBadge.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { usePlace } from '../place.ts'
import { counted, day, fromCode, number } from '../words.ts'

export type How = Principal['how'][number]

/** The words on the screen for the way to an access. */
export const howLabels: Record<How, string> = {
  direct: 'Direct',
  role: 'Through role',
  group: 'Through group',
}

/** What stands where a principal has no name. */
export function namelessOf(person: Pick<Principal, 'kind'>): string {
  return person.kind === 'invitation' ? 'Invited' : 'Name not told'
}

export const who: TableColumn<Principal> = {
  id: 'name',
  header: 'Person',
  width: 216,
  grow: 3,
  sort: 'asc',
  cell: (person) => (
    <PersonCell name={person.name} kind={person.kind} none={namelessOf(person)} beneath={beneath(person)} />
  ),
}

function beneath(person: Principal) {
  if (person.email !== null) return <bdi>{person.email}</bdi>
  return <span className="font-mono text-xs">{person.externalId}</span>
}

const partner: TableColumn<Principal> = {
  id: 'partner',
  header: 'Partner',
  width: 136,
  grow: 2,
  sort: 'asc',
  optional: true,
  cell: (person) =>
    person.partnerId === null ? (
      <span className="text-muted">Our own</span>
    ) : (
      <span className="truncate">
        <Name none="Name not told">{person.partnerName}</Name>
      </span>
    ),
}

const told = (value: string | null, words = fromCode) =>
  value === null ? <Untold /> : <span className="truncate">{words(value)}</span>

/** What a provider says of two-factor, without the words that the heading says already: `two_fac_required` → "Required". */
export function twoFactorWords(value: string): string {
  return fromCode(value.replace(/^(two|2)[_-]?fac(tor)?[_-]/i, ''))
}

const role: TableColumn<Principal> = {
  id: 'role',
  header: 'Role',
  width: 96,
  grow: 1,
  sort: 'asc',
  optional: true,
  cell: (person) => told(person.role),
}
const twoFactor: TableColumn<Principal> = {
  id: 'twoFactor',
  header: 'Two-factor',
  width: 116,
  grow: 1,
  sort: 'asc',
  optional: true,
  cell: (person) => told(person.twoFactor, twoFactorWords),
}
const finance: TableColumn<Principal> = {
  id: 'financePermission',
  header: 'Finance access',
  width: 136,
  grow: 1,
  optional: true,
  cell: (person) => told(person.financePermission),
}
export const assets: TableColumn<Principal> = {
  id: 'rank',
  header: 'Assets',
  width: 124,
  sort: 'asc',
  optional: true,
  cell: (person) => (
    <span className="flex items-baseline gap-2.5">
      <span className="min-w-7 text-right tabular-nums">{number(person.assets)}</span>
      <RankBadge rank={person.rank} />
    </span>
  ),
}
const how: TableColumn<Principal> = {
  id: 'how',
  header: 'How',
  width: 116,
  grow: 1,
  optional: true,
  cell: (person) =>
    person.how.length === 0 ? (
      <Untold />
    ) : (
      <span className="truncate text-muted" title={person.how.map((one) => howLabels[one]).join(', ')}>
        {person.how.map((one) => howLabels[one]).join(', ')}
      </span>
    ),
}
/** When it was seen first, of anything that a read finds. */
export const firstSeen: TableColumn<{ firstSeenAt: string }> = {
  id: 'firstSeenAt',
  header: 'First seen',
  width: 124,
  sort: 'desc',
  optional: true,
  cell: ({ firstSeenAt }) => (
    <span className="text-muted">
      <RelativeTime at={firstSeenAt} />
    </span>
  ),
}
/** When it was confirmed last, of the same. */
export const confirmed: TableColumn<Seen> = {
  id: 'lastConfirmedAt',
  header: 'Last confirmed',
  width: 152,
  sort: 'desc',
  optional: true,
  cell: (row) => <Confirmed {...row} />,
}

interface Seen {
  lastConfirmedAt: string
  notConfirmedSince: string | null
}

/** When the last read saw it, or since when none could. */
function Confirmed(row: Seen) {
  return row.notConfirmedSince === null ? (
    <span className="text-muted">
      <RelativeTime at={row.lastConfirmedAt} />
    </span>
  ) : (
    <span
      className="min-w-0 text-sm compact:truncate"
      title={`Not confirmed since ${day(row.notConfirmedSince)}`}
    >
      <span className="block compact:inline">Not confirmed </span>
      <span className="block truncate compact:inline">since {day(row.notConfirmedSince)}</span>
    </span>
  )
}

export function personColumns(tab: PrincipalTab): TableColumn<Principal>[] {
  switch (tab) {
    case 'own':
      return [who, role, twoFactor, finance, assets, how, firstSeen, confirmed]
    case 'guests':
      return [who, partner, role, twoFactor, finance, assets, how, firstSeen, confirmed]
    case 'system_users':
      return [{ ...who, header: 'System user' }, partner, role, assets, how, firstSeen, confirmed]
    case 'invitations':
      return [{ ...who, header: 'Invitation' }, role, firstSeen, confirmed]
  }
}

/** `whose`: where it is told otherwise than by the one partner. */
export function PersonCard({ person, whose }: { person: Principal; whose?: ReactNode }) {
  const parts = [
    ...(person.role === null ? [] : [fromCode(person.role)]),
    ...(person.kind === 'invitation' ? [] : [counted(person.assets, 'asset', 'assets')]),
  ]
  return (
    <span className="flex items-center gap-3">
      <Initials name={person.name} kind={person.kind} />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 truncate font-medium text-text">
            <Name none={namelessOf(person)}>{person.name}</Name>
          </span>
          {person.kind !== 'invitation' && (
            <span className="shrink-0 text-sm">
              <RankBadge rank={person.rank} />
            </span>
          )}
        </span>
        <span className="truncate text-sm text-muted">{beneath(person)}</span>
        <span className="truncate text-sm text-muted">
          {(whose !== undefined || person.partnerId !== null) && (
            <>
              {whose ?? <Name none="Partner">{person.partnerName}</Name>}
              {' · '}
            </>
          )}
          {person.notConfirmedSince === null
            ? parts.join(' · ')
            : `not confirmed since ${day(person.notConfirmedSince)}`}
        </span>
      </span>
    </span>
  )
}

/** The partner that a group belongs to; the keyboard passes over it on its way through the rows. */
export function PartnerLink({ id, name, none }: { id: string; name: string | null; none: string }) {
  const { workspace, connection } = usePlace()
  return (
    <Link
      to="/w/$workspace/apps/$connection/partners"
      params={{ workspace, connection }}
      search={{ partner: id }}
      tabIndex={-1}
      className="font-medium underline-offset-2 hover:underline"
    >
      <Name none={none}>{name}</Name>
    </Link>
  )
}

/** "Northlight Media · 28 people", a link to the partner. */
export function GroupHeading({ person, count }: { person: Principal; count: number | undefined }) {
  const words =
    person.kind === 'system_user'
      ? (['system user', 'system users'] as const)
      : (['person', 'people'] as const)
  return (
    <>
      {person.partnerId === null ? (
        <span className="font-medium">Our own</span>
      ) : (
        <PartnerLink id={person.partnerId} name={person.partnerName} none="Name not told" />
      )}
      {count !== undefined && <span className="text-muted"> · {counted(count, words[0], words[1])}</span>}
    </>
  )
}
