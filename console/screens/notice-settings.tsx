// What the reader is told in this workspace, and how: in the console, by mail, or not at all.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { changeNotice } from '../actions.ts'
import type { NoticeChange } from '../actions.ts'
import { Checkbox } from '../components/Checkbox.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { Problem } from '../components/Problem.tsx'
import { SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { noticeSettingsQuery } from '../queries-beside.ts'
import type { NoticeSettings } from '../queries-beside.ts'

export function NoticeSettingsScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/settings' })
  const settings = useQuery(noticeSettingsQuery(workspace))
  const client = useQueryClient()
  const { queryKey } = noticeSettingsQuery(workspace)
  const change = useMutation({
    mutationFn: (input: NoticeChange) => changeNotice(workspace, input),
    onMutate: (input) => {
      const before = client.getQueryData(queryKey)
      client.setQueryData(queryKey, (now) => now && changed(now, input))
      return { before }
    },
    onError: (_error, _input, kept) => client.setQueryData(queryKey, kept?.before),
    onSuccess: (now) => client.setQueryData(queryKey, now),
  })
  if (settings.data === undefined && settings.error !== null) {
    return (
      <ErrorState
        title="The settings could not be loaded"
        error={settings.error}
        onRetry={() => void settings.refetch()}
      />
    )
  }
  const mail = settings.data?.mail
  return (
    <SettingsSection
      title="Notices"
      text={
        mail === false
          ? 'What you are told in this workspace. This server sends no mail, so the choice of mail waits until it does.'
          : 'What you are told in this workspace, at the bell and by mail.'
      }
    >
      {change.error !== null && <Problem sentence={change.error.message} />}
      {settings.data === undefined ? (
        <Skeleton label="Loading the settings">
          <Bone className="h-64" />
        </Skeleton>
      ) : settings.data.rows.length === 0 ? (
        <p className="text-muted">With your role there is nothing here that you would be told.</p>
      ) : (
        <Table settings={settings.data} onChange={(input) => change.mutate(input)} />
      )}
    </SettingsSection>
  )
}

function changed(now: NoticeSettings, { kind, ...to }: NoticeChange): NoticeSettings {
  const given = Object.fromEntries(Object.entries<unknown>(to).filter(([, on]) => on !== undefined))
  return { ...now, rows: now.rows.map((row) => (row.kind === kind ? { ...row, ...given } : row)) }
}

function Table(props: { settings: NoticeSettings; onChange: (input: NoticeChange) => void }) {
  const head = 'py-2 text-sm font-medium text-muted'
  return (
    <table className="w-full border-collapse">
      <thead>
        <tr className="border-b">
          <th scope="col" className={`${head} text-left`}>
            When
          </th>
          <th scope="col" className={`${head} w-20 text-left`}>
            Console
          </th>
          <th scope="col" className={`${head} w-16 text-left`}>
            Mail
          </th>
        </tr>
      </thead>
      <tbody>
        {props.settings.rows.map((row) => (
          <tr key={row.kind} className="border-b last:border-b-0">
            <th scope="row" className="py-3 pr-4 text-left font-normal">
              {row.label}
            </th>
            {(['console', 'mail'] as const).map((way) => (
              <td key={way} className="py-3">
                <Checkbox
                  checked={row[way]}
                  name={`${row.label}: ${way === 'console' ? 'in the console' : 'by mail'}`}
                  onChange={(on) => props.onChange({ kind: row.kind, [way]: on })}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
