// Where there is no terminal, as under a process manager, nobody can press Enter: it waited for ever, with a browser open.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { enterPressed } from './browser-login.ts'

test('waits for Enter, and not beyond the end of its input', async () => {
  const input = new PassThrough()
  const pressed = enterPressed('', input)
  input.write('\n')
  await expect(pressed).resolves.toBe(undefined)
  const ending = new PassThrough()
  const unpressed = enterPressed('', ending)
  ending.end()
  await expect(unpressed).rejects.toThrow('The input ended before Enter was pressed')
})
