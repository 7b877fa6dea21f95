// How the product reads: what is asked at the same time goes to the database in one message and comes back in one, with what may be seen in
// front of it. PostgreSQL takes such a message as one transaction, so that none has to be begun or ended, and the settings end with it.
import { createRequire } from 'node:module'
import { CamelCasePlugin, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import type { Duplex } from 'node:stream'
import type pg from 'pg'

/** What the driver makes of a value before it sends it: null, bytes, or text. It is not among the types that come with it. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as {
  prepareValue: (value: unknown) => string | Buffer | null
}

/** A statement with its values; `often`: worth a plan that the connection keeps. */
export interface Statement {
  sql: string
  parameters: readonly unknown[]
}

/** What is set before anything is read, and whether the plans of what is read are kept. */
export interface Sight {
  settings: Statement
  often: boolean
}

/** What the driver gives a query of its own to speak through. */
interface Wire {
  stream: Duplex
  parse(what: { name: string; text: string }): void
  bind(what: { statement: string; values: unknown[]; valueMapper: (value: unknown) => unknown }): void
  describe(what: { type: 'P'; name: string }): void
  execute(what: object): void
  close(what: { type: 'S'; name: string }): void
  sync(): void
}

type Row = Record<string, unknown>
type Field = {
  name: string
  dataTypeID: pg.CustomTypesConfig['getTypeParser'] extends (oid: infer Oid, ...rest: never[]) => unknown
    ? Oid
    : never
  format: 'text' | 'binary'
}
interface Column {
  name: string
  parse: (text: string) => unknown
}

/** What a connection knows of a named statement; without columns: it may be there or not. */
type Kept = Map<string, readonly Column[] | null>
const kept = new WeakMap<pg.PoolClient, Kept>()

/** A plan is kept for what was asked so often, and for no more than so many different statements of a process. */
const OFTEN = 3
const MOST_NAMED = 60
const MOST_SEEN = 1_000
const seen = new Map<string, number>()
const names = new Map<string, string>()

/** The name under which connections keep a statement's plan; none where it is asked too seldom. */
function nameOf(text: string): string | null {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= MOST_NAMED) return null
  const times = (seen.get(text) ?? 0) + 1
  if (times < OFTEN) {
    if (seen.size >= MOST_SEEN) seen.clear()
    seen.set(text, times)
    return null
  }
  seen.delete(text)
  const name = `guestlist_${String(names.size)}`
  names.set(text, name)
  return name
}

/** PostgreSQL's words where a kept plan is of no use any more: it is not there, is there twice, or a table has changed beneath it. */
const stale = new Set(['26000', '42P05', '0A000'])

interface Asked {
  statement: Statement
  name: string | null
  columns: readonly Column[] | null
  rows: Row[]
}

/** Several statements in one message; the answers come together, or the first failure. */
class Together {
  readonly done: Promise<void>
  private settle: { resolve: () => void; reject: (error: Error) => void } | undefined
  private readonly asked: readonly Asked[]
  private readonly known: Kept
  private readonly types: pg.CustomTypesConfig
  private at = 0

  constructor(asked: readonly Asked[], known: Kept, types: pg.CustomTypesConfig) {
    this.asked = asked
    this.known = known
    this.types = types
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }))
  }

  submit(wire: Wire): void {
    wire.stream.cork()
    for (const one of this.asked) this.send(wire, one)
    wire.sync()
    wire.stream.uncork()
  }

  private send(wire: Wire, one: Asked): void {
    const { sql: text, parameters } = one.statement
    const name = one.name ?? ''
    one.columns = this.known.get(name) ?? null
    if (one.columns === null) {
      if (this.known.has(name)) wire.close({ type: 'S', name })
      wire.parse({ name, text })
      // Until it is known to have come through.
      if (one.name !== null) this.known.set(name, null)
    }
    wire.bind({ statement: name, values: [...parameters], valueMapper: prepareValue })
    if (one.columns === null) wire.describe({ type: 'P', name: '' })
    wire.execute({})
  }

  handleRowDescription({ fields }: { fields: readonly Field[] }): void {
    const one = this.asked[this.at]
    if (one === undefined) return
    one.columns = fields.map(({ name, dataTypeID, format }) => ({
      name: spelling.camelCase(name),
      parse: this.types.getTypeParser(dataTypeID, format) as (text: string) => unknown,
    }))
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const one = this.asked[this.at]
    const row: Row = {}
    one?.columns?.forEach(({ name, parse }, index) => {
      const text = fields[index] ?? null
      row[name] = text === null ? null : parse(text)
    })
    one?.rows.push(row)
  }

  handleCommandComplete(): void {
    const one = this.asked[this.at++]
    if (one?.name != null) this.known.set(one.name, one.columns ?? [])
  }

  handleEmptyQuery(): void {
    this.at += 1
  }

  handlePortalSuspended(): void {
    // Every portal is read to its end.
  }

  handleError(error: Error): void {
    for (const { name } of this.asked) if (name !== null && this.known.has(name)) this.known.set(name, null)
    this.settle?.reject(error)
  }

  handleReadyForQuery(): void {
    this.settle?.resolve()
  }
}

/** Names in the spelling of the program: rows are made with them, so that nothing has to be renamed afterwards. */
class Spelling extends CamelCasePlugin {
  override transformResult({ result }: { result: QueryResult<Row> }): Promise<QueryResult<Row>> {
    return Promise.resolve(result)
  }

  override camelCase(name: string): string {
    return super.camelCase(name)
  }
}
const spelling = new Spelling({ maintainNestedObjectKeys: true })

interface Waiting {
  statement: Statement
  resolve: (result: QueryResult<Row>) => void
  reject: (error: unknown) => void
}

/** A connection that gathers what is asked in one turn of the program, and sends it when the turn is over. */
class Reader implements DatabaseConnection {
  private readonly client: pg.PoolClient
  private readonly sight: Sight
  private readonly types: pg.CustomTypesConfig
  private waiting: Waiting[] = []
  private sending: Promise<void> | null = null

  constructor(client: pg.PoolClient, sight: Sight, types: pg.CustomTypesConfig) {
    this.client = client
    this.sight = sight
    this.types = types
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return new Promise<QueryResult<Row>>((resolve, reject) => {
      this.waiting.push({ statement: query, resolve, reject })
      if (this.sending === null && this.waiting.length === 1) process.nextTick(() => this.send())
    }) as Promise<QueryResult<R>>
  }

  private send(): void {
    const now = this.waiting
    this.waiting = []
    this.sending = this.ask(now).then(() => {
      this.sending = null
      if (this.waiting.length > 0) this.send()
    })
  }

  private async ask(waiting: readonly Waiting[]): Promise<void> {
    const statements = [this.sight.settings, ...waiting.map(({ statement }) => statement)]
    try {
      const [, ...answers] = await this.answered(statements)
      waiting.forEach(({ resolve }, index) => resolve({ rows: answers[index]?.rows ?? [] }))
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  private async answered(statements: readonly Statement[]): Promise<readonly Asked[]> {
    const name = (text: string) => (this.sight.often ? nameOf(text) : null)
    try {
      return await this.together(statements, name)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && stale.has(String(error.code)))) throw error
      return this.together(statements, () => null)
    }
  }

  private async together(
    statements: readonly Statement[],
    name: (text: string) => string | null,
  ): Promise<readonly Asked[]> {
    const known: Kept = kept.get(this.client) ?? new Map<string, readonly Column[] | null>()
    kept.set(this.client, known)
    const asked = statements.map((statement) => ({
      statement,
      name: name(statement.sql),
      columns: null,
      rows: [],
    }))
    const batch = new Together(asked, known, this.types)
    this.client.query(batch as unknown as pg.Submittable)
    await batch.done
    return asked
  }

  streamQuery(): never {
    throw new Error('What is read is not streamed.')
  }

  async release(): Promise<void> {
    // What was asked and is not waited for any more, because something beside it failed.
    while (this.sending !== null || this.waiting.length > 0)
      await (this.sending ?? new Promise<void>((sent) => process.nextTick(sent)))
    this.client.release()
  }
}

/** The parts of a way to the database that know nothing of it. */
const compiler = new PostgresQueryCompiler()
const adapter = new PostgresAdapter()

/**
 * Reads on one connection of the pool. Not a transaction of the library's: that would ask one thing after the other.
 */
export async function readOn<Tables, T>(
  pool: pg.Pool,
  types: pg.CustomTypesConfig,
  sight: Sight,
  fn: (reading: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  const reader = new Reader(await pool.connect(), sight, types)
  const nothing = () => Promise.resolve()
  const none = () => Promise.reject(new Error('What reads is no transaction.'))
  const driver: Driver = {
    init: nothing,
    acquireConnection: () => Promise.resolve(reader),
    beginTransaction: none,
    commitTransaction: none,
    rollbackTransaction: none,
    releaseConnection: nothing,
    destroy: nothing,
  }
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: () => driver,
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => compiler,
  }
  try {
    return await fn(new Kysely<Tables>({ dialect, plugins: [spelling] }))
  } finally {
    await reader.release()
  }
}
