// Access that ends while it is used: at each call of a check a token is revoked or loses a permission, an app is cut off, a business vanishes, an
// asset is unshared. What could not be read may not end, the state that a person sees has to say so by the next check, and with a new token all is
// as it is.
import type { GraphErrorFacts } from '../src/connectors/meta/simulator/errors.ts'
import type { FaultAction } from '../src/connectors/meta/simulator/faults.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { tokenFacts } from '../src/connectors/meta/simulator/tokens.ts'
import { heldAssets } from '../src/connectors/meta/simulator/world.ts'
import type { Token, TokenState } from '../src/connectors/meta/simulator/world.ts'
import type { JobDetails } from '../src/model/job.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case, Family } from './cases.ts'
import { NEVER_FIRED, worldOf } from './disturb.ts'
import { runOnDatabase } from './on-database.ts'
import { damage, duplicates, isReadable } from './oracle.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { stir } from './stir.ts'

type Who = 'own' | 'partner'

/** What ends. `undo` makes it good again; a person then stores the token anew. */
export interface Loss {
  name: string
  who: Who
  /** What a person must be told of, by the next check: the app or the partner. Null: nothing is wrong with any token. */
  tells: Who | null
  happen(sim: Simulator, token: Token, chance: Random): () => void
}

const state =
  (to: TokenState): Loss['happen'] =>
  ({ control }, { label }) => {
    control.change({ op: 'set-token', label, state: to })
    return () => void control.change({ op: 'set-token', label, state: 'valid' })
  }

const without =
  (scope: string): Loss['happen'] =>
  ({ control }, token) => {
    const facts = tokenFacts(token)
    const put = (scopes: readonly string[]) =>
      void control.change({ op: 'add-token', token: { ...facts, scopes: [...scopes] } })
    put(facts.scopes.filter((one) => one !== scope))
    return () => put(facts.scopes)
  }

/** Every call of this token is answered as if nothing were there. */
const vanished: Loss['happen'] = ({ control }, { label }) => {
  const error: GraphErrorFacts = {
    status: 400,
    message: 'Unsupported get request.',
    type: 'GraphMethodException',
    code: 100,
    subcode: 33,
  }
  control.addFault({ match: { token: label }, do: { error }, times: Number.MAX_SAFE_INTEGER })
  return () => control.clearFaults()
}

const both = (name: string, happen: Loss['happen']): Loss[] =>
  (['own', 'partner'] as const).map((who) => ({
    name: `${who === 'own' ? 'our' : "a partner's"} ${name}`,
    who,
    tells: who,
    happen,
  }))

export const losses: readonly Loss[] = [
  ...both('token is revoked', state('revoked')),
  ...both('token ends with a changed password', state('password_changed')),
  ...both('account is held at a checkpoint', state('checkpoint')),
  ...both('app is cut off', state('uninstalled')),
  ...both('token loses business_management', without('business_management')),
  ...both('business is disabled', vanished),
  {
    name: 'an asset is unshared',
    who: 'partner',
    tells: null,
    happen: (sim, { business }, chance) => {
      const { world } = sim.control
      const partner = business ?? ''
      const shared = heldAssets(world, sim.businessId).filter(
        (asset) => asset.shares.has(partner) && isReadable(world, asset.id),
      )
      if (shared.length > 4) sim.control.change({ op: 'unshare', asset: chance.pick(shared).id, partner })
      return () => undefined
    },
  },
]

/** Does something in this process just before a call is answered. */
function just(fn: () => void): FaultAction {
  return {
    get changes() {
      fn()
      return []
    },
  }
}

function tokenOf(sim: Simulator, who: Who): { token: Token; business: string } {
  const business = who === 'own' ? sim.businessId : (sim.partners[0]?.id ?? '')
  const text = who === 'own' ? sim.token : (sim.partners[0]?.token ?? '')
  const token = sim.control.world.tokens.get(text)
  if (token === undefined) throw new Error('The simulated world does not know its token.')
  return { token, business }
}

/** What the screens say of the app, or of the partner. */
async function shown(t: TestDb, stage: Stage, who: Who): Promise<string> {
  const { rows } =
    who === 'own'
      ? await t.root.query<{ state: string }>('select health as state from connections where id = $1', [
          stage.at.connectionId,
        ])
      : await t.root.query<{ state: string }>(
          'select status as state from partners where connection_id = $1 and external_id = $2',
          [stage.at.connectionId, tokenOf(stage.sim, who).business],
        )
  return rows[0]?.state ?? 'nothing'
}

const tellsOf = ({ problems, result }: JobDetails): boolean =>
  problems.length > 0 || (result?.notRead ?? []).length > 0

const good = new Set(['healthy', 'onboarded', 'nothing'])

/** One loss at one call: the check that meets it, one more, and one after it was mended. */
export async function playLoss(
  t: TestDb,
  stage: Stage,
  loss: Loss,
  call: number,
  chance: Random,
): Promise<string[]> {
  const { sim } = stage
  const { control } = sim
  const { token, business } = tokenOf(sim, loss.who)
  const wrong: string[] = []
  const before = stage.expected()
  stir(sim, chance)
  await stage.forget()
  control.reset()
  let undo: (() => void) | null = null
  control.addFault({ match: { call }, do: just(() => (undo = loss.happen(sim, token, chance))) })
  for (const when of ['this check', 'the next check']) {
    const job = await stage.check()
    wrong.push(...damage(before, stage.expected(), await stage.stored()).map((line) => `${when}: ${line}`))
    wrong.push(...(await stage.held()))
    wrong.push(...stage.engine.broken.splice(0).map((text) => `broke inside: ${text}`))
    if (!['complete', 'not_completed'].includes(job.status))
      wrong.push(`${when}: the job ended as ${job.status}`)
    if (job.status === 'not_completed' && job.problems.length === 0)
      wrong.push(`${when}: not completed, and no reason is told`)
    // What is lost cannot be read: a check that says nothing of it would pass off what is known for what is.
    if (when === 'the next check' && loss.tells !== null && !tellsOf(job))
      wrong.push(`${when}: ${job.status}, and nothing is told of what is lost`)
  }
  // TypeScript does not see that the fault assigns it.
  const mend = undo as (() => void) | null
  if (mend === null) return [...wrong, NEVER_FIRED]
  if (loss.tells !== null && good.has(await shown(t, stage, loss.tells)))
    wrong.push(`after two checks it is shown as ${await shown(t, stage, loss.tells)}`)
  mend()
  control.clearFaults()
  const partner = loss.who === 'own' ? null : ((await stage.at.partners()).get(business)?.id ?? null)
  if (loss.tells !== null) await stage.at.connect(partner, token.text)
  await stage.forget()
  const mended = await stage.check()
  if (mended.status !== 'complete')
    wrong.push(`mended: ${mended.status}, ${mended.problems.map((p) => p.sentence).join(' | ')}`)
  wrong.push(...(await stage.wrong()).map((line) => `mended: ${line}`))
  wrong.push(...(await duplicates(t.root, stage.at.connectionId)))
  return wrong
}

/** The family: every loss at every call where `count` allows it, else spread over the calls. */
export async function revokedFamily(t: TestDb, stage: Stage, seed: number, count: number): Promise<Family> {
  await stage.forget()
  stage.sim.control.reset()
  await stage.check()
  // What goes on in the world may spare a check a call or two; two it always makes.
  const calls = Math.max(2, stage.sim.control.counts().logical - 3)
  const all = losses.flatMap((loss) => Array.from({ length: calls }, (_, n) => ({ loss, call: n + 1 })))
  const chance = random(seed, 'revoked')
  const chosen =
    count >= all.length
      ? all
      : Array.from({ length: count }, (_, n) => {
          const part = (Math.floor(n / losses.length) + chance.next()) / Math.ceil(count / losses.length)
          return {
            loss: losses[n % losses.length],
            call: 1 + Math.min(calls - 1, Math.floor(part * calls)),
          }
        }).filter((one): one is { loss: Loss; call: number } => one.loss !== undefined)
  return {
    name: 'revoked',
    seed,
    about: [
      `${losses.length} losses × ${calls} calls: ${chosen.length} of ${all.length} (${count >= all.length ? 'closure' : 'sampling'})`,
    ],
    cases: chosen.map(({ loss, call }, index): Case => ({
      name: `${loss.name} × call ${call}`,
      run: () => playLoss(t, stage, loss, call, random(seed, `loss ${index}`)),
    })),
    planted: [
      {
        name: 'a token that ends and is told nowhere',
        run: () =>
          playLoss(
            t,
            stage,
            // Nothing happens at all, and a person should be told of it.
            { name: '', who: 'own', tells: 'own', happen: () => () => undefined },
            1,
            random(seed, 'planted'),
          ),
      },
      {
        name: 'rows end though their token could not read them',
        run: () => {
          const ends: Loss['happen'] = (sim, token, chance) => {
            void t.root.query(
              `update grants set ended_at = now() where id =
                 (select id from grants where connection_id = $1 and ended_at is null and how = 'direct' limit 1)`,
              [stage.at.connectionId],
            )
            return state('revoked')(sim, token, chance)
          }
          return playLoss(
            t,
            stage,
            { name: '', who: 'own', tells: 'own', happen: ends },
            1,
            random(seed, 'planted'),
          )
        },
      },
      {
        name: 'a call that is never made',
        run: () => playLoss(t, stage, losses[0] as Loss, 100_000, random(seed, 'never')),
      },
    ],
  }
}

export const openRevoked = (t: TestDb): Promise<Stage> => openStage(t, worldOf('expanded'))

if (import.meta.main)
  await runOnDatabase({ cases: 2 * losses.length, closure: true }, async (t, seed, count) => {
    const stage = await openRevoked(t)
    return { family: await revokedFamily(t, stage, seed, count), close: () => stage.close() }
  })
