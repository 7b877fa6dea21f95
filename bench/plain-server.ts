// The anchor of the API's reads: a server with nothing but node:http and pg that answers the same questions out of the same tables, without
// sign-in, rights, workspaces or checks. Argument one: the database's address. Prints the port.
import { createServer } from 'node:http'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: 12 })

const asset = `select p.id, p.name, p.email, p.kind, p.partner_id, pa.name as partner_name, p.role, g.entitlements, g.rank, g.how, g.first_seen_at,
    g.last_confirmed_at
  from grants g join principals p on p.id = g.principal_id left join partners pa on pa.id = p.partner_id
  where g.resource_id = $1 and g.ended_at is null order by p.name limit 50`
const person = `select r.id, r.name, r.external_id, r.type, g.entitlements, g.rank, g.how, g.first_seen_at, g.last_confirmed_at
  from grants g join resources r on r.id = g.resource_id where g.principal_id = $1 order by r.name limit 10000`
const list = `select p.id, p.name, p.email, p.external_id, pa.name as partner_name, p.role, p.held_assets, p.held_rank, p.held_how, p.first_seen_at,
    p.last_confirmed_at
  from principals p left join partners pa on pa.id = p.partner_id
  where p.connection_id = $1 and p.ended_at is null and p.kind = 'person' and p.partner_id is not null
  order by lower(coalesce(p.name, p.email, p.external_id)), p.id limit 50 offset $2`

const server = createServer((request, answer) => {
  const [, what, id, offset] = (request.url ?? '').split('/')
  const values = what === 'list' ? [id, offset] : [id]
  const query = what === 'asset' ? asset : what === 'person' ? person : list
  pool.query(query, values).then(
    ({ rows }) => answer.setHeader('content-type', 'application/json').end(JSON.stringify({ rows })),
    () => answer.writeHead(500).end(),
  )
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' && address !== null ? address.port : 0)
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void pool.end()
})
