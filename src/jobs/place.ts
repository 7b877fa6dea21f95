// This process's place among those that work on one database. While it is held, nobody takes over what runs here; when its connection is
// lost, what runs is left at once, before another process can take it over, and nothing begins until the same place is held again.
import type { Log } from '../lib/log.ts'
import { takeSlot } from '../store/slots.ts'
import type { Slot } from '../store/slots.ts'
import { pause } from './pause.ts'

export interface Place {
  number: number
  held(): boolean
  /**
   * Counts how often everything that ran here was left. Work that began in an earlier era must not go on: another process may have it.
   */
  era(): number
  /** Resolves while the place is held. */
  whenHeld(): Promise<void>
  /** Proves that the place is held; notices where it is not. Throws then. */
  ping(): Promise<void>
  /** Runs `fn` while another place is held too; does nothing where its holder lives. */
  ifDead(other: number, fn: () => Promise<void>): Promise<void>
  release(): Promise<void>
}

export interface PlaceOptions {
  url: string
  log: Log
  /** How long the same place is tried to be taken again once the database answers. */
  retakeMs: number
  /** An era ends: whatever runs is to be left. */
  onLeave: () => void
  /** The database keeps silent on connections that are open, or did until now: others have to be opened in their place. */
  onSilent: () => void
  /** The place is held again, and nothing has begun yet. */
  onBack: () => Promise<void>
  /** The place could not be taken again: the process must end. */
  onLost: () => void
}

const BEAT_MS = 2_000

/** Takes the first free place. */
export async function takePlace(options: PlaceOptions): Promise<Place> {
  const first = await takeSlot(options.url)
  if (first === null) throw new Error('Every place for a process on this database is taken.')
  const { number } = first
  let slot: Slot = first
  let era = 0
  let held = true
  let released = false
  let silent = false
  const waiting: (() => void)[] = []
  const leave = () => {
    era += 1
    options.onLeave()
  }
  const back = (again: Slot) => {
    slot = again
    held = true
    again.onLost(lose)
    for (const go of waiting.splice(0)) go()
    options.log.info('the place among the processes is held again', { slot: number })
  }
  const prepare = async (wasAway: boolean) => {
    // What was opened meanwhile may have been opened to the silence.
    if (silent && wasAway) options.onSilent()
    silent = false
    // What came out of the queue meanwhile and waits would be done twice: it goes back into the queue too.
    leave()
    await options.onBack()
  }
  const lose = (silently: boolean) => {
    if (released) return
    held = false
    leave()
    silent = silently
    if (silent) options.onSilent()
    options.log.warn('the place among the processes was lost; nothing begins until it is held again', {
      slot: number,
    })
    void retake(options, number, prepare, () => released).then((again) => {
      if (again !== null) back(again)
      else if (!released) options.onLost()
    })
  }
  first.onLost(lose)
  // By a clock of its own: whoever else would ask may be waiting for a database that keeps silent.
  const beat = setInterval(() => {
    if (held) slot.ping().catch(() => undefined)
  }, BEAT_MS).unref()
  return {
    number,
    held: () => held,
    era: () => era,
    whenHeld: () => (held ? Promise.resolve() : new Promise((go) => waiting.push(go))),
    ping: () => slot.ping(),
    ifDead: async (other, fn) => {
      await slot.ifDead(other, fn)
    },
    release: async () => {
      released = true
      held = false
      clearInterval(beat)
      await slot.release().catch(() => undefined)
    },
  }
}

/**
 * Tries to take the place again and to prepare it; null where another process keeps it, or it cannot be prepared. While the database does
 * not answer nobody works on it, and however long that takes it is tried again.
 */
async function retake(
  options: PlaceOptions,
  number: number,
  prepare: (wasAway: boolean) => Promise<void>,
  over: () => boolean,
): Promise<Slot | null> {
  let answeredAt: number | null = null
  let wasAway = false
  while (!over() && (answeredAt === null || performance.now() < answeredAt + options.retakeMs)) {
    const slot = await takeSlot(options.url, number).catch(() => 'away' as const)
    if (slot === 'away') {
      answeredAt = null
      wasAway = true
    } else answeredAt ??= performance.now()
    if (slot !== null && slot !== 'away') {
      try {
        await prepare(wasAway)
        if (!over()) return slot
        // Released while it was being taken: nobody would ever give it back.
        await slot.release()
        return null
      } catch (error) {
        options.log.debug('the place was taken again and could not be prepared', { slot: number, error })
        await slot.release().catch(() => undefined)
      }
    }
    await pause(options.retakeMs / 60)
  }
  return null
}
