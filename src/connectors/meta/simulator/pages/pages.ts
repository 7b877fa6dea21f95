// The Business settings pages of the simulated Meta: plain HTML over the same world as the Graph API, for people and for browsers that
// are driven. Every change goes through the same door, so either side sees at once what the other did.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Incoming } from '../http.ts'
import type { Simulation } from '../simulation.ts'
import type { Business, Person } from '../world.ts'
import { answerRequest, removeAppUser, requestApp, showApps, showRequests } from './apps.ts'
import { showHome, showNotifications, showSettings } from './home.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { captchaOf, pendingCookie, pendingOf, sessionCookie, sessionHuman } from './logins.ts'
import { changePartners, showPartners } from './partners.ts'
import { changePeople, showPeople } from './people.ts'
import { captchaImage, dropCookie, showSignIn, takeAnswer, takePassword } from './sign-in.ts'
import type { SignInAnswer } from './sign-in.ts'
import type { PagesState } from './state.ts'
import { changeSystemUsers, chosenUser, showSystemUsers } from './system-users.ts'
import { makeToken } from './token-dialog.ts'
import { document, frame, inOrderOf, redirect, root } from './visit.ts'
import type { Answer, Visit } from './visit.ts'
import { wordOf } from './words.ts'

export const isPage = (path: string): boolean => path === root || path.startsWith(`${root}/`)

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

/** Answers a request under `/business`. */
export async function servePages(
  sim: Simulation,
  state: PagesState,
  incoming: Incoming,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  state.visits += 1
  const looked = incoming.params.get('person') ?? incoming.params.get('user') ?? null
  if (looked !== null && incoming.method === 'GET') state.looked.push(looked)
  if (sim.switches.pageDelay > 0) await pause(sim.switches.pageDelay)
  const path = incoming.path.slice(root.length) || '/home'
  const post = incoming.method === 'POST'
  // A form of another place must not act here.
  const origin = request.headers.origin
  if (post && origin !== undefined && origin !== `http://${request.headers.host ?? ''}`)
    return void response.writeHead(403, headers).end('This form came from elsewhere.')
  const cookies = request.headers.cookie
  if (path === '/login' || path.startsWith('/login/'))
    return signIn(sim, state, incoming, path.slice('/login'.length), cookies, response)
  const human = sessionHuman(sim, cookies)
  if (human === null) {
    const query = new URLSearchParams([...incoming.params].filter(([name]) => name === 'business_id'))
    const next = post ? `${root}/home` : `${root}${path}${query.size > 0 ? `?${query.toString()}` : ''}`
    return leadTo(response, `${root}/login?next=${encodeURIComponent(next)}`, [])
  }
  if (path === '/logout' && post)
    return leadTo(response, `${root}/login`, [dropCookie(sessionCookie), dropCookie(pendingCookie)])
  const visit = visitOf(sim, state, human, path, incoming)
  if (visit === null) return write(response, 403, noBusiness(sim))
  const answer = answerOf(visit, post)
  if (answer.is === 'redirect') return leadTo(response, answer.to, [])
  write(response, answer.status ?? 200, document(visit, answer))
}

function leadTo(response: ServerResponse, to: string, cookies: string[]): void {
  response.writeHead(303, { ...headers, location: to, 'set-cookie': cookies }).end()
}

function write(response: ServerResponse, status: number, body: Html): void {
  response.writeHead(status, headers).end(body.text)
}

function signIn(
  sim: Simulation,
  state: PagesState,
  incoming: Incoming,
  stage: string,
  cookies: string | undefined,
  response: ServerResponse,
): void {
  const pending = pendingOf(sim, cookies)
  if (stage === '/captcha-image') {
    if (pending?.stage !== 'captcha') return void response.writeHead(404, headers).end()
    state.picture = captchaOf(sim.world, pending)
    return void response
      .writeHead(200, { ...headers, 'content-type': 'image/svg+xml' })
      .end(captchaImage(sim, pending))
  }
  let answer: SignInAnswer
  if (incoming.method !== 'POST') answer = showSignIn(sim, incoming.params, pending)
  else if (stage === '') answer = takePassword(sim, state, incoming.params)
  else if (pending && stage === `/${pending.stage}`) answer = takeAnswer(sim, state, incoming.params, pending)
  else answer = { status: 303, to: `${root}/login`, cookies: [] }
  if (answer.to !== undefined) return leadTo(response, answer.to, answer.cookies)
  response.writeHead(answer.status, { ...headers, 'set-cookie': answer.cookies }).end(answer.html?.text ?? '')
}

function noBusiness(sim: Simulation): Html {
  return frame(
    sim,
    'No access',
    html`<main class="enter">
      <h1>No access</h1>
      <p>You need full control of this business to see its settings.</p>
      <form method="post" action="${root}/logout"><button>${wordOf(sim.switches, 'Log out')}</button></form>
    </main>`,
  )
}

/** Somebody with full control of the business that the address names, or of their first one. */
function visitOf(
  sim: Simulation,
  state: PagesState,
  human: string,
  path: string,
  { params }: Incoming,
): Visit | null {
  const mine = [...(sim.world.humans.get(human)?.people ?? [])]
    .map((id) => sim.world.users.get(id))
    .filter((user): user is Person => user?.is === 'person' && user.role === 'ADMIN')
  const wanted = params.get('business_id')
  const person = wanted === undefined ? mine[0] : mine.find((one) => one.business === wanted)
  const business: Business | undefined = sim.world.businesses.get(person?.business ?? '')
  if (!person || !business) return null
  return {
    sim,
    state,
    business,
    person,
    path,
    params,
    t: (usual) => wordOf(sim.switches, usual),
    inOrder: inOrderOf(sim),
    to: (target, query = {}) => {
      const all = new URLSearchParams({ business_id: business.id, ...query })
      return `${root}${target}?${all.toString()}`
    },
  }
}

const shown: Readonly<Record<string, (visit: Visit) => Answer>> = {
  '/home': showHome,
  '/settings': showSettings,
  '/settings/people': showPeople,
  '/settings/system-users': showSystemUsers,
  '/settings/partners': showPartners,
  '/settings/apps': showApps,
  '/settings/requests': showRequests,
  '/notifications': showNotifications,
}

function answerOf(visit: Visit, post: boolean): Answer {
  if (!post) {
    const show = Object.hasOwn(shown, visit.path) ? shown[visit.path] : undefined
    return show?.(visit) ?? missing()
  }
  return change(visit) ?? redirect(visit.to('/home'))
}

function change(visit: Visit): Answer | null {
  const [, , section = '', action = ''] = visit.path.split('/')
  switch (`${section}/${action}`) {
    case 'apps/request':
      return requestApp(visit)
    case 'apps/remove':
      return removeAppUser(visit)
    case 'requests/approve':
    case 'requests/decline':
      return answerRequest(visit, action === 'decline')
    case 'system-users/token': {
      const user = chosenUser(visit)
      return user && makeToken(visit, user)
    }
    default:
      if (section === 'people') return changePeople(visit, action)
      if (section === 'partners') return changePartners(visit, action)
      if (section === 'system-users') return changeSystemUsers(visit, action)
      return null
  }
}

function missing(): Answer {
  return {
    is: 'page',
    title: 'Not found',
    main: html`<h1>Not found</h1>
      <p>There is no such page.</p>`,
    status: 404,
  }
}
