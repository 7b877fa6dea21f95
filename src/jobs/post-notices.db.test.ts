// Notices from what happens to the mailbox: the people who run the workspace are told, each once, each as they want it; letters gather
// what is due, are sent by one process, come again where the server refused, and carry nothing that a name could smuggle in.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../lib/log.ts'
import { createMail } from '../lib/mail.ts'
import { Redacted } from '../model/redacted.ts'
import { setCredentialState } from '../store/credentials.ts'
import { read, work, write } from '../store/db.ts'
import { finishJob, setJob } from '../store/jobs.ts'
import { markRead, noticesOf, setNotice, tell, unreadNotices } from '../store/notices.ts'
import { recomputePartnerStatuses } from '../store/partners-status.ts'
import { addProposals } from '../store/proposals.ts'
import { testDb } from '../store/testing/test-db.ts'
import { lookAtTokens, sendPost, startNotices } from './post-notices.ts'
import { startSmtp } from './testing/smtp.ts'

const t = await testDb()
const smtp = await startSmtp()
const logged: string[] = []
const mail = createMail({ url: new Redacted(smtp.url), from: 'Guestlist <guestlist@brand.example>' })
const parts = {
  db: t.db,
  mail,
  log: createLog('debug', (line) => logged.push(line)),
  publicUrl: new URL('https://guestlist.brand.example'),
}
afterAll(async () => {
  mail.close()
  await smtp.stop()
})

let [workspace, connection, owner, admin, member] = ['', '', '', '', '']
beforeEach(async () => {
  await t.root.query('delete from notices')
  smtp.letters.length = 0
  smtp.refusing = smtp.hanging = false
  workspace = await t.makeWorkspace()
  connection = await t.makeConnection(workspace)
  const { rows } = await t.root.query<{ user_id: string }>(
    'select user_id from members where workspace_id = $1',
    [workspace],
  )
  owner = rows[0]?.user_id ?? ''
  ;[admin, member] = [await t.makeUser(), await t.makeUser()]
  for (const [user, role] of [
    [admin, 'admin'],
    [member, 'member'],
  ]) {
    await t.root.query('insert into members (workspace_id, user_id, role) values ($1, $2, $3)', [
      workspace,
      user,
      role,
    ])
  }
})

const reader = (userId: string) => ({
  userId,
  role: userId === member ? ('member' as const) : ('owner' as const),
})
const seen = (user: string) =>
  read(t.db, workspace, (tx) => noticesOf(tx, reader(user), { unread: false, offset: 0, limit: 50 }))
const kinds = async (user: string) => (await seen(user)).rows.map(({ kind }) => kind)
const addressOf = (user: string) => `${user}@example.test`

async function job(parent: string | null = null, status = 'running'): Promise<string> {
  const id = randomUUID()
  await t.root.query(
    `insert into jobs (id, workspace_id, connection_id, parent_id, kind, status, trigger) values ($1, $2, $3, $4, 'check-for-updates', $5, 'schedule')`,
    [id, workspace, connection, parent, status],
  )
  return id
}

async function partner(): Promise<string> {
  const id = randomUUID()
  await t.root.query(
    `insert into partners (id, workspace_id, connection_id, external_id, name, is_agency, first_seen_at) values ($1, $2, $3, $4, 'The agency', true, now())`,
    [id, workspace, connection, id.slice(0, 8)],
  )
  return id
}

async function token(of: string | null, state: string, expiresAt: Date | null = null): Promise<string> {
  const id = randomUUID()
  await t.root.query(
    `insert into credentials (id, workspace_id, connection_id, partner_id, kind, sealed, key_version, last_four, fingerprint, state, expires_at)
      values ($1, $2, $3, $4, 'token', '\\x00', 1, 'abcd', '0000', $5, $6)`,
    [id, workspace, connection, of, state, expiresAt],
  )
  return id
}

/** What happens, and what is told of it. */
const happenings: [string, () => Promise<void>][] = [
  [
    'task-not-completed',
    async () => {
      const id = await job()
      const child = await job(id)
      for (const one of [child, id, id])
        await work(t.db, workspace, (tx) => finishJob(tx, one, { status: 'not_completed' }))
      const fine = await job()
      await work(t.db, workspace, (tx) => finishJob(tx, fine, { status: 'complete' }))
    },
  ],
  [
    'task-waiting',
    async () => {
      const id = await job()
      for (let n = 0; n < 3; n++) await work(t.db, workspace, (tx) => setJob(tx, id, { status: 'waiting' }))
    },
  ],
  [
    'removals-held',
    async () => {
      const ids = [randomUUID(), randomUUID()]
      for (const one of [ids, ids.toReversed()]) {
        const where = {
          workspaceId: workspace,
          connectionId: connection,
          jobId: await job(null, 'complete'),
          now: new Date(),
        }
        await work(t.db, workspace, (tx) =>
          addProposals(tx, where, [
            { id: randomUUID(), group: 'own_people', partnerId: null, ids: one, total: 3 },
          ]),
        )
      }
    },
  ],
  [
    'token-died',
    async () => {
      const id = await token(await partner(), 'good')
      for (let n = 0; n < 2; n++)
        await work(t.db, workspace, (tx) => setCredentialState(tx, id, { state: 'dead' }))
    },
  ],
  [
    'token-expires',
    async () => {
      await token(null, 'good', new Date(Date.now() + 5 * 86_400_000))
      await token(await partner(), 'good', new Date(Date.now() + 40 * 86_400_000))
      for (let n = 0; n < 2; n++) await lookAtTokens(parts)
    },
  ],
  [
    'partner-onboarded',
    async () => {
      const id = await partner()
      const recompute = () =>
        work(t.db, workspace, (tx) => recomputePartnerStatuses(tx, connection, new Date()))
      await recompute()
      await token(id, 'good')
      await recompute()
      await recompute()
    },
  ],
]

describe('The people who run the workspace are told, each once', () => {
  test.each(happenings)('%s', async (kind, happens) => {
    await happens()
    expect(await kinds(owner)).toEqual([kind])
    expect(await kinds(admin)).toEqual([kind])
    expect(await kinds(member)).toEqual([])
    const [notice] = (await seen(owner)).rows
    expect(notice?.sentence).toMatch(/^[A-Z].*\.$/)
    expect(notice?.target).not.toBeNull()
    expect(await read(t.db, workspace, (tx) => unreadNotices(tx, reader(owner)))).toBe(1)
    await work(t.db, workspace, (tx) => markRead(tx, workspace, owner, null))
    expect(await read(t.db, workspace, (tx) => unreadNotices(tx, reader(owner)))).toBe(0)
    expect(await read(t.db, workspace, (tx) => unreadNotices(tx, reader(admin)))).toBe(1)
  })

  test('A token that ends while nobody looks is told as ended, and once, whoever finds it', async () => {
    const id = await token(null, 'good', new Date(Date.now() - 1_000))
    await lookAtTokens(parts)
    await work(t.db, workspace, (tx) => setCredentialState(tx, id, { state: 'dead' }))
    expect(await kinds(owner)).toEqual(['token-died'])
  })

  test('A secret is told to those whom it was shared with, while they may open secrets, and to nobody else', async () => {
    const [auditor, guest] = [await t.makeUser(), await t.makeUser()]
    for (const [user, role] of [
      [auditor, 'auditor'],
      [guest, 'guest'],
    ])
      await t.root.query('insert into members (workspace_id, user_id, role) values ($1, $2, $3)', [
        workspace,
        user,
        role,
      ])
    const secret = randomUUID()
    await t.root.query(
      `insert into secrets (id, workspace_id, label, kind, version, created_by, changed_by) values ($2, $1, 'A label', 'note', 1, $3, $3)`,
      [workspace, secret, admin],
    )
    await t.root.query(
      `insert into secret_members (workspace_id, secret_id, user_id, role, added_by) values ($1, $2, $3, 'collaborator', $4)`,
      [workspace, secret, member, admin],
    )
    const share = (version: number) =>
      work(t.db, workspace, (tx) =>
        tell(
          tx,
          { kind: 'secret-shared', once: `${secret}/${String(version)}`, about: admin, data: { secret } },
          [member, guest, auditor],
        ),
      )
    await share(1)
    await share(1)
    await sendPost(parts)
    expect([await kinds(owner), await kinds(admin), await kinds(member)]).toEqual([[], [], ['secret-shared']])
    expect((await seen(member)).rows[0]).toMatchObject({ target: { kind: 'secret', id: secret } })
    expect(smtp.letters.flatMap(({ to }) => to).sort()).toEqual([addressOf(member), addressOf(guest)].sort())
    expect(smtp.letters.map(({ text }) => text).join()).not.toContain('A label')
    // Switched off, taken away, and of a role that it is not told to.
    await work(t.db, workspace, (tx) =>
      setNotice(tx, { workspaceId: workspace, userId: member }, 'secret-shared', { mail: false }),
    )
    await t.root.query(`update members set ends_at = now() where user_id = $1`, [guest])
    await t.root.query('delete from secret_members where secret_id = $1', [secret])
    await share(2)
    await sendPost(parts)
    expect((await seen(member)).rows.map(({ target }) => target)).toEqual([null, null])
    expect(smtp.letters).toHaveLength(2)
    await t.root.query(`update members set role = 'auditor' where user_id = $1`, [member])
    const now = { userId: member, role: 'auditor' as const }
    expect(await read(t.db, workspace, (tx) => unreadNotices(tx, now))).toBe(0)
  })

  test('Nothing is told of what was undone', async () => {
    const failing = write(
      t.db,
      { workspaceId: workspace, actor: { kind: 'system', id: 'x', address: null } },
      async (tx) => {
        await tell(tx, { kind: 'token-died', once: 'x' })
      },
    )
    await expect(failing).rejects.toThrow('recorded nothing')
    expect(await kinds(owner)).toEqual([])
  })

  test('Each as they want it: in the console, by mail, both or neither', async () => {
    const want = (user: string, to: { console?: boolean; mail?: boolean }) =>
      work(t.db, workspace, (tx) => setNotice(tx, { workspaceId: workspace, userId: user }, 'token-died', to))
    await want(owner, { console: false })
    await want(admin, { mail: false })
    await work(t.db, workspace, (tx) => tell(tx, { kind: 'token-died', once: 'a', connectionId: connection }))
    await sendPost(parts)
    expect(await kinds(owner)).toEqual([])
    expect(await kinds(admin)).toEqual(['token-died'])
    expect(smtp.letters.map(({ to }) => to)).toEqual([[addressOf(owner)]])
    await want(owner, { mail: false })
    await want(admin, { console: false })
    await work(t.db, workspace, (tx) => tell(tx, { kind: 'token-died', once: 'b', connectionId: connection }))
    await sendPost(parts)
    expect([await kinds(owner), await kinds(admin), smtp.letters.length]).toEqual([[], ['token-died'], 1])
  })
})

describe('Letters', () => {
  const news = (n: number) =>
    work(t.db, workspace, (tx) => tell(tx, { kind: 'token-died', once: String(n), connectionId: connection }))

  test('gather what is due, one for each person, whoever sends and however often', async () => {
    for (let n = 0; n < 3; n++) await news(n)
    await Promise.all([sendPost(parts), sendPost(parts), sendPost(parts)])
    await sendPost(parts)
    expect(smtp.letters.flatMap(({ to }) => to).sort()).toEqual([addressOf(owner), addressOf(admin)].sort())
    const [letter] = smtp.letters
    expect(letter?.text).toContain('Subject: A workspace of the test: 3 notices')
    const lines = letter?.text.replaceAll(/=\r?\n/g, '') ?? ''
    for (const page of ['', '/settings/notices'])
      expect(lines).toMatch(new RegExp(`https://guestlist.brand.example/w/${workspace}${page}\\r?$`, 'm'))
  })

  test('that the server refuses come again, later each time, and end after a day', async () => {
    await news(1)
    smtp.refusing = true
    await sendPost(parts)
    smtp.refusing = false
    await sendPost(parts)
    expect(smtp.letters).toEqual([])
    await t.root.query(`update notices set at = at - interval '20 seconds'`)
    await sendPost(parts)
    expect(smtp.letters).toHaveLength(2)
    expect(logged.join('\n')).toContain('notices were not mailed')
    expect(logged.join('\n')).not.toContain('@example.test')
    await news(2)
    await t.root.query(`update notices set at = at - interval '25 hours'`)
    await sendPost(parts)
    expect(smtp.letters).toHaveLength(2)
    const { rows } = await t.root.query<{ mail: string }>('select distinct mail from notices order by 1')
    expect(rows.map(({ mail: state }) => state)).toEqual(['given_up', 'sent'])
  })

  test('that a server holds up neither hold up the end of the program nor are lost with it', async () => {
    // Of tests before: the same loop would tell of them.
    await t.root.query('delete from credentials')
    await news(1)
    smtp.hanging = true
    const mails = async () =>
      (await t.root.query<{ mail: string }>('select mail from notices order by mail')).rows.map(
        (row) => row.mail,
      )
    const end = startNotices(parts)
    while (smtp.waiting === 0) await new Promise((go) => setTimeout(go, 10))
    // What would be lost with the process here is the one letter that is on its way.
    expect(await mails()).toEqual(['due', 'sent'])
    await end()
    expect(await mails()).toEqual(['due', 'due'])
    smtp.hanging = false
    while (smtp.letters.length === 0) await new Promise((go) => setTimeout(go, 10))
    await t.root.query(`update notices set at = at - interval '20 seconds'`)
    await sendPost(parts)
    // What the server took after all comes again with the same number, so that a mailbox shows it once.
    const numbers = smtp.letters.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)?.[1])
    expect([numbers.length, new Set(numbers).size]).toEqual([3, 2])
  })

  test('do not go to somebody who no longer runs the workspace', async () => {
    await news(1)
    await t.root.query(`update members set status = 'removed' where user_id = $1`, [admin])
    await t.root.query(`update members set role = 'auditor' where user_id = $1 and role = 'admin'`, [admin])
    await sendPost(parts)
    expect(smtp.letters.flatMap(({ to }) => to)).toEqual([addressOf(owner)])
  })

  test('take names as text: no header, no recipient, no line and no direction of theirs', async () => {
    const name = 'Evil\r\nBcc: victim@example.test\r\n\r\n\u202eGood <script>alert(1)</script>\u0000'.replace(
      '\u0000',
      '',
    )
    await t.root.query('update connections set label = $2 where id = $1', [connection, name])
    await t.root.query('update workspaces set name = $2 where id = $1', [workspace, name])
    await news(1)
    await sendPost(parts)
    expect(smtp.letters).toHaveLength(2)
    for (const { to, text } of smtp.letters) {
      expect(to).toHaveLength(1)
      expect(text).not.toMatch(/^Bcc:/m)
      expect(text).not.toContain('\u202e')
      expect(text).toMatch(/^Content-Type: text\/plain/m)
    }
  })
})
