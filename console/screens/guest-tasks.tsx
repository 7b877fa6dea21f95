// What a guest is asked for, and what was taken with the tokens that they handed over: the first things on their first page.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { partnerStatusLabels } from '../../src/model/partner.ts'
import type { OpenedRequest } from '../../src/model/token-request.ts'
import { requestStateLabels } from '../../src/model/token-request.ts'
import { buttonClass } from '../components/Button.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { SettingsSection } from '../components/SettingsSection.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import { myRequestsQuery, ownDataQuery } from '../queries-beside.ts'
import { counted, moment } from '../words.ts'
import { askerOf, requestTones } from './request-words.ts'

export function AskedOfYou({ workspace }: { workspace: string }) {
  const { data, error, refetch } = useQuery(myRequestsQuery(workspace))
  if (error !== null && data === undefined)
    return (
      <Problem sentence={`What is asked of you could not be loaded. ${error.message}`} onRetry={refetch} />
    )
  const rows = data?.rows ?? []
  const open = rows.filter((row) => row.state === 'open')
  // An answered one has its own section, with what was taken.
  const closed = rows.filter((row) => row.state === 'expired' || row.state === 'exhausted')
  if (open.length === 0 && closed.length === 0) return null
  return (
    <SettingsSection
      title={open.length === 0 ? 'Asked of you' : 'The one thing to do'}
      text="An access token of your business, made by the steps on its page."
    >
      <ul className="flex flex-col gap-4">
        {open.map((row) => (
          <Asked key={row.request?.id} row={row} workspace={workspace} />
        ))}
        {closed.map((row) => (
          <Closed key={row.request?.id} row={row} />
        ))}
      </ul>
    </SettingsSection>
  )
}

function Asked({ row, workspace }: { row: OpenedRequest; workspace: string }) {
  const { request } = row
  if (request === null) return null
  return (
    <li>
      <p className="text-pretty">
        <Name none="Somebody">{request.requesterName}</Name> asks for a token of{' '}
        <strong className="font-medium">
          <Name none={request.partner.id}>{request.partner.name}</Name>
        </strong>
        , so that {askerOf(request)} sees who can use the assets that the two of you share. It waits until{' '}
        {moment(request.expiresAt)}.
      </p>
      <Link
        to="/w/$workspace/requests/$request"
        params={{ workspace, request: request.id }}
        className={`${buttonClass('primary')} mt-3`}
      >
        Answer the request
        <ArrowRight aria-hidden />
      </Link>
    </li>
  )
}

function Closed({ row }: { row: OpenedRequest }) {
  const { request, state, sentence } = row
  if (request === null || state === 'unknown' || state === 'void') return null
  return (
    <li>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <Name none={request.partner.id}>{request.partner.name}</Name>
        <StatusDot tone={requestTones[state]}>{requestStateLabels[state]}</StatusDot>
      </div>
      <p className="text-muted">{sentence}</p>
    </li>
  )
}

export function TakenOfYou({ workspace }: { workspace: string }) {
  const { data, error, refetch } = useQuery(ownDataQuery(workspace))
  if (error !== null && data === undefined)
    return (
      <Problem sentence={`What was taken of you could not be loaded. ${error.message}`} onRetry={refetch} />
    )
  const rows = data?.rows ?? []
  if (rows.length === 0) return null
  return (
    <SettingsSection
      title="Your business"
      text="What was taken with the token that you handed over, and taking it back."
    >
      <ul className="flex flex-col gap-4">
        {rows.map((row) => (
          <li key={row.partnerId}>
            <p className="font-medium wrap-anywhere">
              <Name none={row.externalId}>{row.name}</Name>
            </p>
            <p className="text-muted">
              {partnerStatusLabels[row.status]} ·{' '}
              {row.readAt === null
                ? 'not read yet'
                : `${counted(row.people, 'person', 'people')}, ${counted(row.assets, 'shared asset', 'shared assets')}`}
              {row.token === null && ' · your token is not in use any more'}
            </p>
            <Link
              to="/w/$workspace/own/$partner"
              params={{ workspace, partner: row.partnerId }}
              className={`${buttonClass()} mt-2`}
            >
              See what was taken
              {row.token !== null && ', or withdraw your token'}
            </Link>
          </li>
        ))}
      </ul>
    </SettingsSection>
  )
}
