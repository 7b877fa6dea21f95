import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { writesInTurn } from './writes.ts'

test('what waits is begun when the request has left, and not before', async () => {
  const written: string[] = []
  const writes = writesInTurn()
  const add = (name: string) => writes.add(() => Promise.resolve(void written.push(name)))
  add('first')
  writes.beginSoon()
  add('second')
  await Promise.resolve()
  expect(written).toEqual([])
  await expect.poll(() => written).toEqual(['first', 'second'])
})

test('nothing that waits is begun any more once all has been settled', async () => {
  const written: string[] = []
  const writes = writesInTurn()
  writes.add(() => Promise.resolve(void written.push('late')))
  writes.beginSoon()
  await writes.settled()
  await sleep(20)
  expect(written).toEqual([])
})

test('the first that cannot be written hinders the later ones, and is told to whoever begins', async () => {
  const written: string[] = []
  const writes = writesInTurn()
  writes.add(() => Promise.reject(new Error('no room')))
  writes.add(() => Promise.resolve(void written.push('later')))
  await expect(writes.begin()).rejects.toThrow('no room')
  await writes.settled()
  await expect(writes.begin()).rejects.toThrow('no room')
  expect(written).toEqual([])
})
