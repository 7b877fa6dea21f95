// The palette's search: a part of a name or an address finds everybody who has it, a whole address or id exactly who it is, and nobody who is
// gone or of an app that was removed.
import { beforeAll, expect, test } from 'vitest'
import { read } from './db.ts'
import { search } from './search.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const workspaceId = await t.makeWorkspace()
const [connectionId, removedId] = [await t.makeConnection(workspaceId), await t.makeConnection(workspaceId)]

beforeAll(async () => {
  const people = [
    [connectionId, '900', 'Ann', 'ann@agency.example', false],
    [connectionId, '901', 'Ann-Lise', 'lise.ann@agency.example', false],
    [connectionId, '9001', 'Joann', 'JoAnn@agency.example', false],
    [connectionId, '902', 'Gone', 'gone@agency.example', true],
    [removedId, '903', 'Elsewhere', 'elsewhere@agency.example', false],
    [removedId, '900', 'Ann', 'ann@agency.example', false],
  ]
  for (const [connection, externalId, name, email, ended] of people) {
    await t.root.query(
      `insert into principals (workspace_id, connection_id, external_id, kind, name, email, business, source, scope, first_seen_at, last_confirmed_at, ended_at)
         values ($1, $2, $3, 'person', $4, $5, '77', 'list', 's', now(), now(), case when $6 then now() end)`,
      [workspaceId, connection, externalId, name, email, ended],
    )
  }
  await t.root.query('update connections set removed_at = now() where id = $1', [removedId])
})

/** People alone: the ids of the apps are random, and may hold what is looked for. */
const found = async (text: string) =>
  (await read(t.db, workspaceId, (tx) => search(tx, text)))
    .filter(({ kind }) => kind === 'principal')
    .map(({ title }) => title)

test.each([
  ['a part of a name, those that begin with it first', 'ann', ['Ann', 'Ann-Lise', 'Joann']],
  ['a part of an address', 'ann@agency', ['Ann', 'Ann-Lise', 'Joann']],
  ['a whole address, not those that hold it', 'ann@agency.example', ['Ann']],
  ['a whole address however it is written', ' joann@AGENCY.example ', ['Joann']],
  ['a whole id, not those that hold it', '900', ['Ann']],
  ['a part of an id', '90', ['Ann', 'Ann-Lise', 'Joann']],
  ['who is gone', 'gone@agency.example', []],
  ['who is of a removed app', 'elsewhere@agency.example', []],
  ['a pattern as the text that it is', 'a%n', []],
])('%s', async (_, text, titles) => {
  expect(await found(text)).toEqual(titles)
})
