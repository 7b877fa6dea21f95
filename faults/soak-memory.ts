// How much memory the server takes, seen from outside, and whether that grows. Node lets a heap grow several times over before it looks through it, so
// that what is judged is measured right after it was made to look, by the inspector that its process was told to open.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from '../e2e/harness.ts'

/** For the environment of the server. */
export const INSPECTED = '--inspect=127.0.0.1:0'

export const GROWTH = 0.05
const LOOKS = 5

export const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? NaN

/** What a process takes of the machine's memory, shared pages in parts, in kilobytes. https://docs.kernel.org/filesystems/proc.html */
export function pss({ process: { pid } }: Program): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid ?? 0}/smaps_rollup`, 'utf8'))?.[1])
}

/** The median of some looks, each after the heap was looked through; in kilobytes. The server has to be INSPECTED. */
export async function collected(program: Program): Promise<number> {
  const looks: number[] = []
  for (let n = 0; n < LOOKS; n += 1) {
    await collect(program)
    await pause(1_000)
    looks.push(pss(program))
  }
  return median(looks)
}

/** https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage */
async function collect(program: Program): Promise<void> {
  const address = /Debugger listening on (ws:\S+)/.exec(program.output())?.[1]
  if (address === undefined) throw new Error('The server opened no inspector.')
  const socket = new WebSocket(address)
  await new Promise<void>((done, fail) => {
    socket.onopen = () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}')
    socket.onmessage = () => done()
    socket.onerror = () => fail(new Error('The inspector did not answer.'))
  })
  socket.close()
}

/** Memory that grew by more than it may, from the first settled quarter to the last; in kilobytes. */
export function growth({ first, last }: { first: number; last: number }): string[] {
  const grown = last / first - 1
  if (grown < GROWTH) return []
  return [`memory grew by ${(100 * grown).toFixed(1)} %, from ${first} to ${last} kB`]
}
