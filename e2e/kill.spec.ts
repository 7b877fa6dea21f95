// The real server is killed, or asked to end, in the middle of a check for updates and started again: the task goes on by itself, is complete, and nothing is lost
// or there twice. faults/kill.ts plays many more kills.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nameOf, openGround } from '../faults/kill.ts'
import type { Ground, Point } from '../faults/kill.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'

const points: Point[] = [
  { at: 'call', part: 0.5 },
  { at: 'apply' },
  { at: 'call', part: 0.9, power: true },
  { at: 'apply', asked: true },
]

let ground: Ground
beforeAll(async () => {
  ground = await openGround()
})
afterAll(() => ground.close())

test.each(points.map((point) => ({ name: nameOf(point), point })))('$name', async ({ name, point }) => {
  expect(await ground.play(point, random(1, name))).toEqual([])
})
