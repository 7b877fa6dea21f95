// Removals that the safeguard held: see them, then apply or discard them.
import { z } from 'zod'
import { Proposal } from '../model/change.ts'
import { demandConnection } from '../store/connections.ts'
import { applyProposal, discardProposal, openProposals } from '../store/proposals.ts'
import { Id, inWorkspace } from './route.ts'

const AtProposal = z.object({ proposal: Id })

export const list = inWorkspace({
  params: z.object({ connection: Id }),
  answer: z.object({ rows: z.array(Proposal) }),
  handle: ({ read, params }) =>
    read(async (tx) => {
      await demandConnection(tx, params.connection)
      return { rows: await openProposals(tx, params.connection) }
    }),
})

export const apply = inWorkspace({
  params: AtProposal,
  answer: Proposal,
  handle: ({ write, params, actor }) =>
    write((tx, audit) => applyProposal(tx, audit, { id: params.proposal, actor, now: new Date() })),
})

export const discard = inWorkspace({
  params: AtProposal,
  answer: Proposal,
  handle: ({ write, params, actor }) =>
    write((tx, audit) => discardProposal(tx, audit, { id: params.proposal, actor, now: new Date() })),
})
