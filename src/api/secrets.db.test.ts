// Secrets over HTTP, encrypted by the real code: who may do what, what the server refuses, what each write leaves in the activity log, and
// that nobody finds what is not theirs.
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { deleteExpired } from '../jobs/schedule.ts'
import { tablesWith } from '../jobs/testing/canary.ts'
import type { OwnVault, Recipient, Secret, SecretDetails, SecretRole } from '../model/secret.ts'
import { meanwhile } from '../store/testing/meanwhile.ts'
import { testDb } from '../store/testing/test-db.ts'
import * as sharing from '../vault/sharing.ts'
import type { OpenVault } from '../vault/sharing.ts'
import { transferOwnership } from './break-glass.ts'
import { testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'

const t = await testDb()
const a = await testApp(t)
const workspace = await t.makeWorkspace()
const other = await t.makeWorkspace()

interface Somebody extends TestPerson {
  vault: OpenVault
  own: OwnVault
}

const recoveryKey = sharing.newRecoveryKey()

async function makeVault(
  person: TestPerson,
  at = workspace,
  replaces: string | null = null,
): Promise<Somebody> {
  const vault = await sharing.newVault()
  // The recovery key's lighter lock stands for both: scrypt at full weight is tested beside sharing.ts.
  const file = await sharing.wrapWithRecoveryKey(vault, recoveryKey)
  const { recipient, signing } = vault
  const answer = await a.ask('POST', `/workspaces/${at}/vault`, {
    as: person,
    body: { recipient, signing, passphraseFile: file, recoveryFile: file, replaces },
  })
  expect(answer.status).toBe(200)
  return { ...person, vault, own: answer.body as OwnVault }
}

async function member(
  role: 'owner' | 'admin' | 'member' | 'auditor' | 'guest',
  invitedBy?: string,
): Promise<TestPerson> {
  const person = await a.person()
  const ends = role === 'guest' ? new Date(Date.now() + 86_400_000) : undefined
  await a.join(workspace, person, role, 'active', ends)
  if (invitedBy !== undefined)
    await t.root.query('update members set invited_by = $1 where user_id = $2', [invitedBy, person.id])
  return person
}

const ada = await makeVault(await member('owner'))
const bob = await makeVault(await member('member'))
const cem = await makeVault(await member('admin'))
const auditor = await member('auditor')
const guest = await member('guest', bob.id)
const outsider = await a.person()
await a.join(other, outsider, 'owner')

const path = `/workspaces/${workspace}/secrets`
type Share = [person: Somebody, role: SecretRole]

interface Version {
  label?: string
  value: string
  version?: number
  id?: string
}

/** A version as a browser would send it. `without`: people who are named, but not among those it is encrypted to. */
async function version(by: TestPerson & { vault?: OpenVault }, shares: Share[], of: Version) {
  const { label = 'A label', value, id = randomUUID() } = of
  const claimed = { workspace, id, version: of.version ?? 1, label, kind: 'note' as const }
  const to = shares.map(([person]) => person.vault.recipient)
  const from = by.vault === undefined ? null : { user: by.id, vault: by.vault }
  return {
    id,
    label,
    kind: 'note',
    sealed: await sharing.seal({ ...claimed, value, to, from }),
    members: [
      ...(by.vault === undefined ? [{ userId: by.id, role: 'owner', vaultId: null as string | null }] : []),
      ...shares.map(([person, role]) => ({
        userId: person.id,
        role,
        vaultId: person.own.id,
      })),
    ],
  }
}

async function added(by: TestPerson & { vault?: OpenVault }, shares: Share[], of: Version): Promise<Secret> {
  const body = { ...(await version(by, shares, of)), expiresAt: null }
  const answer = await a.ask('POST', path, { as: by, body })
  expect(answer).toMatchObject({ status: 200 })
  return answer.body as Secret
}

async function changed(by: Somebody, secret: Secret, shares: Share[], value: string, more: object = {}) {
  const body = await version(by, shares, { value, version: secret.version + 1, id: secret.id })
  return a.ask('POST', `${path}/${secret.id}/versions`, {
    as: by,
    body: { ...body, base: secret.version, ...more },
  })
}

async function opened(by: Somebody, secret: Secret): Promise<string> {
  const { status, body } = await a.ask('POST', `${path}/${secret.id}/open`, { as: by, body: {} })
  expect(status).toBe(200)
  const got = body as { sealed: string; label: string; kind: 'note'; version: number }
  const claimed = { workspace, id: secret.id, version: got.version, label: got.label, kind: got.kind }
  return (await sharing.open(by.vault, got.sealed, claimed)).value
}

const sentenceOf = (body: unknown) => (body as { error: { sentence: string } }).error.sentence
const deeds = async (id: string) =>
  (await a.audit(workspace)).filter((event) => event.subject_id === id).map(({ action }) => action)

describe('Vaults', () => {
  test('are made once, replaced by name, and leave their keys in the activity log', async () => {
    const person = await makeVault(await member('member'))
    const { recipient, signing } = person.vault
    const again = {
      recipient,
      signing,
      passphraseFile: person.own.passphraseFile,
      recoveryFile: person.own.recoveryFile,
    }
    const ask = (replaces: string | null) =>
      a.ask('POST', `/workspaces/${workspace}/vault`, { as: person, body: { ...again, replaces } })
    expect((await ask(null)).status).toBe(409)
    expect((await ask(randomUUID())).status).toBe(404)
    expect((await ask(bob.own.id)).status).toBe(404)
    const next = await makeVault(person, workspace, person.own.id)
    expect(next.own.id).not.toBe(person.own.id)
    const events = (await a.audit(workspace)).filter(
      ({ actor_id, action }) => actor_id === person.id && action.startsWith('vault.'),
    )
    expect(events.map(({ action }) => action)).toEqual(['vault.make', 'vault.replace'])
    expect(events[1]?.data).toMatchObject({ recipient: next.vault.recipient, replaces: person.own.id })
    const { rows } = await t.root.query<{ file: string | null }>(
      'select passphrase_file as file from vaults where id = $1',
      [person.own.id],
    )
    expect(rows).toEqual([{ file: null }])
  })

  test.each([
    ['a private key in the clear', () => Promise.resolve('AGE-SECRET-KEY-1QQQ')],
    ['a file for a public key', () => sharing.exported(bob.vault, bob.vault.identity)],
    [
      'text in the armor of a file',
      () => Promise.resolve('-----BEGIN AGE ENCRYPTED FILE-----\nQUdF\n-----END AGE ENCRYPTED FILE-----\n'),
    ],
  ])('%s is not taken for a locked key', async (_, make) => {
    const person = await member('member')
    const file = await make()
    const { recipient, signing } = await sharing.newVault()
    for (const files of [
      { passphraseFile: file, recoveryFile: bob.own.recoveryFile },
      { passphraseFile: bob.own.passphraseFile, recoveryFile: file },
    ]) {
      const body = { recipient, signing, ...files, replaces: null }
      expect((await a.ask('POST', `/workspaces/${workspace}/vault`, { as: person, body })).status).toBe(400)
    }
    const patch = { id: bob.own.id, passphraseFile: file }
    expect((await a.ask('PATCH', `/workspaces/${workspace}/vault`, { as: bob, body: patch })).status).toBe(
      400,
    )
  })

  test('a passphrase is changed by another file, of the own vault alone', async () => {
    const file = await sharing.wrapWithRecoveryKey(bob.vault, sharing.newRecoveryKey())
    const ask = (as: TestPerson) =>
      a.ask('PATCH', `/workspaces/${workspace}/vault`, { as, body: { id: bob.own.id, passphraseFile: file } })
    expect((await ask(ada)).status).toBe(404)
    expect((await ask(bob)).status).toBe(204)
    const { body } = await a.ask('GET', `/workspaces/${workspace}/vault`, { as: bob })
    expect(body).toMatchObject({ vault: { passphraseFile: file, recoveryFile: bob.own.recoveryFile } })
  })

  test('confirmed fingerprints come back with the vault, and go with it', async () => {
    const person = await makeVault(await member('member'))
    const pin = await sharing.pin(person.vault, workspace, {
      about: ada.id,
      fingerprint: await sharing.fingerprint(ada.vault),
    })
    const ask = (body: unknown) => a.ask('POST', `/workspaces/${workspace}/vault/pins`, { as: person, body })
    expect((await ask({ vaultId: bob.own.id, pin })).status).toBe(404)
    expect((await ask({ vaultId: person.own.id, pin: { ...pin, about: outsider.id } })).status).toBe(404)
    expect((await ask({ vaultId: person.own.id, pin })).status).toBe(204)
    const own = async () =>
      ((await a.ask('GET', `/workspaces/${workspace}/vault`, { as: person })).body as { vault: OwnVault })
        .vault
    expect((await own()).pins).toEqual([pin])
    await makeVault(person, workspace, person.own.id)
    expect((await own()).pins).toEqual([])
  })

  test('recipients: members see everybody who can open, a guest only the inviter and those who manage', async () => {
    const namesFor = async (person: TestPerson) => {
      const { body } = await a.ask('GET', `/workspaces/${workspace}/recipients`, { as: person })
      return (body as { rows: Recipient[] }).rows
    }
    const forAda = await namesFor(ada)
    expect(forAda.map(({ userId }) => userId)).toEqual(expect.arrayContaining([bob.id, cem.id, guest.id]))
    expect(forAda.map(({ userId }) => userId)).not.toContain(auditor.id)
    const forGuest = await namesFor(guest)
    expect(new Set(forGuest.map(({ userId }) => userId))).toEqual(new Set([ada.id, bob.id, cem.id]))
    expect(forGuest[0]).toMatchObject({
      userId: bob.id,
      inviter: true,
      email: null,
      key: { vaultId: bob.own.id },
    })
    expect((await a.ask('GET', `/workspaces/${workspace}/recipients`, { as: auditor })).status).toBe(403)
  })
})

describe('Secrets', () => {
  test('are added, opened, changed, shared, unshared and restored, each with its event', async () => {
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'first' },
    )
    expect(secret).toMatchObject({ version: 1, role: 'owner', canOpen: true })
    expect(await opened(bob, secret)).toBe('first')
    const second = (
      await changed(
        bob,
        secret,
        [
          [ada, 'owner'],
          [bob, 'collaborator'],
        ],
        'second',
      )
    ).body as Secret
    expect(second).toMatchObject({ version: 2, role: 'collaborator', changedBy: { id: bob.id } })
    expect(await opened(ada, second)).toBe('second')
    const third = (
      await changed(
        ada,
        second,
        [
          [ada, 'owner'],
          [cem, 'owner'],
        ],
        'third',
      )
    ).body as Secret
    expect(third.members.map(({ userId }) => userId).sort()).toEqual([ada.id, cem.id].sort())
    expect((await a.ask('POST', `${path}/${secret.id}/open`, { as: bob, body: { version: 1 } })).status).toBe(
      404,
    )
    expect(await opened(cem, third)).toBe('third')
    const fourth = (
      await changed(
        cem,
        third,
        [
          [ada, 'owner'],
          [cem, 'owner'],
        ],
        'first',
        { restores: 1 },
      )
    ).body as Secret
    expect(fourth.version).toBe(4)
    expect(await deeds(secret.id)).toEqual([
      'secret.add',
      'secret.share',
      'secret.view',
      'secret.change',
      'secret.view',
      'secret.share',
      'secret.unshare',
      'secret.view',
      'secret.restore',
    ])
    const details = (await a.ask('GET', `${path}/${secret.id}`, { as: cem })).body as SecretDetails
    expect(details.versions.map(({ deed, canOpen }) => [deed, canOpen])).toEqual([
      ['restore', true],
      ['unshare', true],
      ['change', false],
      ['add', false],
    ])
    expect(details.events).toHaveLength(9)
  })

  test('whoever has no part in one finds nothing of it, by whatever route', async () => {
    const secret = await added(ada, [[ada, 'owner']], { value: 'only mine', label: 'Findable by name' })
    const body = await version(bob, [[bob, 'owner']], { value: 'x', version: 2, id: secret.id })
    const routes: [string, string, unknown][] = [
      ['GET', '', undefined],
      ['PATCH', '', { expiresAt: null }],
      ['DELETE', '', { label: 'Findable by name' }],
      ['POST', '/open', {}],
      ['POST', '/versions', { ...body, base: 1 }],
      ['POST', '/leave', { label: 'Findable by name' }],
    ]
    for (const person of [bob, cem, guest]) {
      for (const [method, end, sent] of routes) {
        const answer = await a.ask(method, `${path}/${secret.id}${end}`, { as: person, body: sent })
        expect([method, end, answer.status]).toEqual([method, end, 404])
        expect(sentenceOf(answer.body)).toContain('no longer shared with you')
      }
      const list = await a.ask('GET', `${path}?search=Findable`, { as: person })
      expect(list.body).toMatchObject({ rows: [], total: 0 })
    }
    expect((await a.ask('GET', `${path}?search=indable+by`, { as: ada })).body).toMatchObject({ total: 1 })
    expect((await a.ask('GET', path, { as: auditor })).status).toBe(403)
    expect((await a.ask('GET', path, { as: outsider })).status).toBe(404)
  })

  test("somebody else's was held before it was asked whose it is: a stranger waited for whoever changed it", async () => {
    const { id, label } = await added(ada, [[ada, 'owner']], { value: 'not theirs' })
    let answered = false
    const answer = await meanwhile(
      t,
      workspace,
      (tx) => tx.selectFrom('secrets').select('id').where('id', '=', id).forUpdate().execute(),
      () =>
        a.ask('POST', `${path}/${id}/leave`, { as: guest, body: { label } }).finally(() => (answered = true)),
      () => Promise.resolve(expect(answered).toBe(true)),
    )
    expect(answer.status).toBe(404)
  })

  test('a collaborator changes the value and nothing else', async () => {
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'v' },
    )
    const attempts = [
      await changed(
        bob,
        secret,
        [
          [ada, 'owner'],
          [bob, 'collaborator'],
          [cem, 'collaborator'],
        ],
        'v',
      ),
      await changed(bob, secret, [[bob, 'owner']], 'v'),
      await changed(
        bob,
        secret,
        [
          [ada, 'owner'],
          [bob, 'owner'],
        ],
        'v',
      ),
      await a.ask('PATCH', `${path}/${secret.id}`, { as: bob, body: { expiresAt: null } }),
      await a.ask('DELETE', `${path}/${secret.id}`, { as: bob, body: { label: 'A label' } }),
    ]
    expect(attempts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect(((await a.ask('GET', `${path}/${secret.id}`, { as: bob })).body as SecretDetails).events).toEqual(
      [],
    )
  })

  test('the last owner cannot leave; others can', async () => {
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'v' },
    )
    const leave = (as: TestPerson, label = 'A label') =>
      a.ask('POST', `${path}/${secret.id}/leave`, { as, body: { label } })
    expect((await leave(ada)).status).toBe(409)
    expect((await changed(ada, secret, [[bob, 'collaborator']], 'v')).status).toBe(409)
    expect((await leave(bob, 'Another label')).status).toBe(409)
    expect((await leave(bob)).status).toBe(204)
    expect((await leave(bob)).status).toBe(404)
  })

  test('where no owner is a member any more, those who have it decide', async () => {
    const gone = await makeVault(await member('member'))
    const secret = await added(
      gone,
      [
        [gone, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'v' },
    )
    const remove = () => a.ask('DELETE', `${path}/${secret.id}`, { as: bob, body: { label: 'A label' } })
    expect((await remove()).status).toBe(403)
    await t.root.query(`update members set status = 'removed' where user_id = $1`, [gone.id])
    expect((await remove()).status).toBe(204)
  })

  describe('whoever was removed and is a member again', () => {
    const comeBack: [string, (person: TestPerson) => Promise<unknown>][] = [
      [
        'by an invitation',
        async (person) => {
          const body = { email: person.email, role: 'member' }
          const made = await a.ask('POST', `/workspaces/${workspace}/invitations`, { as: ada, body })
          const { link } = made.body as { link: string }
          const secret = link.split('#')[1] ?? ''
          const joined = await a.ask('POST', '/invitations/redeem', { as: person, body: { secret } })
          expect(joined.status).toBe(200)
        },
      ],
      ['as the owner', ({ email }) => transferOwnership(t.db, workspace, email, { dropSecondFactor: false })],
    ]
    test.each(comeBack)('%s, has their own secrets, and nothing that others have', async (_, again) => {
      const person = await makeVault(await member('member'))
      const shared = await added(
        ada,
        [
          [ada, 'owner'],
          [person, 'owner'],
        ],
        { value: 'for two' },
      )
      const own = await added(person, [[person, 'owner']], { value: 'mine' })
      // Given by somebody who cannot open it: nobody else can share it again.
      const given = await added(await member('guest', person.id), [[person, 'collaborator']], {
        value: 'from a guest',
      })
      const seen = (id: string) => a.ask('GET', `${path}/${id}`, { as: person }).then(({ status }) => status)
      for (const { id } of [shared, own]) expect(await seen(id)).toBe(200)

      expect(
        (await a.ask('DELETE', `/workspaces/${workspace}/members/${person.id}`, { as: ada })).status,
      ).toBe(204)
      expect((await deeds(shared.id)).at(-1)).toBe('secret.unshare')
      // As an earlier release left it.
      await t.root.query(
        `insert into secret_members (workspace_id, secret_id, user_id, role, added_by) values ($1, $2, $3, 'owner', $3)
         on conflict do nothing`,
        [workspace, shared.id, person.id],
      )
      await again(person)
      const back = { ...person, cookie: (await a.signIn(person.email)).cookie }
      const now = (id: string) => a.ask('GET', `${path}/${id}`, { as: back }).then(({ status }) => status)
      expect([await now(shared.id), await now(own.id), await now(given.id)]).toEqual([404, 200, 200])
      expect(await opened(back, own)).toBe('mine')
      await a.join(workspace, ada, 'owner')
      ada.cookie = (await a.signIn(ada.email)).cookie
    })
  })

  test('a guest whose stay is over and who loses a secret by its next version is told of in the log', async () => {
    const visitor = await makeVault(await member('guest', ada.id))
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [visitor, 'collaborator'],
      ],
      { value: 'v' },
    )
    await t.root.query(`update members set ends_at = now() - interval '1 minute' where user_id = $1`, [
      visitor.id,
    ])
    expect((await changed(ada, secret, [[ada, 'owner']], 'w')).status).toBe(200)
    expect((await deeds(secret.id)).slice(-2)).toEqual(['secret.unshare', 'secret.change'])
  })

  test('two writers at once: one is told to look again', async () => {
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'owner'],
      ],
      { value: 'v' },
    )
    const both = await Promise.all(
      [ada, bob].map((by) =>
        changed(
          by,
          secret,
          [
            [ada, 'owner'],
            [bob, 'owner'],
          ],
          by.id,
        ),
      ),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(sentenceOf(both.find(({ status }) => status === 409)?.body)).toContain('Open it again')
  })

  test('a key that was replaced stops the writer, and its old secrets say who cannot open them', async () => {
    const dan = await makeVault(await member('member'))
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [dan, 'collaborator'],
      ],
      { value: 'v' },
    )
    const later = await makeVault(dan, workspace, dan.own.id)
    const late = await changed(
      ada,
      secret,
      [
        [ada, 'owner'],
        [dan, 'collaborator'],
      ],
      'v',
    )
    expect(late.status).toBe(409)
    expect(sentenceOf(late.body)).toContain('key changed')
    expect((await a.ask('GET', `${path}/${secret.id}`, { as: dan })).body).toMatchObject({ canOpen: false })
    const again = (
      await changed(
        ada,
        secret,
        [
          [ada, 'owner'],
          [later, 'collaborator'],
        ],
        'w',
      )
    ).body as Secret
    expect(await opened(later, again)).toBe('w')
  })

  test('a guest without a vault gives a secret to the inviter or an admin, and to nobody else', async () => {
    const secret = await added(
      guest,
      [
        [bob, 'collaborator'],
        [cem, 'collaborator'],
      ],
      { value: 'from outside' },
    )
    expect(secret).toMatchObject({ role: 'owner', canOpen: false })
    expect(await opened(bob, secret)).toBe('from outside')
    const stranger = await makeVault(await member('member'))
    const body = { ...(await version(guest, [[stranger, 'collaborator']], { value: 'v' })), expiresAt: null }
    expect((await a.ask('POST', path, { as: guest, body })).status).toBe(403)
    expect((await a.ask('GET', path, { as: guest })).body).toMatchObject({
      total: 1,
      rows: [{ id: secret.id }],
    })
  })

  test.each<
    [string, (body: Record<string, unknown> & { members: object[] }) => Promise<object> | object, number]
  >([
    ['text in place of a file', () => ({ sealed: 'EAAB-a-token-in-the-clear' }), 400],
    ['a file under a passphrase', () => ({ sealed: ada.own.recoveryFile }), 400],
    [
      'a file for fewer keys than people',
      (body) => ({ members: [...body.members, { userId: bob.id, role: 'owner', vaultId: bob.own.id }] }),
      400,
    ],
    [
      'a file that is too long',
      () => ({
        sealed: `-----BEGIN AGE ENCRYPTED FILE-----\n${'A'.repeat(210_001)}\n-----END AGE ENCRYPTED FILE-----\n`,
      }),
      400,
    ],
    ['no label', () => ({ label: '' }), 400],
    ['a label with a line break', () => ({ label: 'two\nlines' }), 400],
    ['a label with blanks around it', () => ({ label: ' padded ' }), 400],
    ['an unknown kind', () => ({ kind: 'treasure' }), 400],
    ['an end that is past', () => ({ expiresAt: new Date(Date.now() - 1_000).toISOString() }), 400],
    [
      'an end in a hundred years',
      () => ({ expiresAt: new Date(Date.now() + 36_500 * 86_400_000).toISOString() }),
      400,
    ],
    ['somebody twice', (body) => ({ members: [...body.members, ...body.members] }), 400],
    [
      'nobody who owns it',
      () => ({ members: [{ userId: ada.id, role: 'collaborator', vaultId: ada.own.id }] }),
      400,
    ],
    [
      'somebody of another workspace',
      (body) => ({ members: [...body.members, { userId: outsider.id, role: 'owner', vaultId: null }] }),
      403,
    ],
    [
      'an auditor',
      (body) => ({ members: [...body.members, { userId: auditor.id, role: 'owner', vaultId: null }] }),
      403,
    ],
    [
      'somebody without a vault',
      (body) => ({ members: [...body.members, { userId: guest.id, role: 'collaborator', vaultId: null }] }),
      400,
    ],
  ])('%s is refused', async (_, spoil, status) => {
    const body = { ...(await version(ada, [[ada, 'owner']], { value: 'v' })), expiresAt: null }
    expect((await a.ask('POST', path, { as: ada, body: { ...body, ...(await spoil(body)) } })).status).toBe(
      status,
    )
    expect(await deeds(body.id)).toEqual([])
  })

  test('an id that is taken is refused; one that another workspace has taken is as free as any, and neither meets the other', async () => {
    const secret = await added(ada, [[ada, 'owner']], { value: 'v' })
    const body = { ...(await version(bob, [[bob, 'owner']], { value: 'v', id: secret.id })), expiresAt: null }
    expect((await a.ask('POST', path, { as: bob, body })).status).toBe(409)
    const far = await makeVault(outsider, other)
    const theirs = {
      ...(await version(far, [[far, 'owner']], { value: 'v', id: secret.id })),
      expiresAt: null,
    }
    const there = `/workspaces/${other}/secrets`
    expect((await a.ask('POST', there, { as: far, body: theirs })).status).toBe(200)
    expect((await a.ask('GET', there, { as: far })).body).toMatchObject({ total: 1 })
    const gone = await a.ask('DELETE', `${there}/${secret.id}`, { as: far, body: { label: 'A label' } })
    expect(gone.status).toBe(204)
    expect(await opened(ada, secret)).toBe('v')
  })

  test('an expired secret is not there, and is deleted for good by the round', async () => {
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'short lived' },
    )
    const soon = new Date(Date.now() + 86_400_000).toISOString()
    expect(
      (await a.ask('PATCH', `${path}/${secret.id}`, { as: ada, body: { expiresAt: soon } })).body,
    ).toMatchObject({ expiresAt: soon })
    expect(await deleteExpired(a.parts)).toEqual([])
    await t.root.query(`update secrets set expires_at = now() - interval '1 second' where id = $1`, [
      secret.id,
    ])
    expect((await a.ask('GET', `${path}/${secret.id}`, { as: ada })).status).toBe(404)
    expect((await a.ask('POST', `${path}/${secret.id}/open`, { as: bob, body: {} })).status).toBe(404)
    const rounds = await Promise.all([deleteExpired(a.parts), deleteExpired(a.parts)])
    expect(rounds.flat()).toEqual([secret.id])
    const { rows } = await t.root.query(
      `select (select count(*)::int from secrets where id = $1) + (select count(*)::int from secret_versions where secret_id = $1)
        + (select count(*)::int from secret_members where secret_id = $1) as left`,
      [secret.id],
    )
    expect(rows).toEqual([{ left: 0 }])
    expect((await deeds(secret.id)).at(-1)).toBe('secret.expire')
  })

  test('deleting takes every version away, once its label is named', async () => {
    const secret = await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'v' },
    )
    const remove = (label: string) => a.ask('DELETE', `${path}/${secret.id}`, { as: ada, body: { label } })
    expect((await remove('Something else')).status).toBe(409)
    expect((await remove('A label')).status).toBe(204)
    expect((await a.ask('GET', `${path}/${secret.id}`, { as: bob })).status).toBe(404)
    expect((await deeds(secret.id)).at(-1)).toBe('secret.delete')
  })

  test('beyond fifty versions the oldest go', async () => {
    let secret = await added(ada, [[ada, 'owner']], { value: '1' })
    for (let at = 2; at <= 52; at++)
      secret = (await changed(ada, secret, [[ada, 'owner']], String(at))).body as Secret
    const details = (await a.ask('GET', `${path}/${secret.id}`, { as: ada })).body as SecretDetails
    expect(details.versions.map((one) => one.version)).toEqual(Array.from({ length: 50 }, (_, at) => 52 - at))
    expect(await opened(ada, secret)).toBe('52')
  })

  test('no private key, recovery key or value is in any table or in the log', async () => {
    await added(
      ada,
      [
        [ada, 'owner'],
        [bob, 'collaborator'],
      ],
      { value: 'canary-value-of-a-secret', label: 'canary-label' },
    )
    const canaries = ['canary-value-of-a-secret', recoveryKey, ada.vault.identity, bob.vault.identity]
    expect(await tablesWith(t, canaries)).toEqual([])
    expect(await tablesWith(t, ['canary-label'])).toContain('public.secrets')
    expect(canaries.filter((text) => a.logged.join('\n').includes(text))).toEqual([])
  })
})
