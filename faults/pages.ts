// Kills the process that approves a request or reads people and partners on pages, and its Chromium, at every page that it asks for and at the
// end of every step of the job. The job has to end complete, with everything done once and no browser left behind.
import { openGround } from '../src/jobs/testing/pages-kill.ts'
import type { Ground, Kill } from '../src/jobs/testing/pages-kill.ts'
import type { Case, Family } from './cases.ts'
import { runOnPages } from './on-pages.ts'

type Calm = Awaited<ReturnType<Ground['calm']>>

function stepsOf(job: Kill['job'], { portions }: Calm): string[] {
  if (job === 'approve') return ['plan', 'find', 'known', 'ask', 'end']
  const read = Array.from({ length: portions }, (_, n) => (n === 0 ? 'pages' : `pages ${n + 1}`))
  return ['plan', 'inspect 1', 'choose', 'read-own 1', ...read, 'end']
}

/** Every page of a run that nothing disturbs, both victims, then every step. */
function allKills(calm: Record<Kill['job'], Calm>): Kill[] {
  return (['approve', 'read'] as const).flatMap((job) => [
    ...Array.from({ length: calm[job].pages }, (_, n) => n + 1).flatMap((page) =>
      (['process', 'browser'] as const).map((victim): Kill => ({
        job,
        victim,
        moment: { at: 'page', page },
      })),
    ),
    ...stepsOf(job, calm[job]).map((step): Kill => ({
      job,
      victim: 'process',
      moment: { at: 'step', step },
    })),
  ])
}

async function pagesFamily(ground: Ground, seed: number, count: number | null): Promise<Family> {
  const calm = { approve: await ground.calm('approve'), read: await ground.calm('read') }
  const kills = allKills(calm).slice(0, count ?? undefined)
  const press: Kill = { job: 'approve', victim: 'browser', moment: { at: 'press' } }
  return {
    name: 'pages',
    seed,
    about: [
      `${calm.approve.pages} pages of an approval and ${calm.read.pages} of a read in ${calm.read.portions} portions, each with the process and with Chromium killed`,
      `${stepsOf('approve', calm.approve).length + stepsOf('read', calm.read).length} ends of steps`,
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
