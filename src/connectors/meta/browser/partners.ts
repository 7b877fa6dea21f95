// Partners and shared assets as Meta's pages tell them: the list of partners, then each one's page with what is shared in either direction.
// The pages show confirmed shares alone, and no apps.
import { PagesError } from '../../../model/recipe.ts'
import type { Observation } from '../../../model/snapshot.ts'
import type { PagesContext, PagesPart, PagesReading } from '../../connector.ts'
import { adAccountId } from '../ad-accounts.ts'
import type { AssetKind } from '../asset-kind.ts'
import { kinds } from '../kinds.ts'
import { agenciesScope } from '../asset-lists.ts'
import { decoder, idIn, textIn } from './cells.ts'
import { listAt, recipe } from './recipe.ts'
import { openSignedIn } from './sign-in.ts'

const AGENCIES = 'agencies'
const CLIENTS = 'clients'
/** Kinds of assets that the pages show. */
const shown = kinds.filter((kind) => recipe.words['en']?.[`type.${kind.type}`] !== undefined)

interface Listed {
  id: string
  name: string | null
  out: number
  in: number
}

async function readPartners(ctx: PagesContext): Promise<PagesReading> {
  const { hand, business } = ctx
  await openSignedIn(ctx, 'partners', 'partners.list.area')
  const listed = await hand.step('Read the partners', () => partnersOn(ctx))
  const observations: Observation[] = []
  await hand.step('Read what is shared', async () => {
    // One that shows nothing in either direction shares nothing that these pages tell of.
    for (const partner of listed.filter((one) => one.out + one.in > 0))
      observations.push(...(await sharedWith(ctx, partner)))
  })
  // Every partner of an asset has been looked at, so what is known of its own list of partners is known completely.
  const told = observations.filter((o) => o.of === 'share' && o.direction === 'out').map((o) => o.scope)
  const scopes = new Set([...partners.scopes(business), ...told])
  const rows = (scope: string) => observations.filter((o) => o.scope === scope).length
  return { observations, seals: [...scopes].map((scope) => ({ scope, rows: rows(scope) })) }
}

async function partnersOn({ hand }: PagesContext): Promise<Listed[]> {
  const what = 'Read the partners'
  const columns = { id: 'column.id', name: 'column.name', out: 'partners.out', in: 'partners.in' }
  const rows = await hand.rows(listAt('partners.list'), columns)
  return rows.map((row) => ({
    id: idIn(row.id, what),
    name: textIn(row.name),
    out: numberIn(row.out, what),
    in: numberIn(row.in, what),
  }))
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
  }
  const rows = await hand.rows(listAt(`partner.${direction}`), columns)
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
      shown.map((kind) => `type.${kind.type}`),
    )
    const kind = shown.find((one) => one.type === type)
    if (kind === undefined) continue
    const id = idIn(row.id, what)
    const externalId = type === 'ad_account' ? adAccountId(id) : id
    const known = kind.tasks.map((task) => `task.${task.name}`)
    const words = row.permissions.split(',').map((word) => word.trim())
    const entitlements: string[] = []
    for (const word of words) if (word !== '') entitlements.push(await decode(word, known))
    seen.push(
      {
        of: 'resource',
        scope: `${business}/${direction === 'out' ? kind.owned : kind.client}`,
        path: 'browser',
        type,
        externalId,
        name: textIn(row.name),
        relation: direction === 'out' ? 'owned' : 'client',
        ownerBusiness: direction === 'out' ? null : partner.id,
        facts: {},
      },
      {
        of: 'share',
        scope: shareScope(business, kind, direction, externalId),
        path: 'browser',
        partner: partner.id,
        type,
        resource: externalId,
        direction,
        entitlements: [...new Set(entitlements)].sort(),
        status: tellsStatus(kind, direction) ? 'CONFIRMED' : null,
      },
    )
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
    ...shown
      .filter((kind) => kind.permissionList === null && kind.agencyFields === null)
      .map((kind) => shareScope(business, kind, 'out', '')),
  ],
  read: readPartners,
}

/** Kinds of assets whose shares the pages never show. */
export const untoldTypes = kinds.filter((kind) => !shown.includes(kind)).map((kind) => kind.type)
