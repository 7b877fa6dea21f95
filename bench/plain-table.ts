// Builds the plain table with the bundler of the console and serves it with the rows of the database: the anchor of the console's lists.
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type pg from 'pg'
import { temporaryFolder } from '../src/store/testing/cluster.ts'

export interface PlainTable {
  url: string
  close(): void
}

/** The 100,000 partners' people of a connection, all at once and in the order of our list. */
const query = `select p.id, p.name, p.email, pa.name as partner, p.held_assets as assets,
    (array['full', 'edit', 'view'])[p.held_rank] as rank
  from principals p left join partners pa on pa.id = p.partner_id
  where p.connection_id = $1 and p.ended_at is null and p.kind = 'person' and p.partner_id is not null
  order by lower(coalesce(p.name, p.email, p.external_id)), p.id`

export async function servePlainTable(root: pg.Pool, connectionId: string): Promise<PlainTable> {
  const folder = temporaryFolder('bench')
  const { build } = await import('vite')
  await build({
    root: join(import.meta.dirname, 'plain-table'),
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, target: 'chrome123', modulePreload: { polyfill: false } },
  })
  const page = readFileSync(join(folder, 'index.html'))
  const scripts = readdirSync(join(folder, 'assets')).map((name): [string, Buffer] => [
    `/assets/${name}`,
    readFileSync(join(folder, 'assets', name)),
  ])
  rmSync(folder, { recursive: true })
  const files = new Map(scripts)
  const { rows } = await root.query(query, [connectionId])
  const json = JSON.stringify(rows)
  const server = createServer((request, answer) => {
    const script = files.get(request.url ?? '')
    if (script !== undefined) answer.setHeader('content-type', 'text/javascript').end(script)
    else if (request.url === '/rows.json') answer.setHeader('content-type', 'application/json').end(json)
    else answer.setHeader('content-type', 'text/html').end(page)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
