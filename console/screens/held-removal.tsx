// One removal that was held, with what the reader may do about it.
import { useQueryClient } from '@tanstack/react-query'
import type { Proposal } from '../../src/model/change.ts'
import { decideProposal } from '../actions.ts'
import { ProposalBanner } from '../components/ProposalBanner.tsx'
import { toast } from '../components/Toast.tsx'
import { workspaceKey } from '../queries.ts'
import { useCan } from '../rights.ts'

export function HeldRemoval({ workspace, proposal }: { workspace: string; proposal: Proposal }) {
  const client = useQueryClient()
  const can = useCan(workspace)
  const decide = async (decision: 'apply' | 'discard') => {
    await decideProposal(workspace, proposal.id, decision)
    toast({
      title: decision === 'apply' ? 'The held removals are applied' : 'The held removals are discarded',
    })
    await client.invalidateQueries({ queryKey: workspaceKey(workspace) })
  }
  return <ProposalBanner proposal={proposal} {...(can('proposal.decide') ? { onDecide: decide } : {})} />
}
