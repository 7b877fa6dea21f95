// The world behind the second Graph API server: who works where, what is shared, who may do what. It is its own ground truth.

export interface Grant {
  business: string
  person: string
  asset: string
  rights: string[]
}

export interface Person {
  id: string
  name: string
  role: 'ADMIN' | 'EMPLOYEE'
  email?: string
  system?: boolean
}
export interface Asset {
  id: string
  kind: Kind
  name: string
  owner: string
}
interface Sharing {
  asset: string
  to: string
  rights: string[]
}
export interface Company {
  id: string
  name: string
  people: Person[]
  invited: { id: string; email: string; role: string }[]
}

export const kinds = {
  ad_accounts: { list: 'adaccount_permissions', rights: ['MANAGE', 'ADVERTISE', 'ANALYZE'] },
  pages: { list: 'page_permissions', rights: ['MANAGE', 'CREATE_CONTENT', 'ANALYZE'] },
  pixels: { list: null, rights: ['EDIT', 'ANALYZE'] },
  product_catalogs: { list: 'productcatalog_permissions', rights: ['MANAGE', 'ADVERTISE'] },
} as const
export type Kind = keyof typeof kinds

export interface OtherWorld {
  brand: Company
  partners: Company[]
  assets: Asset[]
  sharing: Sharing[]
  grants: Grant[]
}

/** The world of the budget: 60 assets, 25 people, three partners with twenty shared assets each, and strangers around them. */
export function budgetWorld(): OtherWorld {
  const person = (business: string, n: number, role: Person['role'], system = false): Person => ({
    id: `1221${business.slice(-6)}${String(n).padStart(8, '0')}`,
    name: `${system ? 'System' : 'Person'} ${n} of ${business.slice(-3)}`,
    role,
    system,
    ...(system || n % 5 === 0 ? {} : { email: `p${n}@b${business.slice(-3)}.example` }),
  })
  const company = (id: string, name: string, count: number): Company => ({
    id,
    name,
    people: [
      ...Array.from({ length: count }, (_, n) => person(id, n + 1, n === 0 ? 'ADMIN' : 'EMPLOYEE')),
      person(id, 900, 'ADMIN', true),
      person(id, 901, 'EMPLOYEE', true),
    ],
    invited: [{ id: `77${id}`, email: `new@b${id.slice(-3)}.example`, role: 'EMPLOYEE' }],
  })
  const brand = company('1020304050607001', 'The brand', 25)
  const partners = [2, 3, 4].map((n) => company(`102030405060700${n}`, `Partner ${n}`, 14))
  const assets: Asset[] = []
  const all = Object.keys(kinds) as Kind[]
  const asset = (owner: string, n: number, kind: Kind): Asset => ({
    id: `${kind === 'ad_accounts' ? 'act_' : ''}${owner.slice(-3)}${String(all.indexOf(kind))}0000${String(n).padStart(4, '0')}`,
    kind,
    name: `${kind} ${n}`,
    owner,
  })
  for (let n = 0; n < 60; n++) assets.push(asset(brand.id, n, all[n % 4] ?? 'pages'))
  const sharing: Sharing[] = []
  const grants: Grant[] = []
  const own = assets.filter((a) => a.owner === brand.id)
  partners.forEach((p, index) => {
    for (const a of own.slice(index * 20, index * 20 + 20))
      sharing.push({ asset: a.id, to: p.id, rights: kinds[a.kind].rights.slice(0, 2) })
  })
  for (const p of partners) {
    const other = asset(p.id, 900, 'ad_accounts')
    assets.push(other)
    for (const who of p.people)
      grants.push({ business: p.id, person: who.id, asset: other.id, rights: ['MANAGE'] })
  }
  const third = partners[2]
  if (third) {
    const shared = asset(third.id, 77, 'pages')
    assets.push(shared)
    sharing.push({ asset: shared.id, to: brand.id, rights: ['ANALYZE'] })
    grants.push({
      business: third.id,
      person: third.people[3]?.id ?? '',
      asset: shared.id,
      rights: ['MANAGE', 'ANALYZE'],
    })
    grants.push({
      business: brand.id,
      person: brand.people[2]?.id ?? '',
      asset: shared.id,
      rights: ['ANALYZE'],
    })
  }
  own.forEach((a, n) => {
    const rights = kinds[a.kind].rights
    for (const k of [1, 5, 9])
      grants.push({
        business: brand.id,
        person: brand.people[(n + k) % 24]?.id ?? '',
        asset: a.id,
        rights: rights.slice(0, 1 + (k % 2)),
      })
    for (const s of sharing.filter((x) => x.asset === a.id)) {
      const p = partners.find((x) => x.id === s.to)
      for (const k of [2, 6])
        grants.push({
          business: s.to,
          person: p?.people[1 + ((n + k) % 8)]?.id ?? '',
          asset: a.id,
          rights: s.rights.slice(0, 1 + (n % 2)),
        })
    }
  })
  const seen = new Set<string>()
  const once = grants.filter((g) => {
    const key = `${g.person}|${g.asset}`
    if (g.person === '' || seen.has(key)) return false
    seen.add(key)
    return true
  })
  return { brand, partners, assets, sharing, grants: once }
}

/** The token of a company's admin system user. */
export function tokenOf(business: string): string {
  return `EAAother${business}ZD`
}
