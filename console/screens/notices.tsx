// The reader's notices in a drawer: what happened, where to look, and what has been read.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { BellOff, Check } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Notice } from '../../src/model/notice.ts'
import { markNoticesRead } from '../actions.ts'
import { Button, buttonClass } from '../components/Button.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { IconButton } from '../components/IconButton.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { Tooltip } from '../components/Tooltip.tsx'
import { workspaceQuery } from '../queries.ts'
import { noticesQuery } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { counted } from '../words.ts'

export interface NoticesProps {
  workspace: string
  open: boolean
  onClose: () => void
}

export function Notices({ workspace, open, onClose }: NoticesProps) {
  const notices = useQuery({ ...noticesQuery(workspace), enabled: open })
  const guest = !useCan(workspace)('console.see')
  const client = useQueryClient()
  const mark = useMutation({
    mutationFn: (ids: string[] | undefined) => markNoticesRead(workspace, ids),
    onSuccess: ({ unread }) => {
      client.setQueryData(
        workspaceQuery(workspace).queryKey,
        (info) => info && { ...info, counts: { ...info.counts, unreadNotices: unread } },
      )
      void client.invalidateQueries({ queryKey: noticesQuery(workspace).queryKey })
    },
  })
  const unread = notices.data?.unread ?? 0
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title="Notices"
      hint={notices.data !== undefined && (unread === 0 ? 'All read' : counted(unread, 'unread', 'unread'))}
      actions={
        <>
          <Link
            to="/w/$workspace/settings/notices"
            params={{ workspace }}
            onClick={onClose}
            className={buttonClass('quiet')}
          >
            Choose what you are told
          </Link>
          {unread > 0 && (
            <Button busy={mark.isPending} onClick={() => mark.mutate(undefined)}>
              Mark all as read
            </Button>
          )}
        </>
      }
    >
      {mark.error !== null && <Problem sentence={mark.error.message} />}
      {notices.data !== undefined ? (
        notices.data.rows.length === 0 ? (
          <EmptyState icon={<BellOff aria-hidden />} title="No notices">
            {guest
              ? 'When somebody shares a secret with you, it is told here.'
              : 'What needs you, as a token that expires or a secret that was shared with you, is told here.'}
          </EmptyState>
        ) : (
          <>
            <ul className="-my-1 flex flex-col divide-y">
              {notices.data.rows.map((notice) => (
                <Row
                  key={notice.id}
                  workspace={workspace}
                  notice={notice}
                  onRead={() => mark.mutate([notice.id])}
                  onOpen={() => {
                    if (notice.readAt === null) mark.mutate([notice.id])
                    onClose()
                  }}
                />
              ))}
            </ul>
            {notices.data.total > notices.data.rows.length && (
              <p className="mt-4 text-sm text-muted">
                The newest {notices.data.rows.length} of {notices.data.total}.
              </p>
            )}
          </>
        )
      ) : notices.error !== null ? (
        <ErrorState
          title="The notices could not be loaded"
          error={notices.error}
          onRetry={() => void notices.refetch()}
        />
      ) : (
        <Skeleton label="Loading the notices" className="flex flex-col gap-4">
          <Bone className="h-14" />
          <Bone className="h-14" />
          <Bone className="h-14" />
        </Skeleton>
      )}
    </Drawer>
  )
}

function Row(props: { workspace: string; notice: Notice; onRead: () => void; onOpen: () => void }) {
  const { notice } = props
  const unread = notice.readAt === null
  return (
    <li className="flex items-start gap-3 py-3.5">
      <span
        aria-hidden
        className={`mt-1.5 size-2 shrink-0 rounded-full ${unread ? 'bg-accent' : 'border border-line'}`}
      />
      <div className="min-w-0 flex-1">
        <p className={unread ? 'font-semibold' : 'font-medium text-muted'}>
          {unread && <span className="sr-only">Unread: </span>}
          {notice.title}
        </p>
        <p className="mt-0.5 text-pretty wrap-anywhere">
          <bdi>{notice.sentence}</bdi>
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-sm text-muted">
          <RelativeTime at={notice.at} />
          <Target {...props} />
        </p>
      </div>
      {unread && (
        <Tooltip text="Mark as read">
          <IconButton label="Mark as read" icon={<Check aria-hidden />} onClick={props.onRead} />
        </Tooltip>
      )}
    </li>
  )
}

/** Where to look, as a link; nothing where it is gone. */
function Target(props: { workspace: string; notice: Notice; onOpen: () => void }): ReactNode {
  const { workspace, onOpen } = props
  const { target } = props.notice
  const className = 'font-medium text-accent-text underline-offset-2 hover:underline'
  if (target === null) return null
  switch (target.kind) {
    case 'job':
      return (
        <Link
          to="/w/$workspace/automation"
          params={{ workspace }}
          search={{ job: target.id }}
          onClick={onOpen}
          className={className}
        >
          See the task
        </Link>
      )
    case 'partner':
      return (
        target.connectionId !== null && (
          <Link
            to="/w/$workspace/apps/$connection/partners"
            params={{ workspace, connection: target.connectionId }}
            search={{ partner: target.id }}
            onClick={onOpen}
            className={className}
          >
            See the partner
          </Link>
        )
      )
    case 'connection':
      return (
        <Link
          to="/w/$workspace/apps/$connection"
          params={{ workspace, connection: target.id }}
          onClick={onOpen}
          className={className}
        >
          See the app
        </Link>
      )
    case 'secret':
      return (
        <Link
          to="/w/$workspace/secrets"
          params={{ workspace }}
          search={{ secret: target.id }}
          onClick={onOpen}
          className={className}
        >
          See the secret
        </Link>
      )
    case 'member':
      return (
        <Link
          to="/w/$workspace/members"
          params={{ workspace }}
          search={{ member: target.id }}
          onClick={onOpen}
          className={className}
        >
          See the member
        </Link>
      )
  }
}
