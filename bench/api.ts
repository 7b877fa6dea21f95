// How fast are the questions that people ask, at a million grants? Who can touch this asset (the first 50, with the count of all), what can this
// person touch, the next 50 of a list: over HTTP with sign-in, rights and row-level security, beside a plain server on the same tables in the
// same run. The client shares the cores.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { load } from './load.ts'
import type { Loaded } from './load.ts'
import { machine, tell } from './metric.ts'
import { fill } from './million.ts'
import type { Million } from './million.ts'
import { serveAndSetUp } from './served.ts'

const nth = (list: readonly string[], n: number): string => list[n % list.length] ?? ''
const seconds = 6

function plainPaths({ resources, principals, connectionId }: Million) {
  return (n: number) =>
    [
      `/asset/${nth(resources, n)}`,
      `/person/${nth(principals, n)}`,
      `/list/${connectionId}/${50 + ((n * 50) % 2000)}`,
    ][n % 3] ?? ''
}

const served = await serveAndSetUp()
console.log(`api, 1,000,000 grants: ${machine()}`)
try {
  const million = await fill(served.root, served.workspaceId)
  const size = await served.root.query<{ bytes: string }>(
    'select pg_database_size(current_database()) as bytes',
  )
  tell({
    id: 'disk',
    what: 'database with a million rights, before history',
    unit: 'MiB',
    ours: Number(size.rows[0]?.bytes) / 2 ** 20,
    anchor: null,
    goal: 'told, not judged',
    met: true,
  })
  const at = `/api/v1/workspaces/${served.workspaceId}`
  const app = `${at}/connections/${million.connectionId}`
  const ourPaths = (n: number) =>
    [
      `${at}/resources/${nth(million.resources, n)}/holders?limit=50`,
      `${at}/principals/${nth(million.principals, n)}`,
      `${app}/principals?tab=guests&limit=50&offset=${50 + ((n * 50) % 2000)}`,
    ][n % 3] ?? ''
  const plain = spawn(process.execPath, [join(import.meta.dirname, 'plain-server.ts'), served.rootUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<string>((done) =>
    plain.stdout.once('data', (text: Buffer) => done(text.toString().trim())),
  )
  const them = { url: `http://127.0.0.1:${port}`, path: plainPaths(million), connections: 200, seconds }
  const us = { url: served.program.url.replace('localhost', '127.0.0.1'), headers: { cookie: served.cookie } }
  const ours = { ...us, path: ourPaths, connections: 200, seconds }

  // Both as they are after some minutes at work: what is asked at this rate of a server that has just been started waits for its compiler.
  for (const one of [them, ours]) await load({ ...one, rate: 60, seconds: 7 })
  const [theirRate, ourRate] = [await load({ ...them, rate: 200 }), await load({ ...ours, rate: 200 })]
  const anchor = (value: number) => ({ name: 'plain node:http and pg', value })
  const ratio = (
    id: string,
    what: string,
    our: Loaded,
    their: Loaded,
    goal: { p50: number; p99: number },
  ) => {
    for (const p of ['p50', 'p99'] as const) {
      tell({
        id,
        what: `${what}, ${p}`,
        unit: 'ms',
        ours: our[p],
        anchor: anchor(their[p]),
        goal: `at most ${goal[p]}, no errors`,
        met: our[p] <= goal[p] && our.errors === 0,
      })
    }
  }
  ratio('P11', 'an answer at 200 a second', ourRate, theirRate, { p50: 15, p99: 60 })
  const kinds = { asset: 0, person: 1, list: 2 }
  for (const [name, kind] of Object.entries(kinds)) {
    const only = (path: (n: number) => string) => (n: number) => path(n * 3 + kind)
    const [their, our] = [
      await load({ ...them, path: only(them.path), rate: 100, seconds: 3 }),
      await load({ ...ours, path: only(ours.path), rate: 100, seconds: 3 }),
    ]
    ratio('P11', `${name} alone at 100 a second`, our, their, { p50: 15, p99: 60 })
  }
  const [theirMost, ourMost] = [await load(them), await load(ours)]
  tell({
    id: 'P12',
    what: `answers a second over 200 connections (${ourMost.errors} errors)`,
    unit: '/s',
    ours: ourMost.perSecond,
    anchor: anchor(theirMost.perSecond),
    goal: 'at least 3,000',
    met: ourMost.perSecond >= 3_000 && ourMost.errors === 0,
  })
  const person = await served.root.query<{ email: string }>(
    'select email from principals where partner_id is not null limit 100',
  )
  const emails = person.rows.map(({ email }) => email)
  const found = await load({
    ...us,
    path: (n) => `${at}/search?q=${encodeURIComponent(nth(emails, n))}`,
    connections: 20,
    seconds: 3,
    rate: 20,
  })
  tell({
    id: 'P13',
    what: 'a person by e-mail over all partners, p99',
    unit: 'ms',
    ours: found.p99,
    anchor: null,
    goal: 'at most 30',
    met: found.p99 <= 30 && found.errors === 0,
  })
  plain.kill('SIGTERM')
} finally {
  await served.close()
}
