// Repeatable chance: every stream depends only on the seed and its name, so that one more partner changes nothing else.
import { createHash } from 'node:crypto'

export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** `count` different ones of a list, in the list's order; all of it where the list is shorter. */
  some<T>(list: readonly T[], count: number): T[]
  /** True with the given probability. */
  chance(probability: number): boolean
  /** `count` decimal digits. */
  digits(count: number): string
}

/** A stream named `name` of the world with this seed (mulberry32). */
export function random(seed: number, name: string): Random {
  let state = createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE(0)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  const pick = <T>(list: readonly T[]): T => {
    const chosen = list[between(0, list.length - 1)]
    if (chosen === undefined) throw new Error('pick: the list is empty')
    return chosen
  }
  const some = <T>(list: readonly T[], count: number): T[] => {
    const chosen: T[] = []
    let left = count
    for (const [i, one] of list.entries()) {
      if (left <= 0) break
      if (next() < left / (list.length - i)) {
        chosen.push(one)
        left--
      }
    }
    return chosen
  }
  const digits = (count: number): string => {
    let text = ''
    for (let i = 0; i < count; i++) text += String(between(0, 9))
    return text
  }
  return { next, between, pick, some, chance: (probability) => next() < probability, digits }
}

/** A text of `length` letters and digits that depends only on the seed and the name. */
export function fixedText(seed: number, name: string, length: number): string {
  let text = ''
  for (let i = 0; text.length < length; i++) {
    text += createHash('sha512')
      .update(`${seed}/${name}/${i}`)
      .digest('base64')
      .replace(/[^A-Za-z0-9]/g, '')
  }
  return text.slice(0, length)
}
