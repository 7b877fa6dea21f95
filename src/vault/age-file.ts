// What the server can tell of a file that it cannot open: for how many keys it is encrypted, or that a passphrase protects it. So that
// nothing is stored as encrypted which is not.

const BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----\n'
const END = '-----END AGE ENCRYPTED FILE-----\n'

/** The kinds of an age file's recipients in their order, as ['X25519', 'X25519'] or ['scrypt']; null where the text is no age file. */
export function recipientKinds(text: string): string[] | null {
  if (!text.startsWith(BEGIN) || !text.endsWith(END)) return null
  const lines = text.slice(BEGIN.length, -END.length).split('\n')
  if (lines.pop() !== '' || !lines.every((line) => /^[A-Za-z0-9+/]{1,64}={0,2}$/.test(line))) return null
  const file = Buffer.from(lines.join(''), 'base64').toString('latin1')
  const end = file.indexOf('\n--- ')
  if (!file.startsWith('age-encryption.org/v1\n-> ') || end < 0) return null
  const head = file.slice(0, end).split('\n')
  return head.filter((line) => line.startsWith('-> ')).map((line) => line.slice(3).split(' ')[0] ?? '')
}
