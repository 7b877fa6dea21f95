// Lists whose pages do not behave: random graphs of pages that end, loop, repeat a cursor, come back empty with more to come or never end. A list
// may be told as whole only where a page without a next one was reached, with every row on the way; and asking has to stop in any case.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { asRead, edgeQuery } from '../src/connectors/meta/queries.ts'
import { read } from '../src/connectors/meta/ladder.ts'
import { makeContext } from '../src/connectors/registry.ts'
import type { Context, Read } from '../src/connectors/connector.ts'
import { Redacted } from '../src/model/redacted.ts'
import { asked, runFamily } from './cases.ts'
import type { Case, Family } from './cases.ts'

/** Pages by number; `next` is the page that follows (null: none), `endless`: each answer names a cursor that was never seen. */
export interface Pages {
  pages: { rows: number[]; next: number | null }[]
  endless: boolean
}

const BUSINESS = '1000'
const EDGE = 'owned_ad_accounts'
/** Far more than any of these lists has. */
const MOST_REQUESTS = 520

export const anyPages: fc.Arbitrary<Pages> = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.record({
    pages: fc.array(
      fc.record({
        rows: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
        next: fc.option(fc.integer({ min: 0, max: count - 1 }), { freq: 3 }),
      }),
      { minLength: count, maxLength: count },
    ),
    endless: fc.boolean().map((b) => b && count === 6),
  }),
)

/** What is true of a list: its rows, or null where it has no end. */
export function truthOf({ pages, endless }: Pages): Set<number> | null {
  const rows = new Set<number>()
  const seen = new Set<number>()
  for (let at: number | null = 0; at !== null;) {
    const page: Pages['pages'][number] | undefined = pages[at]
    if (page === undefined || seen.has(at) || endless) return null
    seen.add(at)
    for (const row of page.rows) rows.add(row)
    at = page.next
  }
  return rows
}

/** A server of one list; `requests` counts what it was asked. */
export async function startPages(): Promise<{
  url: string
  show(pages: Pages): void
  requests(): number
  close(): Promise<void>
}> {
  let shown: Pages = { pages: [], endless: false }
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    const address = new URL(request.url ?? '/', 'http://here')
    const after = address.searchParams.get('after')
    const at = after === null ? 0 : Number(after.split('-')[0])
    const page = shown.pages[at] ?? { rows: [], next: null }
    const next = shown.endless ? 0 : page.next
    const cursor = next === null ? 'end' : shown.endless ? `0-${requests}` : String(next)
    address.searchParams.set('after', cursor)
    const body = {
      data: page.rows.map((n) => ({ id: `act_${n}`, name: `Account ${n}`, account_id: String(n) })),
      paging: {
        cursors: { before: cursor, after: cursor },
        ...(next === null
          ? {}
          : { next: `http://${request.headers.host ?? ''}${address.pathname}${address.search}` }),
      },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show: (pages) => {
      shown = pages
      requests = 0
    },
    requests: () => requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

interface Walked {
  rows: Set<string>
  sealed: boolean
  told: boolean
}

type Reader = (ctx: Context, reads: Read[]) => ReturnType<typeof read>

async function walk(url: string, reader: Reader): Promise<Walked> {
  const ctx = makeContext({
    address: url,
    settings: {},
    secrets: {},
    token: new Redacted(`EAA${'x'.repeat(40)}`),
    target: { kind: 'own', business: BUSINESS },
    memory: new Map(),
    signal: new AbortController().signal,
    log: () => undefined,
    scopes: ['business_management'],
  })
  const walked: Walked = { rows: new Set(), sealed: false, told: false }
  let reads = [asRead(edgeQuery(EDGE, 4, { level: 2 }))]
  for (let round = 0; reads.length > 0 && round < 2 * MOST_REQUESTS; round += 1) {
    const next: Read[] = []
    for await (const result of reader(ctx, reads)) {
      if ('error' in result) {
        walked.told ||= result.scopes.some((scope) => scope.endsWith(EDGE))
        continue
      }
      for (const o of result.observations) if (o.of === 'resource') walked.rows.add(o.externalId)
      walked.sealed ||= result.seals.some(({ scope }) => scope.endsWith(EDGE))
      next.push(...result.next)
    }
    reads = next
  }
  return walked
}

/** What is wrong with how a list was read. */
export async function judge(
  server: Awaited<ReturnType<typeof startPages>>,
  pages: Pages,
  reader: Reader = read,
): Promise<string[]> {
  server.show(pages)
  const walked = await walk(server.url, reader)
  const expected = truthOf(pages)
  const wrong: string[] = []
  if (server.requests() > MOST_REQUESTS) wrong.push(`asked ${server.requests()} times`)
  if (walked.sealed && walked.told) wrong.push('told both as whole and as failed')
  if (!walked.sealed && !walked.told) wrong.push('neither whole nor told as failed')
  if (expected === null && walked.sealed) wrong.push('a list without an end was told as whole')
  if (expected !== null && walked.sealed && walked.rows.size !== expected.size)
    wrong.push(`whole with ${walked.rows.size} of ${expected.size} rows`)
  if (expected !== null && !walked.sealed) wrong.push('a list with an end was not told as whole')
  return wrong.map((line) => `${line}: ${JSON.stringify(pages)}`)
}

/** Takes the first page for the whole list. */
const firstPageIsAll: Reader = async function* (ctx, reads) {
  for await (const result of read(ctx, reads)) {
    if ('error' in result) yield result
    else
      yield {
        ...result,
        next: [],
        seals: [{ scope: `${BUSINESS}/${EDGE}`, rows: 0, again: { unit: '', query: null } }],
      }
  }
}

export function pagingFamily(
  server: Awaited<ReturnType<typeof startPages>>,
  seed: number,
  count: number,
): Family {
  const looping: Pages = {
    pages: [
      { rows: [1], next: 1 },
      { rows: [2], next: 0 },
    ],
    endless: false,
  }
  return {
    name: 'paging',
    seed,
    about: [`${count} graphs of up to six pages (sampling)`],
    cases: fc
      .sample(anyPages, { numRuns: count, seed })
      .map((pages): Case => ({ name: JSON.stringify(pages), run: () => judge(server, pages) })),
    planted: [
      {
        name: 'the first page is taken for the whole list',
        run: () => judge(server, looping, firstPageIsAll),
      },
    ],
  }
}

if (import.meta.main) {
  const { cases, seed, only } = asked(process.argv.slice(2), 20_261)
  const server = await startPages()
  const family = pagingFamily(server, seed, cases ?? 1_000)
  const { failed } = await runFamily(family, (line) => console.log(line), only)
  await server.close()
  process.exit(failed === 0 ? 0 : 1)
}
