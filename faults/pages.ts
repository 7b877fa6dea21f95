// Kills the process that approves a request or reads people and partners on pages, and its Chromium, at every page that it asks for and at the
// end of every step of the job. The job has to end complete, with everything done once and no browser left behind.
import { openGround } from '../src/jobs/testing/pages-kill.ts'
import type { Ground, Kill } from '../src/jobs/testing/pages-kill.ts'
import type { Case, Family } from './cases.ts'
import { runOnPages } from './on-pages.ts'

const steps: Record<Kill['job'], string[]> = {
  approve: ['plan', 'find', 'known', 'ask', 'end'],
  read: ['plan', 'inspect 1', 'choose', 'read-own 1', 'pages', 'end'],
}

/** Every page of a run that nothing disturbs, both victims, then every step. */
function allKills(pages: Record<Kill['job'], number>): Kill[] {
  return (['approve', 'read'] as const).flatMap((job) => [
    ...Array.from({ length: pages[job] }, (_, n) => n + 1).flatMap((page) =>
      (['process', 'browser'] as const).map((victim): Kill => ({
        job,
        victim,
        moment: { at: 'page', page },
      })),
    ),
    ...steps[job].map((step): Kill => ({ job, victim: 'process', moment: { at: 'step', step } })),
  ])
}

async function pagesFamily(ground: Ground, seed: number, count: number | null): Promise<Family> {
  const pages = { approve: await ground.pages('approve'), read: await ground.pages('read') }
  const kills = allKills(pages).slice(0, count ?? undefined)
  const press: Kill = { job: 'approve', victim: 'browser', moment: { at: 'press' } }
  return {
    name: 'pages',
    seed,
    about: [
      `${pages.approve} pages of an approval and ${pages.read} of a read, each with the process and with Chromium killed`,
      `${steps.approve.length + steps.read.length} ends of steps`,
    ],
    cases: kills.map((kill): Case => ({ name: JSON.stringify(kill), run: () => ground.play(kill) })),
    planted: [
      {
        name: 'an answer is pressed a second time',
        run: () => ground.play(press, (presses) => presses.push(...presses)),
      },
    ],
  }
}

if (import.meta.main) await runOnPages(openGround, pagesFamily)
