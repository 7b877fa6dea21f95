// What a run found, in two forms: lines of history, and counts for the job. Pure.
import type { GrantRow, PartnerRow, PrincipalRow, ResourceRow, ShareRow } from '../model/inventory.ts'
import type { AppliedResult } from '../model/job.ts'
import type { NewChange } from '../store/inventory-write.ts'
import type { Difference, Differences, Fields } from './diff.ts'
import type { Held } from './safeguard.ts'

/** Our ids of the provider's. */
export interface Ids {
  partner(externalId: string | null): string | null
  principal(externalId: string): string | null
  resource(type: string, externalId: string): string | null
}

type Links = Pick<NewChange, 'partnerId' | 'principalId' | 'resourceId'>

/** One line for every row that came, went or changed. A person's name and address stand in history only where they changed. */
export function historyOf(found: Differences, ids: Ids): NewChange[] {
  const none: Links = { partnerId: null, principalId: null, resourceId: null }
  return [
    ...lines<PartnerRow>(
      'partner',
      found.partners,
      (p) => ({ ...none, partnerId: ids.partner(p.externalId) }),
      (p) => ({ isAgency: p.isAgency, isClient: p.isClient }),
    ),
    ...lines<ResourceRow>(
      'resource',
      found.resources,
      (r) => ({ ...none, resourceId: ids.resource(r.type, r.externalId) }),
      (r) => ({ relation: r.relation }),
    ),
    ...lines<PrincipalRow>(
      'principal',
      found.principals,
      (p) => ({ ...none, partnerId: ids.partner(p.partner), principalId: ids.principal(p.externalId) }),
      (p) => ({ kind: p.kind, role: p.role }),
    ),
    ...lines<ShareRow>(
      'share',
      found.shares,
      (s) => ({ ...none, partnerId: ids.partner(s.partner), resourceId: ids.resource(s.type, s.resource) }),
      (s) => ({ direction: s.direction, entitlements: s.entitlements, rank: s.rank, status: s.status }),
    ),
    ...lines<GrantRow>(
      'grant',
      found.grants,
      (g) => ({
        partnerId: ids.partner(g.partner),
        principalId: ids.principal(g.principal),
        resourceId: ids.resource(g.type, g.resource),
      }),
      (g) => ({ how: g.how, through: g.through, entitlements: g.entitlements, rank: g.rank }),
    ),
  ]
}

function lines<T>(
  noun: NewChange['noun'],
  found: Difference<T>,
  links: (row: T) => Links,
  summary: (row: T) => Record<string, unknown>,
): NewChange[] {
  const line = (kind: NewChange['kind'], row: T, fields: Partial<Fields>): NewChange => ({
    kind,
    noun,
    ...links(row),
    before: fields.before ?? null,
    after: fields.after ?? null,
  })
  return [
    ...found.added.map((row) => line('added', row, { after: summary(row) })),
    ...found.ended.map((row) => line('removed', row, { before: summary(row) })),
    ...found.changed.map(({ after, fields }) => line('changed', after, fields)),
  ]
}

/** How many grants differ, which may be too many to hold at once. */
export type GrantCounts = Record<keyof Difference<GrantRow>, number>

export const noGrants = (): GrantCounts => ({ added: 0, ended: 0, changed: 0, touched: 0 })

/** Counts for the job's summary: people per business (ours first), everything else in all. */
export function countsOf(
  found: Omit<Differences, 'grants'>,
  grants: GrantCounts,
  held: readonly Held[],
  readers: readonly { partner: string | null; skipped: number; unlisted: number }[],
  nameOf: (partner: string) => { id: string | null; name: string | null },
): AppliedResult {
  const people = (partner: string | null, rows: readonly PrincipalRow[]) =>
    rows.filter((p) => p.kind === 'person' && p.partner === partner).length
  const { added, ended, changed } = found.principals
  const also = [...added, ...ended, ...changed.map((c) => c.after)].map((p) => p.partner)
  const partners = new Set([...readers.map((r) => r.partner), ...also])
  return {
    partners: [...partners].map((partner) => ({
      partnerId: partner === null ? null : nameOf(partner).id,
      name: partner === null ? null : nameOf(partner).name,
      peopleAdded: people(partner, added),
      peopleRemoved: people(partner, ended),
      peopleChanged: people(
        partner,
        changed.map((c) => c.after),
      ),
      skipped: readers.find((r) => r.partner === partner)?.skipped ?? 0,
      unlisted: readers.find((r) => r.partner === partner)?.unlisted ?? 0,
    })),
    assetsAdded: found.resources.added.length,
    assetsRemoved: found.resources.ended.length,
    sharesAdded: found.shares.added.length,
    sharesRemoved: found.shares.ended.length,
    grantsAdded: grants.added,
    grantsRemoved: grants.ended,
    grantsChanged: grants.changed,
    heldRemovals: held.reduce((sum, h) => sum + h.ids.length, 0),
  }
}
