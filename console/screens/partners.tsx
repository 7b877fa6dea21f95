// Partners: every business that shares assets with ours, in which direction, and whether its people can be seen.
import { Handshake } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Partner } from '../../src/model/partner.ts'
import { partnerStatuses, partnerStatusLabels } from '../../src/model/partner.ts'
import { Banner } from '../components/Banner.tsx'
import { Button } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { Late, LateBones } from '../components/Late.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { late } from '../late.ts'
import { useListState } from '../list-state.ts'
import { useApp, usePlace } from '../place.ts'
import { csvAddress, listPaths, partnersQuery } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { number } from '../words.ts'
import { CheckButton } from './check-button.tsx'
import { NOT_ONBOARDED } from './filters.ts'
import { HeldRemovals } from './held-removals.tsx'
import { PartnerCard, usePartnerColumns } from './partner-columns.tsx'
import { ALL_PENDING } from './partner-words.tsx'

const PartnerDrawer = late(async () => (await import('./partner.tsx')).PartnerDrawer)
const ConnectPartner = late(async () => (await import('./connect-partner.tsx')).ConnectPartner)
const RequestTokens = late(async () => (await import('./request-tokens.tsx')).RequestTokens)
const DisconnectPartner = late(async () => (await import('./disconnect-partner.tsx')).DisconnectPartner)

/** A row or its menu is about to be used. */
function expectAny(): void {
  for (const one of [PartnerDrawer, ConnectPartner, RequestTokens, DisconnectPartner]) one.preload()
}

export function PartnersScreen() {
  const { workspace, connection } = usePlace()
  const state = useListState()
  const { app, manifest } = useApp()
  const can = useCan(workspace)
  const filters = useMemo(
    () => ({
      search: state.get('search'),
      status: state.get('status'),
      direction: state.get('direction'),
      sort: state.get('sort'),
    }),
    [state],
  )
  const source = useWindows((ask) => partnersQuery(workspace, connection, ask), filters)
  const [disconnecting, setDisconnecting] = useState<Partner | null>(null)
  const columns = usePartnerColumns(manifest, state, setDisconnecting)
  const connecting = state.get('connect')
  const opened = state.get('partner') ?? state.get('shares')
  const asking = state.get('request')
  const closeConnect = () => state.set({ connect: undefined }, { replace: true })
  const closeRequest = () => state.set({ request: undefined }, { replace: true })
  const closeDrawer = () => state.set({ partner: undefined, shares: undefined })
  const title = manifest?.words.partners ?? 'Partners'
  const pending = app?.counts.partnersPending ?? 0

  return (
    <div className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">{title}</h2>
      <HeldRemovals workspace={workspace} connection={connection} group="partner_people" />
      {pending > 0 && (
        <Banner
          tone="info"
          action={
            <span className="flex gap-2" onPointerEnter={expectAny} onFocus={expectAny}>
              {state.get('status') !== NOT_ONBOARDED && (
                <Button size="s" kind="quiet" onClick={() => state.set({ status: NOT_ONBOARDED })}>
                  Show them
                </Button>
              )}
              {can('request.send') && (
                <Button size="s" onClick={() => state.set({ request: ALL_PENDING })}>
                  {pending === 1 ? 'Request token' : 'Request tokens'}
                </Button>
              )}
            </span>
          }
        >
          {pending === 1
            ? '1 partner is pending onboarding. Until it is connected you cannot see its people.'
            : `${number(pending)} partners are pending onboarding. Until they are connected you cannot see their people.`}
        </Banner>
      )}
      <ListView
        name="partners"
        label={title}
        noun={['partner', 'partners']}
        source={source}
        state={state}
        columns={columns}
        filters={filtersOf(manifest)}
        search="Search by name or ID"
        defaultSort="name"
        onExpect={expectAny}
        onOpen={(partner) => state.set({ partner: partner.id })}
        muted={(partner) => partner.status === 'gone'}
        card={{ height: 100, of: (partner) => <PartnerCard partner={partner} manifest={manifest} /> }}
        csv={can('export.make') ? csvAddress(listPaths.partners(workspace, connection), filters) : null}
        empty={
          <EmptyState icon={<Handshake aria-hidden />} title="No partners yet" action={<CheckButton />}>
            Every business that shares assets with yours, in either direction, stands here after a check for
            updates.
          </EmptyState>
        }
      />
      <Late
        wanted={connecting !== undefined}
        waiting={<LateBones label="Loading the dialog" as="dialog" />}
        onGiveUp={closeConnect}
      >
        <ConnectPartner partnerId={connecting} manifest={manifest} onClose={closeConnect} />
      </Late>
      <Late
        wanted={opened !== undefined}
        waiting={<LateBones label="Loading the partner" />}
        onGiveUp={closeDrawer}
      >
        <PartnerDrawer
          partnerId={opened}
          onClose={closeDrawer}
          onConnect={(id) => state.set({ partner: undefined, shares: undefined, connect: id })}
          onRequest={(id) => state.set({ partner: undefined, shares: undefined, request: id })}
          onDisconnect={setDisconnecting}
        />
      </Late>
      <Late
        wanted={asking !== undefined}
        waiting={<LateBones label="Loading the dialog" as="dialog" />}
        onGiveUp={closeRequest}
      >
        <RequestTokens ask={asking} onClose={closeRequest} />
      </Late>
      <Late wanted={disconnecting !== null} onGiveUp={() => setDisconnecting(null)}>
        <DisconnectPartner partner={disconnecting} onClose={() => setDisconnecting(null)} />
      </Late>
    </div>
  )
}

function filtersOf(manifest: Manifest | undefined): Filter[] {
  const directions: Record<string, string> = {
    agency: manifest?.words.agency ?? 'Agency',
    client: manifest?.words.client ?? 'Client',
    both: 'Both',
  }
  return [
    {
      name: 'status',
      label: 'Status',
      facet: 'status',
      as: 'chips',
      order: partnerStatuses,
      labelOf: (value) => (partnerStatusLabels as Record<string, string>)[value] ?? value,
    },
    {
      name: 'direction',
      label: 'Direction',
      facet: 'direction',
      as: 'chips',
      order: ['agency', 'client', 'both'],
      labelOf: (value) => directions[value] ?? value,
    },
  ]
}
