// People over all apps of the workspace, each human once: who they are, through what they reach our assets, and how far.
import { Users } from 'lucide-react'
import { useMemo } from 'react'
import type { Identity } from '../../src/model/identity.ts'
import { ListView } from '../components/ListView.tsx'
import { cleanName, FirstOf, Untold } from '../components/PersonCell.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { useListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { csvAddress, identitiesQuery, listPaths } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { fromCode } from '../words.ts'
import { appColumn, appFilter, EmptyEverywhere, OverAllApps, useApps } from './all-apps.tsx'
import { assets, confirmed, PersonCard, twoFactorWords, who } from './person-columns.tsx'
import { expectPerson, PersonDrawer } from './person-drawer.tsx'
import { confirmedFilter, facetFilter, partnerFilter, rankFilter, twoFactorFilter } from './filters.ts'

const kindLabels: Record<string, string> = {
  person: 'People',
  system_user: 'System users',
  invitation: 'Pending invitations',
}
const filters = [
  partnerFilter,
  facetFilter('kind', 'Kind', {
    order: Object.keys(kindLabels),
    labelOf: (value) => kindLabels[value] ?? value,
  }),
  rankFilter,
  twoFactorFilter,
  confirmedFilter,
]

export function PeopleScreen() {
  const { workspace } = usePlace()
  const state = useListState()
  const can = useCan(workspace)
  const apps = useApps(workspace)
  const asked = useMemo(
    () => ({
      search: state.get('search'),
      ...Object.fromEntries([...filters, { name: 'connection' }].map(({ name }) => [name, state.get(name)])),
      sort: state.get('sort'),
    }),
    [state],
  )
  const source = useWindows((ask) => identitiesQuery(workspace, ask), asked)
  const columns = useMemo(
    () => columnsOf(appColumn(apps, (human) => human.principals.map((one) => one.connectionId))),
    [apps],
  )
  return (
    <OverAllApps
      workspace={workspace}
      title="People"
      line="Everybody who can hold access to your assets, over all apps. People with the same e-mail stand as one."
    >
      <ListView
        name="people"
        label="People"
        noun={['person', 'people']}
        source={source}
        state={state}
        columns={columns}
        filters={[...filters, ...appFilter(apps)]}
        search="Search by name, e-mail or ID"
        defaultSort="name"
        onExpect={expectPerson}
        onOpen={(human) => state.set({ person: human.id })}
        href={(human) => `/w/${workspace}/apps/${human.connectionId}/members/${human.id}`}
        muted={(human) => human.notConfirmedSince !== null}
        card={{
          height: 92,
          of: (human) => <PersonCard person={human} whose={<bdi>{whose(human).join(', ')}</bdi>} />,
        }}
        csv={can('export.make') ? csvAddress(listPaths.identities(workspace), asked) : null}
        empty={
          <EmptyEverywhere workspace={workspace} icon={<Users aria-hidden />} title="No people yet">
            Everybody who can touch your assets stands here: your own people and those of your partners.
          </EmptyEverywhere>
        }
      />
      <PersonDrawer />
    </OverAllApps>
  )
}

/** Each value once, in the order of the principals. */
const once = (values: readonly string[]) => [...new Set(values)]

/** What a human is to us: "Our own", names of partners, or both. */
function whose(human: Identity): string[] {
  return once(
    human.principals.map((one) =>
      one.partnerId === null ? 'Our own' : (cleanName(one.partnerName) ?? 'Name not told'),
    ),
  )
}

/** What was told of the principals of a human, in words. */
function told(values: readonly (string | null)[], words: (value: string) => string) {
  const names = once(values.flatMap((value) => (value === null ? [] : words(value))))
  return names.length === 0 ? <Untold /> : <FirstOf names={names} />
}

function columnsOf(app: TableColumn<Identity>[]): TableColumn<Identity>[] {
  return [
    who,
    {
      id: 'partner',
      header: 'Partner',
      width: 128,
      grow: 2,
      sort: 'asc',
      optional: true,
      cell: (human) => <FirstOf names={whose(human)} />,
    },
    ...app,
    {
      id: 'role',
      header: 'Role',
      width: 92,
      grow: 1,
      sort: 'asc',
      optional: true,
      cell: (human) =>
        told(
          human.principals.map((one) => one.role),
          fromCode,
        ),
    },
    {
      id: 'twoFactor',
      header: 'Two-factor',
      width: 112,
      grow: 1,
      sort: 'asc',
      optional: true,
      cell: (human) =>
        told(
          human.principals.map((one) => one.twoFactor),
          twoFactorWords,
        ),
    },
    assets,
    confirmed,
  ]
}
