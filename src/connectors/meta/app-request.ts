// Whether a partner has asked for our app, and was let in: as far as our own token sees it. Meta documents no edge that surely shows a waiting
// request to the app's owner, so "cannot tell" is one of the answers, and an absence proves little.
// https://developers.facebook.com/docs/graph-api/reference/application/agencies/
import type { LiveLine } from '../../model/token-request.ts'
import type { Context } from '../connector.ts'
import { id, isObject, page, text } from './answer.ts'
import type { JsonObject } from './answer.ts'
import { learntNothing } from './failures.ts'
import { openGraph } from './graph.ts'
import type { Answer, Call } from './graph.ts'

/** Pages of a list that are looked through; a brand with more partners than this is told "cannot tell". */
const MOST_PAGES = 5

/** What is known of a request: `waiting` and `approved` as Meta calls them, `listed` without a word on which. */
type Seen = 'approved' | 'waiting' | 'listed' | 'absent' | 'unreadable'

/** Two lines: whether the app was requested, and whether the request was approved. Throws where Meta is away or limiting. */
export async function appRequest(ctx: Context): Promise<LiveLine[]> {
  const app = ctx.settings.app_id ?? ''
  if (ctx.target.kind === 'own' || app === '') return lines('unreadable', 'unreadable')
  const { business, partner } = ctx.target
  const atApp = await lookThrough(ctx, ['id,access_status', 'id'], `${app}/agencies`, (row) =>
    id(row.id) === partner ? seenIn(row) : null,
  )
  if (atApp === 'approved' || atApp === 'waiting') return lines(atApp, 'absent')
  const atUs = await lookThrough(ctx, ['id,application_permissions'], `${business}/agencies`, (row) =>
    id(row.id) === partner ? seenAmong(row, app) : null,
  )
  return lines(atApp, atUs)
}

/** The first row of a list for which `find` knows something. Where Meta does not know a field, and only there, the next fields are tried. */
async function lookThrough(
  ctx: Context,
  fields: string[],
  path: string,
  find: (row: JsonObject) => Seen | null,
): Promise<Seen> {
  for (const asked of fields) {
    let cursor: Record<string, string> = {}
    for (let turn = 0; turn < MOST_PAGES; turn++) {
      const call: Call = { path, params: { fields: asked, limit: '100', ...cursor } }
      const [answer] = await openGraph(ctx).ask([call])
      if (answer?.ok === false && answer.error.unknownField !== null) break
      const read = rowsOf(answer, path)
      if (read === null) return 'unreadable'
      const found = read.rows.map(find).find((seen) => seen !== null)
      if (found !== undefined) return found
      if (read.next === null) return 'absent'
      if (turn === MOST_PAGES - 1) return 'unreadable'
      cursor = read.next
    }
  }
  return 'unreadable'
}

function rowsOf(answer: Answer | undefined, path: string) {
  if (answer === undefined) return null
  if (answer.ok) return page(answer.body, path)
  // The brand's own token is at its limit, or Meta is away: nothing was learnt, and it is asked again later.
  if (learntNothing(answer.error)) throw answer.error
  return null
}

function seenIn(row: JsonObject): Seen {
  const status = text(row.access_status)?.toUpperCase() ?? null
  if (status === null) return 'listed'
  return ['CONFIRMED', 'APPROVED', 'ACTIVE'].includes(status) ? 'approved' : 'waiting'
}

function seenAmong(row: JsonObject, app: string): Seen | null {
  const list = row.application_permissions
  const rows = isObject(list) ? list.data : list
  for (const entry of Array.isArray(rows) ? rows : []) {
    if (isObject(entry) && id(entry.id) === app) return seenIn(entry)
  }
  return null
}

const labels = { requested: 'App requested', approved: 'Request approved' }

function line(name: keyof typeof labels, state: LiveLine['state'], sentence: string): LiveLine {
  return { id: name, label: labels[name], state, sentence }
}

function lines(atApp: Seen, atUs: Seen): LiveLine[] {
  const seen = [atApp, atUs]
  if (seen.includes('approved')) {
    return [
      line('requested', 'done', 'The request for the app was sent.'),
      line('approved', 'done', 'Meta lists your business at the app: a token can be made for it.'),
    ]
  }
  if (seen.includes('waiting')) {
    return [
      line('requested', 'done', 'The request for the app has arrived.'),
      line('approved', 'waiting', "The app's owner has not approved it yet."),
    ]
  }
  if (seen.includes('listed')) {
    return [
      line('requested', 'done', 'Meta lists your business at the app.'),
      line(
        'approved',
        'unknown',
        'Meta does not tell whether the request was approved. Meta notifies you when it is.',
      ),
    ]
  }
  if (seen.includes('absent')) {
    return [
      line('requested', 'unknown', 'Meta shows no request of your business. It may not show one that waits.'),
      line('approved', 'waiting', 'Meta does not list your business at the app yet.'),
    ]
  }
  return [
    line('requested', 'unknown', 'Meta does not tell this app which requests there are.'),
    line('approved', 'unknown', 'Meta does not tell. It notifies you when the request is approved.'),
  ]
}
