// Several starts at once that all built the console: none fails, and a whole one stands there in the end.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'guestlist-place-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FILES = 20
const program = `
  import { mkdirSync, writeFileSync } from 'node:fs'
  import { putInPlace } from ${JSON.stringify(join(import.meta.dirname, 'put-in-place.ts'))}
  for (let round = 0; round < 60; round++) {
    const fresh = process.argv[1] + '/fresh-' + process.pid
    mkdirSync(fresh)
    for (let n = 0; n < ${String(FILES)}; n++) writeFileSync(fresh + '/' + n, 'x')
    putInPlace(fresh, process.argv[1] + '/target', () => false)
  }`

test('Whoever is put in place while another one is, neither fails', async () => {
  const ends = Array.from(
    { length: 4 },
    () =>
      new Promise<string>((done) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder])
        let said = ''
        child.stderr.on('data', (text) => (said += String(text)))
        child.on('close', (code) => done(code === 0 ? 'well' : said))
      }),
  )
  expect(await Promise.all(ends)).toEqual(['well', 'well', 'well', 'well'])
  expect(readdirSync(folder)).toEqual(['target'])
  expect(readdirSync(join(folder, 'target'))).toHaveLength(FILES)
})
