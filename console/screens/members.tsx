// Members → User overview: who can touch the brand's assets: our own people, partners' people, system users, pending invitations.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMemo, useState } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Principal, PrincipalTab } from '../../src/model/principal.ts'
import { principalTabs } from '../../src/model/principal.ts'
import { Banner } from '../components/Banner.tsx'
import { Button } from '../components/Button.tsx'
import { Late } from '../components/Late.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Tabs } from '../components/Tabs.tsx'
import { late } from '../late.ts'
import type { ListState } from '../list-state.ts'
import { useListState } from '../list-state.ts'
import { typeLabel, useApp, usePlace } from '../place.ts'
import { csvAddress, jobsQuery, listPaths, principalsQuery } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { number } from '../words.ts'
import { HeldRemovals } from './held-removals.tsx'
import { GroupHeading, howLabels, PersonCard, personColumns } from './person-columns.tsx'
import { expectPerson, PersonDrawer } from './person-drawer.tsx'
import {
  confirmedFilter,
  facetFilter,
  NOT_ONBOARDED,
  partnerFilter,
  rankFilter,
  twoFactorFilter,
} from './filters.ts'

const NoPeople = late(async () => (await import('./no-people.tsx')).NoPeople)

const filterNames = ['partner', 'rank', 'kind', 'how', 'twoFactor', 'confirmed'] as const
const howFilter = facetFilter('how', 'How', {
  order: ['direct', 'role', 'group'],
  labelOf: (value) => (howLabels as Record<string, string>)[value] ?? value,
})

const nouns: Record<PrincipalTab, readonly [string, string]> = {
  own: ['person', 'people'],
  guests: ['person', 'people'],
  system_users: ['system user', 'system users'],
  invitations: ['invitation', 'invitations'],
}

export function MembersScreen() {
  const state = useListState()
  const { app, manifest } = useApp()
  const asked = state.get('tab')
  const tab = principalTabs.find((one) => one === asked) ?? 'own'
  const labels: Record<PrincipalTab, [string, number | undefined]> = {
    own: ['Members', app?.counts.people],
    guests: [manifest?.words.guests ?? 'Guest users', app?.counts.guests],
    system_users: ['System users', app?.counts.systemUsers],
    invitations: ['Pending invitations', app?.counts.invitations],
  }
  const choose = (next: PrincipalTab) =>
    state.set({
      ...Object.fromEntries(filterNames.map((name) => [name, undefined])),
      search: undefined,
      sort: undefined,
      group: undefined,
      tab: next,
    })
  return (
    <div className="flex flex-col gap-2">
      <h2 className="text-lg font-semibold">User overview</h2>
      <Tabs
        label="User overview"
        value={tab}
        onChange={choose}
        tabs={principalTabs.map((value) => {
          const [label, count] = labels[value]
          return {
            value,
            label,
            ...(count === undefined ? {} : { count }),
            panel: (
              <People key={value} tab={value} label={label} state={state} app={app} manifest={manifest} />
            ),
          }
        })}
      />
      <PersonDrawer />
    </div>
  )
}

interface PeopleProps {
  tab: PrincipalTab
  label: string
  state: ListState
  app: Connection | undefined
  manifest: Manifest | undefined
}

function People({ tab, label, state, app, manifest }: PeopleProps) {
  const { workspace, connection } = usePlace()
  const can = useCan(workspace)
  const [gaveUp, giveUp] = useState(false)
  const mayGroup = tab === 'guests' || tab === 'system_users'
  const grouped = mayGroup && state.get('group') === 'partner'
  const filters = useMemo(
    () => ({
      tab,
      search: state.get('search'),
      ...Object.fromEntries(filterNames.map((name) => [name, state.get(name)])),
      sort: grouped ? 'partner' : state.get('sort'),
    }),
    [state, tab, grouped],
  )
  const source = useWindows((ask) => principalsQuery(workspace, connection, ask), filters)
  const columns = useMemo(() => personColumns(tab), [tab])
  const counts = source.facets?.partner
  const group = useMemo(
    () =>
      grouped
        ? {
            of: (person: Principal) => person.partnerId ?? 'own',
            heading: (person: Principal) => (
              <GroupHeading
                person={person}
                count={counts?.find((one) => one.value === (person.partnerId ?? 'own'))?.count}
              />
            ),
          }
        : undefined,
    [grouped, counts],
  )
  return (
    <div className="flex flex-col gap-3">
      <PartlyKnown tab={tab} app={app} />
      {tab === 'own' && <HeldRemovals workspace={workspace} connection={connection} group="own_people" />}
      {tab === 'guests' && (
        <HeldRemovals workspace={workspace} connection={connection} group="partner_people" />
      )}
      <ListView
        name={`people.${tab}`}
        label={label}
        noun={nouns[tab]}
        source={source}
        state={state}
        columns={columns}
        filters={filtersOf(tab, manifest)}
        search={tab === 'system_users' ? 'Search by name or ID' : 'Search by name, e-mail or ID'}
        defaultSort={grouped ? 'partner' : 'name'}
        onExpect={expectPerson}
        onOpen={(person) => state.set({ person: person.id })}
        href={(person) => `/w/${workspace}/apps/${connection}/members/${person.id}`}
        muted={(person) => person.notConfirmedSince !== null}
        {...(group === undefined ? {} : { group })}
        card={{ height: 92, of: (person) => <PersonCard person={person} /> }}
        switches={
          mayGroup && (
            <Button
              aria-pressed={grouped}
              className="aria-pressed:border-accent-text aria-pressed:bg-selected aria-pressed:text-accent-text"
              onClick={() => state.set({ group: grouped ? undefined : 'partner', sort: undefined })}
            >
              Group by partner
            </Button>
          )
        }
        csv={can('export.make') ? csvAddress(listPaths.principals(workspace, connection), filters) : null}
        empty={
          <Late wanted={!gaveUp} onGiveUp={() => giveUp(true)}>
            <NoPeople tab={tab} app={app} />
          </Late>
        }
      />
    </div>
  )
}

function filtersOf(tab: PrincipalTab, manifest: Manifest | undefined): Filter[] {
  const assetKind = facetFilter('kind', 'Asset kind', {
    facet: 'assetType',
    labelOf: (value) => typeLabel(manifest, value),
  })
  return [
    ...(tab === 'own' || tab === 'invitations' ? [] : [partnerFilter]),
    ...(tab === 'invitations' ? [] : [rankFilter, assetKind, howFilter]),
    ...(tab === 'own' || tab === 'guests' ? [twoFactorFilter] : []),
    confirmedFilter,
  ]
}

/** Says what this list cannot show, and why: partners not onboarded, or what the last check could not read. */
function PartlyKnown({ tab, app }: { tab: PrincipalTab; app: Connection | undefined }) {
  const { workspace, connection } = usePlace()
  const last = useQuery({
    ...jobsQuery(workspace, { connection, status: 'not_completed', limit: 1 }),
    enabled: app?.health === 'attention',
  }).data?.rows[0]
  if (app === undefined) return null
  const link = 'font-medium text-accent-text underline-offset-2 hover:underline'
  const notes: ReactNode[] = []
  if (app.health === 'attention' || app.health === 'expired') {
    notes.push(
      <Banner key="health" tone="wait">
        {app.healthReason ?? 'The last check for updates could not read everything.'} What is not confirmed is
        marked.
        {last !== undefined && (
          <>
            {' '}
            <Link
              to="/w/$workspace/automation"
              params={{ workspace }}
              search={{ job: last.id }}
              className={link}
            >
              See the task
            </Link>
            {last.finishedAt !== null && (
              <>
                {' '}
                (<RelativeTime at={last.finishedAt} />)
              </>
            )}
          </>
        )}
      </Banner>,
    )
  }
  if (tab === 'guests' && app.counts.partnersPending > 0 && app.counts.guests > 0) {
    const pending = app.counts.partnersPending
    notes.push(
      <Banner key="pending" tone="info">
        {pending === 1 ? 'The people of 1 partner are' : `The people of ${number(pending)} partners are`} not
        in this list:{' '}
        <Link
          to="/w/$workspace/apps/$connection/partners"
          params={{ workspace, connection }}
          search={{ status: NOT_ONBOARDED }}
          className={link}
        >
          pending onboarding
        </Link>
        .
      </Banner>,
    )
  }
  return <>{notes}</>
}
