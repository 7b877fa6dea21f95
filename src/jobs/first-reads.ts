// The long step of a check for updates: our own business, the tokens that are judged meanwhile, and, as soon as it is known what is shared
// with whom, every partner's first try. Cut off and begun again, each of them goes on where its staging is.
import { read } from '../store/db.ts'
import { stagedPerPartner } from '../store/staged.ts'
import { judgeBeside } from './choose-readers.ts'
import type { Choice } from './choose-readers.ts'
import type { Reader } from './open-reader.ts'
import { attemptRead } from './read-business.ts'
import type { Attempt, ReadEnd } from './read-business.ts'
import type { Extent } from './steps.ts'
import type { Parts, Run } from './work.ts'

/** The first try of our own business, with those of partners. */
export type FirstReads = Attempt & {
  /** Partners whose token was found to be bad meanwhile: not read. Absent: the run began before there were any. */
  leftOut?: string[]
  /** By our id: partners that were tried. Absent: the run began before they were tried here. */
  partners?: Record<string, Attempt>
}

/** After these, partners are not read: nothing is known of what is shared with whom, or nobody wants to know. */
export const stopsReading: readonly ReadEnd['end'][] = ['dead', 'cancelled']

/** Partners wait for more than this step where pages may tell of shares, and where our own business has to be tried again. */
export async function firstReads(
  parts: Parts,
  run: Run,
  extent: Extent,
  choice: Choice,
  reader: Omit<Reader, 'partnerId'>,
): Promise<FirstReads> {
  let settle: (grounded: boolean) => void = () => undefined
  const grounded = new Promise<boolean>((go) => (settle = go))
  const own = attemptRead(parts, run, { ...reader, partnerId: null }, 1, { grounded: () => settle(true) })
  const owned = own.catch(() => null)
  void owned.then((attempt) =>
    settle(attempt !== null && attempt.again === null && !stopsReading.includes(attempt.end)),
  )
  const judged = judgeBeside(parts, run, extent, choice, owned)
  const partners = Promise.all([grounded, judged]).then(([goOn, out]) =>
    goOn && (choice.pages ?? []).length === 0
      ? readEach(
          parts,
          run,
          reader,
          choice.partners.filter((id) => !out.includes(id)),
        )
      : {},
  )
  // None is left running when another one fails.
  await Promise.allSettled([own, judged, partners])
  return { ...(await own), leftOut: await judged, partners: await partners }
}

async function readEach(
  parts: Parts,
  run: Run,
  reader: Omit<Reader, 'partnerId'>,
  partnerIds: readonly string[],
): Promise<Record<string, Attempt>> {
  const tried: Record<string, Attempt> = {}
  const shared = await sharedWith(parts, reader, partnerIds)
  const tries = partnerIds.map(async (partnerId) => {
    const takes = Math.min(MOST_PLACES, Math.ceil((shared.get(partnerId) ?? 0) / PER_PLACE))
    tried[partnerId] = await attemptRead(parts, run, { ...reader, partnerId }, 1, { takes })
  })
  await Promise.allSettled(tries)
  await Promise.all(tries)
  return tried
}

/** Of a partner with which more is shared than this, more is held while it is read: it takes several places, so that fewer are read at once. */
const PER_PLACE = 75
/** However much is shared: some are read beside each other, or the time that answers take would count. */
const MOST_PLACES = 3
/** So few may all be read at once. */
const FEW_PARTNERS = 12

async function sharedWith(
  parts: Parts,
  { workspaceId, connectionId, jobId }: Omit<Reader, 'partnerId'>,
  partnerIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (partnerIds.length <= FEW_PARTNERS) return new Map()
  return read(parts.db, workspaceId, (tx) => stagedPerPartner(tx, connectionId, jobId))
}
