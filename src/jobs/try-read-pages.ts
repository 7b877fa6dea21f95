// A dry run of reading people and partners on pages: goes through all of them as a check for updates would, keeps the pictures, tells how
// much was read, and stores nothing of it.
import { connectorOf } from '../connectors/registry.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { putStep } from '../store/jobs.ts'
import { broke, doStep, endTask, planTask } from './pages-task.ts'
import type { End } from './pages-task.ts'
import type { PlannedStep } from './steps.ts'
import type { Parts, Run, Work } from './work.ts'

export const tryReadPages: Work = {
  name: 'read-pages-dry',
  run: async (parts, run) => {
    const { connectionId, steps } = await run.step('plan', async () => {
      const planned: { name: string; label: string; position: number }[] = []
      const id = await planTask(parts, run, async (tx, app) => {
        planned.push(...(await stepsOf(tx, app)))
        return planned
      })
      return { connectionId: id, steps: planned }
    })
    let how: End = 'done'
    for (const step of steps) {
      const last: End = await run.step(step.name, () => walk(parts, run, connectionId, step))
      if (last !== 'done') how = last
      if (last === 'cancelled' || last === 'stopped') break
    }
    await run.step('end', () => endTask(parts, run.input, how))
    return null
  },
  broke,
}

async function stepsOf(tx: Tx, connectionId: string): Promise<PlannedStep[]> {
  const { connector } = await loadCheckedConnection(tx, connectionId)
  const all = connectorOf(connector).pages?.parts ?? []
  return all.map(({ name, label }, position) => ({ name: `try-${name}`, label, position }))
}

function walk(parts: Parts, run: Run, connectionId: string, step: PlannedStep): Promise<End> {
  return doStep(parts, run, connectionId, step, async (pages, ctx) => {
    const part = pages.parts.find((one) => step.name === `try-${one.name}`)
    if (part === undefined) return
    const { observations } = await part.read(ctx, new Set())
    const read = observations.filter((o) => o.of !== 'resource').length
    await work(parts.db, run.input.workspaceId, (tx) =>
      putStep(tx, run.input, { name: step.name, total: read, done: read, unit: 'rows' }),
    )
  })
}
