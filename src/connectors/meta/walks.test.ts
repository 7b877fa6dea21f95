// A list that is walked to its end and tells of a row twice.
import { expect, test } from 'vitest'
import { page } from './answer.ts'
import type { Json } from './answer.ts'
import type { Graph } from './graph.ts'
import { startOf } from './queries.ts'
import { allRows } from './walks.ts'

const member = (tasks?: string[]): Json => ({
  id: '1',
  ...(tasks === undefined ? {} : { page_tasks: tasks }),
})
const paged = (row: Json, after?: string): Json => ({
  data: [row],
  paging: { cursors: { before: 'b', after: after ?? 'z' }, ...(after === undefined ? {} : { next: 'more' }) },
})

test.each([
  ['less', ['ADVERTISE', 'ANALYZE'], ['ANALYZE'], ['ADVERTISE', 'ANALYZE']],
  ['more', ['ANALYZE'], ['ADVERTISE', 'ANALYZE'], ['ANALYZE', 'ADVERTISE']],
  ['nothing', ['ANALYZE'], undefined, ['ANALYZE']],
])('keeps what the first page told of a row of which a later one tells %s', async (_, first, later, kept) => {
  const graph = { ask: () => Promise.resolve([{ ok: true, body: paged(member(later)) }]) } as unknown as Graph
  const list = {
    what: 'assigned_users',
    first: page(paged(member(first), 'a'), 'assigned_users'),
    start: startOf(1),
    call: () => ({ path: '9/assigned_users', params: {} }),
  }
  expect(await allRows(graph, [list])).toEqual([[{ id: '1', page_tasks: kept }]])
})
