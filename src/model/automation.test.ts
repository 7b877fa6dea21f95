// Which files are taken for a browser's session.
import { expect, test } from 'vitest'
import { BrowserState } from './automation.ts'

const cookie = {
  name: 'c_user',
  value: '1',
  domain: '.facebook.com',
  path: '/',
  expires: 1_800_000_000.5,
  httpOnly: true,
  secure: true,
  sameSite: 'None',
}
const takes = (given: object): boolean =>
  BrowserState.safeParse({ cookies: [{ ...cookie, ...given }], origins: [] }).success

test('a session is what browser-login wrote, with everything that stands in it', () => {
  expect(takes({})).toBe(true)
  expect(takes({ expires: -1, sameSite: 'Lax' })).toBe(true)
  expect(BrowserState.parse({ cookies: [{ ...cookie, partitionKey: 'x' }], origins: [] }).cookies[0]).toEqual(
    {
      ...cookie,
      partitionKey: 'x',
    },
  )
})

test('cookies that no browser takes, as an extension exports them, were stored and broke every task', () => {
  for (const wrong of [
    { name: undefined },
    { value: 1 },
    { domain: '' },
    { path: undefined },
    { sameSite: 'no_restriction' },
    { expires: -2 },
    { expires: '2027' },
  ])
    expect(takes(wrong)).toBe(false)
  expect(BrowserState.safeParse({ cookies: [], origins: [] }).success).toBe(false)
  expect(BrowserState.safeParse({ cookies: ['c_user=1'], origins: [] }).success).toBe(false)
})
