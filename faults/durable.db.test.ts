// In every test run: a check for updates that is cut off at a few commits and answers, and a database that goes away in a few ways, on one engine.
// faults/cut.ts and faults/outage.ts play every place and many more outages.
import { afterAll, describe, expect, it, vi } from 'vitest'
import { testDb } from '../src/store/testing/test-db.ts'
import { cutFamily } from './cut.ts'
import { fateAt, openDurable } from './durable.ts'
import { outageFamily } from './outage.ts'

const t = await testDb()
const stage = await openDurable(t)
afterAll(() => stage.close())

for (const family of [await cutFamily(t, stage, 7, 10), await outageFamily(t, stage, 7, 8, false)]) {
  describe(`${family.name}, seed ${family.seed}: ${family.about.join('; ')}`, () => {
    it.each(family.cases)('$name', async ({ run }) => expect(await run()).toEqual([]))
    it.each(family.planted)('a planted mistake is found: $name', async ({ run }) =>
      expect(await run()).not.toEqual([]),
    )
  })
}

it('work that was taken from the queue by a commit whose answer was lost is taken up', async () => {
  const taken = fateAt(stage.database, ({ wrote }) => wrote === 'dbos.workflow_status', 'lost')
  const jobId = await stage.start()
  expect(await taken).not.toBe(null)
  expect((await stage.over(jobId)).status).toBe('complete')
  expect(await stage.wrong()).toEqual([])
})

it.each([
  ['own', 'what was staged'],
  ['partner', 'nothing that was staged'],
])(
  'an %s token that may less ends nothing, though its process dies when that is written down and leaves %s',
  async (whose, left) => {
    const { sim, at, database } = stage
    const [partner] = sim.partners
    const token = sim.control.world.tokens.get((whose === 'own' ? sim.token : partner?.token) ?? '')
    if (token === undefined) throw new Error('the simulator does not know the token')
    const partnerId = whose === 'own' ? null : ((await at.partners()).get(partner?.id ?? '')?.id ?? '')
    const live = async () => {
      const { rows } = await t.root.query<{ id: string }>(
        `select external_id as id from principals where ended_at is null and kind = 'person' and connection_id = $1
           and partner_id is not distinct from $2 order by external_id`,
        [at.connectionId, partnerId],
      )
      return rows.map(({ id }) => id)
    }
    const { scopes } = token
    token.scopes = [...scopes, 'read_insights']
    await t.root.query('update credentials set checked_at = null')
    expect((await stage.check()).status).toBe('complete')
    const before = await live()
    sim.control.change({ op: 'remove-user', user: before[0] ?? '' })
    token.scopes = scopes
    const judged = fateAt(database, ({ wrote }) => wrote.split('+').includes('credentials'), 'cut')
    const jobId = await stage.start()
    expect(await judged).not.toBe(null)
    await stage.crash()
    // A crash of the database takes it.
    if (left !== 'what was staged') await t.root.query('truncate staged_rows, staged_scopes')
    await stage.resume(8)
    expect(await stage.over(jobId)).toMatchObject({
      status: 'not_completed',
      problems: [{ sentence: expect.stringContaining('read_insights') as string }],
    })
    expect(await live()).toEqual(before)
    expect((await stage.check()).status).toBe('complete')
    expect(await live()).toEqual(before.slice(1))
    expect(await stage.wrong()).toEqual([])
  },
)

it('stops within ten seconds while the database is away, and goes on when it is back', async () => {
  const hit = fateAt(stage.database, ({ wrote }) => wrote.includes('staged_rows'), 'lost all')
  const jobId = await stage.start()
  expect(await hit).not.toBe(null)
  const asked = performance.now()
  await stage.leave()
  expect(performance.now() - asked).toBeLessThan(10_000)
  await stage.crash()
  // The engine lets go of the database in its own time; a process would have ended long before.
  await vi.waitFor(() => stage.resume(8), { timeout: 60_000, interval: 500 })
  expect((await stage.over(jobId)).status).toBe('complete')
  expect(await stage.wrong()).toEqual([])
})
