// An export that breaks off does so on the wire too: no client takes the part for the whole, and no reason of ours stands in the file.
import type { ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { exportBody } from './export-body.ts'
import { listening } from './testing/listening.ts'

const PORTIONS = 20
let server: ServerType
let address: string
let may: (portion: number) => boolean | Error
const errors: unknown[] = []
let left = 0

async function* lines(): AsyncIterable<string> {
  try {
    for (let portion = 0; portion < PORTIONS; portion++) {
      const word = may(portion)
      if (word instanceof Error) throw word
      yield await Promise.resolve(`${'x'.repeat(50_000)}\r\n`)
    }
  } finally {
    left += 1
  }
}

beforeAll(async () => {
  const app = new Hono()
  let asked = 0
  app.get('/', (c) => {
    asked = 0
    return c.body(
      exportBody(
        c,
        lines(),
        () => Promise.resolve(may(asked++) === true),
        (error) => errors.push(error),
      ),
    )
  })
  const at = await listening(app.fetch)
  server = at.server
  address = `http://127.0.0.1:${String(at.port)}/`
})
afterAll(() => server.close())

async function fetched(): Promise<{ text: string; whole: boolean }> {
  const { body } = await fetch(address)
  let text = ''
  try {
    for await (const chunk of body ?? []) text += Buffer.from(chunk as Uint8Array).toString()
    return { text, whole: true }
  } catch {
    return { text, whole: false }
  }
}

test('A whole one is whole', async () => {
  may = () => true
  const { text, whole } = await fetched()
  expect([text.length, whole]).toEqual([PORTIONS * 50_002, true])
  expect(errors).toEqual([])
})

test.each([
  ['reading fails', new Error('a reason of ours'), 'a reason of ours'],
  ['it may not be read on', false, 'does not allow this'],
])('Where %s it is cut, and the reason is told to the log alone', async (_, word, why) => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  errors.length = left = 0
  may = (portion) => portion < 15 || word
  const { text, whole } = await fetched()
  expect(whole).toBe(false)
  expect(text).toMatch(/^[x\r\n]*$/)
  expect(errors.map(String).join()).toContain(why)
  expect(left).toBe(1)
  expect(printed).not.toHaveBeenCalled()
  printed.mockRestore()
})
