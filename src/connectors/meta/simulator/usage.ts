// Usage headers, worked out from the calls that were counted. https://developers.facebook.com/docs/graph-api/overview/rate-limiting
import type { Switches } from './switches.ts'
import type { World } from './world.ts'

const hour = 3_600_000

export interface UsageCounter {
  /** Counts one logical call of an app; returns how full its hour is, in per cent. */
  count(app: string, now: number, callsPerHour: number): number
  reset(): void
}

/** Counts by minute, over the last hour. */
export function usageCounter(): UsageCounter {
  const minutes = new Map<string, Map<number, number>>()
  return {
    count: (app, now, callsPerHour) => {
      const minute = Math.floor(now / 60_000)
      let counts = minutes.get(app)
      if (!counts) minutes.set(app, (counts = new Map<number, number>()))
      counts.set(minute, (counts.get(minute) ?? 0) + 1)
      let sum = 0
      for (const [at, n] of counts) {
        if (at * 60_000 <= now - hour) counts.delete(at)
        else sum += n
      }
      return callsPerHour > 0 ? Math.floor((100 * sum) / callsPerHour) : 0
    },
    reset: () => minutes.clear(),
  }
}

/** Headers of an answer; none before there is enough traffic. */
export function usageHeaders(
  { world, switches }: { world: World; switches: Switches },
  percent: number,
  node: string,
): Record<string, string> {
  if (switches.callsPerHour === 0 || percent < 1) return {}
  const headers: Record<string, string> = {
    'x-app-usage': JSON.stringify({
      call_count: percent,
      total_time: Math.ceil(percent / 2),
      total_cputime: Math.ceil(percent / 3),
    }),
  }
  const asset = world.assets.get(node)
  const type =
    asset?.kind === 'ad_account' || asset?.kind === 'pixel'
      ? 'ads_management'
      : asset?.kind === 'page'
        ? 'pages'
        : world.businesses.has(node)
          ? switches.businessEdgeBucket
          : 'none'
  const tier = switches.accessTier === 'full' ? 'standard_access' : 'development_access'
  if (asset?.kind === 'ad_account')
    headers['x-ad-account-usage'] = JSON.stringify({
      acc_id_util_pct: percent,
      reset_time_duration: percent >= 100 ? 1_020 : 0,
      ads_api_access_tier: tier,
    })
  if (type === 'none') return headers
  const use = {
    type,
    call_count: percent,
    total_cputime: Math.ceil(percent / 3),
    total_time: Math.ceil(percent / 2),
    estimated_time_to_regain_access: percent >= 100 ? 17 : 0,
    ads_api_access_tier: tier,
  }
  headers['x-business-use-case-usage'] = JSON.stringify({ [asset?.owner ?? node]: [use] })
  return headers
}
