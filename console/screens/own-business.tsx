// A guest's own business: exactly which people and facts were taken with the token that they handed over, and taking the token back.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { OwnBusiness, OwnPerson } from '../../src/model/own-data.ts'
import { partnerStatusLabels } from '../../src/model/partner.ts'
import { withdrawToken } from '../actions.ts'
import { AlertDialog } from '../components/AlertDialog.tsx'
import { Button } from '../components/Button.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { SearchField } from '../components/ListBar.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Facts, SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { toast } from '../components/Toast.tsx'
import { ownDataQuery, ownPeopleQuery } from '../queries-beside.ts'
import { counted, day, fromCode, number } from '../words.ts'

export function OwnBusinessScreen() {
  const { workspace, partner } = useParams({ from: '/signed-in/w/$workspace/own/$partner' })
  const own = useQuery(ownDataQuery(workspace))
  const business = own.data?.rows.find((row) => row.partnerId === partner)
  if (own.error !== null && own.data === undefined) {
    return (
      <ErrorState
        title="This page could not be loaded"
        error={own.error}
        onRetry={() => void own.refetch()}
      />
    )
  }
  if (own.data === undefined) {
    return (
      <Skeleton label="Loading" className="max-w-5xl pt-2">
        <Bone className="h-7 w-80" />
        <Bone className="mt-8 h-48" />
      </Skeleton>
    )
  }
  if (business === undefined) {
    return (
      <div className="max-w-5xl">
        <PageHead
          title="There is nothing here"
          line="No token that you handed over connected this business."
        />
        <Link to="/w/$workspace" params={{ workspace }} className="text-accent-text hover:underline">
          Back to your first page
        </Link>
      </div>
    )
  }
  return (
    <div className="w-full max-w-5xl">
      <PageHead
        title={
          <>
            What was taken of <Name none={business.externalId}>{business.name}</Name>
          </>
        }
        line="Everything that is kept of your business stands on this page. Nothing else of it is stored here."
      />
      <div className="-mt-5">
        <TokenSection business={business} workspace={workspace} />
        <People business={business} workspace={workspace} />
      </div>
    </div>
  )
}

function TokenSection({ business, workspace }: { business: OwnBusiness; workspace: string }) {
  const [asking, setAsking] = useState(false)
  const client = useQueryClient()
  const withdraw = useMutation({
    mutationFn: () => withdrawToken(workspace, business.partnerId),
    onSuccess: (next) => {
      client.setQueryData(ownDataQuery(workspace).queryKey, next)
      setAsking(false)
      toast({ title: 'Your token is withdrawn and destroyed' })
    },
  })
  return (
    <SettingsSection
      title="Your token"
      text="It is kept sealed, used for reading alone, and nobody can read it."
    >
      <Facts
        facts={[
          ['Handed over', day(business.handedOverAt)],
          [
            'Now',
            business.token === null
              ? 'Not in use any more: it was withdrawn, disconnected or replaced'
              : partnerStatusLabels[business.status],
          ],
          ...(business.token === null
            ? []
            : [
                [
                  'Ends with',
                  <span key="end" className="font-mono text-sm">
                    …{business.token.lastFour}
                  </span>,
                ] as [string, ReactNode],
              ]),
          ['Last read', <RelativeTime key="read" at={business.readAt} />],
        ]}
      />
      {business.token !== null && (
        <Button className="mt-4" onClick={() => setAsking(true)}>
          Withdraw my token
        </Button>
      )}
      <AlertDialog
        open={asking}
        onOpenChange={(open) => {
          if (!open) withdraw.reset()
          setAsking(open)
        }}
        title="Withdraw your token"
        action="Withdraw my token"
        busy={withdraw.isPending}
        error={withdraw.error?.message ?? null}
        onAction={() => withdraw.mutate()}
      >
        <p>
          The sealed token is destroyed here at once, and the admins are told. Your business is read no more.
        </p>
        <p className="mt-2">
          What was taken stays with them, marked as not confirmed from today on. To make sure that nobody can
          use the token, revoke it where you made it as well.
        </p>
      </AlertDialog>
    </SettingsSection>
  )
}

function People({ business, workspace }: { business: OwnBusiness; workspace: string }) {
  const { search = '' } = useSearch({ from: '/signed-in/w/$workspace/own/$partner' })
  const navigate = useNavigate({ from: '/w/$workspace/own/$partner' })
  const people = useInfiniteQuery(ownPeopleQuery(workspace, business.partnerId, search))
  const rows = people.data?.pages.flatMap((page) => page.rows) ?? []
  const total = people.data?.pages.at(-1)?.total ?? 0
  return (
    <section aria-labelledby="people" className="py-7">
      <h2 id="people" className="font-semibold">
        People and system users
      </h2>
      <p className="mt-1 text-sm text-muted">
        {counted(business.people, 'person', 'people')} and{' '}
        {counted(business.systemUsers, 'system user', 'system users')} who can use{' '}
        {counted(business.assets, 'shared asset', 'shared assets')}.
      </p>
      <div className="mt-4 flex">
        <SearchField
          label="Search by name or e-mail"
          value={search}
          onChange={(text) =>
            void navigate({ search: text === '' ? {} : { search: text }, replace: true, resetScroll: false })
          }
        />
      </div>
      {people.error !== null && people.data === undefined ? (
        <ErrorState
          title="The people could not be loaded"
          error={people.error}
          onRetry={() => void people.refetch()}
        />
      ) : people.data === undefined ? (
        <Skeleton label="Loading the people" className="mt-4 flex flex-col gap-2">
          <Bone className="h-16" />
          <Bone className="h-16" />
        </Skeleton>
      ) : rows.length === 0 ? (
        <p className="mt-4 text-muted">
          {search === ''
            ? 'Nobody was taken yet: your business is read at the next check.'
            : 'Nobody matches.'}
        </p>
      ) : (
        <ul className="mt-4 rounded-lg border bg-surface">
          {rows.map((row) => (
            <PersonRow key={row.id} person={row} />
          ))}
        </ul>
      )}
      {people.isFetchNextPageError && (
        <div className="mt-3">
          <Problem sentence={`The next ones could not be loaded. ${people.error.message}`} />
        </div>
      )}
      {people.hasNextPage && (
        <Button className="mt-3" busy={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
          Show more of {number(total)}
        </Button>
      )}
    </section>
  )
}

const kinds: Record<OwnPerson['kind'], string> = {
  person: 'Person',
  system_user: 'System user',
  invitation: 'Invited',
}

function PersonRow({ person }: { person: OwnPerson }) {
  const facts = [
    kinds[person.kind],
    ...(person.role === null ? [] : [fromCode(person.role)]),
    ...(person.twoFactor === null ? [] : [`two-factor: ${fromCode(person.twoFactor).toLowerCase()}`]),
    ...(person.financePermission === null
      ? []
      : [`finance: ${fromCode(person.financePermission).toLowerCase()}`]),
  ]
  return (
    <li className="border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="min-w-0 font-medium wrap-anywhere">
          <Name none={person.externalId}>{person.name}</Name>
        </span>
        <span className="text-sm text-muted">since {day(person.firstSeenAt)}</span>
      </div>
      {person.email !== null && <bdi className="block text-muted wrap-anywhere">{person.email}</bdi>}
      <div className="text-sm text-muted">{facts.join(' · ')}</div>
      {person.access.length > 0 && (
        <details className="mt-1">
          <summary className="w-fit rounded-sm text-accent-text select-none">
            {counted(person.access.length, 'right', 'rights')} on shared assets
          </summary>
          <ul className="mt-1 flex flex-col gap-1 pl-4">
            {person.access.map((one, at) => (
              <li key={`${one.externalId} ${String(at)}`} className="text-sm text-pretty">
                <Name none={one.externalId}>{one.name}</Name>{' '}
                <span className="text-muted">
                  {one.typeLabel} · {one.entitlements.join(', ') || 'nothing of its own'}
                  {one.how === 'direct'
                    ? ''
                    : one.how === 'role'
                      ? ' · through the role'
                      : ' · through a group'}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}
