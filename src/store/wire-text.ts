// The values of a query as PostgreSQL reads them in their text form.

/** Null, bytes as they are, everything else as text: dates in UTC, lists as arrays, other objects as JSON. */
export function textOf(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return arrayText(value)
  return typeof value === 'object' ? JSON.stringify(value) : `${value as number | bigint | boolean}`
}

function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`
}

function elementText(value: unknown): string {
  if (Array.isArray(value)) return arrayText(value)
  const text = textOf(value)
  if (text === null) return 'NULL'
  return quoted(typeof text === 'string' ? text : `\\x${text.toString('hex')}`)
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (found) => `\\${found}`)}"`
}
