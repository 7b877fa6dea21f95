// Which lists of pages are believed at their end, against a real database, with pages that tell what a test wants.
import { expect, test } from 'vitest'
import type { PagesContext, PagesPart } from '../connectors/connector.ts'
import { newId } from '../lib/ids.ts'
import type { Observation } from '../model/snapshot.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { outcomeOfStep, planSteps, putStep } from '../store/job-steps.ts'
import { addItems } from '../store/staged-items.ts'
import { scopesBy } from '../store/staged.ts'
import { PAGES, sealScopes, stageRows } from '../store/staging.ts'
import { testDb } from '../store/testing/test-db.ts'
import { endPart } from './end-of-part.ts'
import type { Reader, Reading } from './end-of-part.ts'
import { pagesStep, readStepName } from './steps.ts'

const t = await testDb()
const PEOPLE = 'b/business_users'
const ASSIGNED = 'b/assigned/page/1'

/** A connection with people 1, 2 and 3, each with a right on one page. */
async function installed() {
  const workspaceId = await t.makeWorkspace()
  const connectionId = await t.makeConnection(workspaceId)
  const at = [workspaceId, connectionId]
  await t.root.query(
    `with asset as (
       insert into resources (workspace_id, connection_id, type, external_id, relation, scope, first_seen_at, last_confirmed_at)
       values ($1, $2, 'page', '1', 'owned', 'b/owned_pages', now(), now()) returning id
     ), people as (
       insert into principals (workspace_id, connection_id, external_id, kind, business, source, scope, first_seen_at, last_confirmed_at)
       select $1::uuid, $2::uuid, id, 'person', 'b', 'list', '${PEOPLE}', now(), now() from unnest('{1,2,3}'::text[]) as x (id) returning id
     )
     insert into grants (workspace_id, connection_id, principal_id, resource_id, how, rank, scope, first_seen_at, last_confirmed_at)
     select $1::uuid, $2::uuid, people.id, asset.id, 'direct', 'view', '${ASSIGNED}', now(), now() from people, asset`,
    at,
  )
  return { workspaceId, connectionId }
}
type At = Awaited<ReturnType<typeof installed>>

const person = (id: string): Observation => ({
  of: 'principal',
  scope: PEOPLE,
  path: 'browser',
  kind: 'person',
  business: 'b',
  externalId: id,
  name: null,
  email: null,
  role: null,
  reachesAll: false,
  source: 'list',
  facts: {} as never,
})
const right = (id: string): Observation => ({
  of: 'grant',
  scope: ASSIGNED,
  path: 'browser',
  business: 'b',
  principal: id,
  type: 'page',
  resource: '1',
  how: 'direct',
  through: null,
  entitlements: [],
})

interface Told {
  scope: string
  rows: Observation[]
  counted?: boolean
  /** Whom the part's lists named, to be looked at one by one. */
  named?: string[]
  /** Who has a page of their own. */
  there?: string[]
  /** The API read the list, too. */
  byApi?: boolean
  /** The check ends without being applied, as one that is cancelled. */
  cancelled?: boolean
  /** It ends without reading the part. */
  skipped?: boolean
}

/** One check whose pages told this; gives whether the list is believed, the note, and who was looked for. */
async function check({ workspaceId, connectionId }: At, told: Told) {
  const { scope, rows, counted = false, named = [], there = [] } = told
  const jobId = newId()
  await t.root.query(
    `insert into jobs (id, workspace_id, connection_id, kind, status, trigger) values ($1, $2, $3, 'check-for-updates', 'running', 'person')`,
    [jobId, workspaceId, connectionId],
  )
  const of = { workspaceId, jobId }
  const lookedFor: string[] = []
  const part: PagesPart = {
    name: 'people',
    label: 'People',
    scopes: () => [scope],
    lists: () => Promise.reject(new Error('not asked')),
    found: (_ctx, ids) => {
      lookedFor.push(...ids)
      return Promise.resolve(ids.filter((id) => there.includes(id)))
    },
    seals: () => [],
  }
  const step = pagesStep(part.name)
  const inWork = <T>(fn: (tx: Tx) => Promise<T>) => work(t.db, workspaceId, fn)
  await inWork(async (tx) => {
    await planSteps(tx, of, [
      { name: step, label: 'People, read in the browser', position: 1 },
      { name: readStepName(null), label: 'Own', position: 0 },
    ])
    await putStep(tx, of, { name: step, status: told.skipped === true ? 'skipped' : 'running' })
    await stageRows(tx, { ...of, reader: PAGES }, rows)
    await addItems(
      tx,
      { ...of, part: part.name },
      named.map((id) => ({ id })),
    )
    const outcome = { problems: [], notes: [], uncounted: true }
    if (!counted && told.skipped !== true) await putStep(tx, of, { name: step, outcome })
    if (told.byApi === true) await sealScopes(tx, { ...of, reader: 'own' }, [{ scope, rows: 3, skipped: 0 }])
  })
  const hand = { look: <T>(_label: string, fn: () => Promise<T>) => fn() }
  const reader = { ctx: { hand } as unknown as PagesContext } as Reader
  const reading = {
    parts: { db: t.db },
    run: { input: of },
    connectionId,
    business: 'b',
    inUse: new Set(),
  } as unknown as Reading
  try {
    if (told.skipped !== true) await endPart(reading, reader, part, [{ scope, rows: rows.length }])
  } finally {
    await t.root.query(
      `update jobs set status = 'complete', applied = case when $2 then null else '{}'::jsonb end where id = $1`,
      [jobId, told.cancelled === true],
    )
  }
  const answer = await inWork(async (tx) => ({
    believed: (await scopesBy(tx, { ...of, reader: PAGES })).sealed.has(scope),
    note: (await outcomeOfStep(tx, jobId, step))?.notes[0] ?? null,
  }))
  return { ...answer, lookedFor }
}

const two = { scope: PEOPLE, rows: [person('1'), person('2')] }
const all = { scope: PEOPLE, rows: [person('1'), person('2'), person('3')] }

test('a list that tells of everything is believed, and nobody is looked for', async () => {
  expect(await check(await installed(), all)).toEqual({ believed: true, note: null, lookedFor: [] })
})

test('a list that leaves somebody out and is not counted is believed when the next check finds the same', async () => {
  const at = await installed()
  const first = await check(at, two)
  expect(first).toMatchObject({ believed: false, lookedFor: ['3'] })
  expect(first.note).toContain('People, read in the browser. One row that is stored was not shown')
  expect(await check(at, two)).toEqual({ believed: true, note: null, lookedFor: ['3'] })
})

test('one that leaves out somebody else each time is never believed', async () => {
  const at = await installed()
  for (const one of ['1', '2', '3', '1'])
    expect(await check(at, { scope: PEOPLE, rows: [person(one)] })).toMatchObject({ believed: false })
})

test('a check between that told of everything, was not applied, or did not read the list makes it the first time again', async () => {
  for (const between of [all, { ...two, cancelled: true }, { ...two, skipped: true }]) {
    const at = await installed()
    if (between === all) expect((await check(at, two)).believed).toBe(false)
    expect((await check(at, between)).believed).toBe(between === all)
    expect((await check(at, two)).believed).toBe(false)
    expect((await check(at, two)).believed).toBe(true)
  }
})

test('who has a page of their own was left out: neither a count nor a second check ends anything', async () => {
  const at = await installed()
  for (const counted of [true, false, false])
    await expect(check(at, { ...two, counted, there: ['3'] })).rejects.toMatchObject({
      problem: 'missing',
      message: expect.stringContaining('has a page of its own') as string,
    })
})

test('a list that is counted, or that the API read, is believed at once', async () => {
  const at = await installed()
  expect(await check(at, { ...two, counted: true })).toEqual({ believed: true, note: null, lookedFor: ['3'] })
  // What the API told is the API's to tell.
  expect(await check(at, { ...two, byApi: true })).toEqual({ believed: true, note: null, lookedFor: [] })
})

test('of a right that is missing its holder is looked for, where no list named them', async () => {
  const at = await installed()
  const rights = { scope: ASSIGNED, rows: [right('1')] }
  expect(await check(at, { ...rights, named: ['1', '2'] })).toMatchObject({
    believed: false,
    lookedFor: ['3'],
  })
  expect(await check(at, { ...rights, named: ['1', '2'] })).toMatchObject({ believed: true })
  await expect(check(at, { ...rights, named: ['1'], there: ['2'] })).rejects.toThrow('has a page of its own')
})
