// The real server as the faults of its machine play on it: what a person asks of it, and what every case demands of it in the end.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { openJobStatuses } from '../src/model/job.ts'
import type { Api } from './api.ts'
import { differences, duplicates, storedLines, trueLines } from './oracle.ts'

export interface Served {
  sim: Simulator
  url: string
  /** The owner, as last signed in. */
  api: Api & { cookie: string }
  /** The superuser. */
  root: pg.Pool
  workspaceId: string
  connectionId: string
}

/** A small business, of kinds alone that the guide's permissions can read. */
export const smallWorld = {
  ownAssets: { ad_account: 4, page: 4, pixel: 2, product_catalog: 2, instagram_asset: 2 },
  ownPeople: 8,
  partners: 2,
  peoplePerPartner: 6,
  sharedPerPartner: 4,
  foreignAssets: 2,
}

export const PASSWORD = 'a long enough password'
const OWNER = 'owner@example.test'

export interface Answer {
  status: number
  cookie: string
  body: Record<string, unknown>
}

/** Asks the server as whoever has this cookie. */
export async function ask(
  g: Pick<Served, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(g.url + path, {
    method,
    headers: { origin: g.url, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    cookie: response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0] ?? '')
      .join('; '),
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}

export function signIn(g: Served, password = PASSWORD, email = OWNER): Promise<Answer> {
  return ask(g, 'POST', '/api/auth/sign-in/email', { email, password })
}

/** The owner signs in with the clock as it is; throws where that is refused. */
export async function enter(g: Served): Promise<void> {
  const answer = await signIn(g)
  if (answer.status !== 200) throw new Error(`The owner was not let in: ${JSON.stringify(answer.body)}`)
  g.api.cookie = answer.cookie
}

/** A line for each thing that is not as it should be. */
export class Findings {
  readonly lines: string[] = []
  expect(what: string, is: unknown, should: unknown): void {
    if (is !== should) this.lines.push(`${what}: ${String(is)}, not ${String(should)}`)
  }
}

const ws = (g: Served) => `/api/v1/workspaces/${g.workspaceId}`

/** What every case demands in the end: the store is the world, nothing is there twice, and the log verifies. */
export async function judge(g: Served, found: Findings): Promise<void> {
  const expected = trueLines(g.sim.control.world, new Set(g.sim.partners.map((p) => p.id)))
  found.lines.push(...differences(expected, await storedLines(g.root, g.connectionId)))
  found.lines.push(...(await duplicates(g.root, g.connectionId)))
  const verified = async () =>
    g.api.call<{ ok: boolean; unsealed: number; broken: { sentence: string } | null }>(
      'GET',
      `${ws(g)}/audit/verify`,
    )
  let log = await verified()
  for (let tries = 0; log.unsealed > 0 && tries < 600; tries += 1) {
    await pause(100)
    log = await verified()
  }
  found.expect('events that were never sealed', log.unsealed, 0)
  found.expect('the chain of the log', log.broken?.sentence ?? 'whole', 'whole')
  const { rows } = await g.root.query<{ open: number }>(
    `select count(*)::int as open from jobs where status = any($1)`,
    [[...openJobStatuses]],
  )
  found.expect('jobs that are open', rows[0]?.open, 0)
}
