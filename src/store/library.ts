// The auth library's way to the database. While a change of an account is under way, what the library writes goes into one transaction
// with the record of it, so that neither stands without the other; everything else takes a connection of the pool as usual.
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  CompiledQuery,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import type { ControlledTransaction, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import type { Db, Tx } from './db.ts'
import type { Tables } from './tables.ts'

interface Change {
  db: Db
  /** False while the library still counts the request: a count stays, whatever becomes of the change. */
  begun: boolean
  tx: Promise<ControlledTransaction<Tables>> | null
}
const changes = new AsyncLocalStorage<Change>()

/** True while the library is asked for a change: what it has written may be seen by itself alone. */
export function isChanging(): boolean {
  return changes.getStore() !== undefined
}

/** From here on the library's writes belong to the change that it was asked within, if any. */
export function beginChange(): void {
  const change = changes.getStore()
  if (change !== undefined) change.begun = true
}

/** Where a write beside the library's goes: into the present change, if there is one. */
export async function besideLibrary(db: Db): Promise<Db['kysely']> {
  const change = changes.getStore()
  return change?.begun === true ? transactionOf(change) : db.kysely
}

/**
 * Asks the library, then does `keep` in the same transaction, which begins at the library's first write: a slow hash before it holds no
 * connection. All stands together, or nothing where one of the two throws or `keep` says so.
 */
export async function inOneChange<T>(
  db: Db,
  ask: () => Promise<T>,
  keep: (answer: T, tx: () => Promise<Tx>) => Promise<'commit' | 'undo'>,
): Promise<T> {
  const change: Change = { db, begun: false, tx: null }
  const undo = () => change.tx?.then((tx) => tx.rollback().execute()).catch(() => undefined)
  return changes.run(change, async () => {
    try {
      const answer = await ask()
      const end = await keep(answer, () => transactionOf(change))
      if (end === 'undo') await undo()
      else await (await change.tx)?.commit().execute()
      return answer
    } catch (error) {
      await undo()
      throw error
    }
  })
}

function transactionOf(change: Change): Promise<ControlledTransaction<Tables>> {
  return (change.tx ??= change.db.kysely.startTransaction().execute())
}

/** What the auth library is given in place of the pool. */
export function libraryDialect(db: Db): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driverOf(db),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

/** Not a connection of its own: the transaction of the change, or the pool while only reading. */
class Shared implements DatabaseConnection {
  readonly change: Change

  constructor(change: Change) {
    this.change = change
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { db, tx } = this.change
    const onlyReads = tx === null && query.query.kind === 'SelectQueryNode'
    const executor = onlyReads ? db.kysely : await transactionOf(this.change)
    return executor.withoutPlugins().executeQuery<R>(query)
  }

  streamQuery(): never {
    throw new Error('The auth library streams nothing.')
  }
}

const SAVEPOINT = 'of_the_library'

function driverOf(db: Db): Driver {
  const own = new PostgresDialect({ pool: db.pool }).createDriver()
  const inside = (connection: DatabaseConnection, command: string) =>
    connection instanceof Shared
      ? connection.executeQuery(CompiledQuery.raw(command)).then(() => undefined)
      : null
  return {
    init: () => own.init(),
    acquireConnection: () => {
      const change = changes.getStore()
      return change?.begun === true ? Promise.resolve(new Shared(change)) : own.acquireConnection()
    },
    beginTransaction: (connection, settings) =>
      inside(connection, `savepoint ${SAVEPOINT}`) ?? own.beginTransaction(connection, settings),
    commitTransaction: (connection) =>
      inside(connection, `release savepoint ${SAVEPOINT}`) ?? own.commitTransaction(connection),
    rollbackTransaction: (connection) =>
      inside(connection, `rollback to savepoint ${SAVEPOINT}`) ?? own.rollbackTransaction(connection),
    releaseConnection: (connection) =>
      connection instanceof Shared ? Promise.resolve() : own.releaseConnection(connection),
    // The pool is the program's: whoever opened it ends it.
    destroy: () => Promise.resolve(),
  }
}
