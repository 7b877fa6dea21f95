// Removals that are too many to be believed without a person: more than five and more than a fifth of a group. Groups are our own
// people, each partner's people, and the assets. Invitations come and go by themselves and are not counted as people.
import type { Inventory, PrincipalRow, ResourceRow } from '../model/inventory.ts'

/** Removals of one group that are held for a person. */
export interface Held {
  group: 'own_people' | 'partner_people' | 'assets'
  /** The partner's external id, of partner_people. */
  partner: string | null
  /** Our ids of what would end. */
  ids: string[]
  /** How many were live before. */
  total: number
}

export const SAFEGUARD = { more: 5, share: 0.2 } as const

/** True where so many removals of so many rows are held. */
export function tooMany(ended: number, total: number): boolean {
  return ended > SAFEGUARD.more && ended > total * SAFEGUARD.share
}

/** The assets that would end, where they are too many; else null. */
export function heldResources(
  before: Pick<Inventory, 'resources'>,
  after: ReadonlyMap<string, ResourceRow>,
): { held: Held; rows: [string, ResourceRow][] } | null {
  const rows = [...before.resources].filter(([key]) => !after.has(key))
  if (!tooMany(rows.length, before.resources.size)) return null
  return {
    held: { group: 'assets', partner: null, ids: idsOf(rows), total: before.resources.size },
    rows,
  }
}

/** The people that would end, per group where they are too many. */
export function heldPeople(
  before: Pick<Inventory, 'principals'>,
  after: ReadonlyMap<string, PrincipalRow>,
): { held: Held; rows: [string, PrincipalRow][] }[] {
  const groups = new Map<string | null, { total: number; rows: [string, PrincipalRow][] }>()
  for (const [key, row] of before.principals) {
    if (row.kind === 'invitation') continue
    const group = groups.get(row.partner) ?? { total: 0, rows: [] }
    groups.set(row.partner, group)
    group.total += 1
    if (!after.has(key)) group.rows.push([key, row])
  }
  return [...groups]
    .filter(([, group]) => tooMany(group.rows.length, group.total))
    .map(([partner, { rows, total }]) => ({
      held: { group: partner === null ? 'own_people' : 'partner_people', partner, ids: idsOf(rows), total },
      rows,
    }))
}

function idsOf(rows: readonly [string, { id: string | null }][]): string[] {
  return rows.flatMap(([, row]) => (row.id === null ? [] : [row.id]))
}
