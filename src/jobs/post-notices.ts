// Mails notices to those who want them by mail, several at once in one letter, and looks for tokens that end while nobody checks.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Log } from '../lib/log.ts'
import type { Letter, Mail } from '../lib/mail.ts'
import { plain, unlinked } from '../model/plain.ts'
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
import { each } from './each.ts'
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
    repeat(TOKENS_MS, () => lookAtTokens(parts), missed),
    ...(parts.mail === undefined ? [] : [repeat(MAIL_MS, (over) => sendPost(parts, over), missed)]),
  ]
  return async () => {
    await Promise.all(ends.map((end) => end()))
  }
}

/** Tells of tokens that end soon or have ended, in every workspace. */
export async function lookAtTokens(
  { db, log }: Pick<NoticeParts, 'db' | 'log'>,
  now = new Date(),
): Promise<void> {
  await each(log, 'nobody was told of tokens', await across(db, workspacesWithTokens), (workspaceId) =>
    work(db, workspaceId, (tx) => tellOfTokens(tx, now)),
  )
}

/** Sends every letter that is due. One that the server did not take, or not before `over`, is due again later. */
export async function sendPost(
  { db, log, mail, publicUrl }: NoticeParts,
  over: AbortSignal = new AbortController().signal,
): Promise<void> {
  if (mail === undefined) return
  const workspaces = await workspacesWithMail(db)
  await each(log, 'notices of a workspace were not mailed', workspaces, async (workspace) => {
    const had: string[] = []
    while (!over.aborted) {
      const post = await takePost(db, workspace, had)
      if (post === null) return
      had.push(post.to)
      try {
        await before(over, () => mail.send(letterOf(post, new URL(`/w/${workspace}`, publicUrl))))
      } catch (error) {
        // Not the message: servers repeat the recipient in it.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'none'
        log.warn('notices were not mailed', { workspace, code })
        await giveBackPost(db, post)
      }
    }
  })
}

/** Does not wait longer than the program runs: a mail server that hangs must not hold up its end. */
async function before(over: AbortSignal, send: () => Promise<void>): Promise<void> {
  over.throwIfAborted()
  const sent = new AbortController()
  const ended = once(over, 'abort', { signal: sent.signal }).then(() => over.throwIfAborted())
  await Promise.race([send(), ended]).finally(() => sent.abort())
}

/** `page`: the workspace's own page. */
function letterOf({ to, ids, sentences, workspaceName }: Post, page: URL): Letter {
  const workspace = plain(workspaceName)
  const what = sentences.length === 1 ? sentences.join('') : `${String(sentences.length)} notices`
  return {
    to,
    subject: `${workspace}: ${what}`,
    text: [
      sentences.length === 1
        ? `In the workspace "${unlinked(workspace)}":`
        : `${String(sentences.length)} notices of the workspace "${unlinked(workspace)}":`,
      sentences.map((one) => `${sentences.length === 1 ? '' : '- '}${unlinked(one)}`).join('\n'),
      `See more in the console: ${page.href}`,
      `Which notices you are mailed is set there too: ${page.href}/settings/notices`,
    ].join('\n\n'),
    // The same letter again has the same number, so that a mailbox shows it once.
    number: createHash('sha256').update(ids.join()).digest('hex').slice(0, 32),
  }
}
