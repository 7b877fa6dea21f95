// A file that is whole or not there: written under another name beside its place, and given its name when everything is on the disk. What a
// killed run leaves under that other name is found by it.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { flushName } from '../lib/flush-name.ts'
import { newId } from '../lib/ids.ts'

/** What a file is called until it is whole. */
const PART = /\.guestlist-[0-9a-f]{8}\.part$/

/** A backup that goes on writes every moment; one that wrote nothing for so long is dead, on whatever machine it ran. */
const DEAD_MS = 12 * 60 * 60_000

/**
 * Writes what `fill` gives, compressed, to a new file that only its user may read. Throws, leaving nothing behind, where the file is there,
 * `fill` throws, the disk does not take it, or `ended` is aborted.
 */
export async function writeWhole<T>(
  file: string,
  fill: (out: Writable) => Promise<T>,
  ended?: AbortSignal,
): Promise<T> {
  if (existsSync(file)) throw new Error(`${file} is there already: name another file.`)
  const part = `${file}.guestlist-${newId().slice(0, 8)}.part`
  const target = await open(part, 'wx', 0o600).catch(sayWhy(file))
  const gzip = createGzip()
  try {
    const written = pipeline(gzip, target.createWriteStream({ flush: true }), { signal: ended }).catch(
      sayWhy(file),
    )
    const result = await Promise.race([fill(gzip), written.then(() => undefined as never)])
    gzip.end()
    await written
    await rename(part, file)
    await flushName(file)
    return result
  } catch (error) {
    gzip.destroy()
    await rm(part, { force: true })
    throw error
  } finally {
    await target.close().catch(() => undefined)
  }
}

const words: Record<string, (folder: string) => string> = {
  ENOSPC: (folder) => `the disk of ${folder} is full. Make room there, or name a file on another disk.`,
  EDQUOT: (folder) =>
    `this user may store no more at ${folder}. Make room there, or name a file on another disk.`,
  EROFS: (folder) => `the disk of ${folder} can only be read. Name a file on another disk.`,
  EACCES: (folder) =>
    `this user may not write to ${folder}. Name a file elsewhere, or run as the program's user.`,
  ENOENT: (folder) => `${folder} is not there any more.`,
}

/** Says what the system told by a code alone. */
function sayWhy(file: string): (cause: unknown) => never {
  return (cause) => {
    const { code = '', message } = cause as NodeJS.ErrnoException
    if (code === 'ABORT_ERR')
      throw new Error('It was ended before it was whole: nothing of it is left.', { cause })
    const why = words[code]?.(dirname(file)) ?? message
    throw new Error(`${file} could not be written, and nothing of it is left: ${why}`, { cause })
  }
}

/** Files of a folder that were begun and are not whole: of a run that goes on, or of one that was killed. */
export interface Unfinished {
  file: string
  /** Nothing was written for so long that its run is certainly over. */
  dead: boolean
}

export function unfinishedIn(folder: string): Unfinished[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => PART.test(name)) : []
  return names.flatMap((name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false })
    return found === undefined
      ? []
      : [{ file: join(folder, name), dead: Date.now() - found.mtimeMs > DEAD_MS }]
  })
}

/** Removes what dead runs have left in a folder; gives the names of what was removed and of what may still be written. */
export async function clearUnfinished(folder: string): Promise<{ removed: string[]; left: string[] }> {
  const found = unfinishedIn(folder)
  const names = (dead: boolean) => found.filter((one) => one.dead === dead).map(({ file }) => basename(file))
  for (const { file, dead } of found) if (dead) await rm(file, { force: true })
  return { removed: names(true), left: names(false) }
}
