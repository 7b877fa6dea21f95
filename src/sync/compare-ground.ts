// Compares assets, partners and what is shared with what is stored, and writes what differs: assets first, then partners with their shares,
// some partners at a time, so that memory holds no more however many there are.
import type { Asset, PartnerRow, ShareRow } from '../model/inventory.ts'
import type { AppliedResult } from '../model/job.ts'
import type { Observation } from '../model/snapshot.ts'
import { strongest } from '../model/entitlement.ts'
import type { Rank } from '../model/entitlement.ts'
import { allPartners } from '../store/applied.ts'
import type { Tx } from '../store/db.ts'
import { countShares, loadGround, loadShares } from '../store/inventory.ts'
import type { Names } from '../store/inventory.ts'
import { addChanges } from '../store/inventory-write.ts'
import type { Where } from '../store/inventory-write.ts'
import { stagedGround, stagedSharing } from '../store/staged.ts'
import { sharedNow } from './compare-people.ts'
import { unlikeShares } from './cross-check.ts'
import { diffResources, diffSharing, isAny, noChange } from './diff.ts'
import { mergeAssets, mergeSharing, standOn } from './merge.ts'
import type { Assets, Merged, Rules } from './merge.ts'
import type { Seen } from './observed.ts'
import type { Held } from './safeguard.ts'
import { holdings, rolesOn, sharedWithUs } from './scope.ts'
import type { Roles } from './scope.ts'
import { countsOf, historyOf, noGrants } from './tally.ts'
import type { Ids } from './tally.ts'
import { endedIds, idsIn, writeAssets, writeSharing } from './write-rows.ts'
import type { EndedGround } from './write-rows.ts'

export interface ComparedGround {
  merged: Merged
  roles: Roles
  names: Names
  ids: Ids
  /** Our id of a partner, and its name as of now. */
  partner: (externalId: string) => { id: string | null; name: string | null }
  counts: AppliedResult[]
  /** Anything was not what is stored. */
  differs: boolean
  /** The removal of assets, where it is held. */
  held: Held | null
  /** Resources of which the partners became different. */
  touched: Set<string>
  /** Shares that two lists tell differently. */
  unlike: number
  /** Ended when what hangs on them has. */
  ended: EndedGround
}

export async function compareGround(
  tx: Tx,
  where: Where & { jobId: string },
  { seen, rules, complete }: { seen: Omit<Seen, 'observations'>; rules: Rules; complete: boolean },
): Promise<ComparedGround> {
  const known = await allPartners(tx, where.connectionId)
  const { assets, stored, names, ids, counted, held, loose } = await compareAssets(
    tx,
    where,
    { seen, rules },
    known,
  )
  const counts = [counted.counts]
  const all = emptySharing(assets)
  const touched = new Set<string>()
  const ended = { resources: counted.ended, partners: [] as string[], shares: [] as string[] }
  let unlike = 0
  let differs = counted.differs
  const weights = await weightsOf(tx, where, known, names, [...stored.keys(), ...loose.keys()])
  const comparePortion = async (some: string[]) => {
    const before = {
      partners: pick(stored, some),
      shares: await loadShares(
        tx,
        where.connectionId,
        some.flatMap((partner) => known.get(partner)?.id ?? []),
        names,
      ),
    }
    const told: Observation[] = some.flatMap((partner) => loose.get(partner) ?? [])
    for (const o of await stagedGround(tx, where.jobId, some)) told.push(o)
    const after = mergeSharing(assets, before, told)
    const found = diffSharing(before, after)
    await writeSharing(tx, where, found, ids, known)
    await addChanges(tx, where, historyOf({ ...noChange(), ...found }, ids))
    counts.push(countsOf({ ...noChange(), ...found }, noGrants(), [], [], namesIn(known, after.partners)))
    for (const id of sharedNow(found.shares, ids)) touched.add(id)
    ended.partners.push(...endedIds(found.partners.ended))
    ended.shares.push(...endedIds(found.shares.ended))
    differs ||= isAny(found.partners) || isAny(found.shares)
    unlike += unlikeShares(told, assets.resources, rules.rankOf, complete)
    all.add(after)
  }
  // What it holds goes with each call; a loop would hold it until the next portion is there.
  for (const some of portions(weights)) await comparePortion(some)
  return {
    merged: standOn(assets, all.partners, all.holdings),
    roles: rolesOn(assets.resources, all.holdings, all.withUs),
    names,
    ids,
    partner: namesIn(known, all.partners),
    counts,
    differs,
    held,
    touched,
    unlike,
    ended,
  }
}

/** Our id of a partner, and its name as of now. Stands alone: what is made inside a function holds all that the function knows. */
const namesIn =
  (
    known: ReadonlyMap<string, { id: string; name: string | null }>,
    partners: ReadonlyMap<string, { name: string | null }>,
  ) =>
  (partner: string) => {
    const row = known.get(partner)
    return { id: row?.id ?? null, name: partners.get(partner)?.name ?? row?.name ?? null }
  }

/** Compares the assets: of what was stored and seen of them nothing is held afterwards but what hangs on them has to know. */
async function compareAssets(
  tx: Tx,
  where: Where & { jobId: string },
  { seen, rules }: { seen: Omit<Seen, 'observations'>; rules: Rules },
  partners: ReadonlyMap<string, { id: string }>,
) {
  const { names, ...stored } = await loadGround(tx, where.connectionId)
  const observations = await stagedGround(tx, where.jobId, 'assets')
  const { held, resources: after, ...assets } = mergeAssets(stored, { ...seen, observations }, rules)
  const resources = diffResources(stored.resources, after)
  const ids = idsIn(partners, await writeAssets(tx, where, stored.resources, resources))
  const counted = { ...noChange(), resources }
  await addChanges(tx, where, historyOf(counted, ids))
  const some = Array.from(after, ([key, { type, externalId, relation }]) => {
    const asset: Asset = { type, externalId, relation }
    return [key, asset] as const
  })
  return {
    assets: { ...assets, resources: new Map(some) },
    stored: stored.partners,
    names,
    ids,
    counted: {
      counts: countsOf(counted, noGrants(), held === null ? [] : [held], [], () => ({
        id: null,
        name: null,
      })),
      ended: endedIds(resources.ended),
      differs: isAny(resources),
    },
    held,
    // A job that an earlier release began has staged partners among the assets.
    loose: Map.groupBy(
      observations.filter((o) => o.of === 'partner'),
      (o) => o.externalId,
    ),
  }
}

/** What is known of partners when all their shares have been seen and let go. */
function emptySharing({ resources }: Assets) {
  // One text for each asset, however many partners hold it.
  const keys = new Map(Array.from(resources.keys(), (key) => [key, key]))
  const all = {
    partners: new Map<string, { name: string | null }>(),
    holdings: new Map<string, ReadonlyMap<string, Rank | null>>(),
    withUs: new Map<string, Rank>(),
    add: (some: {
      partners: ReadonlyMap<string, PartnerRow>
      shares: ReadonlyMap<string, ShareRow>
    }): void => {
      for (const [key, { name }] of some.partners) all.partners.set(key, { name })
      for (const [partner, held] of holdings(some.shares.values()))
        all.holdings.set(partner, new Map(Array.from(held, ([key, rank]) => [keys.get(key) ?? key, rank])))
      for (const [key, rank] of sharedWithUs(some.shares.values()))
        all.withUs.set(keys.get(key) ?? key, strongest([all.withUs.get(key) ?? 'none', rank]))
    },
  }
  return all
}

function pick<Row>(rows: ReadonlyMap<string, Row>, keys: readonly string[]): Map<string, Row> {
  return new Map(
    keys.flatMap((key) => {
      const row = rows.get(key)
      return row === undefined ? [] : [[key, row] as const]
    }),
  )
}

/** Everybody who is a partner, was one or is told to be, with about how many shares there are to be looked at. */
async function weightsOf(
  tx: Tx,
  { connectionId, jobId }: { connectionId: string; jobId: string },
  known: ReadonlyMap<string, { id: string }>,
  names: Names,
  others: readonly string[],
): Promise<Map<string, number>> {
  const weights = new Map(others.map((partner) => [partner, 1]))
  const add = (partner: string, weight: number) => weights.set(partner, (weights.get(partner) ?? 1) + weight)
  for (const [partner, seen] of await stagedSharing(tx, jobId)) add(partner, seen)
  for (const [id, count] of await countShares(tx, connectionId)) {
    const partner = names.partners.get(id)
    if (partner !== undefined && known.has(partner)) add(partner, count)
  }
  return weights
}

/** Shares that are compared at once: those that are stored, and what was seen of them and their partners. */
const PORTION = 4_000

function* portions(weights: ReadonlyMap<string, number>): Generator<string[]> {
  let portion: string[] = []
  let weight = 0
  for (const [partner, each] of weights) {
    portion.push(partner)
    weight += each
    if (weight < PORTION) continue
    yield portion
    portion = []
    weight = 0
  }
  if (portion.length > 0) yield portion
}
