// Signing in by hand: nobody is asked to before it is sure that the outcome can be kept.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../store/testing/cluster.ts'
import { keepLogin } from './login.ts'

const folder = temporaryFolder('login')
writeFileSync(join(folder, 'there'), 'kept')
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['a file that is there', join(folder, 'there'), /There is a file .* already/],
  ['a folder that is not', join(folder, 'none', 'file'), /ENOENT.*none/],
])('No window is opened for %s', async (_, file, why) => {
  let asked = false
  const done = () => {
    asked = true
    return Promise.resolve()
  }
  const kept = keepLogin({
    executable: '/there/is/no/browser',
    environment: {},
    address: 'about:blank',
    file,
    done,
  })
  await expect(kept).rejects.toThrow(why)
  expect(asked).toBe(false)
})
