// A few Graph faults in every test run, and the proof that the oracle finds what it must; faults/graph.ts plays many more.
import { afterAll, describe, expect, it } from 'vitest'
import { testDb } from '../src/store/testing/test-db.ts'
import { graphFamily, stagesOn } from './graph.ts'

const t = await testDb()
const stages = stagesOn(t)
afterAll(() => stages.close())
const family = await graphFamily(t, stages, 7, 8)

describe(`graph faults, seed ${family.seed}`, () => {
  it.each(family.cases)('$name', async ({ run }) => expect(await run()).toEqual([]))
  it.each(family.planted)('a planted mistake is found: $name', async ({ run }) =>
    expect(await run()).not.toEqual([]),
  )
})
