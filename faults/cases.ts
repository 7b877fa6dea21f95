// How every fault family is run: a schedule that follows from a seed, a line for each case that is red, and a closing line with the counts. An
// oracle that cannot go red proves nothing, so each family brings violations planted on purpose, which have to be found.
import { parseArgs } from 'node:util'

export interface Case {
  /** What is done, in one line that is the same for the same seed. */
  name: string
  /** Gives what is wrong; nothing where all is well. Throwing counts as wrong. */
  run(): Promise<string[]>
}

export interface Family {
  name: string
  seed: number
  /** What the schedule covers, told before the cases. */
  about: string[]
  cases: Case[]
  /** Cases with a mistake put in: each has to be found wrong. */
  planted: Case[]
}

export interface Tally {
  passed: number
  failed: number
}

/** More than any family has. */
const ALL = Number.MAX_SAFE_INTEGER

export interface Asked {
  /** How many cases; the family's own number where nothing is given. */
  cases: number | null
  seed: number
  only: Only
}

/** A case alone (from 1), every `step`th from one of them on, or all: what is too long for one run is played in parts. */
export type Only = number | { from: number; step: number } | null

const isChosen = (only: Only, number: number): boolean =>
  only === null ||
  (typeof only === 'number' ? number === only : number >= only.from && (number - only.from) % only.step === 0)

const USAGE = '[cases | all] [--seed n] [--only n | n/step]'

function onlyOf(text: string | undefined): Only {
  if (text === undefined) return null
  const [, from, step] = /^([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?$/.exec(text) ?? []
  if (from === undefined) throw new Error(`"${text}" names no case: ${USAGE}`)
  return step === undefined ? Number(from) : { from: Number(from), step: Number(step) }
}

/** `[cases | all] [--seed n] [--only n | n/step]` of a command line; `all` is every combination that there is, for a family that can tell (`closure`). Throws a sentence for anything else. */
export function asked(args: string[], seed: number, closure = false): Asked {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seed: { type: 'string' }, only: { type: 'string' } },
  })
  const number = (text: string | undefined): number | null => {
    if (text === undefined) return null
    if (!/^\d{1,9}$/.test(text)) throw new Error(`"${text}" is not a number: ${USAGE}`)
    return Number(text)
  }
  const all = positionals[0] === 'all'
  if (all && !closure) throw new Error('This family draws its cases: give their number in place of "all".')
  const cases = all ? ALL : number(positionals[0])
  return { cases, seed: number(values.seed) ?? seed, only: onlyOf(values.only) }
}

type Say = (line: string) => void

/** After so many cases the pace is told. */
const PACE = 100

async function outcome(one: Case): Promise<string[]> {
  try {
    return await one.run()
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

/** Runs the cases one after the other, then the planted violations. */
export async function runFamily(family: Family, say: Say, only: Only = null): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 }
  say(`${family.name}: seed ${family.seed}, ${family.cases.length} cases`)
  for (const line of family.about) say(`  ${line}`)
  const chosen = [...family.cases.entries()].filter(([index]) => isChosen(only, index + 1))
  if (typeof only === 'object' && only !== null)
    say(`  of these every ${only.step}. from ${only.from} on: ${chosen.length} (sampling)`)
  const began = performance.now()
  if (chosen.length === 0) {
    tally.failed += 1
    say('RED   there is no case to play')
  }
  for (const [at, [index, one]] of chosen.entries()) {
    if (at > 0 && at % PACE === 0)
      say(`  ${at} of ${chosen.length} after ${Math.round((performance.now() - began) / 1_000)} s`)
    const wrong = await outcome(one)
    if (wrong.length === 0) tally.passed += 1
    else {
      tally.failed += 1
      say(`RED   case ${index + 1}, seed ${family.seed}: ${one.name}`)
      for (const line of wrong.slice(0, 8)) say(`        ${line}`)
      if (wrong.length > 8) say(`        … and ${wrong.length - 8} more`)
    }
  }
  for (const one of typeof only === 'number' ? [] : family.planted) {
    const wrong = await outcome(one)
    if (wrong.length > 0) tally.passed += 1
    else {
      tally.failed += 1
      say(`RED   planted violation was not found: ${one.name}`)
    }
  }
  say(`${tally.passed} passed, ${tally.failed} failed`)
  return tally
}

/** Tells that a family cannot be played here, and why, with the line of counts that its reader waits for. */
export function skipFamily(name: string, cases: number, why: string, say: Say): void {
  say(`${name}: not played, since ${why}`)
  say(`0 passed, 0 failed, ${cases} skipped`)
}
