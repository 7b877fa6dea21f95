// Whether somebody typed a name that others chose: what no keyboard gives, or no eye sees, does not count.

const blanks = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu
const plain = (text: string) =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(blanks, ' ')
    .trim()

/** Compares as one sees it: without direction marks and joiners, any blanks as one. */
export function sameTyped(typed: string, wanted: string): boolean {
  return plain(typed) === plain(wanted)
}
