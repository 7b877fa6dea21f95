// Help from the command line of the machine, for when nobody can help in the console: a new password, or a new owner. It ends every
// session, is logged, and is told to those it concerns at their next sign-in.
import { newId, newSecret } from '../lib/ids.ts'
import { AppError } from '../model/error.ts'
import { Redacted } from '../model/redacted.ts'
import { write, writeAbout } from '../store/db.ts'
import type { Db, Tx } from '../store/db.ts'
import { isPresent, lockMembers, ownerOf, passOwnership } from '../store/members.ts'
import { tell } from '../store/notices.ts'
import { dropSecondFactor, endSessions, personByEmail, setPassword, tellPerson } from '../store/people.ts'
import type { Account } from '../store/people.ts'
import { endShares } from '../store/secrets.ts'
import { workspaceName } from '../store/workspaces.ts'
import type { Auth } from './auth.ts'

const actor = { kind: 'system' as const, id: 'command-line', address: null }

async function demandAccount(db: Db, email: string): Promise<Account> {
  const person = await personByEmail(db.kysely, email)
  if (person === null) throw new AppError('not_found', `Nobody here has the e-mail address ${email}.`)
  return person
}

/**
 * Gives a person a new random password, which is returned and stored nowhere. Ends all sessions; the second factor stays unless told
 * otherwise. Throws `not_found`.
 */
export async function resetPassword(
  parts: { db: Db; auth: Auth },
  email: string,
  options: { dropSecondFactor: boolean },
): Promise<Redacted> {
  const { id: userId } = await demandAccount(parts.db, email)
  const password = new Redacted(newSecret().slice(0, 24))
  const hash = await parts.auth.hash(password.reveal())
  await writeAbout(parts.db, { userId, actor }, async (tx, audit) => {
    await setPassword(tx, userId, hash)
    const dropped = options.dropSecondFactor && (await dropSecondFactor(tx, userId))
    await tellPerson(
      tx,
      userId,
      `Your password was set from the command line of the machine${dropped ? ', and your second factor was taken away' : ''}. Choose one of your own now.`,
    )
    const entry = {
      action: 'password.reset',
      subjectKind: 'person',
      subjectId: userId,
      data: { by: 'command-line', secondFactorDropped: dropped },
    }
    await audit(entry, async () => {
      if (dropped) await tell(tx, { kind: 'second-factor-reset', once: newId(), about: userId })
    })
  })
  return password
}

/**
 * Makes somebody who has an account here the owner of a workspace; the owner before becomes an admin. Ends all sessions of both. Throws
 * `not_found`, and `conflict` where the person is the owner already.
 */
export async function transferOwnership(
  db: Db,
  workspaceId: string,
  email: string,
  options: { dropSecondFactor: boolean },
): Promise<void> {
  const person = await demandAccount(db, email)
  await write(db, { workspaceId, actor }, async (tx, audit) => {
    const name = await workspaceName(tx, workspaceId)
    if (name === '') throw new AppError('not_found', 'There is no such workspace.')
    const before = await ownerOf(tx)
    if (before === person.id) throw new AppError('conflict', 'This person is the owner already.')
    const places = await lockMembers(tx, before === null ? [person.id] : [before, person.id])
    await passOwnership(tx, workspaceId, before, person.id)
    for (const userId of before === null ? [person.id] : [before, person.id]) {
      await endSessions(tx, userId, null)
      await told(tx, userId, { workspace: name, owner: person }, options.dropSecondFactor)
    }
    await tell(tx, { kind: 'ownership-transferred', once: newId(), about: person.id })
    await audit({
      action: 'workspace.transfer',
      subjectKind: 'member',
      subjectId: person.id,
      data: { from: before, by: 'command-line', secondFactorDropped: options.dropSecondFactor },
    })
    // Whoever was here before begins anew.
    if (!isPresent(places.get(person.id))) await endShares(tx, audit, person.id)
  })
}

/** What each of the two is told at their next sign-in: who owns it now, and what became of them. */
async function told(
  tx: Tx,
  userId: string,
  now: { workspace: string; owner: Account },
  drop: boolean,
): Promise<void> {
  const dropped = drop && (await dropSecondFactor(tx, userId))
  if (dropped) await tell(tx, { kind: 'second-factor-reset', once: newId(), about: userId })
  const { workspace, owner } = now
  const what =
    userId === owner.id
      ? `You own ${workspace} now`
      : `${owner.name} (${owner.email}) owns ${workspace} now, and you are an admin of it`
  const factor = dropped ? ' Your second factor was taken away.' : ''
  await tellPerson(
    tx,
    userId,
    `${what}: the ownership was handed over from the command line of the machine.${factor}`,
  )
}
