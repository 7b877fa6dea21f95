// The client of all queries. What is told to be no longer true is read again, also where it is just being read for the first time.
import { QueryClient } from '@tanstack/react-query'
import type { InvalidateOptions, InvalidateQueryFilters, Query, QueryKey } from '@tanstack/react-query'

/**
 * A first reading that is under way when its query is invalidated may hold what was true before, and the library counts it as the
 * answer (TanStack/query issue 11526): here it is read once more after it.
 */
export class ConsoleQueryClient extends QueryClient {
  /** Those that are read once more already. */
  readonly #doubted = new WeakSet<Query>()

  override async invalidateQueries<Key extends QueryKey = QueryKey>(
    filters?: InvalidateQueryFilters<Key>,
    options?: InvalidateOptions,
  ): Promise<void> {
    const doubtful = this.getQueryCache()
      .findAll({ ...filters, fetchStatus: 'fetching' })
      .filter((query) => query.state.data === undefined && !this.#doubted.has(query))
    const once = super.invalidateQueries(filters, options)
    await Promise.all([once, ...doubtful.map((query) => this.#readOnceMore(query, options))])
  }

  async #readOnceMore(query: Query, options?: InvalidateOptions): Promise<void> {
    this.#doubted.add(query)
    // How it went is told to who shows it.
    await query.promise?.catch(() => undefined)
    this.#doubted.delete(query)
    await super.invalidateQueries({ queryKey: query.queryKey, exact: true }, options)
  }
}
