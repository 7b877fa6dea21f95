// Help from the machine itself for people who cannot get in: a new password, a new owner.
import { createAuth, type Auth } from '../api/auth.ts'
import { resetPassword, transferOwnership } from '../api/break-glass.ts'
import { loadConfig } from '../config.ts'
import { newSecret } from '../lib/ids.ts'
import { createLog } from '../lib/log.ts'
import { Redacted } from '../model/redacted.ts'
import { openDatabase } from '../store/database.ts'
import type { Db } from '../store/db.ts'
import { letGoWhenEnded } from './end.ts'
import { presentDatabase, publicUrlOf } from './parts.ts'

const DROP_SECOND_FACTOR = '--drop-second-factor'

/** What stands after the subcommand: the words, and whether the second factor is to go as well. */
function told(usage: string, count: number): { words: string[]; dropSecondFactor: boolean } {
  const given = process.argv.slice(3)
  const words = given.filter((word) => word !== DROP_SECOND_FACTOR)
  if (words.length !== count || words.some((word) => word.startsWith('-')))
    throw new Error(`Usage: ${usage} [${DROP_SECOND_FACTOR}]`)
  return { words, dropSecondFactor: given.includes(DROP_SECOND_FACTOR) }
}

/** Help for people who cannot get in, beside the running program or without it. */
async function breakGlass(help: (parts: { db: Db; auth: Auth }) => Promise<void>): Promise<void> {
  const config = loadConfig()
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const database = await openDatabase(presentDatabase(config, log))
  letGoWhenEnded(() => database.stop())
  try {
    // Nothing of what is done here is signed or sealed with it. A missing one is not made: the next start would take it for the right one.
    const secret = new Redacted(newSecret())
    const publicUrl = publicUrlOf(config)
    await help({ db: database.db, auth: createAuth({ db: database.db, secret, publicUrl, log }) })
  } finally {
    await database.stop()
  }
}

export async function newPassword(): Promise<void> {
  const { words, dropSecondFactor } = told('reset-password <e-mail>', 1)
  await breakGlass(async (parts) => {
    const password = await resetPassword(parts, words[0] ?? '', { dropSecondFactor })
    console.log(
      `New password: ${password.reveal()}\nEvery session has ended. Sign in with it and choose your own.`,
    )
  })
}

export async function newOwner(): Promise<void> {
  const { words, dropSecondFactor } = told('transfer-ownership <workspace id> <e-mail>', 2)
  const [workspaceId = '', email = ''] = words
  await breakGlass(({ db }) => transferOwnership(db, workspaceId, email, { dropSecondFactor }))
  console.log(`${email} owns the workspace now. Every session of both accounts has ended.`)
}
