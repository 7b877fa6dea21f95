// The ways in which a Graph answer can be wrong, as data: what is done to a call, where it can be done, and what may be expected of a run
// that met it. https://developers.facebook.com/docs/graph-api/guides/error-handling
import type { FaultAction } from '../src/connectors/meta/simulator/faults.ts'
import type { GraphErrorFacts } from '../src/connectors/meta/simulator/errors.ts'

/** `call`: any logical call; `list`: where a list is answered, also inside another answer; `item`: in a batch; `batch`: the whole of one. */
export type Reach = 'call' | 'list' | 'item' | 'batch'

export interface GraphFault {
  name: string
  reach: Reach
  do: FaultAction
  /** Only where the list has a further page (`more`), is on its last one, or is not empty: elsewhere it would change nothing. */
  needs?: 'more' | 'last' | 'rows'
  /** How often it meets its call; once where left out. A call that fails for a moment is repeated twice, so three times is for good. */
  times?: number
  /** Repeated until somebody does something about it: the next check may remember the refusal. */
  remembered?: true
}

const html = (status: number): FaultAction => ({
  raw: { status, body: '<html><body><h1>Sorry, something went wrong.</h1></body></html>' },
})

/** An error in an answer with HTTP status 200, as the API gives at times. */
const error = (code: number, subcode?: number, message = `(#${code}) An error`): FaultAction => {
  const facts: GraphErrorFacts = { status: 200, message, type: 'OAuthException', code }
  return { error: subcode === undefined ? facts : { ...facts, subcode }, status: 200 }
}

const call = (name: string, action: FaultAction, more: Partial<GraphFault> = {}): GraphFault => ({
  name,
  reach: 'call',
  do: action,
  ...more,
})
const list = (name: string, action: FaultAction, more: Partial<GraphFault> = {}): GraphFault => ({
  name,
  reach: 'list',
  do: action,
  ...more,
})

export const graphFaults: readonly GraphFault[] = [
  call('500', html(500)),
  call('502, a page of a proxy', html(502), { times: 3 }),
  call('503', html(503)),
  call('504, for good', html(504), { times: 12 }),
  call('429', html(429)),
  call('200 with code 1', error(1)),
  call('200 with code 1, three times', error(1), { times: 3 }),
  call('200 with code 2', error(2), { times: 3 }),
  call('200 with code 4', error(4)),
  call('200 with code 10', error(10), { remembered: true }),
  call('200 with code 17', error(17)),
  call('200 with code 32', error(32)),
  call('200 with code 100', error(100), { remembered: true }),
  call('200 with code 100/33', error(100, 33), { remembered: true }),
  call('200 with code 102', error(102)),
  call('200 with code 190/458', error(190, 458)),
  call('200 with code 190/459', error(190, 459)),
  call('200 with code 190/460', error(190, 460)),
  call('200 with code 190/463', error(190, 463)),
  call('200 with code 200', error(200), { remembered: true }),
  call('200 with code 341', error(341)),
  call('200 with code 368', error(368)),
  call('200 with code 613', error(613)),
  call('200 with code 613/1996', error(613, 1996)),
  call('200 with code 80004', error(80004)),
  call('200 with code 80014', error(80014)),
  call('a code nobody knows', error(987_654), { remembered: true }),
  call('JSON that is none', { raw: { status: 200, body: '{"data": [}', type: 'application/json' } }),
  call('cut in the middle', { truncate: 60 }),
  call('an empty body', { raw: { status: 200, body: '', type: 'application/json' } }),
  call('another content type', { contentType: 'text/html' }),
  call('a list where an object belongs', { raw: { status: 200, body: '[]', type: 'application/json' } }),
  call('the connection is cut before any byte', { drop: 'before' }),
  call('the connection is cut in the body', { drop: 'mid-body' }),
  call('another version than asked for', { version: 'v99.0' }),
  list('data is missing', { edit: 'no-data' }, { needs: 'rows' }),
  list('data is null', { edit: 'null-data' }, { needs: 'rows' }),
  list('data is an object', { edit: 'object-data' }, { needs: 'rows' }),
  list('next on another host', { edit: 'foreign-next' }, { needs: 'more' }),
  list('next on the last page', { edit: 'next-on-last' }, { needs: 'last' }),
  list('an empty page with more to come', { edit: 'empty-with-next' }, { needs: 'rows' }),
  list('the same cursor again, once', { edit: 'repeat-cursor' }, { needs: 'more' }),
  list('the same cursor for good', { edit: 'repeat-cursor' }, { needs: 'more', times: 40 }),
  list('a full list looks empty', { edit: 'turn-empty' }, { needs: 'rows' }),
  list('pages overlap', { edit: 'overlap' }, { needs: 'more' }),
  list('more is counted than given', { edit: 'wrong-total' }, { needs: 'last' }),
  list('a row without an id', { edit: 'row-without-id' }, { needs: 'rows' }),
  list('a row that is null', { edit: 'null-row' }, { needs: 'rows' }),
  list(
    'an error inside a good answer',
    { rewrite: () => ({ error: { message: '(#200) No', type: 'OAuthException', code: 200 } }) },
    { needs: 'rows', remembered: true },
  ),
  { name: 'an item of a batch is null', reach: 'item', do: { nullItem: true } },
  { name: 'an item of a batch is null for good', reach: 'item', do: { nullItem: true }, times: 12 },
  { name: 'an item of a batch fails', reach: 'item', do: error(2), times: 3 },
  { name: 'two answers of a batch are swapped', reach: 'batch', do: { swapItems: true } },
  { name: 'a whole batch fails', reach: 'batch', do: html(500) },
  {
    name: 'a whole batch is too much',
    reach: 'batch',
    do: error(1, undefined, 'Please reduce the amount of data'),
  },
  { name: 'a whole batch is cut', reach: 'batch', do: { truncate: 200 } },
]
