// Partners and shared assets as Meta's pages tell them: the list of partners, then each one's page with what is shared in either direction.
// What waits for an answer is told as waiting, as in the API.
import { PagesError } from '../../../model/recipe.ts'
import type { PagesItem } from '../../../model/recipe.ts'
import type { Observation } from '../../../model/snapshot.ts'
import type { PagesContext, PagesLists, PagesPart, PagesSeen } from '../../connector.ts'
import { adAccountId } from '../ad-accounts.ts'
import type { AssetKind } from '../asset-kind.ts'
import { agenciesScope } from '../asset-lists.ts'
import { decoder, entitlementsIn, idIn, kindsShown, textIn } from './cells.ts'
import { foundOn } from './own-page.ts'
import { listAt } from './recipe.ts'
import { openSignedIn } from './sign-in.ts'

const AGENCIES = 'agencies'
const CLIENTS = 'clients'
const CONFIRMED = 'CONFIRMED'

interface Listed {
  id: string
  name: string | null
  out: number
  in: number
}

async function listPartners(ctx: PagesContext): Promise<PagesLists> {
  const { hand } = ctx
  const what = 'Read the partners'
  await openSignedIn(ctx, 'partners', 'partners.list.area')
  const columns = { id: 'column.id', name: 'column.name', out: 'partners.out', in: 'partners.in' }
  const { rows, counted } = await hand.step(what, () => hand.rows(listAt('partners.list'), columns))
  const listed = rows.map((row) => ({
    id: idIn(row.id, what),
    name: textIn(row.name),
    out: numberIn(row.out, what),
    in: numberIn(row.in, what),
  }))
  // One that shows nothing in either direction shares nothing that these pages tell of.
  return { observations: [], counted, items: listed.filter((one) => one.out + one.in > 0) }
}

/** The list of partners tells how many assets there are on each one's page. */
function readShared(ctx: PagesContext, items: readonly PagesItem[]): Promise<PagesSeen> {
  return ctx.hand.step('Read what is shared', async () => {
    const observations: Observation[] = []
    for (const { id, name, out, in: inward } of items) {
      const partner = {
        id,
        name: typeof name === 'string' ? name : null,
        out: Number(out),
        in: Number(inward),
      }
      observations.push(...(await sharedWith(ctx, partner)))
    }
    return { observations, counted: true }
  })
}

/** Every partner of an asset has been looked at, so what is known of its own list of partners is known completely. */
function sealsOf(business: string, seen: readonly Observation[]) {
  const told = seen.filter((o) => o.of === 'share' && o.direction === 'out').map((o) => o.scope)
  const byScope = Map.groupBy(seen, (o) => o.scope)
  const scopes = new Set([...partners.scopes(business), ...told])
  return Array.from(scopes, (scope) => ({ scope, rows: byScope.get(scope)?.length ?? 0 }))
}

function numberIn(cell: string, what: string): number {
  const digits = cell.replace(/[.,\s]/g, '')
  if (/^\d{1,9}$/.test(digits)) return Number(digits)
  throw new PagesError(
    'missing',
    `${what}: a partner has no number of shared assets.`,
    'The pages may have changed. Look for a newer release.',
  )
}

async function sharedWith(ctx: PagesContext, partner: Listed): Promise<Observation[]> {
  const { hand } = ctx
  await hand.open('partner', { partner: partner.id })
  const out = await sharesOn(ctx, partner, 'out')
  // A list of several pages has led away from the first one.
  await hand.open('partner', { partner: partner.id })
  return [...out, ...(await sharesOn(ctx, partner, 'in'))]
}

async function sharesOn(ctx: PagesContext, partner: Listed, direction: 'out' | 'in'): Promise<Observation[]> {
  const { hand, business } = ctx
  const what = 'Read what is shared'
  const decode = decoder(hand, what)
  const columns = {
    id: 'column.id',
    name: 'column.asset',
    type: 'column.type',
    permissions: 'column.permissions',
    status: 'column.status',
  }
  const { rows } = await hand.rows(listAt(`partner.${direction}`), columns)
  if (rows.length !== partner[direction])
    throw new PagesError(
      'missing',
      `${what}: the page of a partner shows ${rows.length} shared assets, and the list of partners counts ${partner[direction]}.`,
      'Try again: something may have changed in between.',
    )
  if (rows.length === 0) return []
  const edge = direction === 'out' ? AGENCIES : CLIENTS
  const scope = `${business}/${edge}`
  const seen: Observation[] = [
    {
      of: 'partner',
      scope,
      path: 'browser',
      externalId: partner.id,
      name: partner.name,
      as: direction === 'out' ? 'agency' : 'client',
    },
  ]
  for (const row of rows) {
    const type = await decode(
      row.type,
      kindsShown.map((kind) => `type.${kind.type}`),
    )
    const kind = kindsShown.find((one) => one.type === type)
    if (kind === undefined) continue
    const id = idIn(row.id, what)
    const externalId = type === 'ad_account' ? adAccountId(id) : id
    // The app that this connection itself uses is shared with every partner that has made a token.
    if (externalId === ctx.settings['app_id']) continue
    const status = await decode(row.status, ['share.CONFIRMED', 'share.CLIENT_RESPONSE_PENDING'])
    const waits = status !== CONFIRMED
    // As in the API: of what a partner has not given yet, these lists alone tell.
    if (waits && direction === 'in' && kind.permissionList === null) continue
    const entitlements = await entitlementsIn(row.permissions, kind, decode)
    if (!waits || direction === 'out')
      seen.push({
        of: 'resource',
        scope: `${business}/${direction === 'out' ? kind.owned : kind.client}`,
        path: 'browser',
        type,
        externalId,
        name: textIn(row.name),
        relation: direction === 'out' ? 'owned' : 'client',
        ownerBusiness: direction === 'out' ? null : partner.id,
        facts: {},
      })
    seen.push({
      of: 'share',
      scope: shareScope(business, kind, direction, externalId),
      path: 'browser',
      partner: partner.id,
      type,
      resource: externalId,
      direction,
      entitlements,
      status: waits || tellsStatus(kind, direction) ? status : null,
    })
  }
  return seen
}

/** True where the API names a status of such a share. */
function tellsStatus(kind: AssetKind, direction: 'out' | 'in'): boolean {
  if (kind.permissionList !== null) return true
  return direction === 'out' && kind.agencyFields?.includes('access_status') === true
}

/**
 * The scope under which the API tells of such a share: the business's list of partners, else the asset's own or the list of assets. Of what
 * the API tells nowhere, one of its own.
 */
function shareScope(business: string, kind: AssetKind, direction: 'out' | 'in', id: string): string {
  const edge = direction === 'out' ? AGENCIES : CLIENTS
  if (kind.permissionList !== null) return `${business}/${edge}`
  if (direction === 'in') return `${business}/${kind.client}`
  return kind.agencyFields === null
    ? `${business}/${edge}/${kind.type}`
    : agenciesScope(business, kind.type, id)
}

export const partners: PagesPart = {
  name: 'partners',
  label: 'Partners and shared assets, read in the browser',
  scopes: (business) => [
    `${business}/${AGENCIES}`,
    `${business}/${CLIENTS}`,
    ...kindsShown
      .filter((kind) => kind.permissionList === null && kind.agencyFields === null)
      .map((kind) => shareScope(business, kind, 'out', '')),
  ],
  lists: listPartners,
  items: { unit: 'partners', read: readShared },
  // One that shares nothing has a page, too.
  found: (ctx, ids) =>
    foundOn(
      ctx,
      {
        place: 'partner',
        value: 'partner',
        shows: ['partner.out', 'partner.in'],
        alone: 'partners.list.area',
      },
      ids,
    ),
  seals: sealsOf,
}
