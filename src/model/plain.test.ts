// Other people's text stays on its line, and a letter's names are no links: as they read, but for a space.
import { expect, test } from 'vitest'
import { oneLine, unlinked } from './plain.ts'

test.each([
  ['https://evil.example/login', 'https: //evil .example/login'],
  ['Sign in at www.evil.example', 'Sign in at www .evil .example'],
  ['evil.example:8443/x', 'evil .example: 8443/x'],
  ['boss@evil.example', 'boss@evil .example'],
  ['mailto:boss@evil', 'mailto: boss@evil'],
  ['bücher.example and evil。example', 'bücher .example and evil 。example'],
  ['http://10.20.30.40/', 'http: //10.20.30.40/'],
  ['\\\\evil\\share', '\\ \\evil\\share'],
])('%j is no link', (name, written) => {
  expect(unlinked(name)).toBe(written)
})

test.each([
  'A.B. Miller & Co. KG',
  'Agency: Berlin',
  'Dr. Weiß',
  '3.50 stars',
  'Since 10:30',
  'a/b',
  'Ends...',
])('%j stays as it is', (name) => {
  expect(unlinked(name)).toBe(name)
})

test('what would move a cursor or turn the direction is gone from a line', () => {
  expect(oneLine('a\u001b[2J\r\nb\u009b1A\u202ec\u061c\u2066d')).toBe('a [2J b 1A c d')
})
