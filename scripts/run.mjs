// Runs one of our .ts programs from a fresh clone: installs the packages when the lock file changed, picks a Node that runs TypeScript, and
// ends the program when its own parent is gone. Plain JavaScript without packages, for Node 20 and newer.
//
//   node scripts/run.mjs <program.ts> [arguments]
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'
/**
 * Room for what has just been made. Node's own choice grows to 64 MB of it, which a program that mostly waits never needs: a check for updates
 * took 313 MB with it and 170 MB without, in the same time.
 */
const FLAGS = ['--max-semi-space-size=4']
/**
 * Garbage is collected when the heap has grown by so many percent; Node's own choice lets it grow to a multiple of what is live where the
 * machine has room. See docs/decisions/006. Not for the tools in scripts/, which are large and soon over.
 */
const THRIFT = ['--heap-growing-percent=40']
/**
 * glibc keeps a pool of freed memory for each thread: two are enough. Fixed thresholds besides would give more back, and cost a first check a
 * quarter of its time. Other C libraries do not know the name; a database that we start inherits nothing.
 */
const MALLOC = { MALLOC_ARENA_MAX: '2' }
/** A program that was asked to end and has not is killed after this long. */
const PATIENCE_MS = 20_000

/** What the installed packages have to fit. */
function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  return hash.update(`${process.platform} ${process.arch}`).digest('hex')
}

function installed() {
  const stamp = join(root, 'node_modules', '.installed')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp()
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Holds a lock folder while `fn` runs, so that two first starts do not install over each other. */
async function alone(fn) {
  const lock = join(
    tmpdir(),
    `guestlist-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
  )
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    await sleep(300)
    let holder = 0
    try {
      holder = Number(readFileSync(join(lock, 'pid'), 'utf8'))
    } catch {
      // Just made, or just removed.
    }
    if (holder > 0 && !alive(holder)) rmSync(lock, { recursive: true, force: true })
  }
  writeFileSync(join(lock, 'pid'), String(process.pid))
  try {
    return await fn()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

/** `npm ci` without anybody's install scripts; everything is needed, whatever the user's npm leaves out. */
function install() {
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional']
  args.push('--loglevel=error', '--no-audit', '--no-fund')
  const cli = process.env.npm_execpath
  const own = cli !== undefined && /\.c?js$/.test(cli)
  const [program, all] = own ? [process.execPath, [cli, ...args]] : ['npm', args]
  return new Promise((resolve) => {
    const child = spawn(program, all, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: windows && !own,
    })
    child.on('error', () => resolve(1))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

async function makeReady() {
  if (installed()) return
  process.stderr.write('Installing the packages: once, about a minute …\n')
  await alone(async () => {
    if (installed()) return
    if ((await install()) !== 0) stop('The packages could not be installed: see above, then start again.')
    writeFileSync(join(root, 'node_modules', '.installed'), wantedStamp())
  })
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

/** Our own Node where it runs TypeScript, else the one that came with the packages. */
function pickNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const packaged = join(root, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node')
  if (existsSync(packaged)) return packaged
  return stop(
    `Guestlist runs on Node 24, this is ${process.versions.node}, and none came with the packages for ${process.platform} ${process.arch}: install Node 24 and start again.`,
  )
}

/** The npm that started a script through this shell; null where it is no such shell, or the system has no such files. */
function npmOf(shell) {
  if (process.env.npm_lifecycle_event === undefined) return null
  try {
    if (readFileSync(`/proc/${shell}/cmdline`, 'utf8').split('\0')[1] !== '-c') return null
    return /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${shell}/status`, 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}

function start(node, args, env) {
  const child = spawn(node, args, {
    cwd: root,
    env: { ...env, ...process.env },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  child.on('error', (error) => stop(`Node does not start: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))

  let interrupts = 0
  let asked = false
  const end = (signal) => {
    child.kill(signal)
    if (asked) return
    asked = true
    setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref()
  }
  process.on('SIGINT', () => {
    interrupts += 1
    end(interrupts > 1 ? 'SIGKILL' : 'SIGINT')
  })
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGHUP', () => end('SIGHUP'))

  // npm starts us through a shell, which passes no signal on: when it goes, our parent becomes another; when npm is killed, the shell's does.
  const parent = process.ppid
  const npm = npmOf(parent)
  setInterval(() => {
    if (process.ppid !== parent || npmOf(parent) !== npm) end('SIGTERM')
  }, 1_000).unref()
}

const args = process.argv.slice(2)
if (args.length === 0) stop('Say which program to run: node scripts/run.mjs src/main.ts')
await makeReady()
const thrift = !args[0].startsWith('scripts/')
start(pickNode(), [...FLAGS, ...(thrift ? THRIFT : []), ...args], thrift ? MALLOC : {})
