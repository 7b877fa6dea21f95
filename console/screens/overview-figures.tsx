// The two answers of the overview that are figures: who can touch the assets, and what changed.
import { Link } from '@tanstack/react-router'
import type { Overview } from '../../src/model/connection.ts'
import type { Rank } from '../../src/model/entitlement.ts'
import type { PrincipalTab } from '../../src/model/principal.ts'
import { DayBars } from '../components/DayBars.tsx'
import { useApp } from '../place.ts'
import { counted, number, plainDay } from '../words.ts'
import { NOT_ONBOARDED } from './filters.ts'
import { moreClass, NotYet, Question } from './overview-question.tsx'
import type { Params } from './overview-question.tsx'

// ── Who can touch our assets ─────────────────────────────────────────────────────────────────────────────────────────
const ranks: { rank: Rank; word: string }[] = [
  { rank: 'full', word: 'Full' },
  { rank: 'edit', word: 'Edit' },
  { rank: 'view', word: 'View' },
  { rank: 'none', word: 'No assets' },
]

export function WhoCanTouch({ params, overview }: { params: Params; overview: Overview }) {
  const { manifest } = useApp()
  const { counts } = overview.connection
  const words: Record<
    Overview['access'][number]['group'],
    { name: string; hint: string; tab: PrincipalTab }
  > = {
    own: { name: 'Members', hint: 'Your own people', tab: 'own' },
    guests: { name: manifest?.words.guests ?? 'Guest users', hint: 'People of your partners', tab: 'guests' },
    system_users: { name: 'System users', hint: 'Yours and your partners’', tab: 'system_users' },
  }
  const unseen = counts.partnersPending
  const unread = overview.connection.lastCheckedAt === null
  return (
    <Question title="Who can touch your assets">
      <div className="overflow-x-auto rounded-lg border">
        <table className="w-full border-collapse text-left sm:min-w-md">
          <thead className="text-sm text-muted">
            <tr className="border-b">
              <th scope="col" className="px-3 py-2 font-medium sm:px-4">
                Strongest permission
              </th>
              {ranks.map(({ rank, word }) => (
                <th
                  key={rank}
                  scope="col"
                  className="px-2 py-2 text-right font-medium last:pr-3 sm:px-3 sm:last:pr-4"
                >
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {overview.access.map((row) => {
              const { name, hint, tab } = words[row.group]
              return (
                <tr key={row.group} className="border-b last:border-b-0">
                  <th scope="row" className="px-3 py-3 font-normal sm:px-4">
                    <span className="block font-medium">{name}</span>
                    <span className="block text-sm text-muted">{hint}</span>
                  </th>
                  {ranks.map(({ rank, word }) => (
                    <td
                      key={rank}
                      className="px-2 py-3 text-right font-semibold tabular-nums last:pr-3 sm:px-3 sm:text-lg sm:last:pr-4"
                    >
                      {row[rank] === 0 ? (
                        <span className="font-normal text-faint">{unread ? '–' : '0'}</span>
                      ) : (
                        <Link
                          to="/w/$workspace/apps/$connection/members"
                          params={params}
                          search={{ tab, rank }}
                          aria-label={`${number(row[rank])} ${name}: ${word}`}
                          className="rounded-sm underline-offset-4 hover:text-accent-text hover:underline"
                        >
                          {number(row[rank])}
                        </Link>
                      )}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {unseen > 0 && (
        <p className="mt-2.5 text-sm text-muted">
          {unseen === 1 ? 'The people of 1 partner are' : `The people of ${number(unseen)} partners are`} not
          counted:{' '}
          <Link
            to="/w/$workspace/apps/$connection/partners"
            params={params}
            search={{ status: NOT_ONBOARDED }}
            className="font-medium text-accent-text underline-offset-4 hover:underline"
          >
            {unseen === 1 ? 'it is' : 'they are'} pending onboarding
          </Link>
          .
        </p>
      )}
      {counts.invitations > 0 && (
        <p className="mt-1 text-sm text-muted">
          <Link
            to="/w/$workspace/apps/$connection/members"
            params={params}
            search={{ tab: 'invitations' }}
            className="font-medium text-accent-text underline-offset-4 hover:underline"
          >
            {counted(counts.invitations, 'invitation', 'invitations')}
          </Link>{' '}
          not answered yet.
        </p>
      )}
    </Question>
  )
}

// ── What changed ─────────────────────────────────────────────────────────────────────────────────────────────────────
export function WhatChanged({ params, overview }: { params: Params; overview: Overview }) {
  const sum = (of: 'added' | 'removed' | 'changed') => overview.changes.reduce((all, one) => all + one[of], 0)
  const kinds = [
    { kind: 'added', word: 'added', mark: 'bg-accent-text' },
    { kind: 'removed', word: 'removed', mark: 'bg-idle' },
    { kind: 'changed', word: 'changed', mark: 'bg-accent-text/35' },
  ] as const
  const all = kinds.map(({ kind, word }) => `${number(sum(kind))} ${word}`).join(', ')
  const unread = overview.connection.lastCheckedAt === null
  const first = overview.changes[0]?.day
  const since = first === undefined ? {} : { from: first }
  const quiet = kinds.every(({ kind }) => sum(kind) === 0)
  return (
    <Question
      title="What changed in the last 30 days"
      aside={
        <Link to="/w/$workspace/apps/$connection/activity" params={params} className={moreClass}>
          All changes
        </Link>
      }
    >
      {quiet && unread ? (
        <NotYet />
      ) : quiet ? (
        <p className="rounded-lg border px-4 py-5 text-muted">Nothing changed.</p>
      ) : (
        <div className="rounded-lg border px-4 pt-4 pb-3">
          <ul className="mb-4 flex flex-wrap gap-x-6 gap-y-1">
            {kinds.map(({ kind, word, mark }) => (
              <li key={kind} className="flex items-center gap-2">
                <span className={`size-2 rounded-full ${mark}`} aria-hidden />
                <Link
                  to="/w/$workspace/apps/$connection/activity"
                  params={params}
                  search={{ kind, ...since }}
                  className="rounded-sm underline-offset-4 hover:text-accent-text hover:underline"
                >
                  <span className="font-semibold tabular-nums">{number(sum(kind))}</span> {word}
                </Link>
              </li>
            ))}
          </ul>
          <DayBars label={`Changes per day: ${all}`} days={overview.changes} dateOf={plainDay} />
        </div>
      )}
    </Question>
  )
}
