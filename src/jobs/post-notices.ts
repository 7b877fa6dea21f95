// Mails notices to those who want them by mail, several at once in one letter, and looks for tokens that end while nobody checks.
import { createHash } from 'node:crypto'
import type { Log } from '../lib/log.ts'
import type { Letter, Mail } from '../lib/mail.ts'
import { plain } from '../model/notice.ts'
import { across, work } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import {
  giveBackPost,
  takePost,
  tellOfTokens,
  workspacesWithMail,
  workspacesWithTokens,
} from '../store/notices.ts'
import type { Post } from '../store/notices.ts'
import { repeat } from './repeat.ts'

/** What is told within this time goes into one letter. */
const MAIL_MS = 15_000
const TOKENS_MS = 600_000

export interface NoticeParts {
  db: Db
  log: Log
  /** Undefined where no mail server is set: notices are in the console alone. */
  mail: Mail | undefined
  publicUrl: URL
}

/** Looks for tokens and for letters until the function that it gives back has resolved. */
export function startNotices(parts: NoticeParts): () => Promise<void> {
  const missed = (error: unknown) => parts.log.warn('notices missed a round', { error })
  const ends = [
    repeat(TOKENS_MS, () => lookAtTokens(parts.db), missed),
    ...(parts.mail === undefined ? [] : [repeat(MAIL_MS, () => sendPost(parts), missed)]),
  ]
  return async () => {
    await Promise.all(ends.map((end) => end()))
  }
}

/** Tells of tokens that end soon or have ended, in every workspace. */
export async function lookAtTokens(db: Db, now = new Date()): Promise<void> {
  for (const workspaceId of await across(db, workspacesWithTokens)) {
    await work(db, workspaceId, (tx) => tellOfTokens(tx, now))
  }
}

/** Sends every letter that is due. One that the server did not take is due again later. */
export async function sendPost({ db, log, mail, publicUrl }: NoticeParts): Promise<void> {
  if (mail === undefined) return
  for (const workspaceId of await workspacesWithMail(db)) {
    for (const post of await takePost(db, workspaceId)) {
      try {
        await mail.send(letterOf(post, publicUrl))
      } catch (error) {
        await giveBackPost(db, post)
        // Not the message: servers repeat the recipient in it.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'none'
        log.warn('notices were not mailed', { workspace: workspaceId, code })
      }
    }
  }
}

function letterOf({ to, ids, sentences, workspaceName }: Post, publicUrl: URL): Letter {
  const workspace = plain(workspaceName)
  const what = sentences.length === 1 ? sentences.join('') : `${String(sentences.length)} notices`
  return {
    to,
    subject: `${workspace}: ${what}`,
    text: [
      sentences.length === 1
        ? `In the workspace "${workspace}":`
        : `${String(sentences.length)} notices of the workspace "${workspace}":`,
      sentences.map((sentence) => (sentences.length === 1 ? sentence : `- ${sentence}`)).join('\n'),
      `See more in the console: ${publicUrl.origin}`,
      'Which notices you are mailed is set in the console, under Notices.',
    ].join('\n\n'),
    // The same letter again has the same number, so that a mailbox shows it once.
    number: createHash('sha256').update(ids.join()).digest('hex').slice(0, 32),
  }
}
