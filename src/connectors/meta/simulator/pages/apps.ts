// The pages of apps and of requests: asking for an app of another business, and answering those who ask for ours.
import type { App, Asset, Share } from '../world.ts'
import { assetOf, businessOf, idsOf } from '../world.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { dialog, endOf, field, opener, page, redirect, table } from './visit.ts'
import type { Answer, Visit } from './visit.ts'
import { kindWords, taskWord } from './words.ts'

const apps = '/settings/apps'
const requests = '/settings/requests'
export const waitingStatus = 'CLIENT_RESPONSE_PENDING'

interface AppRow {
  id: string
  name: string
  access: string
}

function appRows({ sim, business }: Visit): AppRow[] {
  const named = (id: string, access: string): AppRow => ({ id, name: assetOf(sim.world, id).name, access })
  return [
    ...idsOf(business.owned, 'app').map((id) => named(id, 'Owned by this business')),
    ...idsOf(business.client, 'app').map((id) => named(id, 'Access granted')),
    ...[...business.waiting]
      .filter((id) => assetOf(sim.world, id).kind === 'app')
      .map((id) => named(id, 'Waiting for approval')),
  ]
}

export function showApps(visit: Visit): Answer {
  const { t, to, params } = visit
  const open = params.get('menu') === 'add'
  const main = html`<div class="bar">
      <h1>${t('Apps')}</h1>
      ${opener(visit, 'Add', apps, open ? {} : { menu: 'add' })}
    </div>
    ${
      open &&
      html`<ul class="menu" aria-label="${t('Add')}">
        <li><a href="${to(apps, { dialog: 'request' })}">${t('Request Access to an App ID')}</a></li>
      </ul>`
    }
    ${table(
      visit,
      'Apps',
      'apps',
      [
        { word: 'Name', cell: (app) => html`<a href="${to(apps, { app: app.id })}">${app.name}</a>` },
        { word: 'App ID', cell: (app) => app.id },
        { word: 'Access', cell: (app) => t(app.access) },
      ],
      appRows(visit),
    )}
    ${appUsers(visit)}`
  return page(t('Apps'), main, params.get('dialog') === 'request' ? requestDialog(visit) : undefined)
}

function requestDialog(visit: Visit): Html {
  return dialog(
    visit,
    'Request an app',
    html`<p>The business that owns the app decides about your request.</p>
      <form method="post" action="${visit.to(`${apps}/request`)}">
        ${field(visit, 'App ID', 'app_id', { hint: 'The number of the app, as its owner gave it to you.' })}
        ${endOf(visit, 'Request app', visit.to(apps))}
      </form>`,
  )
}

/** Who may use an app of ours. */
function appUsers(visit: Visit): Html | null {
  const { sim, business, params, to } = visit
  const app = sim.world.assets.get(params.get('app') ?? '')
  if (app?.kind !== 'app' || app.owner !== business.id) return null
  return table(
    visit,
    'Partners with access',
    'app-users',
    [
      { word: 'Partner', cell: (share: Share) => businessOf(sim.world, share.partner).name },
      { word: 'ID', cell: (share: Share) => share.partner },
      { word: 'Permissions', cell: (share: Share) => share.tasks.map(taskWord).join(', ') },
      {
        word: 'Actions',
        cell: (share: Share) =>
          html`<form method="post" action="${to(`${apps}/remove`)}">
            <input type="hidden" name="app" value="${app.id}" />
            <input type="hidden" name="partner" value="${share.partner}" />
            <button aria-label="${visit.t('Remove')} ${businessOf(sim.world, share.partner).name}">
              ${visit.t('Remove')}
            </button>
          </form>`,
      },
    ],
    [...app.shares.values()].filter((share) => share.status !== waitingStatus),
  )
}

export function requestApp({ sim, state, business, params, to }: Visit): Answer {
  const id = (params.get('app_id') ?? '').trim()
  const app: App | undefined = sim.world.apps.get(id)
  const known = sim.world.assets.get(id)?.shares.get(business.id)
  const note = !app
    ? 'app-unknown'
    : app.owner === business.id || known?.status === 'CONFIRMED'
      ? 'app-known'
      : known
        ? 'app-waiting'
        : 'app-asked'
  if (note === 'app-asked')
    sim.change({
      op: 'share',
      asset: id,
      partner: business.id,
      tasks: ['DEVELOP', 'ANALYZE'],
      status: waitingStatus,
    })
  const outcome = note === 'app-asked' ? 'done' : note === 'app-unknown' ? 'refused' : 'already so'
  state.presses.push({ action: 'apps/request', subject: id, outcome })
  return redirect(to(apps, { note }))
}

export function removeAppUser({ sim, state, business, params, to }: Visit): Answer {
  const [app, partner] = [params.get('app') ?? '', params.get('partner') ?? '']
  const ours = sim.world.assets.get(app)?.owner === business.id
  if (ours) sim.change({ op: 'unshare', asset: app, partner })
  state.presses.push({ action: 'apps/remove', subject: partner, outcome: ours ? 'done' : 'refused' })
  return redirect(to(apps, { app, note: 'removed' }))
}

interface RequestRow {
  asset: Asset
  share: Share
}

/** Requests for assets of this business that wait for an answer. */
function waitingFor({ sim, business }: Visit): RequestRow[] {
  const owned = [...business.owned.values()].flatMap((ids) => [...ids]).map((id) => assetOf(sim.world, id))
  return owned.flatMap((asset) =>
    [...asset.shares.values()]
      .filter((share) => share.status === waitingStatus)
      .map((share) => ({ asset, share })),
  )
}

export function showRequests(visit: Visit): Answer {
  const { t, sim, business, params } = visit
  const waiting = waitingFor(visit)
  const name = (id: string): string => businessOf(sim.world, id).name
  const main = html`<h1>${t('Requests')}</h1>
    ${table(
      visit,
      'Waiting for your answer',
      'waiting',
      [
        { word: 'Business', cell: ({ share }) => name(share.partner) },
        { word: 'Business ID', cell: ({ share }) => share.partner },
        { word: 'Asset', cell: ({ asset }) => `${t(kindWords[asset.kind])}: ${asset.name}` },
        { word: 'Asset ID', cell: ({ asset }) => asset.id },
        { word: 'Requested', cell: ({ share }) => share.requestedTime.slice(0, 10) },
        {
          word: 'Actions',
          cell: ({ share }) =>
            visit
              .inOrder(['Approve', 'Decline'])
              .map((word) =>
                opener(
                  visit,
                  word,
                  requests,
                  { request: share.requestId, answer: word.toLowerCase() },
                  `${t('request of')} ${name(share.partner)}`,
                ),
              ),
        },
      ],
      waiting,
    )}
    ${table(
      visit,
      'Sent by this business',
      'sent',
      [
        { word: 'Owner', cell: (asset: Asset) => name(asset.owner) },
        { word: 'Asset', cell: (asset: Asset) => `${t(kindWords[asset.kind])}: ${asset.name}` },
        { word: 'Asset ID', cell: (asset: Asset) => asset.id },
      ],
      [...business.waiting].map((id) => assetOf(sim.world, id)),
    )}`
  const asked = waiting.find(({ share }) => share.requestId === params.get('request'))
  return page(t('Requests'), main, asked && answerDialog(visit, asked, params.get('answer') === 'decline'))
}

function answerDialog(visit: Visit, { asset, share }: RequestRow, decline: boolean): Html {
  const business = businessOf(visit.sim.world, share.partner).name
  const word = decline ? 'Decline' : 'Approve'
  const text = decline
    ? `${business} will not get access to ${asset.name}.`
    : `${business} will be able to use ${asset.name}.`
  return dialog(
    visit,
    `${word} request`,
    html`<p>${text}</p>
      <p class="muted">Business ID ${share.partner} · ${asset.id}</p>
      <form method="post" action="${visit.to(`${requests}/${word.toLowerCase()}`)}">
        <input type="hidden" name="request" value="${share.requestId}" />
        ${endOf(visit, word, visit.to(requests))}
      </form>`,
  )
}

export function answerRequest(visit: Visit, decline: boolean): Answer {
  const { sim, state, params, to } = visit
  const id = params.get('request') ?? ''
  const asked = waitingFor(visit).find(({ share }) => share.requestId === id)
  const action = decline ? 'requests/decline' : 'requests/approve'
  if (!asked) {
    state.presses.push({ action, subject: id, outcome: 'already so' })
    return redirect(to(requests, { note: 'answered' }))
  }
  const { asset, share } = asked
  const silent = sim.switches.pageApproval === 'silent'
  if (!silent && decline) sim.change({ op: 'unshare', asset: asset.id, partner: share.partner })
  if (!silent && !decline)
    sim.change({
      op: 'share',
      asset: asset.id,
      partner: share.partner,
      tasks: [...share.tasks],
      status: 'CONFIRMED',
    })
  state.presses.push({ action, subject: share.partner, outcome: silent ? 'ignored' : 'done' })
  return redirect(to(requests, { note: decline ? 'declined' : 'approved' }))
}
