// Builds the console to dist/console when its sources changed since the last build; says nothing when they did not.
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { putInPlace } from './put-in-place.ts'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'dist', 'console')
const stamp = join(target, '.stamp')

// Under another word of the shell, or of the tests that start the program, React's development build would be taken: larger and slower.
process.env.NODE_ENV = 'production'

/** A digest of everything that the build reads. */
function sources(): string {
  const hash = createHash('sha256').update(process.env.NODE_ENV ?? '')
  const files = globSync(
    ['console/**/*.{ts,tsx,css,html}', 'src/model/*.ts', 'src/vault/sharing.ts', 'package-lock.json'],
    {
      cwd: root,
    },
  )
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

const wanted = sources()
const isBuilt = () => {
  try {
    return readFileSync(stamp, 'utf8') === wanted
  } catch {
    // Not there, or just being replaced.
    return false
  }
}
if (!isBuilt()) {
  const { build } = await import('vite')
  // Built beside and moved into place, so that a build that is cut off leaves no half console.
  const fresh = join(root, 'dist', `console-${process.pid}`)
  await build({
    root: join(root, 'console'),
    configFile: join(root, 'console', 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: fresh, emptyOutDir: true },
  })
  writeFileSync(join(fresh, '.stamp'), wanted)
  putInPlace(fresh, target, isBuilt)
}
