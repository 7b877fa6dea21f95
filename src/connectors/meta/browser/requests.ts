// Requests for our app on Meta's pages: which ones wait, and answering one: looked at before, pressed once, looked at afterwards.
import { PagesError } from '../../../model/recipe.ts'
import type { AppRequest, PagesContext, RequestAnswer } from '../../connector.ts'
import { listAt } from './recipe.ts'
import { openSignedIn } from './sign-in.ts'

const waiting = listAt('requests.waiting')
const columns = {
  businessName: 'requests.business',
  business: 'requests.business-id',
  app: 'requests.asset-id',
  date: 'requests.date',
} as const

async function list(ctx: PagesContext): Promise<AppRequest[]> {
  const { hand } = ctx
  await openSignedIn(ctx, 'requests', 'requests.heading')
  const { rows } = await hand.step('Read the waiting requests', () => hand.rows(waiting, columns))
  return rows.filter((row) => row.app === ctx.settings['app_id'] && /^\d{5,20}$/.test(row.business))
}

/** The requests for the connection's own app that wait for an answer. */
export const waitingRequests = (ctx: PagesContext): Promise<AppRequest[]> => list(ctx)

/** Answers one request. `dry`: everything but the last press. */
export async function answerRequest(
  ctx: PagesContext,
  request: Pick<AppRequest, 'business' | 'app'>,
  decision: 'approve' | 'decline',
  dry: boolean,
): Promise<RequestAnswer> {
  const { hand } = ctx
  const waits = (all: AppRequest[]) =>
    all.some((one) => one.business === request.business && one.app === request.app)
  if (!waits(await list(ctx))) return 'already answered'
  const { business, app } = request
  const cells = { [columns.business]: business, [columns.app]: app }
  const dialog = `requests.${decision}-dialog`
  // The list may go on over pages: from its start to the row.
  await hand.step('Open the request', async () => {
    await hand.open('requests')
    await hand.first(['requests.heading'])
    await hand.press(`requests.${decision}`, { list: waiting, cells })
    await hand.confirm(dialog, [business, app])
  })
  if (dry) return 'stopped before the last press'
  await ctx.pressing()
  await hand.step(decision === 'approve' ? 'Approve the request' : 'Decline the request', () =>
    hand.press(`requests.${decision}-last`, { dialog }),
  )
  const still = waits(await list(ctx))
  await hand.look('Look whether the answer stands', () => {
    if (!still) return Promise.resolve()
    throw new PagesError(
      'unchanged',
      'Meta took the answer, but the request still waits.',
      'Look at the request in Meta and answer it there.',
    )
  })
  return 'done'
}
