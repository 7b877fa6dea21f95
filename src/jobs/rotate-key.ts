// A new master key: every credential and every head of the activity log is sealed anew, one row per transaction, then the old key is destroyed. May be killed at any moment
// and run again; servers that run meanwhile see the new key by themselves.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../lib/log.ts'
import type { Actor } from '../model/audit.ts'
import { resealHeads } from '../store/audit-chain.ts'
import { credentialsOfOtherKeys, resealCredential } from '../store/credentials.ts'
import { write } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { inLockedSession } from '../store/lock.ts'
import { sealedValues } from '../store/sealed.ts'
import { addKeyVersion, dropOtherKeyVersions } from '../vault/master-key.ts'
import type { Vault } from '../vault/master-key.ts'

/** Longer than any request needs between sealing a value and storing it. */
const GRACE_MS = 10_000

const actor: Actor = { kind: 'system', id: 'command:rotate-key', address: null }

/**
 * Rotates the master key of the data folder and returns the new version and how many credentials were sealed anew. With a key from the
 * settings it makes none: put the new one in front (`2:…,1:…`), run this, then take the old one out. Throws where a credential does not
 * open, before it changes anything: a program that runs would go on to seal with a new key in a file that is not the right one.
 */
export async function rotateKey(options: {
  db: Db
  ownerUrl: string
  vault: Vault
  dataDir: string
  log: Log
  graceMs?: number
}): Promise<{ keyVersion: number; sealedAnew: number }> {
  const { db, vault, dataDir, log } = options
  return inLockedSession(options.ownerUrl, async () => {
    // Heads of the activity log that do not open stay as they are.
    const closed = (await sealedValues(db, vault)).closed.filter(({ row }) => row.startsWith('credentials/'))
    if (closed.length > 0)
      throw new Error(
        `The master key that is here does not open ${closed.length} credentials, so nothing was changed. Put the right key in its place, or connect those apps and partners again; the command doctor names them.`,
      )
    // A run that was killed has left rows of the version before: it is finished with its own new key.
    const unfinished = (await credentialsOfOtherKeys(db, vault.keyVersion)).length > 0
    if (vault.file !== null && !unfinished) await addKeyVersion(dataDir)
    const keyVersion = vault.keyVersion
    let sealedAnew = await resealAll(db, vault)
    if (vault.file !== null) {
      await sleep(options.graceMs ?? GRACE_MS)
      sealedAnew += await resealAll(db, vault)
      await dropOtherKeyVersions(dataDir, keyVersion)
    }
    log.info('master key rotated', { keyVersion, sealedAnew })
    return { keyVersion, sealedAnew }
  })
}

async function resealAll(db: Db, vault: Vault): Promise<number> {
  await resealHeads(db, vault)
  const rows = await credentialsOfOtherKeys(db, vault.keyVersion)
  for (const { workspaceId, id } of rows) {
    await write(db, { workspaceId, actor }, async (tx, audit) => {
      await resealCredential(tx, id, (sealed) => {
        const plain = vault.open(sealed, `credentials/${id}`)
        return { ...vault.seal(plain, `credentials/${id}`), fingerprint: vault.fingerprint(plain) }
      })
      await audit({ action: 'credential.reseal', subjectKind: 'credential', subjectId: id })
    })
  }
  return rows.length
}
