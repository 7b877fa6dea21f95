// Held removals of an app, wherever they matter: on its overview, its partners and the task that held them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Proposal } from '../../src/model/change.ts'
import { decideProposal } from '../actions.ts'
import { ProposalBanner } from '../components/ProposalBanner.tsx'
import { toast } from '../components/Toast.tsx'
import { proposalsQuery, workspaceKey } from '../queries.ts'
import { useCan } from '../rights.ts'

/** The open proposals of an app; only those of one task or one group where that is given. Nothing where there are none. */
export function HeldRemovals(props: {
  workspace: string
  connection: string
  job?: string
  group?: Proposal['group']
}) {
  const { workspace, connection } = props
  const client = useQueryClient()
  const can = useCan(workspace)
  const { data } = useQuery(proposalsQuery(workspace, connection))
  const open = (data?.rows ?? []).filter(
    (proposal) =>
      proposal.status === 'open' &&
      (props.job === undefined || proposal.jobId === props.job) &&
      (props.group === undefined || proposal.group === props.group),
  )
  const decide = async (id: string, decision: 'apply' | 'discard') => {
    await decideProposal(workspace, id, decision)
    toast({
      title: decision === 'apply' ? 'The held removals are applied' : 'The held removals are discarded',
    })
    await client.invalidateQueries({ queryKey: workspaceKey(workspace) })
  }
  return open.map((proposal) => (
    <ProposalBanner
      key={proposal.id}
      proposal={proposal}
      {...(can('proposal.decide')
        ? { onDecide: (decision: 'apply' | 'discard') => decide(proposal.id, decision) }
        : {})}
    />
  ))
}
