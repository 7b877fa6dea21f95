// Starts open-database.ts as processes of their own and ends them, politely or not.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface Opened {
  child: ChildProcess
  ownerUrl: string
  appUrl: string
}

/** Starts a process that opens the database; rejects with what it printed where it ends before that. */
export async function openInProcess(dataDir: string, databaseUrl?: string): Promise<Opened> {
  const args = databaseUrl === undefined ? [dataDir] : [dataDir, databaseUrl]
  const child = fork(new URL('./open-database.ts', import.meta.url), args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
  let said = ''
  child.stdout?.on('data', (part: Buffer) => (said += part.toString()))
  child.stderr?.on('data', (part: Buffer) => (said += part.toString()))
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve({ child, ...(message as { ownerUrl: string; appUrl: string }) })
    })
    child.once('exit', (code) => reject(new Error(`The process ended with ${String(code)}: ${said}`)))
  })
}

/** Lets the process stop the database and end; returns its exit code. */
export async function stopProcess({ child }: Opened): Promise<number | null> {
  child.send('stop')
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** kill -9. */
export async function killProcess({ child }: Opened): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
