// The anchor: Meta's own Node SDK reads the same business as its documentation shows it, one edge after the other, with its crash reports off.
// A process of its own: argument one is JSON of where and with which tokens; prints one line of JSON with what it took.
import sdk from 'facebook-nodejs-business-sdk'
import type { Page } from 'facebook-nodejs-business-sdk'

export interface CrawlArguments {
  url: string
  businessId: string
  token: string
  partners: { id: string; token: string }[]
}

interface Api {
  call(method: string, path: string[], params: Record<string, unknown>): Promise<unknown>
}
type EdgeOwner = Record<string, (fields: string[], params?: Record<string, unknown>) => Promise<Page>>
type Made = new (id: string, data: object, parent: null, api: Api) => EdgeOwner

const given = JSON.parse(process.argv[2] ?? '{}') as CrawlArguments
const kit = sdk as unknown as Record<string, Made> & {
  FacebookAdsApi: new (token: string, locale: string, crashLog: boolean) => Api
}
Object.defineProperty(kit.FacebookAdsApi, 'GRAPH', { get: () => given.url })

let rows = 0

async function all(first: Promise<Page>): Promise<string[]> {
  const page = await first
  const ids = page.map((row) => row.id)
  while (page.hasNext()) {
    await page.next()
    ids.push(...page.map((row) => row.id))
  }
  rows += ids.length
  return ids
}

const kinds = [
  { edge: 'AdAccounts', node: 'AdAccount', agencies: true },
  { edge: 'Pages', node: 'Page', agencies: false },
  { edge: 'Pixels', node: 'AdsPixel', agencies: false },
  { edge: 'ProductCatalogs', node: 'ProductCatalog', agencies: true },
  { edge: 'InstagramAssets', node: 'IGUser', agencies: false },
]
const fields = ['id']

async function crawl(business: string, token: string, own: boolean): Promise<void> {
  const api = new kit.FacebookAdsApi(token, 'en_US', false)
  const make = (node: string, id: string): EdgeOwner => {
    const kind = kit[node]
    if (kind === undefined) throw new Error(`The SDK has no ${node}.`)
    return new kind(id, {}, null, api)
  }
  const edge = (owner: EdgeOwner, name: string, params: Record<string, unknown> = {}) => {
    const get = owner[name]
    return get === undefined ? Promise.resolve([]) : all(get.call(owner, fields, params))
  }
  const node = make('Business', business)
  for (const list of own
    ? ['BusinessUsers', 'SystemUsers', 'PendingUsers', 'Agencies', 'Clients']
    : ['BusinessUsers', 'SystemUsers', 'PendingUsers'])
    await edge(node, `get${list}`)
  for (const kind of kinds) {
    for (const list of own ? ['Owned', 'Client'] : ['Client']) {
      for (const id of await edge(node, `get${list}${kind.edge}`)) {
        const asset = make(kind.node, id)
        await edge(asset, 'getAssignedUsers', { business })
        if (own && list === 'Owned' && kind.agencies) await edge(asset, 'getAgencies')
      }
    }
  }
}

const started = performance.now()
await crawl(given.businessId, given.token, true)
for (const { id, token } of given.partners) await crawl(id, token, false)
const { user, system } = process.cpuUsage()
console.log(
  JSON.stringify({
    rows,
    ms: performance.now() - started,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  }),
)
