// Removals that the safeguard held: what would vanish, the names to look at, and the two ways on. Each asks once more.
import { useState } from 'react'
import type { Proposal } from '../../src/model/change.ts'
import { counted, number } from '../words.ts'
import { AlertDialog } from './AlertDialog.tsx'
import { Banner } from './Banner.tsx'
import { Button } from './Button.tsx'
import { Name } from './PersonCell.tsx'
import { RelativeTime } from './RelativeTime.tsx'

type Decision = 'apply' | 'discard'

/** "24 of 88 people of Northlight Media" */
export function proposalWords(proposal: Proposal): string {
  const what = proposal.group === 'assets' ? ['asset', 'assets'] : ['person', 'people']
  const noun = counted(proposal.count, what[0] ?? '', what[1] ?? '')
  const of = proposal.total > proposal.count ? noun.replace(' ', ` of ${number(proposal.total)} `) : noun
  if (proposal.group === 'partner_people') return `${of} of ${proposal.partnerName ?? 'a partner'}`
  return proposal.group === 'own_people' ? `${of} of your own` : of
}

export function ProposalBanner(props: {
  proposal: Proposal
  /** Absent where the reader may not decide. Throws a sentence where it fails. */
  onDecide?: (decision: Decision) => Promise<void>
}) {
  const { proposal, onDecide } = props
  const [open, setOpen] = useState(false)
  const [asked, ask] = useState<Decision | null>(null)
  const [shown, show] = useState<Decision>('apply')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const words = proposalWords(proposal)
  const start = (decision: Decision) => {
    show(decision)
    setError(null)
    ask(decision)
  }
  const decide = async () => {
    if (onDecide === undefined) return
    setBusy(true)
    try {
      await onDecide(shown)
      ask(null)
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work. Try again.')
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Banner
        tone="wait"
        action={
          onDecide !== undefined && (
            <span className="flex gap-2">
              <Button size="s" onClick={() => start('discard')}>
                Discard
              </Button>
              <Button size="s" onClick={() => start('apply')}>
                Apply
              </Button>
            </span>
          )
        }
      >
        <strong className="font-medium">
          <bdi>{words}</bdi> would be removed.
        </strong>{' '}
        That many at once wait for somebody to look. Held <RelativeTime at={proposal.createdAt} />.{' '}
        <button
          type="button"
          aria-expanded={open}
          className="rounded-sm text-accent-text underline-offset-2 hover:underline"
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide them' : 'Show them'}
        </button>
        {open && <Sample proposal={proposal} />}
      </Banner>
      <AlertDialog
        open={asked !== null}
        onOpenChange={(next) => !next && ask(null)}
        title={shown === 'apply' ? 'Apply the held removals' : 'Discard the held removals'}
        action={shown === 'apply' ? 'Apply removals' : 'Discard proposal'}
        tone={shown === 'apply' ? 'danger' : 'primary'}
        busy={busy}
        error={error}
        onAction={() => void decide()}
      >
        {shown === 'apply' ? (
          <p>
            <bdi>{words}</bdi> will be removed from the lists. Their history stays under Activity, and the
            next check for updates brings back whoever is still there.
          </p>
        ) : (
          <p>
            Nothing is removed. If they are still missing at the next check for updates, you will be asked
            again.
          </p>
        )}
      </AlertDialog>
    </>
  )
}

function Sample({ proposal }: { proposal: Proposal }) {
  const more = proposal.count - proposal.sample.length
  return (
    <ul className="mt-2 grid gap-x-6 gap-y-1 text-sm sm:grid-cols-2 lg:grid-cols-3">
      {proposal.sample.map((one) => (
        <li key={one.id} className="min-w-0 truncate">
          <Name none={one.externalId}>{one.name}</Name>
        </li>
      ))}
      {more > 0 && <li className="text-muted">and {number(more)} more</li>}
    </ul>
  )
}
