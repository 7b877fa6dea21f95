// Texts as patterns: how a recipe's words are looked for on a page.

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A text that stands by itself, with any numbers where {number} stands. */
export const alone = (text: string): RegExp =>
  new RegExp(`^\\s*${escaped(text).replaceAll('\\{number\\}', '\\d[\\d.,\\u00a0\\u202f]*')}\\s*$`)

/** A text at the start of another. */
export const starting = (text: string): RegExp => new RegExp(`^\\s*${escaped(text)}`)

/** A text within others, that is no part of a longer number or word. */
export const within = (text: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${escaped(text)}(?![\\p{L}\\p{N}])`, 'u')
