// Who signs in at the moment at which everything that a password opened is ended: it opens nothing any more afterwards.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { endSessions, setPassword } from '../store/people.ts'
import { meanwhile } from '../store/testing/meanwhile.ts'
import { testDb } from '../store/testing/test-db.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
// The tables of persons belong to no workspace.
const nowhere = '00000000-0000-4000-8000-000000000000'

test('Who signs in with the old password while it is replaced is signed in no more afterwards', async () => {
  const person = await a.person()
  const hash = await a.parts.auth.hash('quite another password')
  const signedIn = await meanwhile(
    t,
    nowhere,
    (tx) => setPassword(tx, person.id, hash),
    () => a.signIn(person.email),
  )
  const me = await a.ask('GET', '/me', { headers: { cookie: signedIn.cookie } })
  expect(me.status).toBe(401)
  expect((await a.signIn(person.email, 'quite another password')).status).toBe(200)
})

test('Who signs in with a password alone while a second factor is set up is signed in no more afterwards', async () => {
  const person = await a.person()
  const signedIn = await meanwhile(
    t,
    nowhere,
    async (tx) => {
      await sql`update auth_user set two_factor_enabled = true where id = ${person.id}`.execute(tx)
      await endSessions(tx, person.id, null)
    },
    () => a.signIn(person.email),
  )
  const me = await a.ask('GET', '/me', { headers: { cookie: signedIn.cookie } })
  expect(me.status).toBe(401)
})
