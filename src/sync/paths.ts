// What two paths told of the same things in one run: the API leads where it told, pages fill in where it did not, and wherever both told,
// what differs is named instead of being put together. Pure.
import type { PathDifference } from '../model/job.ts'
import { observationKey } from '../model/snapshot.ts'
import type { Observation } from '../model/snapshot.ts'

export interface BothPaths {
  api: readonly Observation[]
  pages: readonly Observation[]
  /** Scopes that each path read to its end. */
  sealed: { api: ReadonlySet<string>; pages: ReadonlySet<string> }
}

/** What of the pages is not put together with the rest, because the API told of it, and what the two told differently. */
export function settlePaths(told: BothPaths): { superseded: Observation[]; differences: PathDifference[] } {
  const { api, pages, sealed } = told
  const byRow = Map.groupBy(api.filter(tellsEnough), rowKey)
  const differences: PathDifference[] = []
  const superseded = pages.filter((o) => {
    const same = byRow.get(rowKey(o)) ?? []
    for (const field of compared(o, same)) differences.push(differing(o, field.name, field.api, field.pages))
    const leads = sealed.api.has(o.scope)
    if (leads && same.length === 0 && o.of !== 'resource') differences.push(onlyOn('browser', o))
    // Of partners and assets several lists tell side by side; of people, shares and rights the API's word is the one.
    return leads || (same.length > 0 && o.of !== 'partner' && o.of !== 'resource')
  })
  const shown = new Set(pages.map(rowKey))
  const missed = new Set<string>()
  for (const o of api) {
    const key = rowKey(o)
    if (!sealed.pages.has(o.scope) || shown.has(key) || missed.has(key) || o.of === 'resource') continue
    if (o.of === 'grant' && o.how !== 'direct') continue
    if (o.of === 'partner' && !showsPartner(o.externalId, told)) continue
    missed.add(key)
    differences.push(onlyOn('api', o))
  }
  return { superseded, differences: differences.toSorted((a, b) => (lineOf(a) < lineOf(b) ? -1 : 1)) }
}

const rowKey = (o: Observation): string => `${o.of}\n${observationKey(o)}`
const lineOf = (d: PathDifference): string => [d.noun, d.externalId, d.type, d.resource, d.field].join('\n')

/** Somebody who was only seen as assigned to an asset is hardly told of at all. */
const tellsEnough = (o: Observation): boolean => o.of !== 'principal' || o.source === 'list'

/** Pages leave out a partner of whom they show no share. */
function showsPartner(partner: string, { api }: BothPaths): boolean {
  return api.some((o) => o.of === 'share' && o.partner === partner)
}

interface Field {
  name: string
  api: string | null
  pages: string | null
}

/** Fields that both tell, where they differ. The API may tell of one row in several scopes: one that agrees is enough. */
function compared(o: Observation, same: readonly Observation[]): Field[] {
  if (same.length === 0) return []
  const mine = contentOf(o)
  const theirs = same.map(contentOf)
  return Object.entries(mine).flatMap(([name, pages]) => {
    const told = theirs.flatMap((one) => (one[name] === undefined ? [] : [one[name]]))
    const [first] = told
    return first === undefined || told.includes(pages) ? [] : [{ name, api: first, pages }]
  })
}

/** What an observation tells, as texts. Left out: what its path never tells. */
function contentOf(o: Observation): Record<string, string | null> {
  switch (o.of) {
    case 'principal': {
      const untold = new Set<string>(o.untold)
      const facts = Object.entries(o.facts).filter(([name]) => !untold.has(name))
      const told = facts.map(([name, value]) => [name, value === null ? null : String(value)] as const)
      return { name: o.name, email: o.email, role: o.role, ...Object.fromEntries(told) }
    }
    case 'partner':
      return { name: o.name }
    case 'share':
      return { permissions: o.entitlements.toSorted().join(', '), status: o.status }
    case 'grant':
      return { permissions: o.entitlements.toSorted().join(', ') }
    case 'resource':
      return {}
  }
}

const placeOf = (o: Observation): Omit<PathDifference, 'field' | 'api' | 'browser'> => {
  const none = { type: null, resource: null }
  if (o.of === 'share') return { noun: 'share', externalId: o.partner, type: o.type, resource: o.resource }
  if (o.of === 'grant') return { noun: 'grant', externalId: o.principal, type: o.type, resource: o.resource }
  return { noun: o.of === 'partner' ? 'partner' : 'principal', externalId: o.externalId, ...none }
}

/** Names and addresses of people are compared, not kept. */
const kept = new Set(['role', 'twoFactor', 'financePermission', 'status', 'permissions'])

function differing(
  o: Observation,
  field: string,
  api: string | null,
  browser: string | null,
): PathDifference {
  const values = kept.has(field) ? { api, browser } : { api: null, browser: null }
  return { ...placeOf(o), field, ...values }
}

function onlyOn(path: 'api' | 'browser', o: Observation): PathDifference {
  const there = { api: null, browser: null, [path]: 'seen' }
  return { ...placeOf(o), field: null, ...there }
}
