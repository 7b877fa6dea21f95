// Starts and ends the processes of testing/process.ts.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { ProcessArguments, Wish } from './process.ts'

export interface TestProcess {
  pid: number
  /** Everything that it printed, its log included. */
  output(): string
  /** Starts a job there, a check for updates where no other kind is named; gives its id. */
  check(wish: Wish): Promise<string>
  /** Ends at once, as a power cut would. */
  kill(): Promise<void>
  /** Asks it to end; gives its exit code. */
  end(): Promise<number | null>
}

/** As much memory as scripts/run.mjs gave to whoever asks, for a process that it starts. */
export function memoryFlags(): string[] {
  return process.execArgv.filter((flag) => /^--(?:max-semi-space-size|heap-growing-percent)=/.test(flag))
}

/** Resolves when its engine takes work; throws with its output where it ends before. */
export async function startProcess(given: ProcessArguments): Promise<TestProcess> {
  const program = [...memoryFlags(), join(import.meta.dirname, 'process.ts'), JSON.stringify(given)]
  const child: ChildProcess = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  const exited = new Promise<number | null>((done) => child.once('exit', done))
  const ready = new Promise<void>((done) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('ready\n')) done()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
  const first = await Promise.race([ready.then(() => 'ready' as const), exited.then(() => 'exit' as const)])
  if (first === 'exit' || child.pid === undefined)
    throw new Error(`The process ended before it was ready:\n${output}`)
  return {
    pid: child.pid,
    output: () => output,
    check: async (wish) => {
      const before = output.length
      child.stdin?.write(`${JSON.stringify(wish)}\n`)
      for (;;) {
        const id = /^started (\S+)$/m.exec(output.slice(before))?.[1]
        if (id !== undefined) return id
        await new Promise((go) => setTimeout(go, 10))
      }
    },
    kill: async () => {
      if (child.exitCode === null) child.kill('SIGKILL')
      await exited
    },
    end: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}
