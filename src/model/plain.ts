// Other people's text where it is only text: in letters and notices, and on a terminal.

/** One line: without control characters, and without marks that turn the direction of what follows. */
export function oneLine(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g,
    ' ',
  )
}

/** A name as one line of plain text. */
export function plain(name: string): string {
  return oneLine(name).trim().slice(0, 200)
}

/**
 * The text with a space where a mail program would otherwise see an address and make a link of it: who names a business must not put a
 * link into our letter. A space, as quotes do not keep programs from it, and an unseen character would be copied with the name.
 */
export function unlinked(text: string): string {
  return text
    .replaceAll(/(?<=\p{L}):(?=\S)/gu, ': ')
    .replaceAll(/(?<=[\p{L}\p{N}\]-])[.\u3002\uff0e\uff61](?=\p{L}{2})/gu, ' $&')
    .replaceAll(/\\(?=\\)/g, '\\ ')
}
