// The committed text of the structure is the structure.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { describeSchema } from './schema.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const committed = readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8').replaceAll('\r\n', '\n')

async function present(): Promise<string> {
  const client = new pg.Client(t.ownerUrl)
  await client.connect()
  return describeSchema(client).finally(() => client.end())
}

test('schema.sql is what the migrations make', async () => {
  expect(await present()).toBe(committed)
})

test.each([
  ['a column', 'alter table partners add column extra text'],
  ['a default', `alter table partners alter column status set default 'other'`],
  ['an index', 'create index extra on partners (name)'],
  ['a constraint', 'alter table partners add constraint extra check (name is not null)'],
  ['a policy', 'create policy extra on partners using (true)'],
  ['a right', 'revoke delete on partners from guestlist_app'],
  ['a function', `create or replace function guestlist_user() returns text language sql as $$ select 'x' $$`],
  ['row-level security that binds the owner', 'alter table partners no force row level security'],
])('a change of %s is seen', async (_, change) => {
  const before = await present()
  await t.root.query(change)
  expect(await present()).not.toBe(before)
})
