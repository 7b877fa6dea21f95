// A connection with browser automation switched on and a login sealed as the product seals it.
import { randomUUID } from 'node:crypto'
import type { Login } from '../../connectors/meta/simulator/pages/logins.ts'
import type { Reading } from '../../model/automation.ts'
import { Redacted } from '../../model/redacted.ts'
import { LOGIN, SESSION, endSignIn, setAutomation, setReading } from '../../store/automations.ts'
import { putCredential } from '../../store/credentials.ts'
import { work } from '../../store/db.ts'
import type { TestDb } from '../../store/testing/open-test-db.ts'
import type { Vault } from '../../vault/master-key.ts'
import type { Installation } from './installation.ts'

/** Stores the login in place of an earlier one and of the session that came of it. */
export async function automate(
  t: TestDb,
  vault: Vault,
  at: Installation,
  { email, password, totpSeed }: Pick<Login, 'email' | 'password'> & { totpSeed: string | null },
  reading: Reading,
): Promise<void> {
  const id = randomUUID()
  const plain = new Redacted(JSON.stringify({ email, password, totpSeed }))
  await work(t.db, at.workspaceId, async (tx) => {
    await setAutomation(tx, at, { enabled: true, by: at.actor.id })
    await setReading(tx, at.connectionId, reading)
    await tx
      .deleteFrom('credentials')
      .where('connectionId', '=', at.connectionId)
      .where('kind', 'in', [LOGIN, SESSION])
      .execute()
    await putCredential(tx, {
      id,
      workspaceId: at.workspaceId,
      connectionId: at.connectionId,
      partnerId: null,
      kind: LOGIN,
      ...vault.seal(plain, `credentials/${id}`),
      lastFour: '',
      fingerprint: vault.fingerprint(plain),
      state: 'good',
      verdict: null,
      confirmed: null,
      scopes: [],
      expiresAt: null,
      createdBy: null,
    })
    await endSignIn(tx, at.connectionId, false)
  })
}
