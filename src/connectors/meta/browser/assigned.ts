// Who is assigned to what, as Meta's pages tell it: each person's and each system user's own list of assets, one after the other. Put
// together they are what the API lists asset by asset, so they are told in those scopes.
import { assignedScope, observationKey } from '../../../model/snapshot.ts'
import type { Observation } from '../../../model/snapshot.ts'
import type { PagesItem } from '../../../model/recipe.ts'
import type { PagesContext, PagesLists, PagesPart, PagesSeen } from '../../connector.ts'
import { adAccountId } from '../ad-accounts.ts'
import { kinds } from '../kinds.ts'
import { decoder, entitlementsIn, idIn, kindsShown, textIn } from './cells.ts'
import type { Decode } from './cells.ts'
import { foundHolders } from './people.ts'
import { listAt } from './recipe.ts'
import { openSignedIn } from './sign-in.ts'

const what = 'Read who is assigned to assets'
const list = listAt('assigned')
const columns = {
  id: 'column.id',
  name: 'column.asset',
  type: 'column.type',
  owner: 'column.owner',
  permissions: 'column.permissions',
}
/** Everything that the pages tell of assignments. */
const whole = (business: string): string => `${business}/assigned-on-pages`
const places = kindsShown.map((kind) => ({
  kind,
  start: (business: string) => assignedScope(business, kind.type, ''),
}))

async function listHolders(ctx: PagesContext): Promise<PagesLists> {
  const { hand } = ctx
  await openSignedIn(ctx, 'people', 'people.list.area')
  const people = await hand.look(what, () => idsOn(ctx, 'people.list'))
  await hand.look(what, () => hand.open('system-users'))
  const systemUsers = await hand.look(what, () => idsOn(ctx, 'system-users.list'))
  const items = [
    ...people.ids.map((id) => ({ id, kind: 'person' })),
    ...systemUsers.ids.map((id) => ({ id, kind: 'system-user' })),
  ]
  return { observations: [], counted: people.counted && systemUsers.counted, items }
}

function readHolders(ctx: PagesContext, items: readonly PagesItem[]): Promise<PagesSeen> {
  const { hand } = ctx
  const decode = decoder(hand, what)
  return hand.step(what, async () => {
    const seen: PagesSeen = { observations: [], counted: true }
    for (const { id, kind } of items) {
      if (kind === 'person') await hand.open('person', { person: id })
      else await hand.open('system-user', { user: id })
      const { observations, counted } = await assetsOf(ctx, id, decode)
      seen.observations.push(...observations)
      seen.counted &&= counted
    }
    return seen
  })
}

/** Told together, the lists of all holders are what the API tells asset by asset; of an asset that nobody holds any more, that it is so. */
function sealsOf(business: string, seen: readonly Observation[], stored: ReadonlySet<string>) {
  const isOurs = (scope: string) => places.some(({ start }) => scope.startsWith(start(business)))
  const rows = new Map<string, number>()
  for (const scope of [whole(business), ...stored].filter((one) => one === whole(business) || isOurs(one)))
    rows.set(scope, 0)
  for (const o of new Map(seen.filter((o) => o.of === 'grant').map((o) => [observationKey(o), o])).values())
    if (isOurs(o.scope)) rows.set(o.scope, (rows.get(o.scope) ?? 0) + 1)
  return Array.from(rows, ([scope, count]) => ({ scope, rows: count }))
}

async function idsOn({ hand }: PagesContext, place: string): Promise<{ ids: string[]; counted: boolean }> {
  const { rows, counted } = await hand.rows(listAt(place), { id: 'column.id' })
  return { ids: rows.map((row) => idIn(row.id, what)), counted }
}

/** What one of them is assigned to. An asset that is seen here alone is known by it. */
async function assetsOf(
  { hand, business }: PagesContext,
  principal: string,
  decode: Decode,
): Promise<PagesSeen> {
  const { rows, counted } = await hand.rows(list, columns)
  const seen: Observation[] = []
  for (const row of rows) {
    const type = await decode(
      row.type,
      kindsShown.map((kind) => `type.${kind.type}`),
    )
    const kind = kindsShown.find((one) => one.type === type)
    if (kind === undefined) continue
    const owner = idIn(row.owner, what)
    const owned = owner === business
    const id = idIn(row.id, what)
    const resource = { type, externalId: type === 'ad_account' ? adAccountId(id) : id }
    seen.push(
      {
        of: 'resource',
        scope: `${business}/${owned ? kind.owned : kind.client}`,
        path: 'browser',
        ...resource,
        name: textIn(row.name),
        relation: owned ? 'owned' : 'client',
        ownerBusiness: owned ? null : owner,
        facts: {},
      },
      {
        of: 'grant',
        scope: assignedScope(business, type, resource.externalId),
        path: 'browser',
        business,
        principal,
        type,
        resource: resource.externalId,
        how: 'direct',
        through: null,
        entitlements: await entitlementsIn(row.permissions, kind, decode),
      },
    )
  }
  return { observations: seen, counted }
}

export const assigned: PagesPart = {
  name: 'assigned',
  label: 'Who is assigned to assets, read in the browser',
  scopes: (business) => [whole(business)],
  // Where the API may not even list the assets, it cannot tell who is assigned to them either.
  covers: (business, scope) =>
    kinds.some(
      (kind) =>
        kind.assignable &&
        !kind.beyondGuide &&
        (scope.startsWith(assignedScope(business, kind.type, '')) ||
          scope === `${business}/${kind.owned}` ||
          scope === `${business}/${kind.client}`),
    ),
  lists: listHolders,
  items: { unit: 'people', read: readHolders },
  found: foundHolders,
  seals: sealsOf,
}
