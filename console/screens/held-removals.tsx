// Held removals of an app, wherever they matter: on its overview, its partners and the task that held them.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Proposal } from '../../src/model/change.ts'
import { Late } from '../components/Late.tsx'
import { late } from '../late.ts'
import { proposalsQuery } from '../queries.ts'

// Seldom there.
const HeldRemoval = late(async () => (await import('./held-removal.tsx')).HeldRemoval)

/** The open proposals of an app; only those of one task or one group where that is given. Nothing where there are none. */
export function HeldRemovals(props: {
  workspace: string
  connection: string
  job?: string
  group?: Proposal['group']
}) {
  const { workspace, connection } = props
  const [gaveUp, giveUp] = useState(false)
  const { data } = useQuery(proposalsQuery(workspace, connection))
  const open = (data?.rows ?? []).filter(
    (proposal) =>
      proposal.status === 'open' &&
      (props.job === undefined || proposal.jobId === props.job) &&
      (props.group === undefined || proposal.group === props.group),
  )
  return (
    <Late wanted={open.length > 0 && !gaveUp} onGiveUp={() => giveUp(true)}>
      {open.map((proposal) => (
        <HeldRemoval key={proposal.id} workspace={workspace} proposal={proposal} />
      ))}
    </Late>
  )
}
