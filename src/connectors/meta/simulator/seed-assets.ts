// Makes assets of each kind with names and facts as a real business has them.
import type { Ids } from './ids.ts'
import { departments, markets, purposes } from './names.ts'
import type { Random } from './random.ts'
import { addAsset } from './mutate.ts'
import type { Asset, AssetKind, Json, World } from './world.ts'

const zones: Record<string, { currency: string; zone: string }> = {
  DE: { currency: 'EUR', zone: 'Europe/Berlin' },
  FR: { currency: 'EUR', zone: 'Europe/Paris' },
  UK: { currency: 'GBP', zone: 'Europe/London' },
  SE: { currency: 'SEK', zone: 'Europe/Stockholm' },
  PL: { currency: 'PLN', zone: 'Europe/Warsaw' },
  US: { currency: 'USD', zone: 'America/New_York' },
  JP: { currency: 'JPY', zone: 'Asia/Tokyo' },
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '')
    .toLowerCase()
}

/** Adds one asset of a kind; `n` is its number in its business, so that brands and markets take turns. */
export function seedAsset(
  world: World,
  ids: Ids,
  chance: Random,
  options: { kind: AssetKind; owner: string; brands: readonly string[]; n: number },
): Asset {
  const { kind, owner, brands, n } = options
  const brand = brands[n % brands.length] ?? 'Brand'
  const market = markets[Math.floor(n / brands.length) % markets.length] ?? 'DE'
  const place = zones[market] ?? { currency: 'EUR', zone: 'Europe/Amsterdam' }
  const make = (id: string, name: string, facts: Record<string, Json>): Asset =>
    addAsset(world, { id, kind, name, owner, facts })
  switch (kind) {
    case 'ad_account': {
      const id = ids.adAccount()
      return make(id, `${brand} – ${market} – ${chance.pick(purposes)}`, {
        account_id: id.slice('act_'.length),
        account_status: chance.chance(0.94) ? 1 : 2,
        currency: place.currency,
        timezone_name: place.zone,
        disable_reason: 0,
        created_time: '2021-03-04T09:12:31+0000',
        amount_spent: String(chance.between(0, 90_000_000)),
      })
    }
    case 'page':
      return make(ids.page(), `${brand} ${market}`, {
        category: chance.pick(['Shopping & Retail', 'Brand', 'Home Decor', 'Clothing (Brand)']),
        link: `https://www.facebook.com/${plain(brand)}.${market.toLowerCase()}`,
        username: `${plain(brand)}.${market.toLowerCase()}`,
        fan_count: chance.between(120, 480_000),
        is_published: chance.chance(0.95),
        verification_status: chance.pick(['not_verified', 'blue_verified']),
        has_transitioned_to_new_page_experience: chance.chance(0.4),
      })
    case 'pixel':
      return make(ids.other(), `${brand} ${chance.pick(departments)} pixel`, {
        creation_time: '2020-06-17T11:40:02+0000',
        last_fired_time: chance.chance(0.8) ? '2026-11-02T06:15:44+0000' : null,
        is_unavailable: false,
      })
    case 'product_catalog':
      return make(ids.other(), `${brand} catalog ${market}`, {
        product_count: chance.between(20, 60_000),
        feed_count: chance.between(1, 5),
        vertical: 'commerce',
      })
    case 'instagram_asset': {
      const username = `${plain(brand)}_${market.toLowerCase()}${n >= brands.length * markets.length ? n : ''}`
      const facts = { ig_user_id: ids.instagramUser(), ig_username: username }
      return make(ids.other(), username, facts)
    }
    case 'whatsapp_account':
      return make(ids.other(), `${brand} Care ${market}`, {
        currency: place.currency,
        timezone_id: '37',
        account_review_status: 'APPROVED',
        status: 'ACTIVE',
        country: market,
        message_template_namespace: `ns_${chance.digits(12)}`,
      })
    case 'app':
      return make(ids.app(), `${brand} app`, { category: 'Business', link: 'https://example.com/app' })
  }
}
