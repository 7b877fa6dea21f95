// How a partner stands in the list: its columns, its card on a phone, its menu.
import { Link } from '@tanstack/react-router'
import { KeyRound, Layers, Link2, MoreHorizontal, RefreshCw, Send, Unlink } from 'lucide-react'
import { useMemo } from 'react'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Partner } from '../../src/model/partner.ts'
import type { TableColumn } from '../components/table-model.tsx'
import { useRowTabIndex } from '../components/table-model.tsx'
import { IconButton } from '../components/IconButton.tsx'
import { Menu, MenuItem, MenuLine } from '../components/Menu.tsx'
import { cleanName, Name, TwoLines } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import type { ListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { useCan } from '../rights.ts'
import { counted, number } from '../words.ts'
import { useCheckForUpdates } from './check-for-updates.ts'
import { directionWords, hasToken, partnerName, PartnerStatusDot, requestLine } from './partner-words.tsx'

export function usePartnerColumns(
  manifest: Manifest | undefined,
  state: ListState,
  onDisconnect: (partner: Partner) => void,
): TableColumn<Partner>[] {
  return useMemo(
    () => [
      {
        id: 'name',
        header: 'Partner',
        width: 240,
        grow: 3,
        sort: 'asc',
        cell: (partner) => <PartnerCell partner={partner} />,
      },
      {
        id: 'direction',
        header: 'Direction',
        width: 150,
        grow: 1,
        optional: true,
        cell: (partner) => <span className="truncate text-muted">{directionWords(partner, manifest)}</span>,
      },
      {
        id: 'status',
        header: 'Status',
        width: 190,
        grow: 2,
        sort: 'asc',
        cell: (partner) => (
          <TwoLines
            first={
              <span className="font-normal">
                <PartnerStatusDot partner={partner} />
              </span>
            }
            title={partner.statusReason ?? undefined}
            second={requestLine(partner)}
          />
        ),
      },
      {
        id: 'shares',
        header: 'Shared assets',
        width: 136,
        align: 'end',
        sort: 'desc',
        optional: true,
        cell: (partner) => number(partner.shares),
      },
      {
        id: 'people',
        header: 'People',
        width: 120,
        align: 'end',
        sort: 'desc',
        optional: true,
        cell: (partner) => <PeopleLink partner={partner} />,
      },
      {
        id: 'lastConfirmedAt',
        header: 'Last confirmed',
        width: 140,
        sort: 'desc',
        optional: true,
        cell: (partner) => (
          <span className="text-muted">
            <RelativeTime at={partner.lastConfirmedAt} />
          </span>
        ),
      },
      {
        id: 'menu',
        header: 'More options',
        width: 44,
        menu: true,
        cell: (partner) => <PartnerMenu partner={partner} state={state} onDisconnect={onDisconnect} />,
      },
    ],
    [manifest, state, onDisconnect],
  )
}

function PartnerCell({ partner }: { partner: Partner }) {
  return (
    <TwoLines
      first={<Name none="Name not told">{partner.name}</Name>}
      title={cleanName(partner.name) ?? undefined}
      second={
        <>
          <span className="font-mono text-xs">{partner.externalId}</span>
          {partner.path === 'browser' && ' · Read in the browser'}
        </>
      }
    />
  )
}

function PeopleLink({ partner }: { partner: Partner }) {
  const { workspace, connection } = usePlace()
  const tab = useRowTabIndex()
  if (partner.people === null) return <span className="text-faint">Not known</span>
  return (
    <Link
      to="/w/$workspace/apps/$connection/members"
      params={{ workspace, connection }}
      search={{ tab: 'guests', partner: partner.id }}
      tabIndex={tab}
      className="rounded-sm underline decoration-line underline-offset-3 hover:decoration-current"
    >
      {number(partner.people)}
    </Link>
  )
}

export function PartnerCard({ partner, manifest }: { partner: Partner; manifest: Manifest | undefined }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate font-medium text-text">
          <Name none="Name not told">{partner.name}</Name>
        </span>
        <span className="shrink-0 text-sm">
          <PartnerStatusDot partner={partner} />
        </span>
      </span>
      <span className="text-xs text-muted">
        <span className="font-mono">{partner.externalId}</span>
        {partner.path === 'browser' && ' · Read in the browser'}
      </span>
      <span className="truncate text-sm text-muted">
        {directionWords(partner, manifest)} · {counted(partner.shares, 'asset', 'assets')} ·{' '}
        {partner.people === null ? 'people not known' : counted(partner.people, 'person', 'people')}
      </span>
    </span>
  )
}

function PartnerMenu(props: {
  partner: Partner
  state: ListState
  onDisconnect: (partner: Partner) => void
}) {
  const { partner, state } = props
  const { workspace, connection } = usePlace()
  const can = useCan(workspace)
  const check = useCheckForUpdates(workspace)
  const tab = useRowTabIndex()
  const connected = hasToken(partner)
  const mayConnect = can('partner.connect') && partner.status !== 'gone'
  return (
    <Menu
      trigger={
        <IconButton
          label={`More options for ${partnerName(partner)}`}
          icon={<MoreHorizontal aria-hidden />}
          tabIndex={tab}
        />
      }
    >
      {mayConnect && (
        <MenuItem
          icon={connected ? <KeyRound aria-hidden /> : <Link2 aria-hidden />}
          onSelect={() => state.set({ connect: partner.id })}
        >
          {connected ? 'Replace token' : 'Connect to Guestlist'}
        </MenuItem>
      )}
      {can('request.send') && partner.status !== 'gone' && (
        <MenuItem
          icon={<Send aria-hidden />}
          onSelect={() =>
            state.set(partner.request?.state === 'open' ? { partner: partner.id } : { request: partner.id })
          }
        >
          {partner.request?.state === 'open' ? 'View token request' : 'Request token'}
        </MenuItem>
      )}
      {can('check.start') && (
        <MenuItem
          icon={<RefreshCw aria-hidden />}
          onSelect={() => check.mutate({ connection, partner: partner.id })}
        >
          Check for updates
        </MenuItem>
      )}
      <MenuItem icon={<Layers aria-hidden />} onSelect={() => state.set({ partner: partner.id })}>
        View shared assets
      </MenuItem>
      {can('partner.connect') && connected && (
        <>
          <MenuLine />
          <MenuItem danger icon={<Unlink aria-hidden />} onSelect={() => props.onDisconnect(partner)}>
            Disconnect token
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
