// Work on a provider's pages while pages, browser, login and people misbehave: every trouble at every page of a run, drawn by a seed. The oracle
// is that of src/jobs/testing/pages-faults.ts.
import { openFaultGround, troubles } from '../src/jobs/testing/pages-faults.ts'
import type { FaultGround, PagesFault } from '../src/jobs/testing/pages-faults.ts'
import type { Case, Family } from './cases.ts'
import { runOnPages } from './on-pages.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'

/** Pages that a run asks for, the answer's own among them. */
const PAGES: Record<PagesFault['job'], number> = { approve: 8, read: 4 }

/** Every trouble at a drawn page of an approval, then at the press, then in a read; then anything at any page. */
export function drawFaults(seed: number, count: number): PagesFault[] {
  const chance = random(seed, 'browser')
  const pageOf = (job: PagesFault['job']) => chance.between(1, PAGES[job])
  const all: PagesFault[] = [
    ...troubles.map((trouble): PagesFault => ({ job: 'approve', trouble, at: pageOf('approve') })),
    ...(['an answer that gets lost', 'the browser is killed'] as const).map((trouble): PagesFault => ({
      job: 'approve',
      trouble,
      at: 'press',
    })),
    ...(
      ['another language', 'the page is closed', 'the session has ended', 'a page without end'] as const
    ).map((trouble): PagesFault => ({ job: 'read', trouble, at: pageOf('read') })),
  ]
  while (all.length < count) {
    const [trouble, job] = [chance.pick(troubles), chance.pick(['approve', 'approve', 'read'] as const)]
    all.push({ job, trouble, at: job === 'approve' && chance.chance(0.25) ? 'press' : pageOf(job) })
  }
  return all.slice(0, count)
}

export function browserFamily(ground: FaultGround, seed: number, count: number): Family {
  return {
    name: 'browser',
    seed,
    about: [`${troubles.length} troubles: ${troubles.join(', ')}`],
    cases: [
      ...drawFaults(seed, count).map((fault): Case => ({
        name: `${fault.job}: ${fault.trouble}, at ${fault.at}`,
        run: () => ground.play(fault),
      })),
      { name: 'what all runs left', run: () => ground.leftovers() },
    ],
    planted: [
      {
        name: 'an answer is given a second time',
        run: () =>
          ground.play({ job: 'approve', trouble: 'the page is closed', at: 'press' }, (sim) => {
            sim.control.pages.presses.push(...sim.control.pages.presses)
          }),
      },
      {
        name: 'an approval is undone by somebody and still told as done',
        run: () =>
          ground.play({ job: 'approve', trouble: 'the task is started twice', at: 1 }, (sim) => {
            for (const { id } of sim.partners)
              sim.control.change({ op: 'unshare', asset: sim.appId, partner: id })
          }),
      },
    ],
  }
}

if (import.meta.main)
  await runOnPages(openFaultGround, (ground, seed, count) => browserFamily(ground, seed, count ?? 250))
