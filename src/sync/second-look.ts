// Does a list still tell at least what is stored? Asked of every list, row by row and right by right; one that does not is looked at a second time
// before anything may end by it. An answer that is right in form may still tell less than the truth, or what is true of somebody else. Pure.
import type { Seal } from '../connectors/connector.ts'
import type { Observation } from '../model/snapshot.ts'
import { claimsFrom, claimsIn, claimsOf, lineOf, nameIn, nameOf, untold } from '../store/standing.ts'
import { isSilent, noteFields, withSilence } from './silence.ts'

/** So many lists that lost something are asked again at a time; the others only where these did not lose the same, or one had not told everything. */
const FIRST_LOOKS = 50

/** A list is asked so often at most, each time because the last answer told of something that those before it had left out. */
const MOST_LOOKS = 5

export interface SecondLook {
  /** True of a list that has live rows, whoever told of them. */
  stands(scope: string): boolean
  /** True of a list that told of rows once, and of some of them not (yet) in full in this run. */
  misses(scope: string): boolean
  /** True where an asset or a partner that stands in a list was not told, or a share that is a row of its own. */
  hasLeft(scope: string): boolean
  /** Lists that are being asked again, or were. */
  doubted: Set<string>
  /** An answer tells of this. False where it tells less than stands: it is not to be kept, unless `settle` gives it back. */
  see(o: Observation): boolean
  /** A list came to its end. True where it tells less than stands, and was not asked again yet: it waits for `next`. */
  waits(seal: Seal): boolean
  /** True while lists wait. */
  waiting(): boolean
  /**
   * To be called when everything else was read: the lists that are to be asked again, and those that are believed. Where many lost something some
   * are asked, and of the others those believed that lost nothing but what these lost twice: who leaves a business leaves a hundred lists.
   */
  next(): { again: Seal[]; believed: Seal[] }
  /** True where a row that a list told of has lost shares of these types, or rights through groups: asked before `settle`. */
  lostOf(scope: string, types: readonly string[]): boolean
  /**
   * A list is read. `untrue`: what an answer of it told that was wrong about other things, and that no other answer told. `less`: what no answer told
   * as it stands.
   */
  settle(scope: string): { untrue: Observation[]; less: Observation[] }
  /** A list is not read. What it told that is new, where some of that stands elsewhere: none of it is to be kept. */
  giveUp(scope: string): Observation[]
}

/** A list that has begun to tell. */
interface List {
  /** Lines that stand and were not told in full. */
  missing: Set<string>
  /** Name → line; made where something is not told exactly as it stands. */
  lines: Map<string, string> | null
  /** Name → what told less than stands. */
  less: Map<string, Observation>
  /** Name → what is new. */
  fresh: Map<string, Observation>
  /** Fields that it told of any row. */
  told: Set<string>
  /** Lines that stand and that the answer which comes now, a second one or later, tells of. */
  now: Set<string>
}

/**
 * Where something belongs that is in no two places, by the provider's id, whichever form it has: a person or an asset to its list, a partner to lists
 * of partners, what is shared to the direction in which it is. Null of rights.
 */
function placeOf(name: string, scope: string): { id: string; in: string } | null {
  const [of, ...rest] = name.split('|')
  const last = rest.pop() ?? ''
  if (of === 'grant') return null
  if (of === 'share') return { id: rest.join('|'), in: last }
  return { id: last.replace(/^act_/, ''), in: of === 'partner' ? of : scope }
}

/** Whose right stands in a line, or which partner in lists of one kind; an asset or a person is in one list. */
function whoseIn(line: string, scope: string): string {
  const [of = '', whose = ''] = nameIn(line).split('|')
  if (of === 'grant') return whose
  return of === 'share' || of === 'partner' ? `${whose} in ${scope.slice(0, scope.lastIndexOf('/'))}` : line
}

function homesIn(standing: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const homes = new Map<string, string>()
  for (const [scope, lines] of standing)
    for (const line of lines) {
      const place = line.startsWith('grant') ? null : placeOf(nameIn(line), scope)
      if (place !== null) homes.set(place.id, place.in)
    }
  return homes
}

/** Name → line of the shares that stand, in whichever list. */
function sharesIn(standing: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const shares = new Map<string, string>()
  for (const lines of standing.values())
    for (const line of lines) if (line.startsWith('share|')) shares.set(nameIn(line), line)
  return shares
}

/** What is told of a row stands in its line already. */
function isKnown(line: string | undefined, o: Observation): boolean {
  if (line === undefined) return false
  const known = claimsIn(line)
  return claimsFrom(claimsOf(o)).every((claim) => known.includes(claim))
}

/** `standing`: lines of what stands, by scope (store/standing.ts). It is taken over: what is settled is forgotten. */
export function secondLook(standing: Map<string, readonly string[]>): SecondLook {
  const doubted = new Set<string>()
  let waiting = new Map<string, Seal>()
  const begun = new Map<string, List>()
  /** Lists of which the second answer told of something that the first one had left out. */
  const caught = new Set<string>()
  /** The same of the last answer alone: such a list is not at rest, and what it still leaves out is asked for once more. */
  const moved = new Set<string>()
  const looks = new Map<string, number>()
  /** Rows of the last answer. */
  const counted = new Map<string, number>()
  /** Two lists may tell of a share, and not the same rights: name → what lists told of it beside the one that it stands in. */
  const beside = new Map<string, Set<string>>()
  const homes = homesIn(standing)
  const shares = sharesIn(standing)
  /** Lists that told of something that stands in another one. */
  const astray = new Set<string>()
  const settled = new Set<string>()
  let looked = false
  /** Lists that came to their end after others were asked again: none of those stands for them. */
  const late = new Set<string>()
  /** Who lost something in two answers of one list. */
  const lostTwice = new Set<string>()
  const none = standing.size === 0

  const listOf = (scope: string, lines: readonly string[]): List => {
    const list = begun.get(scope) ?? {
      missing: new Set(lines),
      lines: null,
      less: new Map(),
      fresh: new Map(),
      told: new Set<string>(),
      now: new Set<string>(),
    }
    begun.set(scope, list)
    return list
  }
  const lineIn = (list: List, scope: string, name: string): string | undefined => {
    list.lines ??= new Map(standing.get(scope)?.map((line) => [nameIn(line), line]))
    return list.lines.get(name)
  }
  const isLost = (list: List | undefined, line: string): boolean => {
    const name = nameIn(line)
    const others = beside.get(name)
    const less = list?.less.get(name)
    if (list === undefined || less === undefined)
      return others === undefined || untold(line, undefined).some((claim) => !others.has(claim))
    return untold(line, less).some(
      (claim) => others?.has(claim) !== true && !isSilent(line, claim, list.told),
    )
  }
  const lostIn = (scope: string): string[] => {
    const list = begun.get(scope)
    return Array.from(list?.missing ?? []).filter((line) => isLost(list, line))
  }
  const lacks = (scope: string): boolean => lostIn(scope).length > 0
  /** What a share or a right hangs on in its list, the asset's row or the partner's, was told. A right may hang on nothing there. */
  const hangsOnTold = (list: List, scope: string, name: string): boolean => {
    const [of, whose = '', type = '', ...rest] = name.split('|')
    const asset = `resource|${type}|${rest.slice(0, of === 'grant' ? -2 : -1).join('|')}`
    const told = (row: string): boolean | null => {
      const line = lineIn(list, scope, row)
      return line === undefined ? null : !list.missing.has(line) || list.less.has(row)
    }
    return told(asset) ?? told(`partner|${whose}`) ?? of === 'grant'
  }
  /** True once after two answers that told different things, and both less than stands. */
  const takeMoved = (scope: string): boolean => moved.delete(scope) && (looks.get(scope) ?? 2) < MOST_LOOKS
  const isDoubtful = (scope: string): boolean => astray.has(scope) || lacks(scope)
  const seeFresh = (list: List, o: Observation, name: string, again: boolean): void => {
    const place = placeOf(name, o.scope)
    const home = place === null ? undefined : homes.get(place.id)
    // A list that was read is read once more for what may have come to it: what stood in it is not new.
    if (settled.has(o.scope) && place !== null && home === place.in) return
    // Nor is a share that stands in another list, with all that is told of it here.
    if (o.of === 'share' && isKnown(shares.get(name), o)) return
    if (again) list.fresh.delete(name)
    else list.fresh.set(name, o)
    if (place !== null && (home ?? place.in) !== place.in) astray.add(o.scope)
  }
  const seeOther = (o: Observation, name: string): void => {
    if (o.of === 'share') beside.set(name, new Set([...(beside.get(name) ?? []), ...o.entitlements]))
  }

  function see(o: Observation): boolean {
    const lines = standing.get(o.scope)
    const name = none ? null : nameOf(o)
    if (name === null) return true
    const again = doubted.has(o.scope)
    if (lines === undefined || lines.length === 0) {
      seeOther(o, name)
      if (o.of !== 'grant') seeFresh(listOf(o.scope, []), o, name, again)
      return true
    }
    const list = listOf(o.scope, lines)
    noteFields(list.told, o)
    const exact = lineOf(name, claimsOf(o))
    const line = list.missing.has(exact) ? exact : lineIn(list, o.scope, name)
    if (line === undefined) {
      seeOther(o, name)
      seeFresh(list, o, name, again)
      return true
    }
    if (again) list.now.add(line)
    if (line === exact || untold(line, o).length === 0) {
      list.less.delete(name)
      if (list.missing.delete(line) && again) {
        caught.add(o.scope)
        moved.add(o.scope)
      }
      return true
    }
    // What the first answer told in full is not taken back by the second.
    if (again && !list.missing.has(line)) return false
    if (again && !list.less.has(name)) moved.add(o.scope)
    list.missing.add(line)
    list.less.set(name, o)
    return false
  }

  return {
    stands: (scope) => standing.has(scope),
    misses: (scope) => (standing.get(scope) ?? []).length > 0 && (!begun.has(scope) || lacks(scope)),
    hasLeft: (scope) => {
      const list = listOf(scope, standing.get(scope) ?? [])
      return Array.from(list.missing, nameIn).some(
        (name) =>
          !list.less.has(name) &&
          (/^(resource|partner)\|/.test(name) ||
            (name.startsWith('share|') && !hangsOnTold(list, scope, name))),
      )
    },
    doubted,
    see,
    waits: (seal) => {
      const lines = standing.get(seal.scope)
      // One that is asked again at once told nothing.
      const before = counted.get(seal.scope) ?? (doubted.has(seal.scope) ? 0 : seal.rows)
      const list = begun.get(seal.scope)
      // As many rows, and not the same ones: it left out what the one before it had told.
      const told =
        list === undefined ? 0 : Array.from(list.now).filter((line) => !list.missing.has(line)).length
      const others = list !== undefined && told < (lines?.length ?? 0) - list.missing.size
      if (before !== seal.rows || (doubted.has(seal.scope) && others)) moved.add(seal.scope)
      list?.now.clear()
      counted.set(seal.scope, seal.rows)
      if (doubted.has(seal.scope) && !takeMoved(seal.scope)) {
        for (const line of lostIn(seal.scope)) lostTwice.add(whoseIn(line, seal.scope))
        return false
      }
      if (lines === undefined && !astray.has(seal.scope)) return false
      listOf(seal.scope, lines ?? [])
      // An asset in two lists is told of twice, and the second time may make up for the first.
      const waits = isDoubtful(seal.scope)
      if (!waits) waiting.delete(seal.scope)
      else if (!waiting.has(seal.scope)) {
        waiting.set(seal.scope, seal)
        if (looked) late.add(seal.scope)
      }
      return waits
    },
    waiting: () => waiting.size > 0,
    next: () => {
      const { true: lacking = [], false: whole = [] } = Object.groupBy(
        waiting.values(),
        ({ scope }) => `${isDoubtful(scope)}`,
      )
      const urgent = ({ scope }: Seal): number => (astray.has(scope) ? 2 : late.has(scope) ? 1 : 0)
      lacking.sort((a, b) => urgent(b) - urgent(a))
      const isOpen = (seal: Seal): boolean =>
        urgent(seal) > 0 || lostIn(seal.scope).some((line) => !lostTwice.has(whoseIn(line, seal.scope)))
      const { true: open = [], false: alike = [] } = Object.groupBy(lacking, (seal) => `${isOpen(seal)}`)
      const most = caught.size > 0 ? Infinity : looked ? Math.min(FIRST_LOOKS, open.length) : FIRST_LOOKS
      looked ||= lacking.length > 0
      const again = [...open, ...alike].slice(0, most)
      const later = [...open, ...alike].slice(most)
      for (const { scope } of later) late.delete(scope)
      for (const { scope } of again) {
        doubted.add(scope)
        looks.set(scope, (looks.get(scope) ?? 1) + 1)
      }
      waiting = new Map(again.length > 0 ? later.map((seal) => [seal.scope, seal]) : [])
      return { again, believed: again.length > 0 ? whole : [...whole, ...later] }
    },
    giveUp: (scope) => (astray.has(scope) ? [...(begun.get(scope)?.fresh.values() ?? [])] : []),
    lostOf: (scope, types) => {
      const list = listOf(scope, standing.get(scope) ?? [])
      return Array.from(list.missing).some((line) => {
        const name = nameIn(line)
        const [of, , type = ''] = name.split('|')
        if ((of !== 'share' && of !== 'grant') || !types.includes(type) || !isLost(list, line)) return false
        return hangsOnTold(list, scope, name)
      })
    },
    settle: (scope) => {
      const list = begun.get(scope)
      const less = Array.from(list?.less ?? [], ([name, o]) =>
        list === undefined ? o : withSilence(o, lineIn(list, scope, name), list.told),
      )
      begun.delete(scope)
      standing.delete(scope)
      settled.add(scope)
      return {
        untrue: caught.has(scope) || astray.has(scope) ? [...(list?.fresh.values() ?? [])] : [],
        less,
      }
    },
  }
}
