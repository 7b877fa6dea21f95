// Activity of the workspace: who did what to what, when and from where. Rows hold ids; the names are the present ones.
import { useQuery } from '@tanstack/react-query'
import { FileJson, ScrollText, ShieldCheck } from 'lucide-react'
import { useMemo } from 'react'
import type { AuditEvent } from '../../src/model/audit.ts'
import { Button, buttonClass } from '../components/Button.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { DateRange } from '../components/DateRange.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { DrawerContent } from '../components/DrawerContent.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import { EmptyState } from '../components/EmptyState.tsx'
import type { Filter } from '../components/ListView.tsx'
import { ListView } from '../components/ListView.tsx'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { bounds } from '../dates.ts'
import { useListState } from '../list-state.ts'
import { usePlace } from '../place.ts'
import { csvAddress, linesAddress, listPaths } from '../queries.ts'
import { auditQuery, eventQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { useWindows } from '../windows.ts'
import { exactly, fromCode, number } from '../words.ts'
import { actionWords, actorName, actorWords, subjectKindWords } from './audit-words.ts'
import { VerifyDialog } from './verify-audit.tsx'

const filters: Filter[] = [
  { name: 'action', label: 'What', facet: 'action', as: 'facet', labelOf: actionWords },
  { name: 'actor', label: 'Who', facet: 'actor', as: 'facet', wordsOf: actorWords },
]

export function ActivityScreen() {
  const { workspace } = usePlace()
  const state = useListState()
  const can = useCan(workspace)
  const [from, to] = [state.get('from'), state.get('to')]
  const asked = useMemo(
    () => ({
      search: state.get('search'),
      action: state.get('action'),
      actor: state.get('actor'),
      ...bounds(from, to),
      sort: state.get('sort'),
    }),
    [state, from, to],
  )
  const source = useWindows((ask) => auditQuery(workspace, ask), asked)
  const columns = useMemo(() => columnsOf(), [])
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Activity</h1>
        <Button icon={<ShieldCheck aria-hidden />} onClick={() => state.set({ verify: 'now' })}>
          Verify
        </Button>
      </div>
      <ListView
        name="audit"
        label="Activity"
        noun={['event', 'events']}
        source={source}
        state={state}
        columns={columns}
        filters={filters}
        narrowedBy={[...(from === undefined ? [] : ['from']), ...(to === undefined ? [] : ['to'])]}
        search="Search who, what or ID"
        defaultSort="-at"
        onOpen={(event) => state.set({ event: event.id })}
        card={{ height: 76, of: (event) => <Card event={event} /> }}
        switches={
          <DateRange
            from={from}
            to={to}
            onChange={(range) => state.set({ from: range.from, to: range.to }, { replace: true })}
          />
        }
        csv={can('export.make') ? csvAddress(listPaths.audit(workspace), asked) : null}
        exports={
          can('export.make') && (
            <a
              href={linesAddress(listPaths.audit(workspace), asked)}
              download
              className={buttonClass('quiet', 'm')}
            >
              <FileJson aria-hidden />
              <span className="max-sm:sr-only">Export JSON lines</span>
            </a>
          )
        }
        empty={
          <EmptyState icon={<ScrollText aria-hidden />} title="Nothing has been done yet">
            Whatever somebody does here, or Guestlist does by itself, is written down and cannot be changed.
          </EmptyState>
        }
      />
      <EventDrawer
        id={state.get('event')}
        rows={source.loaded()}
        onClose={() => state.set({ event: undefined })}
      />
      <VerifyDialog
        workspace={workspace}
        open={state.get('verify') !== undefined}
        onClose={() => state.set({ verify: undefined }, { replace: true })}
      />
    </div>
  )
}

function columnsOf(): TableColumn<AuditEvent>[] {
  return [
    {
      id: 'what',
      header: 'What',
      width: 240,
      grow: 2,
      cell: (event) => <span className="block truncate font-medium">{actionWords(event.action)}</span>,
    },
    {
      id: 'subject',
      header: 'To what',
      width: 220,
      grow: 2,
      cell: (event) => <Subject event={event} />,
    },
    {
      id: 'actor',
      header: 'Who',
      width: 170,
      grow: 1,
      optional: true,
      cell: (event) => <span className="truncate">{actorName(event)}</span>,
    },
    {
      id: 'at',
      header: 'When',
      width: 140,
      sort: 'desc',
      optional: true,
      cell: (event) => (
        <span className="text-muted">
          <RelativeTime at={event.at} />
        </span>
      ),
    },
    {
      id: 'address',
      header: 'From',
      width: 150,
      grow: 1,
      optional: true,
      cell: (event) => (
        <span className="truncate font-mono text-sm text-muted">{event.address ?? 'This server'}</span>
      ),
    },
  ]
}

function Subject({ event }: { event: AuditEvent }) {
  return (
    <span className="min-w-0 truncate">
      <span className="text-muted">{subjectKindWords(event.subjectKind)}</span>
      {event.subjectName !== null && (
        <>
          {' '}
          <Name none="">{event.subjectName}</Name>
        </>
      )}
      {event.subjectKind === 'route' && (
        // Every route here is one of this workspace.
        <span className="font-mono text-sm"> {event.subjectId.replace('/workspaces/:workspace', '')}</span>
      )}
    </span>
  )
}

function Card({ event }: { event: AuditEvent }) {
  return (
    <span className="flex flex-col gap-0.5">
      <span className="flex items-baseline justify-between gap-3">
        <span className="truncate font-medium text-text">{actionWords(event.action)}</span>
        <span className="shrink-0 text-sm text-muted">
          <RelativeTime at={event.at} />
        </span>
      </span>
      <span className="truncate text-sm">
        <Subject event={event} />
      </span>
      <span className="truncate text-sm text-muted">{actorName(event)}</span>
    </span>
  )
}

/** The event of the address, wherever it stands in the log and however the list is filtered. */
function EventDrawer(props: {
  id: string | undefined
  /** Those that are loaded: one of them is shown at once. */
  rows: readonly AuditEvent[]
  onClose: () => void
}) {
  const { workspace } = usePlace()
  const id = useKept(props.id)
  const asked = useQuery({
    ...eventQuery(workspace, id ?? ''),
    enabled: id !== undefined,
    placeholderData: props.rows.find((row) => row.id === id),
    // Sealed in a moment.
    refetchInterval: ({ state }) => (state.data?.seq === null ? 2_000 : false),
  })
  const event = asked.data
  return (
    <Drawer
      open={props.id !== undefined}
      onClose={props.onClose}
      title={event === undefined ? 'Event' : actionWords(event.action)}
      hint={event !== undefined && <time dateTime={event.at}>{exactly(event.at)}</time>}
    >
      <DrawerContent noun="event" asked={asked}>
        {(one) => <EventFacts event={one} />}
      </DrawerContent>
    </Drawer>
  )
}

function EventFacts({ event }: { event: AuditEvent }) {
  return (
    <>
      <Section title="What was done">
        <Facts
          rows={[
            { label: 'Who', value: actorName(event) },
            { label: 'From', value: event.address ?? 'This server' },
            ...(event.keyName === null
              ? []
              : [{ label: 'By the API key', value: <Name none="No name">{event.keyName}</Name> }]),
            { label: 'To what', value: <Subject event={event} /> },
            {
              label: 'ID',
              value: (
                <span className="inline-flex items-center gap-1 font-mono text-sm wrap-anywhere">
                  {event.subjectId}
                  <CopyButton text={event.subjectId} label="Copy the ID" />
                </span>
              ),
            },
            {
              label: 'Sealed as',
              value: event.seq === null ? 'Not sealed yet: a second or two' : `Number ${number(event.seq)}`,
            },
            { label: 'Recorded as', value: <span className="font-mono text-sm">{event.action}</span> },
          ]}
        />
      </Section>
      {Object.keys(event.data).length > 0 && (
        <Section title="Details">
          <Facts
            rows={Object.entries(event.data).map(([name, value]) => ({
              label: fromCode(name.replace(/([a-z])([A-Z])/g, '$1 $2')),
              value: <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>,
            }))}
          />
        </Section>
      )}
    </>
  )
}
