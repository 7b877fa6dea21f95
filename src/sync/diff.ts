// What became different between the rows of before and those of after a run: the one source of history, counts and writes. Pure, and
// in the order in which rows can be written: what others hang on comes first.
import type {
  GrantRow,
  Inventory,
  PartnerRow,
  PrincipalRow,
  ResourceRow,
  ShareRow,
} from '../model/inventory.ts'
import type { Path } from '../model/snapshot.ts'

/** Only what differs, as history shows it. */
export interface Fields {
  before: Record<string, unknown>
  after: Record<string, unknown>
}

export interface Pair<T> {
  before: T
  after: T
}

export interface Difference<T> {
  added: T[]
  ended: T[]
  /** Something that a person would call a change. */
  changed: (Pair<T> & { fields: Fields })[]
  /** Only our bookkeeping differs: the scope, the source, the path, whether it was confirmed. */
  touched: Pair<T>[]
}

export interface Differences {
  partners: Difference<PartnerRow>
  resources: Difference<ResourceRow>
  principals: Difference<PrincipalRow>
  shares: Difference<ShareRow>
  grants: Difference<GrantRow>
}

export function diff(before: Inventory, after: Inventory): Differences {
  return {
    resources: diffResources(before.resources, after.resources),
    ...diffSharing(before, after),
    principals: diffPrincipals(before.principals, after.principals),
    grants: diffGrants(before.grants, after.grants),
  }
}

type Part<K extends keyof Inventory> = Pick<Inventory, K>

type Rows<K extends keyof Inventory> = ReadonlyMap<string, ValueOf<Inventory[K]>>
type ValueOf<M> = M extends ReadonlyMap<string, infer Row> ? Row : never

export function diffResources(before: Rows<'resources'>, after: Rows<'resources'>): Difference<ResourceRow> {
  return compare(before, after, ofResource, (r) => r.scope)
}

export function diffSharing(
  before: Part<'partners' | 'shares'>,
  after: Part<'partners' | 'shares'>,
): Pick<Differences, 'partners' | 'shares'> {
  return {
    partners: compare(before.partners, after.partners, ofPartner, (p) => p.scopes.join('\n')),
    shares: compare(before.shares, after.shares, ofShare, (s) => s.scope),
  }
}

export function diffPrincipals(
  before: Rows<'principals'>,
  after: Rows<'principals'>,
): Difference<PrincipalRow> {
  const { changed, touched, ...found } = compare(before, after, ofPrincipal, (p) => `${p.scope}\n${p.source}`)
  const { true: learnt = [], false: others = [] } = Object.groupBy(
    changed,
    ({ fields }) => `${isLearnt(fields)}`,
  )
  return { ...found, changed: others, touched: [...touched, ...learnt] }
}

/** What an invitation will give is asked after it was first seen: that it is known by now is no change to it. */
const isLearnt = ({ before }: Fields): boolean =>
  Object.keys(before).join() === 'willGet' && before.willGet === null

export function diffGrants(
  before: ReadonlyMap<string, GrantRow>,
  after: ReadonlyMap<string, GrantRow>,
): Difference<GrantRow> {
  return compare(before, after, ofGrant, (g) => g.scope)
}

/** Nothing that differs. */
export const unchanged = <T>(): Difference<T> => ({ added: [], ended: [], changed: [], touched: [] })

/** True where anything differs, be it our bookkeeping. */
export const isAny = ({ added, ended, changed, touched }: Difference<unknown>): boolean =>
  added.length + ended.length + changed.length + touched.length > 0

export const noChange = (): Differences => ({
  partners: unchanged(),
  resources: unchanged(),
  shares: unchanged(),
  principals: unchanged(),
  grants: unchanged(),
})

/** What history calls the content of each row. */
export const ofPartner = (p: PartnerRow): Record<string, unknown> => ({
  name: p.name,
  isAgency: p.isAgency,
  isClient: p.isClient,
})
export const ofResource = (r: ResourceRow): Record<string, unknown> => ({
  ...r.facts,
  name: r.name,
  relation: r.relation,
  ownerBusiness: r.ownerBusiness,
})
export const ofPrincipal = (p: PrincipalRow): Record<string, unknown> => ({
  ...p.facts,
  kind: p.kind,
  business: p.business,
  name: p.name,
  email: p.email,
  role: p.role,
  reachesAll: p.reachesAll,
})
export const ofShare = (s: ShareRow): Record<string, unknown> => ({
  entitlements: s.entitlements,
  rank: s.rank,
  status: s.status,
})
export const ofGrant = (g: GrantRow): Record<string, unknown> => ({
  entitlements: g.entitlements,
  rank: g.rank,
})

function compare<T extends { confirmed: boolean; path?: Path }>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  content: (row: T) => Record<string, unknown>,
  scopes: (row: T) => string,
): Difference<T> {
  const place = (row: T) => `${row.path ?? 'api'}\n${scopes(row)}`
  const result: Difference<T> = { added: [], ended: [], changed: [], touched: [] }
  for (const [key, row] of before) if (!after.has(key)) result.ended.push(row)
  for (const [key, row] of after) {
    const old = before.get(key)
    if (old === undefined) {
      result.added.push(row)
      continue
    }
    if (old === row) continue
    const fields = differing(content(old), content(row))
    if (fields !== null) result.changed.push({ before: old, after: row, fields })
    else if (old.confirmed !== row.confirmed || place(old) !== place(row))
      result.touched.push({ before: old, after: row })
  }
  return result
}

function differing(before: Record<string, unknown>, after: Record<string, unknown>): Fields | null {
  let fields: Fields | null = null
  const look = (name: string) => {
    const [old, now] = [before[name] ?? null, after[name] ?? null]
    if (same(old, now)) return
    fields ??= { before: {}, after: {} }
    fields.before[name] = old
    fields.after[name] = now
  }
  for (const name of Object.keys(before)) look(name)
  for (const name of Object.keys(after)) if (!(name in before)) look(name)
  return fields
}

/** Values of rows are texts, truth values, null, or sorted lists of texts. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => item === b[i])
  return a === b
}
