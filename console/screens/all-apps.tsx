// What the lists over all apps of a workspace share: which apps there are, the column and the filter that tell them apart, what to do where
// there is none, and which of them could not be read.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plug, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Connection } from '../../src/model/connection.ts'
import { Banner } from '../components/Banner.tsx'
import { buttonClass } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import type { Filter } from '../components/ListView.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { FirstOf } from '../components/PersonCell.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import type { TableColumn } from '../components/table-model.tsx'
import { connectionsQuery } from '../queries.ts'
import { useCan } from '../rights.ts'
import { facetFilter } from './filters.ts'

/** The apps of the workspace; undefined while they load. */
export function useApps(workspace: string): Connection[] | undefined {
  return useQuery(connectionsQuery(workspace)).data
}

/** The column that says which apps a row is of; none where there is only one app. */
export function appColumn<Row>(
  apps: readonly Connection[] | undefined,
  idsOf: (row: Row) => readonly string[],
): TableColumn<Row>[] {
  if (apps === undefined || apps.length < 2) return []
  return [
    {
      id: 'connection',
      header: 'App',
      width: 116,
      grow: 2,
      sort: 'asc',
      optional: true,
      cell: (row) => {
        const ids = idsOf(row)
        return <FirstOf names={apps.filter((app) => ids.includes(app.id)).map((app) => app.label)} />
      },
    },
  ]
}

/** The filter by app; none where there is only one. */
export function appFilter(apps: readonly Connection[] | undefined): Filter[] {
  return apps === undefined || apps.length < 2 ? [] : [facetFilter('connection', 'App')]
}

/** A screen over all apps: its head, what could not be read, and its list. */
export function OverAllApps(props: { workspace: string; title: string; line: string; children: ReactNode }) {
  return (
    <div className="flex flex-col">
      <PageHead title={props.title} line={props.line} />
      <div className="flex flex-col gap-3">
        <AppsNotRead workspace={props.workspace} />
        {props.children}
      </div>
    </div>
  )
}

/** Of a list with nothing in it: connect an app, or look at those that are there. `icon`: of the list's own. */
export function EmptyEverywhere(props: {
  workspace: string
  icon: ReactNode
  title: string
  /** What the list is for. */
  children: string
}) {
  const { workspace } = props
  const can = useCan(workspace)
  const apps = useQuery(connectionsQuery(workspace))
  if (apps.data === undefined) {
    return apps.error === null ? (
      <Skeleton label="Loading the apps">
        <Bone className="h-44 rounded-lg" />
      </Skeleton>
    ) : (
      <ErrorState
        title="The apps could not be loaded"
        error={apps.error}
        onRetry={() => void apps.refetch()}
      />
    )
  }
  if (apps.data.length > 0) {
    return (
      <EmptyState
        icon={props.icon}
        title={props.title}
        action={
          <Link to="/w/$workspace/apps" params={{ workspace }} className={buttonClass('primary')}>
            Go to apps
          </Link>
        }
      >
        {props.children} The list fills with the first check for updates.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={<Plug aria-hidden />}
      title="No app is connected"
      action={
        can('connection.manage') ? (
          <Link to="/w/$workspace/apps/new" params={{ workspace }} className={buttonClass('primary')}>
            <Plus aria-hidden />
            Add app
          </Link>
        ) : undefined
      }
    >
      {props.children} The list fills once an app is connected and checked for updates.
    </EmptyState>
  )
}

/** Says which apps could not be read as they should be: what stands in the list of them may be old. */
function AppsNotRead({ workspace }: { workspace: string }) {
  const unwell = useApps(workspace)?.filter((app) => app.health === 'attention' || app.health === 'expired')
  if (unwell === undefined || unwell.length === 0) return null
  return (
    <Banner tone="wait">
      Not everything could be read lately. What is not confirmed is marked; see{' '}
      {unwell.map((app, at) => (
        <span key={app.id}>
          {at > 0 && ', '}
          <Link
            to="/w/$workspace/apps/$connection"
            params={{ workspace, connection: app.id }}
            className="font-medium text-accent-text underline-offset-2 hover:underline"
          >
            <bdi>{app.label}</bdi>
          </Link>
        </span>
      ))}
      .
    </Banner>
  )
}
