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

/** What a process takes, and what of it is in use by our own objects; in kilobytes. */
export interface Memory {
  whole: number
  objects: number
}

/** The median of some looks, each after the heap was looked through. The server has to be INSPECTED. */
export async function collected(program: Program): Promise<Memory> {
  const looks: Memory[] = []
  for (let n = 0; n < LOOKS; n += 1) {
    const objects = await collect(program)
    await pause(1_000)
    looks.push({ whole: pss(program), objects })
  }
  return { whole: median(looks.map((l) => l.whole)), objects: median(looks.map((l) => l.objects)) }
}

/** Gives what is in use afterwards. https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage */
async function collect(program: Program): Promise<number> {
  const address = /Debugger listening on (ws:\S+)/.exec(program.output())?.[1]
  if (address === undefined) throw new Error('The server opened no inspector.')
  const socket = new WebSocket(address)
  const used = await new Promise<number>((done, fail) => {
    socket.onopen = () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}')
    socket.onmessage = ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id: number; result: { usedSize?: number } }
      if (id === 1) socket.send('{"id":2,"method":"Runtime.getHeapUsage"}')
      else done(Math.round((result.usedSize ?? NaN) / 1_024))
    }
    socket.onerror = () => fail(new Error('The inspector did not answer.'))
  })
  socket.close()
  return used
}

/** Memory that grew by more than it may, from the first settled quarter to the last; in kilobytes. */
export function growth({ first, last }: { first: Memory; last: Memory }): string[] {
  const grown = last.whole / first.whole - 1
  if (grown < GROWTH) return []
  const objects = `of our own objects from ${first.objects} to ${last.objects} kB`
  return [`memory grew by ${(100 * grown).toFixed(1)} %, from ${first.whole} to ${last.whole} kB, ${objects}`]
}
