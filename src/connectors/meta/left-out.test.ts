// Whether assets are shared though no list of partners names them: a partner in an asset's row says so, and nothing else does.
import { expect, it } from 'vitest'
import { contextFor } from '../testing/drive.ts'
import type { Json } from './answer.ts'
import type { Graph } from './graph.ts'
import { askAssets } from './left-out.ts'
import { asRead, edgeQuery } from './queries.ts'
import { nothing } from './seen.ts'

const error = { error: { message: '(#2) Service temporarily unavailable', code: 2 } }
it.each<[string, Json, string[]]>([
  ['a partner', { data: [{ id: '7' }] }, ['ad_account']],
  ['nobody', { data: [] }, []],
  ['an error in place of them, which kept the list of partners open for good', error, []],
  ['something else', 'none', []],
])('an asset names %s', async (_, agencies, untold) => {
  const ctx = contextFor(
    { address: 'http://127.0.0.1:9', appId: '1', appSecret: 'x' },
    'EAAtokenforatestwithoutanyuse',
    { kind: 'own', business: '5' },
  )
  const body: Json = { data: [{ id: 'act_1', agencies }] }
  const graph = { ask: () => Promise.resolve([{ ok: true, body }]) } as unknown as Graph
  const again = asRead(edgeQuery('agencies', 10))
  const seen = { ...nothing(), seals: [{ scope: '5/agencies', rows: 1, again }] }
  await askAssets(ctx, graph, seen, ['ad_account'])
  expect(
    seen.seals.flatMap((seal) => ('untold' in seal ? (seal.untold as { types: string[] }).types : [])),
  ).toEqual(untold)
})
