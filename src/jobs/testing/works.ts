// Durable work for the tests of the engine: each step leaves a row with the process that ran it, in a table that makeTestSteps() makes.
import { sql } from 'kysely'
import type { TestDb } from '../../store/testing/open-test-db.ts'
import type { Parts, Run, Work } from '../work.ts'

export async function makeTestSteps({ root }: Pick<TestDb, 'root'>): Promise<void> {
  await root.query(
    `create table test_steps (job text, step text, pid integer, at timestamptz default clock_timestamp())`,
  )
  await root.query(`grant all on test_steps to guestlist_app`)
}

async function leave(parts: Parts, run: Run, step: string): Promise<void> {
  await sql`insert into test_steps (job, step, pid) values (${run.input.jobId}, ${step}, ${process.pid})`.execute(
    parts.db.kysely,
  )
}

const pause = (ms: number) => new Promise((go) => setTimeout(go, ms))

/** Eight steps of 150 ms, each with its row. */
const count: Work = {
  name: 'test-count',
  run: async (parts, run) => {
    for (let n = 0; n < 8; n += 1) {
      await run.step(`count ${n}`, async () => {
        await pause(150)
        await leave(parts, run, `count ${n}`)
        return n
      })
    }
    await run.step('end', () => leave(parts, run, 'end').then(() => null))
    return null
  },
}

/** Three pieces of `test-count` side by side, then a step. */
const family: Work = {
  name: 'test-family',
  run: async (parts, run) => {
    const ids = [1, 2, 3].map((n) => run.input.jobId.replace(/^.{8}/, `0000000${n}`))
    await run.all(ids.map((id) => ({ work: 'test-count', id, input: { ...run.input, jobId: id } })))
    await run.step('after', () => leave(parts, run, 'after').then(() => null))
    return null
  },
}

/** Waits an hour, unless it is cancelled. */
const wait: Work = {
  name: 'test-wait',
  run: async (parts, run) => {
    const until = await run.step('plan', async () => {
      await leave(parts, run, 'waiting')
      return parts.now() + 3_600_000
    })
    await run.sleepUntil('wait', until)
    await run.step('end', () =>
      leave(parts, run, run.signal.aborted ? 'cancelled' : 'waited').then(() => null),
    )
    return null
  },
}

/** Throws an error with a secret in it. */
const broken: Work = {
  name: 'test-broken',
  run: async (_parts, run) => {
    await run.step('break', () => Promise.reject(new Error(`a token ${run.input.secret ?? ''}`)))
    return null
  },
  broke: async (parts, input, reference) => {
    await sql`insert into test_steps (job, step, pid) values (${input.jobId}, ${`broke ${reference}`}, ${process.pid})`.execute(
      parts.db.kysely,
    )
  },
}

export const testWorks: Work[] = [count, family, wait, broken]
