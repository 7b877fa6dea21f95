// One partner in a drawer: why it has its status, its token as it may be shown, and everything shared in either direction.
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { CredentialInfo } from '../../src/model/credential.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Partner } from '../../src/model/partner.ts'
import { changePartner } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { CopyButton } from '../components/CopyButton.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { DrawerContent } from '../components/DrawerContent.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import { ErrorState } from '../components/ErrorState.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { RankBadge } from '../components/RankBadge.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { entitlementLabel, useApp, usePlace } from '../place.ts'
import { workspaceKey } from '../queries.ts'
import { partnerQuery, partnerSharesQuery } from '../queries-beside.ts'
import type { PartnerShare } from '../queries-beside.ts'
import { useCan } from '../rights.ts'
import { counted, day, number } from '../words.ts'
import { directionWords, hasToken, PartnerStatusDot } from './partner-words.tsx'
import { ConfirmToken, RequestSection } from './request-state.tsx'

const MANY_SHARES = 200

export function PartnerDrawer(props: {
  partnerId: string | undefined
  onClose: () => void
  onConnect: (id: string) => void
  onRequest: (id: string) => void
  onDisconnect: (partner: Partner) => void
}) {
  const { workspace } = usePlace()
  const { manifest } = useApp()
  const can = useCan(workspace)
  const id = useKept(props.partnerId)
  const asked = useQuery({
    ...partnerQuery(workspace, id ?? ''),
    enabled: id !== undefined,
  })
  const partner = asked.data
  const mayConnect = can('partner.connect') && partner !== undefined && partner.status !== 'gone'
  return (
    <Drawer
      open={props.partnerId !== undefined}
      onClose={props.onClose}
      title={partner === undefined ? 'Partner' : <Name none="Name not told">{partner.name}</Name>}
      hint={
        partner !== undefined && (
          <span className="flex flex-wrap items-center gap-x-1.5">
            {directionWords(partner, manifest)} · {manifest?.words.businessId ?? 'ID'}
            <span className="font-mono">{partner.externalId}</span>
            <CopyButton text={partner.externalId} label="Copy the ID" />
          </span>
        )
      }
      actions={
        mayConnect ? (
          <>
            {hasToken(partner) && (
              <Button onClick={() => props.onDisconnect(partner)}>Disconnect token</Button>
            )}
            {can('request.send') && partner.request?.state !== 'open' && (
              <Button onClick={() => props.onRequest(partner.id)}>Request token</Button>
            )}
            <Button
              kind={hasToken(partner) ? 'secondary' : 'primary'}
              onClick={() => props.onConnect(partner.id)}
            >
              {hasToken(partner) ? 'Replace token' : 'Connect to Guestlist'}
            </Button>
          </>
        ) : undefined
      }
    >
      <DrawerContent noun="partner" asked={asked}>
        {(one) => <PartnerBody partner={one} manifest={manifest} />}
      </DrawerContent>
    </Drawer>
  )
}

function PartnerBody({ partner, manifest }: { partner: Partner; manifest: Manifest | undefined }) {
  const { workspace, connection } = usePlace()
  const can = useCan(workspace)
  const client = useQueryClient()
  const narrow = useMutation({
    mutationFn: (sharedOnly: boolean) => changePartner(workspace, partner.id, { sharedOnly }),
    onSuccess: (next) => {
      client.setQueryData(partnerQuery(workspace, partner.id).queryKey, next)
      return client.invalidateQueries({ queryKey: [...workspaceKey(workspace), 'partners'] })
    },
  })
  return (
    <>
      <ConfirmToken partner={partner} />
      <Section title={<PartnerStatusDot partner={partner} />}>
        {partner.statusReason !== null && <p className="mb-3 wrap-anywhere">{partner.statusReason}</p>}
        <Facts
          rows={[
            {
              label: 'People',
              value:
                partner.people === null ? (
                  'Not known until the partner is onboarded and read'
                ) : (
                  <Link
                    to="/w/$workspace/apps/$connection/members"
                    params={{ workspace, connection }}
                    search={{ tab: 'guests', partner: partner.id }}
                    className="text-accent-text underline-offset-2 hover:underline"
                  >
                    {counted(partner.people, 'person', 'people')} with access to your assets
                  </Link>
                ),
            },
            { label: 'People last read', value: <RelativeTime at={partner.peopleConfirmedAt} /> },
            { label: 'First seen', value: <RelativeTime at={partner.firstSeenAt} /> },
            { label: 'Last confirmed', value: <RelativeTime at={partner.lastConfirmedAt} /> },
          ]}
        />
      </Section>
      {partner.request !== null && <RequestSection partner={partner} request={partner.request} />}
      {partner.credential !== null && <Token credential={partner.credential} />}
      {can('partner.connect') && partner.status !== 'gone' && (
        <Section title="How it is read">
          <Checkbox
            checked={partner.sharedOnly}
            disabled={narrow.isPending}
            onChange={(on) => narrow.mutate(on)}
            label="Read shared assets only"
            hint="Asks for nothing beyond what is shared with you. Takes more requests where a lot is shared."
          />
          {narrow.error !== null && <Problem sentence={narrow.error.message} />}
        </Section>
      )}
      <Shares partner={partner} manifest={manifest} />
    </>
  )
}

function Token({ credential }: { credential: CredentialInfo }) {
  const { verdict, confirmed } = credential
  return (
    <Section title="Token">
      <Facts
        rows={[
          {
            label: 'Ends with',
            value: <span className="font-mono text-sm">…{credential.lastFour}</span>,
          },
          {
            label: 'Fingerprint',
            value: (
              <span className="inline-flex items-center gap-1 font-mono text-sm">
                {credential.fingerprint}
                <CopyButton text={credential.fingerprint} label="Copy the fingerprint" />
              </span>
            ),
          },
          {
            label: 'Expires',
            value: credential.expiresAt === null ? 'Never, or not told' : day(credential.expiresAt),
          },
          {
            label: 'Added',
            value: (
              <>
                <RelativeTime at={credential.createdAt} />
                {credential.createdBy !== null && <> by {credential.createdBy}</>}
              </>
            ),
          },
          { label: 'Last judged', value: <RelativeTime at={credential.checkedAt} /> },
          {
            label: 'Scopes',
            value:
              credential.scopes.length === 0 ? (
                'Not told'
              ) : (
                <span className="font-mono text-sm">{credential.scopes.join(', ')}</span>
              ),
          },
          ...(confirmed === null
            ? []
            : [
                {
                  label: 'Confirmed',
                  value: `${confirmed.by} confirmed on ${day(confirmed.at)} what could not be told`,
                },
              ]),
        ]}
      />
      {verdict !== null && (
        <details className="mt-3 rounded-md border">
          <summary className="rounded-md px-3 py-2 text-accent-text select-none">
            {counted(verdict.claims.length, 'check', 'checks')} of this token
          </summary>
          <div className="border-t px-3">
            <VerdictList label="Checks of the token" claims={verdict.claims} still />
          </div>
        </details>
      )}
    </Section>
  )
}

const directions = [
  { direction: 'out', title: 'You share with them' },
  { direction: 'in', title: 'They share with you' },
] as const

function Shares({ partner, manifest }: { partner: Partner; manifest: Manifest | undefined }) {
  const { workspace } = usePlace()
  const lists = useQueries({
    queries: directions.map(({ direction }) =>
      partnerSharesQuery(workspace, partner.id, { direction, limit: MANY_SHARES }),
    ),
  })
  const failed = lists.find((list) => list.error !== null && list.data === undefined)
  if (failed !== undefined) {
    return (
      <ErrorState
        title="The shared assets could not be loaded"
        error={failed.error}
        onRetry={() => void Promise.all(lists.map((list) => list.refetch()))}
      />
    )
  }
  if (lists.some(({ data }) => data === undefined)) {
    return (
      <Skeleton label="Loading the shared assets" className="flex flex-col gap-2">
        <Bone className="h-4 w-1/3" />
        <Bone className="h-10" />
        <Bone className="h-10" />
      </Skeleton>
    )
  }
  if (lists.every(({ data }) => data?.total === 0)) {
    return (
      <Section title="Shared assets">
        <p className="text-muted">Nothing is shared in either direction any more.</p>
      </Section>
    )
  }
  return directions.map(({ direction, title }, index) => {
    const { rows = [], total = 0 } = lists[index]?.data ?? {}
    if (total === 0) return null
    return <ShareList key={direction} {...{ title, rows, total, partner, manifest }} />
  })
}

function ShareList(props: {
  title: string
  rows: PartnerShare[]
  /** With those that are not among the rows. */
  total: number
  partner: Partner
  manifest: Manifest | undefined
}) {
  const { workspace, connection } = usePlace()
  const { rows, total } = props
  return (
    <Section title={props.title} aside={counted(total, 'asset', 'assets')}>
      <ul className="rounded-lg border">
        {rows.map((share) => (
          <li key={share.id} className="border-b px-3 py-2 last:border-b-0">
            <div className="flex items-baseline justify-between gap-3">
              <Link
                to="/w/$workspace/apps/$connection/assets/$resource"
                params={{ workspace, connection, resource: share.resourceId }}
                className="min-w-0 font-medium wrap-anywhere underline-offset-2 hover:underline"
              >
                <Name none={share.externalId}>{share.name}</Name>
              </Link>
              <span className="shrink-0 text-sm">
                <RankBadge rank={share.rank} />
              </span>
            </div>
            <div className="text-sm text-muted">
              {share.typeLabel}
              {share.entitlements.length > 0 &&
                ` · ${share.entitlements.map((name) => entitlementLabel(props.manifest, share.type, name)).join(', ')}`}
              {' · since '}
              {day(share.firstSeenAt)}
              {share.path === 'browser' && ' · read in the browser'}
            </div>
          </li>
        ))}
      </ul>
      {total > rows.length && (
        <Link
          to="/w/$workspace/apps/$connection/assets"
          params={{ workspace, connection }}
          search={{ partner: props.partner.id }}
          className="mt-2 inline-block text-accent-text underline-offset-2 hover:underline"
        >
          Show all {number(total)} under Assets
        </Link>
      )}
    </Section>
  )
}
