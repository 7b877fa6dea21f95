// Reads `fields=`: names, arguments as `.limit(5).after(c)`, and nested lists in braces.
import { errors } from './errors.ts'

export interface Field {
  name: string
  /** `.as(name)`: the key in the answer. */
  key: string
  /** Arguments but `as`, in the order given. */
  args: Map<string, string>
  /** Null where no braces follow: the node's default fields. */
  nested: Field[] | null
  /** Text between the braces, for the address of the next page. */
  source: string | null
}

/**
 * Fields of a text such as `id,name,assigned_users.business(1).limit(5){id,tasks}`.
 * @throws GraphError 2500 with the place of the first mistake.
 */
export function parseFields(text: string): Field[] {
  const reader = { text, at: 0 }
  const fields = readList(reader)
  if (reader.at < text.length) fail(reader, `Expected end of string instead of "${text.charAt(reader.at)}".`)
  return fields
}

interface Reader {
  text: string
  at: number
}

function fail(reader: Reader, sentence: string): never {
  throw errors.syntax(sentence, reader.at, reader.text)
}

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text.charAt(reader.at))) reader.at++
}

function readList(reader: Reader): Field[] {
  const fields: Field[] = []
  for (;;) {
    skipSpace(reader)
    const next = reader.text.charAt(reader.at)
    // A trailing comma and an empty list are taken as they come.
    if (next === '' || next === '}') return fields
    fields.push(readField(reader))
    skipSpace(reader)
    if (reader.text.charAt(reader.at) !== ',') return fields
    reader.at++
  }
}

function readName(reader: Reader): string {
  const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(reader.text.slice(reader.at, reader.at + 120))?.[0]
  if (name === undefined) fail(reader, `Expected name instead of "${reader.text.charAt(reader.at)}".`)
  reader.at += name.length
  return name
}

function readField(reader: Reader): Field {
  const name = readName(reader)
  const args = new Map<string, string>()
  while (reader.text.charAt(reader.at) === '.') {
    reader.at++
    const argument = readName(reader)
    args.set(argument, readValue(reader))
  }
  skipSpace(reader)
  const key = args.get('as') ?? name
  args.delete('as')
  if (reader.text.charAt(reader.at) !== '{') return { name, key, args, nested: null, source: null }
  const start = ++reader.at
  const nested = readList(reader)
  const source = reader.text.slice(start, reader.at)
  if (reader.text.charAt(reader.at) !== '}') fail(reader, 'Expected "}".')
  reader.at++
  return { name, key, args, nested, source }
}

function readValue(reader: Reader): string {
  if (reader.text.charAt(reader.at) !== '(') fail(reader, 'Expected "(".')
  const start = ++reader.at
  for (let depth = 1; reader.at < reader.text.length; reader.at++) {
    const sign = reader.text.charAt(reader.at)
    if (sign === '(') depth++
    else if (sign === ')' && --depth === 0)
      return reader.text
        .slice(start, reader.at++)
        .trim()
        .replace(/^(["'])(.*)\1$/s, '$2')
  }
  return fail(reader, 'Expected ")".')
}
