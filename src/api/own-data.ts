// What a guest sees of their own business, once their token connected it: exactly what is kept of it; and taking the token back.
import { z } from 'zod'
import { connectorOf } from '../connectors/registry.ts'
import { AppError } from '../model/error.ts'
import { OwnBusiness, OwnPerson } from '../model/own-data.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { destroyCredentials } from '../store/credentials.ts'
import type { Tx } from '../store/db.ts'
import { isOwnBusiness, ownBusinesses, ownPeople, withdrawHandOver } from '../store/hand-overs.ts'
import { tell } from '../store/notices.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { lockPartner, markDisconnected, partnerById } from '../store/partners.ts'
import { nothingHere } from './errors.ts'
import { tokenEnder } from './revoke.ts'
import { Id, inWorkspace } from './route.ts'
import { typeLabel } from './words.ts'

const AtPartner = z.object({ partner: Id })

export const list = inWorkspace({
  answer: z.object({ rows: z.array(OwnBusiness) }),
  handle: async ({ read, person }) => ({ rows: await read((tx) => ownBusinesses(tx, person.id)) }),
})

export const people = inWorkspace({
  params: AtPartner,
  query: z.object({
    search: z.string().max(200).default(''),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  answer: z.object({ rows: z.array(OwnPerson), total: z.number() }),
  handle: ({ read, person, params, query }) =>
    read(async (tx) => {
      const connector = await demandOwn(tx, person.id, params.partner)
      const { rows, total } = await ownPeople(tx, params.partner, { ...query, search: query.search.trim() })
      return {
        total,
        rows: rows.map((row) => ({ ...row, access: row.access.map((one) => inWords(connector, one)) })),
      }
    }),
})

/** A business that the guest brought no token of is not there. Gives its connector. */
async function demandOwn(tx: Tx, userId: string, partnerId: string): Promise<string> {
  if (!(await isOwnBusiness(tx, userId, partnerId))) throw nothingHere()
  const { connectionId } = await partnerById(tx, partnerId)
  return (await loadCheckedConnection(tx, connectionId)).connector
}

function inWords(connector: string, one: OwnPerson['access'][number]): OwnPerson['access'][number] {
  const spec = connectorOf(connector).manifest.resourceTypes.find((known) => known.type === one.type)
  const label = (name: string) => spec?.entitlements.find((known) => known.name === name)?.label ?? name
  return { ...one, typeLabel: typeLabel(connector, one.type), entitlements: one.entitlements.map(label) }
}

/** Destroys the guest's own token, as an admin's Disconnect token does. What was read stays with the brand, and is confirmed no more. */
export const withdraw = inWorkspace({
  params: AtPartner,
  answer: z.object({ rows: z.array(OwnBusiness) }),
  handle: async ({ parts, workspace, actor, write, person, params }) => {
    const { after, ender } = await write(async (tx, audit) => {
      await demandOwn(tx, person.id, params.partner)
      await lockPartner(tx, params.partner)
      const { connectionId } = await partnerById(tx, params.partner)
      const at = { workspaceId: workspace.id, connectionId, partnerId: params.partner, actor }
      const ender = await tokenEnder(parts, tx, at)
      if (!(await withdrawHandOver(tx, person.id, params.partner)))
        throw new AppError(
          'conflict',
          'Your token is not in use any more: it was withdrawn, disconnected or replaced.',
        )
      await destroyCredentials(tx, connectionId, params.partner)
      await markDisconnected(tx, params.partner)
      await recomputePartnerStatuses(tx, connectionId, new Date())
      await audit({
        action: 'partner.withdraw',
        subjectKind: 'partner',
        subjectId: params.partner,
        ...(ender === null ? {} : { data: ender.asked }),
      })
      await tell(tx, {
        kind: 'token-withdrawn',
        once: `${params.partner}/${new Date().toISOString()}`,
        connectionId,
        partnerId: params.partner,
        about: person.id,
      })
      return { after: { rows: await ownBusinesses(tx, person.id) }, ender }
    })
    await ender?.end()
    return after
  },
})
