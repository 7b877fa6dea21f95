// How observations are packed in staging: those of rights, of which there are most by far, share what they have in common. A tenth of the
// text, so a tenth of the work to write and read it.
import type { GrantObservation, Observation } from '../model/snapshot.ts'

/** What is compared together: what stands on its own, the shares of one partner, the people and rights of one business. */
export type StagedPart = 'ground' | `shares/${string}` | `people/${string}`

export function partOf(o: Observation): StagedPart {
  switch (o.of) {
    case 'partner':
    case 'resource':
      return 'ground'
    case 'share':
      return `shares/${o.partner}`
    case 'principal':
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
  others: Observation[]
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
  const packed: Packed = {
    scopes: [],
    resources: [],
    entitlements: [],
    businesses: [],
    grants: [],
    others: [],
  }
  const principals = new Set<string>()
  const scope = numbering(packed.scopes)
  const resource = numbering(packed.resources)
  const entitlements = numbering(packed.entitlements)
  const business = numbering(packed.businesses)
  for (const o of observations) {
    if (o.of === 'principal') principals.add(o.externalId)
    if (o.of === 'grant') principals.add(o.principal)
    // Rights that pages tell are few.
    if (o.of !== 'grant' || o.path !== undefined) {
      packed.others.push(o)
      continue
    }
    packed.grants.push(
      scope(o.scope, o.scope),
      business(o.business, o.business),
      o.principal,
      resource(o.type + CUT + o.resource, [o.type, o.resource]),
      ways.indexOf(o.how),
      o.through,
      entitlements(JSON.stringify(o.entitlements), o.entitlements),
    )
  }
  return { data: JSON.stringify(packed), principals: [...principals] }
}

/** What was packed, in the order in which it was seen: rights first. */
export function unpack(data: string): Observation[] {
  const { scopes, resources, entitlements, businesses, grants, others } = JSON.parse(data) as Packed
  const seen: Observation[] = []
  for (let at = 0; at < grants.length; at += WIDTH) {
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
  for (const o of others) seen.push(o)
  return seen
}
