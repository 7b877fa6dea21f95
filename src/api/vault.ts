// A member's own vault, and the public keys of those to whom they may give secrets. The private key comes and goes as files that only
// its owner can open; what is not such a file is refused.
import { z } from 'zod'
import { newId } from '../lib/ids.ts'
import { AppError } from '../model/error.ts'
import { OwnVault, Pin, PublicKey, Recipient, WrappedKey } from '../model/secret.ts'
import type { Tx } from '../store/db.ts'
import {
  addVault,
  endVault,
  putPin,
  recipientsFor,
  rewrapVault,
  vaultOfPerson,
  vaultsOf,
} from '../store/vaults.ts'
import { recipientKinds } from '../vault/age-file.ts'
import { nothingHere } from './errors.ts'
import { Id, inWorkspace } from './route.ts'

export const own = inWorkspace({
  answer: z.object({ vault: OwnVault.nullable() }),
  handle: async ({ read, person }) => ({ vault: await read((tx) => vaultOfPerson(tx, person.id)) }),
})

/** Throws `invalid` where a file is not encrypted to a passphrase alone: a key in the clear is never stored. */
function demandWrapped(...files: (string | undefined)[]): void {
  for (const file of files) {
    if (file === undefined || recipientKinds(file)?.join() === 'scrypt') continue
    throw new AppError('invalid', 'A vault’s key is taken only as an age file under a passphrase.')
  }
}

export const make = inWorkspace({
  body: z.object({
    ...PublicKey.shape,
    passphraseFile: WrappedKey,
    recoveryFile: WrappedKey,
    /** The vault that is lost, where this one takes its place. */
    replaces: Id.nullable(),
  }),
  answer: OwnVault,
  handle: (ask) => {
    const { replaces, ...vault } = ask.body
    demandWrapped(vault.passphraseFile, vault.recoveryFile)
    return ask.write(async (tx, audit) => {
      const userId = ask.person.id
      if (replaces !== null && !(await endVault(tx, userId, replaces)))
        throw await notPresent(tx, userId, replaces)
      const id = newId()
      if (!(await addVault(tx, { id, workspaceId: ask.workspace.id, userId, ...vault }))) throw otherVault()
      await audit({
        action: replaces === null ? 'vault.make' : 'vault.replace',
        subjectKind: 'vault',
        subjectId: id,
        data: {
          recipient: vault.recipient,
          signing: vault.signing,
          ...(replaces === null ? {} : { replaces }),
        },
      })
      const made = await vaultOfPerson(tx, userId)
      if (made === null) throw nothingHere()
      return made
    })
  },
})

function otherVault(): AppError {
  return new AppError(
    'conflict',
    'Your vault is another one by now, made or replaced in another window. Reload the page.',
  )
}

/** Why this is not the person's present vault: replaced by now, or never theirs, which answers like an id that nobody knows. */
async function notPresent(tx: Tx, userId: string, id: string): Promise<AppError> {
  return (await vaultsOf(tx, [userId])).some((vault) => vault.id === id) ? otherVault() : nothingHere()
}

export const rewrap = inWorkspace({
  body: z.object({ id: Id, passphraseFile: WrappedKey.optional(), recoveryFile: WrappedKey.optional() }),
  answer: 'nothing',
  handle: async (ask) => {
    const { id, ...files } = ask.body
    const changed = (['passphraseFile', 'recoveryFile'] as const).filter((name) => files[name] !== undefined)
    if (changed.length === 0) throw new AppError('invalid', 'Nothing was changed.')
    demandWrapped(files.passphraseFile, files.recoveryFile)
    await ask.write(async (tx, audit) => {
      if (!(await rewrapVault(tx, ask.person.id, id, files))) throw await notPresent(tx, ask.person.id, id)
      const what = changed.map((name) => (name === 'passphraseFile' ? 'passphrase' : 'recovery key'))
      await audit({ action: 'vault.change', subjectKind: 'vault', subjectId: id, data: { what } })
    })
  },
})

export const confirmKey = inWorkspace({
  body: z.object({ vaultId: Id, pin: Pin }),
  answer: 'nothing',
  handle: async (ask) => {
    const { pin, vaultId } = ask.body
    await ask.write(async (tx, audit) => {
      if ((await vaultOfPerson(tx, ask.person.id))?.id !== vaultId)
        throw await notPresent(tx, ask.person.id, vaultId)
      const known = (await recipientsFor(tx, ask.member)).some(({ userId }) => userId === pin.about)
      if (!known) throw nothingHere()
      await putPin(tx, ask.workspace.id, vaultId, pin)
      await audit({
        action: 'vault.confirm-key',
        subjectKind: 'person',
        subjectId: pin.about,
        data: { fingerprint: pin.fingerprint },
      })
    })
  },
})

export const recipients = inWorkspace({
  answer: z.object({ rows: z.array(Recipient) }),
  handle: async ({ read, member }) => ({ rows: await read((tx) => recipientsFor(tx, member)) }),
})
