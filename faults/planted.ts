// Connectors with a mistake put in, each of a kind that has removed people elsewhere: the oracle of the Graph faults has to find every one.
import type { Connector, ReadResult } from '../src/connectors/connector.ts'
import { meta } from '../src/connectors/meta/connector.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { TestDb } from '../src/store/testing/open-test-db.ts'
import type { Case } from './cases.ts'
import { disturb, worldOf } from './disturb.ts'
import { openStage } from './stage.ts'

type Reader = Connector['read']

const seal = (scope: string): ReadResult => ({
  observations: [],
  seals: [{ scope, rows: 0, again: { unit: 'lists', query: { q: 'planted', scope } } }],
  next: [],
})

/** An error is taken for an empty list. */
const errorIsEmpty = (read: Reader): Reader =>
  async function* (ctx, reads) {
    const good = []
    for (const one of reads) {
      const { q, scope } = one.query as { q: string; scope?: string }
      if (q === 'planted' && scope !== undefined) yield seal(scope)
      else good.push(one)
    }
    for await (const result of read(ctx, good)) {
      if ('error' in result) for (const scope of result.scopes) yield seal(scope)
      else yield result
    }
  }

/** A failure is forgotten. */
const errorIsForgotten = (read: Reader): Reader =>
  async function* (ctx, reads) {
    for await (const result of read(ctx, reads)) if (!('error' in result)) yield result
  }

/** The first page is taken for the whole list. */
const firstPageIsAll = (read: Reader): Reader =>
  async function* (ctx, reads) {
    for await (const result of read(ctx, reads)) {
      if ('error' in result) yield result
      else {
        const cut = result.next.filter((next) => {
          const { q, edge, walk } = next.query as { q: string; edge?: string; walk?: { after: unknown } }
          return q === 'edge' && edge === 'owned_ad_accounts' && walk !== undefined && walk.after !== null
        })
        const scope = result.observations.find((o) => o.scope.endsWith('/owned_ad_accounts'))?.scope
        const sealed = cut.length > 0 && scope !== undefined ? { scope, rows: 5 } : null
        yield {
          ...result,
          next: result.next.filter((next) => !cut.includes(next)),
          seals: [
            ...result.seals,
            ...(sealed === null ? [] : [{ ...sealed, again: { unit: 'lists', query: null } }]),
          ],
        }
      }
    }
  }

const mistakes: { name: string; manner: string; plant: (read: Reader) => Reader }[] = [
  { name: 'an error is taken for an empty list', manner: 'expanded', plant: errorIsEmpty },
  { name: 'a failure is forgotten', manner: 'expanded', plant: errorIsForgotten },
  { name: 'the first page is taken for the whole list', manner: 'small pages', plant: firstPageIsAll },
]

/** A case for each mistake; every one of them has to be found wrong. */
export function plantedCases(t: TestDb, seed: number): Case[] {
  return mistakes.map(({ name, manner, plant }) => ({
    name,
    run: async () => {
      const stage = await openStage(t, worldOf(manner))
      const good: Reader = meta.read.bind(meta)
      meta.read = plant(good)
      try {
        const match = { node: stage.sim.businessId, edge: 'business_users' }
        const fault = { message: '(#200) No', type: 'OAuthException', code: 200, status: 403 } as const
        // Denied for as long as the check lasts: inside the expanded read and by itself.
        if (manner === 'expanded')
          stage.sim.control.addFault({ match: { ...match, nested: true }, do: { error: fault }, times: 99 })
        const wrong = await disturb(
          t,
          stage,
          {
            fault: {
              name,
              reach: 'call',
              do: manner === 'expanded' ? { error: fault } : {},
              times: 99,
              remembered: true,
            },
            place: { manner, list: 'own/business_users', match, page: 1, last: false, reach: ['call'] },
          },
          random(seed, name),
        )
        return wrong.filter(
          (line) => !line.startsWith('the fault never') && !line.startsWith('after the next'),
        )
      } finally {
        meta.read = good
        await stage.close()
      }
    },
  }))
}
