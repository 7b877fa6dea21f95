// A dry run of reading people and partners on pages: goes through all lists as a check for updates would and looks at the first of those whom
// they name, keeps the pictures, tells how much was read, and stores nothing of it.
import type { PagesContext, PagesPart } from '../connectors/connector.ts'
import { connectorOf } from '../connectors/registry.ts'
import { loadCheckedConnection } from '../store/checks.ts'
import { work } from '../store/db.ts'
import type { Tx } from '../store/db.ts'
import { putStep } from '../store/job-steps.ts'
import { broke, doStep, endTask, planTask } from './pages-task.ts'
import type { End } from './pages-task.ts'
import type { PlannedStep } from './steps.ts'
import type { Parts, Run, Work } from './work.ts'

/** People and partners that are looked at: enough to see that the pages can be read, however large the business. */
const MOST = 25

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

/** Reads the lists of a part and looks at the first of those whom they name; gives the rows, and how many of how many were looked at. */
export async function tryPart(part: PagesPart, ctx: PagesContext) {
  const { observations, items } = await part.lists(ctx)
  const tried = items.slice(0, MOST)
  const looked = tried.length === 0 ? undefined : await part.items?.read(ctx, tried)
  const rows = [...observations, ...(looked?.observations ?? [])].filter((o) => o.of !== 'resource').length
  return { rows, tried: tried.length, of: items.length }
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
    const { rows } = await tryPart(part, ctx)
    await work(parts.db, run.input.workspaceId, (tx) =>
      putStep(tx, run.input, { name: step.name, total: rows, done: rows, unit: 'rows' }),
    )
  })
}
