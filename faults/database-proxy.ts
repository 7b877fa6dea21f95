// A proxy that reads PostgreSQL's protocol as it passes, so that a fault can be put at a commit: it knows what each transaction wrote, and when it
// has become durable before its client knows. https://www.postgresql.org/docs/current/protocol-message-formats.html
import { startProxy, through } from './proxy.ts'
import type { Link, Proxy, Watcher } from './proxy.ts'

/** Something that has become durable. */
export interface Commit {
  /** From 1, since the last `count`. */
  number: number
  /** The tables that were written, each once: what the commit is known by. */
  wrote: string
  /** It ended a transaction; else it is a single statement. */
  transaction: boolean
}

/**
 * True of a commit of exactly these tables; `roughly`: of any of them. What is written together depends on the pace, so that a place that was met once may
 * not be there again.
 */
export function isOf(
  commit: { wrote: string },
  { wrote, roughly }: { wrote: string; roughly?: true },
): boolean {
  if (roughly !== true) return commit.wrote === wrote
  const tables = wrote.split('+')
  return commit.wrote.split('+').some((table) => tables.includes(table))
}

/**
 * What becomes of a commit. `lost`: it is durable, and the connection ends before the client is told. `cut`: it is durable and told, and then
 * every connection ends and none is taken. `lost all`: every connection ends before the client is told. `serialization`, `deadlock`: the
 * transaction is undone and its client told so (transactions that end with COMMIT alone; others pass).
 */
export type Fate = 'pass' | 'lost' | 'lost all' | 'cut' | 'serialization' | 'deadlock'

export interface DatabaseProxy extends Proxy {
  /** The address of a database, through the proxy. */
  of(address: string): string
  /** Ends every connection, and refuses every new one for good reasons, so that nobody tries again, until `mend`. */
  die(): void
  /** Counts commits anew, and asks `fate` about each. */
  count(fate: (commit: Commit) => Fate): void
  /** Commits since the last `count`. */
  commits(): readonly Commit[]
}

const SQLSTATES = { serialization: '40001', deadlock: '40P01' } as const

export async function startDatabaseProxy(address: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(address)
  let fate: (commit: Commit) => Fate = () => 'pass'
  let commits: Commit[] = []
  const proxy: Proxy = await startProxy({ host: hostname, port: Number(port || 5432) }, (link) =>
    watchLink(link, {
      decide: (wrote, transaction) => {
        const commit = { number: commits.length + 1, wrote, transaction }
        commits.push(commit)
        return fate(commit)
      },
      cutAll: () => proxy.cut(),
    }),
  )
  return {
    ...proxy,
    die: () => proxy.cut(refusal('28000', 'this process is dead')),
    of: (url) => through(url, proxy),
    count: (next) => {
      commits = []
      fate = next
    },
    commits: () => commits,
  }
}

interface Judge {
  /** Asked once for each transaction or single statement that wrote. */
  decide(wrote: string, transaction: boolean): Fate
  cutAll(): void
}

/** Follows one connection: what its transaction wrote, and how it ends. */
function watchLink(link: Link, judge: Judge): Watcher {
  const written = new Set<string>()
  let startup = true
  let fate: Fate | null = null
  /** How the transaction was undone in place of its commit. */
  let undone: keyof typeof SQLSTATES | null = null
  let done = false
  const client = messages()
  const server = messages()
  const query = (text: string): string => {
    for (const [, table] of text.matchAll(
      /\b(?:insert\s+into|update(?!\s+skip|\s+of)|delete\s+from)\s+(?:only\s+)?([\w".]+)/gi,
    ))
      if (table !== undefined && !/^(set|nowait)$/i.test(table)) written.add(table.replaceAll('"', ''))
    if (!/^\s*commit\s*;?\s*$/i.test(text) || written.size === 0) return text
    fate = judge.decide([...written].sort().join('+'), true)
    if (fate !== 'serialization' && fate !== 'deadlock') return text
    undone = fate
    return 'rollback'
  }
  return {
    fromClient: (bytes) => {
      const out: Buffer[] = []
      for (const message of client(bytes, startup)) {
        startup &&= false
        out.push(rewritten(message, query))
      }
      return Buffer.concat(out)
    },
    fromServer: (bytes) => {
      const out: Buffer[] = []
      for (const message of server(bytes, false)) {
        const type = String.fromCharCode(message[0] ?? 0)
        if (type === 'C') done = /^(COMMIT|INSERT \d+ [1-9]|UPDATE [1-9]|DELETE [1-9])/.test(tagOf(message))
        if (type === 'C' && undone !== null) {
          out.push(refusal(SQLSTATES[undone], 'undone for the test'))
          undone = null
          continue
        }
        out.push(message)
        // Ready, outside a transaction: whatever was written is durable, or undone.
        if (type !== 'Z' || message[5] !== 0x49) continue
        if (done && written.size > 0) fate ??= judge.decide([...written].sort().join('+'), false)
        const now = fate
        ;[fate, done] = [null, false]
        written.clear()
        if (now === 'lost') link.reset()
        if (now === 'lost all') judge.cutAll()
        if (now === 'lost' || now === 'lost all') return Buffer.alloc(0)
        // Told first: the bytes are on their way before the connections end.
        if (now === 'cut') setImmediate(() => setTimeout(() => judge.cutAll(), 5))
      }
      return Buffer.concat(out)
    },
  }
}

/** Cuts a stream into whole messages; the first of a client has no type. */
function messages(): (bytes: Buffer, bare: boolean) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return (bytes, bare) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    const whole: Buffer[] = []
    for (let first = bare; ; first = false) {
      const at = first ? 0 : 1
      if (rest.length < at + 4) break
      const length = at + rest.readUInt32BE(at)
      if (rest.length < length) break
      whole.push(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    return whole
  }
}

/** A client's message with its text passed through `query`: of a simple query (Q) or a prepared one (P). */
function rewritten(message: Buffer, query: (text: string) => string): Buffer {
  const type = String.fromCharCode(message[0] ?? 0)
  if (type === 'P') {
    const from = message.indexOf(0, 5) + 1
    query(message.toString('utf8', from, message.indexOf(0, from)))
    return message
  }
  if (type !== 'Q') return message
  const text = message.toString('utf8', 5, message.length - 1)
  const next = query(text)
  if (next === text) return message
  return typed('Q', Buffer.from(`${next}\0`))
}

function typed(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

function tagOf(message: Buffer): string {
  return message.toString('latin1', 5, message.length - 1)
}

/** What PostgreSQL says where it does not do what it was asked. */
export function refusal(code: string, text: string): Buffer {
  return typed('E', Buffer.from(`SERROR\0VERROR\0C${code}\0M${text}\0\0`))
}
