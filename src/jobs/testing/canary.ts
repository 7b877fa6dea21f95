// Looks for a secret in everything that a database holds, however it is written down.
import type { TestDb } from '../../store/testing/test-db.ts'

/** A text in the forms in which it might be stored: as it is, as hexadecimal, in an address, and as base64 at each of its three places. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '')
    // The first and the last characters depend on what stands beside the secret.
    return text.slice(shift === 0 ? 0 : 4, -3)
  })
  const base64 = [...shifted, ...shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))]
  return [...new Set([secret, bytes.toString('hex'), encodeURIComponent(secret), ...base64])]
}

/** The tables, of ours and of the engine, that hold one of the secrets in any form, as `schema.table`. */
export async function tablesWith(t: TestDb, secrets: readonly string[]): Promise<string[]> {
  const tables = await t.root.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'dbos') and table_type = 'BASE TABLE' order by 1`,
  )
  const forms = secrets.flatMap(formsOf)
  const found: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await t.root.query<{ n: number }>(
      `select count(*)::int as n from ${name} x where exists (select from unnest($1::text[]) form where strpos(x::text, form) > 0)`,
      [forms],
    )
    if ((rows[0]?.n ?? 0) > 0) found.push(name)
  }
  return found
}
