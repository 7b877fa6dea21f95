import { expect, test } from 'vitest'
import { ConnectorError } from '../model/error.ts'
import type { Failure } from '../model/error.ts'
import { outcomeOfRead, scopesInWords } from './problems.ts'

const denied: Failure = new ConnectorError({
  kind: 'denied',
  sentence: 'Not allowed.',
  fix: 'Allow it.',
  code: '10',
}).failure

test('equal failures are one problem that names the lists and counts the assets', () => {
  const outcome = outcomeOfRead('Own people', [
    { scopes: ['1/owned_pages', '1/assigned/page/5'], failure: denied },
    { scopes: ['1/assigned/page/6'], failure: { ...denied, trace: 'AbC' } },
    { scopes: ['1/client_pages'], failure: { ...denied, code: '200' } },
  ])
  expect(outcome.problems).toEqual([
    {
      where: 'Own people: owned pages, people on 2 assets',
      sentence: 'Not allowed.',
      fix: 'Allow it.',
      code: '10',
      trace: null,
    },
    {
      where: 'Own people: client pages',
      sentence: 'Not allowed.',
      fix: 'Allow it.',
      code: '200',
      trace: null,
    },
  ])
  expect(outcome.notes).toEqual([])
})

test('a list whose permission the guide does not ask for is a note and no problem', () => {
  const outcome = outcomeOfRead('Own people', [
    { scopes: ['1/owned_whatsapp_business_accounts'], failure: denied, optional: true },
    { scopes: ['1/owned_pages'], failure: denied },
  ])
  expect(outcome.problems.map((p) => p.where)).toEqual(['Own people: owned pages'])
  expect(outcome.notes).toEqual(['Own people: owned whatsapp business accounts. Not allowed.'])
})

test('many lists are named up to five', () => {
  const scopes = Array.from({ length: 7 }, (_, i) => `1/list_${i}`)
  expect(scopesInWords(scopes)).toBe('list 0, list 1, list 2, list 3, list 4, 2 more lists')
  expect(scopesInWords(['1/assigned/page/1'])).toBe('people on one asset')
})
