// What opens a door, made while the clock was ahead: it does not live on for as long as the clock was wrong. And what was made an hour
// before the clock went back by an hour still opens.
import { createHash, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { invitationById, takeInvitation } from '../store/invitations.ts'
import { passwordLinkBySecret, takePasswordLink } from '../store/password-links.ts'
import { work } from '../store/db.ts'
import { testDb } from '../store/testing/test-db.ts'
import { requestById, takeRequestTry } from '../store/token-requests.ts'
import { testApp } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspace = await t.makeWorkspace()
const owner = await a.person()
await a.join(workspace, owner, 'owner')
const hash = createHash('sha256').update('secret').digest()

test('a session', async () => {
  const path = `/workspaces/${workspace}/connections`
  const at = async (end: string) => {
    await t.root.query(`update auth_session set expires_at = now() + interval '${end}'`)
    return (await a.ask('GET', path, { as: owner })).status
  }
  expect([
    await at('7 days'),
    await at('7 days 59 minutes'),
    await at('407 days'),
    await at('-1 second'),
  ]).toEqual([200, 200, 401, 401])
})

test('an invitation, a token request and a link to a new password', async () => {
  const connection = await t.makeConnection(workspace)
  const [invitation, partner, request] = [randomUUID(), randomUUID(), randomUUID()]
  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, first_seen_at) values ($1, $2, $3, '1', now())`,
    [partner, workspace, connection],
  )
  await t.root.query(
    `insert into invitations (id, workspace_id, email, role, secret_hash, invited_by, expires_at) values ($1, $2, 'i@example.test', 'member', $3, $4, now())`,
    [invitation, workspace, hash, owner.id],
  )
  await t.root.query(
    `insert into token_requests (id, workspace_id, connection_id, partner_id, secret_hash, requested_by, expires_at) values ($1, $2, $3, $4, $5, $6, now())`,
    [request, workspace, connection, partner, hash, owner.id],
  )
  await t.root.query(`insert into password_links (secret_hash, user_id, expires_at) values ($1, $2, now())`, [
    hash,
    owner.id,
  ])
  const open = async (ahead: string) => {
    for (const [table, life] of [
      ['invitations', '72 hours'],
      ['token_requests', '7 days'],
      ['password_links', '1 hour'],
    ] as const)
      await t.root.query(
        `update ${table} set expires_at = now() + interval '${life}' + interval '${ahead}' where secret_hash = $1`,
        [hash],
      )
    return work(t.db, workspace, async (tx) => {
      const states = [
        (await invitationById(tx, invitation))?.state,
        (await requestById(tx, request))?.state,
        (await passwordLinkBySecret(t.db, hash))?.state,
      ]
      return states.join(' ')
    })
  }
  const taken = () =>
    work(t.db, workspace, async (tx) => [
      await takeInvitation(tx, invitation, hash, owner.id),
      await takePasswordLink(tx, hash),
    ])
  const tried = () => takeRequestTry(t.db, { id: request, workspaceId: workspace }, hash)
  expect(await open('400 days')).toBe('expired expired expired')
  expect([await taken(), await tried()]).toEqual([[false, false], false])
  expect(await open('59 minutes')).toBe('open open open')
  expect([await taken(), await tried()]).toEqual([[true, true], true])
})
