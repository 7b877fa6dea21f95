// A backup's file is whole or not there, whatever ends its writing; what a killed run left is named, and cleared once it is certainly dead.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { clearUnfinished, writeWhole } from './backup-file.ts'
import { temporaryFolder } from './testing/cluster.ts'

const folder = temporaryFolder('backup-file')
const file = join(folder, 'night.backup.gz')
const small = join(folder, 'small')
mkdirSync(small)
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status === 0
afterAll(() => {
  if (mounted) spawnSync('umount', [small])
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const name of readdirSync(folder)) if (name !== 'small') rmSync(join(folder, name))
})
const here = () => readdirSync(folder).filter((name) => name !== 'small')
/** More than any buffer between holds. */
const much = async (out: Writable) => {
  for (let n = 0; n < 100; n++)
    if (!out.write(randomBytes(10_000)) && !out.destroyed)
      await new Promise((go) => out.once('drain', go).once('close', go))
}

test('where it fails, nothing is left', async () => {
  const failing = writeWhole(file, async (out) => {
    await much(out)
    throw new Error('the database went away')
  })
  await expect(failing).rejects.toThrow('the database went away')
  expect(here()).toEqual([])
})

test('where it is ended in the middle, nothing is left, and that is said', async () => {
  const ended = new AbortController()
  const writing = writeWhole(
    file,
    async (out) => {
      await much(out)
      ended.abort()
      return new Promise<never>(() => undefined)
    },
    ended.signal,
  )
  await expect(writing).rejects.toThrow('It was ended before it was whole: nothing of it is left.')
  expect(here()).toEqual([])
})

test.skipIf(!mounted)(
  'where the disk is full, nothing is left, and it is said in words what to do',
  async () => {
    const writing = writeWhole(join(small, 'night.backup.gz'), much)
    await expect(writing).rejects.toThrow(
      `the disk of ${small} is full. Make room there, or name a file on another disk.`,
    )
    expect(readdirSync(small)).toEqual([])
  },
)

test('where the folder is not there, it is said which', async () => {
  await expect(writeWhole(join(folder, 'gone', 'x.gz'), much)).rejects.toThrow(
    `${join(folder, 'gone')} is not there any more.`,
  )
})

test('what a killed run left is named while it may be alive, and cleared when it is dead; nothing else is touched', async () => {
  const [dead, young] = ['a.backup.gz.guestlist-0a1b2c3d.part', 'b.guestlist-ffffffff.part']
  const others = ['old.backup.gz', 'movie.part', 'x.guestlist-12.part', 'c.guestlist-0a1b2c3d.part.txt']
  for (const name of [dead, young, ...others]) writeFileSync(join(folder, name), 'x')
  const yesterday = new Date(Date.now() - 13 * 3_600_000)
  for (const name of [dead, ...others]) utimesSync(join(folder, name), yesterday, yesterday)
  expect(await clearUnfinished(folder)).toEqual({ removed: [dead], left: [young] })
  expect(here().sort()).toEqual([young, ...others].sort())
  expect(await clearUnfinished(join(folder, 'gone'))).toEqual({ removed: [], left: [] })
})
