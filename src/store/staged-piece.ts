// How observations are packed in staging: those of rights, of which there are most by far, share what they have in common, and what is told
// again in scope after scope (who is assigned, whom something is shared with) stands there once. A tenth of the text, so a tenth of the work
// to write and read it.
import type { GrantObservation, Observation } from '../model/snapshot.ts'

/**
 * What is compared together: assets, one partner with what is shared with or by it, the people and rights of one business, and apart from these
 * whom it has invited: invitations come, go and are told more of while nobody's rights change.
 */
export type StagedPart = 'ground' | `shares/${string}` | PeoplePart
export type PeoplePart = `people/${string}` | `invited/${string}`

export function partOf(o: Observation): StagedPart {
  switch (o.of) {
    case 'resource':
      return 'ground'
    case 'partner':
      return `shares/${o.externalId}`
    case 'share':
      return `shares/${o.partner}`
    case 'principal':
      return o.kind === 'invitation' ? `invited/${o.business}` : `people/${o.business}`
    case 'grant':
      return `people/${o.business}`
  }
}

interface Packed {
  scopes: string[]
  /** Type and id. */
  resources: [string, string][]
  entitlements: string[][]
  businesses: string[]
  /** Scope, business, principal, resource, how, through, entitlements: names by their place in the lists above. */
  grants: (number | string | null)[]
  /** Of everything else the scope and what was told in it, by their places. Absent in what an earlier release packed. */
  told?: number[]
  /** Observations without their scope. */
  what: object[]
  /** What an earlier release packed in place of both. */
  others?: Observation[]
}

const ways: readonly GrantObservation['how'][] = ['direct', 'role', 'group']
const WIDTH = 7

/** Between parts of a key: connectors let no NUL through. */
const CUT = '\0'

/** The place of a value in a list that grows. */
function numbering<T>(list: T[]): (key: string, value: T) => number {
  const places = new Map<string, number>()
  return (key, value) => {
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, list.length)
    return list.push(value) - 1
  }
}

/** The observations as a text, and who is in it. */
export function pack(observations: readonly Observation[]): { data: string; principals: string[] } {
  const packed: Omit<Packed, 'what'> & { told: number[] } = {
    scopes: [],
    resources: [],
    entitlements: [],
    businesses: [],
    grants: [],
    told: [],
  }
  const texts: string[] = []
  const principals = new Set<string>()
  const scope = numbering(packed.scopes)
  const resource = numbering(packed.resources)
  const entitlements = numbering(packed.entitlements)
  // Most rights are held in the same list in memory.
  const held = new Map<readonly string[], number>()
  const rights = (list: string[]): number => {
    const known = held.get(list) ?? entitlements(JSON.stringify(list), list)
    held.set(list, known)
    return known
  }
  const business = numbering(packed.businesses)
  const what = numbering(texts)
  for (const o of observations) {
    if (o.of === 'principal') principals.add(o.externalId)
    if (o.of === 'grant') principals.add(o.principal)
    // Rights that pages tell are few.
    if (o.of !== 'grant' || o.path !== undefined) {
      const { scope: where, ...rest } = o
      const text = JSON.stringify(rest)
      packed.told.push(scope(where, where), what(text, text))
      continue
    }
    packed.grants.push(
      scope(o.scope, o.scope),
      business(o.business, o.business),
      o.principal,
      resource(o.type + CUT + o.resource, [o.type, o.resource]),
      ways.indexOf(o.how),
      o.through,
      rights(o.entitlements),
    )
  }
  const data = `${JSON.stringify(packed).slice(0, -1)},"what":[${texts.join()}]}`
  return { data, principals: [...principals] }
}

/** Whose rights they are, or who it is; null of what is nobody's. */
export const principalOf = (o: Observation): string | null =>
  o.of === 'principal' ? o.externalId : o.of === 'grant' ? o.principal : null

/** What was packed, in the order in which it was seen: rights first. `whose`: of principals, those for whom it is true alone. */
export function unpack(data: string, whose: (principal: string) => boolean = () => true): Observation[] {
  const packed = JSON.parse(data) as Packed
  const { scopes, resources, entitlements, businesses, grants, told = [], what, others = [] } = packed
  const seen: Observation[] = []
  for (let at = 0; at < grants.length; at += WIDTH) {
    if (!whose(grants[at + 2] as string)) continue
    const [type, resource] = resources[grants[at + 3] as number] as [string, string]
    seen.push({
      of: 'grant',
      scope: scopes[grants[at] as number] as string,
      business: businesses[grants[at + 1] as number] as string,
      principal: grants[at + 2] as string,
      type,
      resource,
      how: ways[grants[at + 4] as number] as GrantObservation['how'],
      through: grants[at + 5] as string | null,
      entitlements: entitlements[grants[at + 6] as number] as string[],
    })
  }
  const wanted = (o: Observation) => {
    const principal = principalOf(o)
    return principal === null || whose(principal)
  }
  for (let at = 0; at < told.length; at += 2) {
    const one = what[told[at + 1] as number] as Observation
    if (wanted(one)) seen.push({ ...one, scope: scopes[told[at] as number] as string })
  }
  for (const o of others) if (wanted(o)) seen.push(o)
  return seen
}
