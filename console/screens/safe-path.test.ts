// The way back after sign-in leads nowhere but into this console, whatever a link wrote into it.
import { expect, test } from 'vitest'
import { safePath } from './safe-path.ts'

test.each([
  undefined,
  '',
  'apps',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\\evil.example',
  '\t//evil.example',
  ' //evil.example',
  'https://evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '@evil.example',
  '/\t\\@evil.example',
])('%j goes to the start page', (next) => {
  expect(safePath(next)).toBe('/')
})

test.each(['/', '/apps/1?tab=people#x', '/sign-in?next=https://evil.example', '/@evil.example', '/a//b'])(
  '%s is kept',
  (next) => {
    expect(safePath(next)).toBe(next)
  },
)
