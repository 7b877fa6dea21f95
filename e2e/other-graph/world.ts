// The world behind the second Graph API server: who works where, what is shared, who may do what. It is its own ground truth, written from
// the contract and not from the simulator.

export const kinds = {
  ad_accounts: {
    type: 'ad_account',
    node: 'AdAccount',
    list: 'adaccount_permissions',
    rights: ['MANAGE', 'ADVERTISE', 'ANALYZE', 'DRAFT'],
    agencies: true,
    people: true,
    group: { edge: 'contained_adaccounts', rights: 'adaccount_tasks' },
  },
  pages: {
    type: 'page',
    node: 'Page',
    list: 'page_permissions',
    rights: ['MANAGE', 'CREATE_CONTENT', 'ANALYZE', 'PROFILE_PLUS_ANALYZE'],
    agencies: true,
    people: true,
    group: { edge: 'contained_pages', rights: 'page_tasks' },
  },
  pixels: {
    type: 'pixel',
    node: 'AdsPixel',
    list: null,
    rights: ['EDIT', 'ANALYZE', 'ADVERTISE'],
    agencies: true,
    people: true,
    group: { edge: 'contained_pixels', rights: 'pixel_tasks' },
  },
  product_catalogs: {
    type: 'product_catalog',
    node: 'ProductCatalog',
    list: 'productcatalog_permissions',
    rights: ['MANAGE', 'ADVERTISE'],
    agencies: true,
    people: true,
    group: null,
  },
  instagram_assets: {
    type: 'instagram_asset',
    node: 'InstagramBusinessAsset',
    list: null,
    rights: ['FULL_CONTROL', 'CONTENT', 'ANALYZE', 'SOMETHING_NEW'],
    agencies: true,
    people: true,
    group: null,
  },
  whatsapp_business_accounts: {
    type: 'whatsapp_account',
    node: 'WhatsAppBusinessAccount',
    list: null,
    rights: ['MANAGE', 'DEVELOP', 'VIEW_COST'],
    agencies: false,
    people: true,
    group: null,
  },
  apps: {
    type: 'app',
    node: 'Application',
    list: 'application_permissions',
    rights: ['MANAGE', 'DEVELOP'],
    agencies: true,
    people: false,
    group: null,
  },
} as const
export type Kind = keyof typeof kinds
export const allKinds = Object.keys(kinds) as Kind[]

export interface Person {
  id: string
  name: string
  role: 'ADMIN' | 'EMPLOYEE'
  email: string | null
  title: string | null
  system: boolean
  /** False: `business_users` does not tell of them. */
  listed: boolean
}
export interface Company {
  id: string
  name: string
  people: Person[]
  invited: { id: string; email: string; role: string }[]
}
export interface Asset {
  id: string
  kind: Kind
  name: string
  owner: string
  /** Of an Instagram account: the id of its user, another number than the asset's. */
  user: string
}
export interface Sharing {
  asset: string
  to: string
  rights: string[]
  status: 'CONFIRMED' | 'CLIENT_RESPONSE_PENDING'
}
export interface Grant {
  business: string
  person: string
  asset: string
  rights: string[]
}
export interface Group {
  id: string
  name: string
  owner: string
  assets: string[]
  members: Member[]
  /** Another business that the group is shared with, and its people in it. */
  shared: { to: string; members: Member[] }[]
}
export interface Member {
  person: string
  rights: Record<string, string[]>
}

export interface OtherWorld {
  brand: Company
  /** Businesses that share with us or that we share with. */
  partners: Company[]
  /** Other clients of our partners: nothing of theirs is ours to keep. */
  strangers: Company[]
  assets: Asset[]
  sharing: Sharing[]
  grants: Grant[]
  groups: Group[]
}

/** The token of a company's admin system user. */
export function tokenOf(business: string): string {
  return `EAAother${business}ZDxxxxxxxxxxxx`
}

/** An id that only one thing has: a prefix of the kind and a running number. */
export function idMaker(): (prefix: string) => string {
  let last = 0
  return (prefix) => `${prefix}${String(++last).padStart(18 - prefix.length, '0')}`
}

/** The world of the budgets: so many assets of the brand, people, and partners with so many shared assets each. */
export function budgetWorld(size = { assets: 60, people: 25, partners: 3, shared: 20 }): OtherWorld {
  const id = idMaker()
  const four: Kind[] = ['ad_accounts', 'pages', 'pixels', 'product_catalogs']
  const company = (name: string, count: number): Company => ({
    id: id('10'),
    name,
    people: Array.from({ length: count + 2 }, (_, n) => ({
      id: id('1221'),
      name: `Person ${n} of ${name}`,
      role: n === 0 || n === count ? 'ADMIN' : 'EMPLOYEE',
      email: n < count ? `p${n}@${name.replaceAll(' ', '-').toLowerCase()}.example` : null,
      title: null,
      system: n >= count,
      listed: true,
    })),
    invited: [{ id: id('77'), email: 'new@brand.example', role: 'EMPLOYEE' }],
  })
  const brand = company('The brand', size.people)
  const partners = Array.from({ length: size.partners }, (_, n) => company(`Partner ${n}`, 14))
  const assets = Array.from({ length: size.assets }, (_, n): Asset => {
    const kind = size.assets > 500 ? (n < size.assets * 0.6 ? 'ad_accounts' : four[n % 4]) : four[n % 4]
    return newAsset(id, kind ?? 'pages', n, brand.id)
  })
  const sharing: Sharing[] = []
  const grants: Grant[] = assets.flatMap((a, n) =>
    [1, 5, 9].map((k) => grant(brand, a, (n + k) % size.people, n + k)),
  )
  partners.forEach((partner, p) => {
    const other = newAsset(id, 'ad_accounts', 900, partner.id)
    assets.push(other)
    grants.push(...partner.people.map((who) => ({ ...grant(partner, other, 0, 0), person: who.id })))
    for (let n = 0; n < size.shared; n++) {
      const asset = assets[(p * size.shared + n) % size.assets]
      if (asset === undefined) continue
      sharing.push({
        asset: asset.id,
        to: partner.id,
        rights: [...kinds[asset.kind].rights].slice(0, 2),
        status: 'CONFIRMED',
      })
      for (const k of [2, 6]) grants.push(grant(partner, asset, 1 + ((n + k) % 8), n))
    }
  })
  return { brand, partners, strangers: [], assets, sharing, grants, groups: [] }
}

function grant(company: Company, asset: Asset, person: number, n: number): Grant {
  const rights = kinds[asset.kind].rights
  return {
    business: company.id,
    person: company.people[person]?.id ?? '',
    asset: asset.id,
    rights: rights.slice(n % 2, (n % 2) + 1 + (n % 2)),
  }
}

export function newAsset(id: (prefix: string) => string, kind: Kind, n: number, owner: string): Asset {
  return {
    id: `${kind === 'ad_accounts' ? 'act_' : ''}${id('30')}`,
    kind,
    name: `${kind} ${n}`,
    owner,
    user: id('1784'),
  }
}
