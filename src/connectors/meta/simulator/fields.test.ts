import { describe, expect, it } from 'vitest'
import { GraphError } from './errors.ts'
import { parseFields } from './fields.ts'

describe('fields=', () => {
  it('reads names, chained arguments, aliases and nesting', () => {
    const [id, users, other] = parseFields(
      ' id , assigned_users.business(1).limit(5).as(people){id, tasks}, x{y{z}} ',
    )
    expect(id).toEqual({ name: 'id', key: 'id', args: new Map(), nested: null, source: null })
    expect(users?.key).toBe('people')
    expect(users?.args).toEqual(
      new Map([
        ['business', '1'],
        ['limit', '5'],
      ]),
    )
    expect(users?.nested?.map((field) => field.name)).toEqual(['id', 'tasks'])
    expect(users?.source).toBe('id, tasks')
    expect(other?.nested?.[0]?.nested?.[0]?.name).toBe('z')
  })

  it('keeps brackets and quotes inside an argument together', () => {
    expect(parseFields('a.filter([{"f":"(x)"}]).q("b c")')[0]?.args).toEqual(
      new Map([
        ['filter', '[{"f":"(x)"}]'],
        ['q', 'b c'],
      ]),
    )
  })

  it.each(['a{b', 'a}', 'a..b', 'a.limit', 'a.limit(5', '1a', 'a b'])('answers 2500 for %s', (text) => {
    expect(() => parseFields(text)).toThrow(GraphError)
  })
})
