// Which word on a page is a code of Meta's, and which one is a word that has to be known.
import { expect, test } from 'vitest'
import type { Hand } from '../../../model/recipe.ts'
import { decoder } from './cells.ts'

const known: Readonly<Record<string, string>> = { Active: 'share.CONFIRMED', On: 'two-factor.enabled' }
const hand: Pick<Hand, 'meaning'> = { meaning: (word) => Promise.resolve(known[word] ?? null) }
const decode = decoder(hand as Hand, 'Read what is shared')
const shares = ['share.CONFIRMED', 'share.CLIENT_RESPONSE_PENDING']

test('a known word, a code among those that are known, and a code that is new are codes', async () => {
  expect(await decode('Active', shares)).toBe('CONFIRMED')
  expect(await decode('CLIENT_RESPONSE_PENDING', shares)).toBe('CLIENT_RESPONSE_PENDING')
  expect(await decode('IN_REVIEW', shares)).toBe('IN_REVIEW')
  expect(await decode('enabled', ['two-factor.enabled', 'two-factor.disabled'])).toBe('enabled')
  expect(await decode('offline_conversion_data_set', ['type.ad_account'])).toBe('offline_conversion_data_set')
})

test('a word in small letters that the recipe does not know was taken for a code', async () => {
  for (const word of ['pending', 'aktiv', 'off', 'x1'])
    await expect(decode(word, shares)).rejects.toThrow('does not know a word that stands for a share')
})
