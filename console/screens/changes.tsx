// Activity of an app: what became different over time, newest first: people, access, assets, partners, shares.
import { useNavigate } from '@tanstack/react-router'
import { History } from 'lucide-react'
import { useMemo } from 'react'
import type { Change } from '../../src/model/change.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import type { TableColumn } from '../components/table-model.tsx'
import { DateRange } from '../components/DateRange.tsx'
import { ChangeMark, DiffLine } from '../components/DiffList.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { bounds } from '../dates.ts'
import { useListState } from '../list-state.ts'
import { useApp, usePlace } from '../place.ts'
import { changesQuery, csvAddress, listPaths } from '../queries.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { ChangeSentence, diffsOf, kindLabels, nounLabels } from './change-words.tsx'
import { CheckButton } from './check-button.tsx'
import { PersonDrawer } from './person-drawer.tsx'

const filters: Filter[] = [
  {
    name: 'kind',
    label: 'What happened',
    facet: 'kind',
    as: 'chips',
    order: ['added', 'removed', 'changed'],
    labelOf: (value) => (kindLabels as Record<string, string>)[value] ?? value,
  },
  {
    name: 'noun',
    label: 'To what',
    facet: 'noun',
    as: 'facet',
    order: ['principal', 'grant', 'share', 'resource', 'partner'],
    labelOf: (value) => (nounLabels as Record<string, string>)[value] ?? value,
  },
  { name: 'partner', label: 'Partner', facet: 'partner', as: 'facet' },
]

export function ChangesScreen() {
  const { workspace, connection } = usePlace()
  const state = useListState()
  const { manifest } = useApp()
  const can = useCan(workspace)
  const [from, to] = [state.get('from'), state.get('to')]
  const asked = useMemo(
    () => ({
      kind: state.get('kind'),
      noun: state.get('noun'),
      partner: state.get('partner'),
      ...bounds(from, to),
    }),
    [state, from, to],
  )
  const navigate = useNavigate()
  const open = (change: Change) => {
    const app = { workspace, connection }
    if (change.principalId !== null) return state.set({ person: change.principalId })
    if (change.resourceId !== null) {
      return void navigate({
        to: '/w/$workspace/apps/$connection/assets/$resource',
        params: { ...app, resource: change.resourceId },
      })
    }
    if (change.partnerId === null) return
    void navigate({
      to: '/w/$workspace/apps/$connection/partners',
      params: app,
      search: { partner: change.partnerId },
    })
  }
  const source = useWindows((ask) => changesQuery(workspace, connection, ask), asked)
  const columns = useMemo(() => columnsOf(manifest), [manifest])
  return (
    <div className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">Changes</h2>
      <ListView
        name="changes"
        label="Changes"
        noun={['change', 'changes']}
        source={source}
        state={state}
        columns={columns}
        filters={filters}
        narrowedBy={[...(from === undefined ? [] : ['from']), ...(to === undefined ? [] : ['to'])]}
        switches={
          <DateRange
            from={from}
            to={to}
            onChange={(range) => state.set({ from: range.from, to: range.to }, { replace: true })}
          />
        }
        onOpen={open}
        card={{ height: 92, of: (change) => <Card change={change} manifest={manifest} /> }}
        csv={can('export.make') ? csvAddress(listPaths.changes(workspace, connection), asked) : null}
        empty={
          <EmptyState
            icon={<History aria-hidden />}
            title="No changes yet"
            action={<CheckButton kind="secondary" />}
          >
            Whatever a check for updates finds different from the one before stands here.
          </EmptyState>
        }
      />
      <PersonDrawer />
    </div>
  )
}

function columnsOf(manifest: Manifest | undefined): TableColumn<Change>[] {
  return [
    {
      id: 'what',
      header: 'Change',
      width: 330,
      grow: 6,
      cell: (change) => <What change={change} />,
    },
    {
      id: 'diff',
      header: 'What is different',
      width: 230,
      grow: 3,
      optional: true,
      cell: (change) => <DiffLine rows={diffsOf(change, manifest)} />,
    },
    {
      id: 'partner',
      header: 'Partner',
      width: 150,
      grow: 1,
      optional: true,
      cell: (change) =>
        change.partnerId === null ? (
          <span className="text-muted">Our own</span>
        ) : (
          <span className="truncate">
            <Name none="Name not told">{change.partnerName}</Name>
          </span>
        ),
    },
    {
      id: 'at',
      header: 'When',
      width: 130,
      optional: true,
      cell: (change) => (
        <span className="text-muted">
          <RelativeTime at={change.at} />
        </span>
      ),
    },
  ]
}

function What({ change }: { change: Change }) {
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <ChangeMark kind={change.kind} />
      <span className="min-w-0 truncate">
        <span className="sr-only">{kindLabels[change.kind]}: </span>
        <ChangeSentence change={change} />
      </span>
    </span>
  )
}

function Card({ change, manifest }: { change: Change; manifest: Manifest | undefined }) {
  return (
    <span className="flex gap-2.5">
      <ChangeMark kind={change.kind} />
      <span className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="line-clamp-2">
          <span className="sr-only">{kindLabels[change.kind]}: </span>
          <ChangeSentence change={change} />
        </span>
        <span className="flex min-w-0 justify-between gap-3 text-sm text-muted">
          <DiffLine rows={diffsOf(change, manifest)} />
          <RelativeTime at={change.at} />
        </span>
      </span>
    </span>
  )
}
