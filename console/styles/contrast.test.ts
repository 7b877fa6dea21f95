// Proves that the tokens can be read: 4.5:1 for text, 3:1 for controls and marks, in light and in dark.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('theme.css', import.meta.url), 'utf8')
const tokens = new Map<string, [string, string]>()
for (const found of css.matchAll(/--color-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)) {
  const [, name = '', light = '', dark = ''] = found
  tokens.set(name, [light, dark])
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string, theme: 0 | 1): number {
  const [one, two] = [a, b]
    .map((name) => luminance(tokens.get(name)?.[theme] ?? 'missing'))
    .sort((x, y) => y - x)
  return ((one ?? 0) + 0.05) / ((two ?? 0) + 0.05)
}

const surfaces = ['canvas', 'surface', 'raised', 'hover', 'selected']
const pairs: [string, string, number][] = [
  ...surfaces.flatMap((on): [string, string, number][] => [
    ['text', on, 7],
    ['muted', on, 4.5],
    ['accent-text', on, 4.5],
    ['ok-text', on, 4.5],
    ['wait-text', on, 4.5],
    ['bad-text', on, 4.5],
  ]),
  ...['canvas', 'surface', 'raised', 'hover'].flatMap((on): [string, string, number][] => [
    ['faint', on, 4.5],
    ['focus', on, 3],
    ['ok', on, 3],
    ['wait', on, 3],
    ['bad', on, 3],
    ['idle', on, 3],
  ]),
  ...['canvas', 'surface', 'raised'].map((on): [string, string, number] => ['control', on, 3]),
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-hover', 4.5],
  ['on-accent', 'bad-fill', 4.5],
  ['on-accent', 'bad-hover', 4.5],
  ...['ok', 'wait', 'bad'].flatMap((tone): [string, string, number][] => [
    [`${tone}-text`, `${tone}-soft`, 4.5],
    ['text', `${tone}-soft`, 7],
    ['muted', `${tone}-soft`, 4.5],
  ]),
]

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('%s', (_name, theme) => {
  test.each(pairs)('%s on %s is at least %f to 1', (a, b, least) => {
    expect(contrast(a, b, theme)).toBeGreaterThanOrEqual(least)
  })
})
