// The table of contents of the HTTP API: every route with the right that it takes. What a route does stands in its noun's file.
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { callerAddress } from './address.ts'
import * as apiKeys from './api-keys.ts'
import * as audit from './audit.ts'
import * as automation from './automation.ts'
import { bodies } from './bodies.ts'
import * as changes from './changes.ts'
import * as connectPartner from './connect-partner.ts'
import * as connections from './connections.ts'
import { consoleFiles } from './console.ts'
import { docsPage, docsStyle } from './docs-page.ts'
import { answerError, nothingHere } from './errors.ts'
import type { Env } from './gate.ts'
import * as handOver from './hand-over.ts'
import { alive, ready } from './health.ts'
import * as holders from './holders.ts'
import * as identities from './identities.ts'
import * as invitations from './invitations.ts'
import * as jobs from './jobs.ts'
import * as join from './join.ts'
import * as members from './members.ts'
import { metrics, watchRequests } from './metrics.ts'
import { mount } from './mount.ts'
import * as notices from './notices.ts'
import { descriptionOf } from './openapi.ts'
import * as ownData from './own-data.ts'
import * as partners from './partners.ts'
import * as passkeys from './passkeys.ts'
import * as password from './password.ts'
import type { Parts } from './parts.ts'
import * as principals from './principals.ts'
import * as profile from './profile.ts'
import * as proposals from './proposals.ts'
import * as resources from './resources.ts'
import { at, WS } from './route.ts'
import type { ClientOf } from './route.ts'
import * as search from './search.ts'
import * as secrets from './secrets.ts'
import { hosts, sameOrigin, securityHeaders } from './security.ts'
import * as session from './session.ts'
import * as setup from './setup.ts'
import * as simulator from './simulator.ts'
import * as tokenRequests from './token-requests.ts'
import * as twoFactor from './two-factor.ts'
import * as vault from './vault.ts'
import * as workspaces from './workspaces.ts'

const APP = `${WS}/connections/:connection` as const
const PARTNER = `${WS}/partners/:partner` as const
const PRINCIPAL = `${WS}/principals/:principal` as const
const RESOURCE = `${WS}/resources/:resource` as const
const PROPOSAL = `${WS}/proposals/:proposal` as const
const MEMBER = `${WS}/members/:member` as const
const INVITATION = `${WS}/invitations/:invitation` as const
const TOKEN_REQUEST = `${WS}/token-requests/:request` as const
const MY_REQUEST = `${WS}/my-requests/:request` as const
const OWN_BUSINESS = `${WS}/own-data/:partner` as const
const JOB = `${WS}/jobs/:job` as const
const SECRET = `${WS}/secrets/:secret` as const
const KEY = `${WS}/api-keys/:key` as const

/** Every route below /api/v1, with the right of can() that it takes. */
export const routes = [
  at('get', '/setup', 'open', setup.status),
  at('post', '/setup', 'open', setup.run),
  at('post', '/sign-in/second-factor', 'open', twoFactor.signIn),
  at('post', '/sign-in/passkey/options', 'open', passkeys.signInOptions),
  at('post', '/sign-in/passkey', 'open', passkeys.signIn),
  at('post', '/forgotten-password', 'open', password.forgotten),
  at('post', '/password-links/look', 'open', password.look),
  at('post', '/password-links/redeem', 'open', password.redeem),
  at('post', '/invitations/look', 'open', join.look),
  at('post', '/invitations/redeem', 'open', join.redeem),
  at('post', '/token-requests/look', 'open', handOver.look),
  at('post', '/token-requests/live-check', 'open', handOver.live),
  at('post', '/token-requests/hand-over', 'open', handOver.handOver),

  at('get', '/me', 'signed-in', session.me),
  at('get', '/me/settings', 'signed-in', profile.settings),
  at('patch', '/me/settings', 'signed-in', profile.change),
  at('get', '/me/security', 'signed-in', profile.security),
  at('delete', '/me/news/:news', 'signed-in', profile.putAway),
  at('post', '/me/two-factor/start', 'signed-in', twoFactor.start),
  at('post', '/me/two-factor/confirm', 'signed-in', twoFactor.confirm),
  at('post', '/me/two-factor/backup-codes', 'signed-in', twoFactor.backupCodes),
  at('post', '/me/two-factor/stop', 'signed-in', twoFactor.stop),
  at('post', '/me/passkeys/options', 'signed-in', passkeys.options),
  at('post', '/me/passkeys', 'signed-in', passkeys.add),
  at('patch', '/me/passkeys/:passkey', 'signed-in', passkeys.rename),
  at('delete', '/me/passkeys/:passkey', 'signed-in', passkeys.remove),
  at('get', '/sessions', 'signed-in', session.sessions),
  at('delete', '/sessions', 'signed-in', session.endOthers),
  at('delete', '/sessions/:session', 'signed-in', session.endSession),
  at('post', '/simulator', 'signed-in', simulator.tryOut),
  at('post', '/workspaces', 'signed-in', workspaces.make),

  at('get', WS, 'workspace.see', workspaces.one),
  at('patch', WS, 'workspace.change', workspaces.change),
  at('delete', WS, 'workspace.delete', workspaces.remove),
  at('post', `${WS}/hand-over`, 'workspace.hand-over', members.handOver),
  at('get', `${WS}/members`, 'console.see', members.list, 'for-people'),
  at('patch', MEMBER, 'member.manage', members.changeRole),
  at('delete', MEMBER, 'member.manage', members.remove),
  at('post', `${MEMBER}/extend`, 'guest.invite', members.extend),
  at('post', `${MEMBER}/reset-second-factor`, 'member.manage', members.resetSecondFactor),
  at('post', `${MEMBER}/password-link`, 'member.manage', members.passwordLink),
  at('get', `${WS}/invitations`, 'console.see', invitations.list, 'for-people'),
  at('post', `${WS}/invitations`, 'guest.invite', invitations.invite),
  at('get', INVITATION, 'console.see', invitations.one, 'for-people'),
  at('post', `${INVITATION}/send-again`, 'guest.invite', invitations.sendAgain),
  at('post', `${INVITATION}/revoke`, 'guest.invite', invitations.revoke),

  at('get', `${WS}/events`, 'console.see', workspaces.events),
  at('get', `${WS}/connectors`, 'console.see', connections.kinds),
  at('get', `${WS}/search`, 'console.see', search.find),

  at('get', `${WS}/connections`, 'console.see', connections.list),
  at('post', `${WS}/connections`, 'connection.manage', connections.connect),
  at('post', `${WS}/connections/check`, 'connection.manage', connections.check),
  at('get', APP, 'console.see', connections.one),
  at('patch', APP, 'connection.manage', connections.change),
  at('delete', APP, 'connection.manage', connections.remove),
  at('post', `${APP}/credential`, 'connection.manage', connections.replaceCredential),
  at('get', `${APP}/overview`, 'console.see', connections.overview),
  at('post', `${APP}/check-for-updates`, 'check.start', connections.checkForUpdates),

  at('get', `${APP}/partners`, 'console.see', partners.list),
  at('get', `${APP}/partners.csv`, 'export.make', partners.exported),
  at('get', PARTNER, 'console.see', partners.one),
  at('patch', PARTNER, 'partner.connect', partners.change),
  at('get', `${PARTNER}/shares`, 'console.see', partners.shares),
  at('post', `${PARTNER}/connect`, 'partner.connect', connectPartner.connect),
  at('post', `${PARTNER}/confirm-token`, 'partner.connect', connectPartner.confirmToken),
  at('post', `${PARTNER}/disconnect`, 'partner.connect', connectPartner.disconnect),

  at('get', `${APP}/token-requests`, 'console.see', tokenRequests.list),
  at('post', `${APP}/token-requests`, 'request.send', tokenRequests.send),
  at('post', `${TOKEN_REQUEST}/send-again`, 'request.send', tokenRequests.sendAgain),
  at('post', `${TOKEN_REQUEST}/revoke`, 'request.send', tokenRequests.revoke),

  at('get', `${WS}/my-requests`, 'request.answer', handOver.mine),
  at('get', MY_REQUEST, 'request.answer', handOver.mineLook),
  at('post', `${MY_REQUEST}/live-check`, 'request.answer', handOver.mineLive),
  at('post', `${MY_REQUEST}/hand-over`, 'request.answer', handOver.mineHandOver),
  at('get', `${WS}/own-data`, 'own-data.see', ownData.list),
  at('get', `${OWN_BUSINESS}/people`, 'own-data.see', ownData.people),
  at('post', `${OWN_BUSINESS}/withdraw`, 'own-data.see', ownData.withdraw),

  at('get', `${APP}/principals`, 'console.see', principals.list),
  at('get', `${APP}/principals.csv`, 'export.make', principals.exported),
  at('get', PRINCIPAL, 'console.see', principals.one),
  at('delete', PRINCIPAL, 'person.erase', principals.erase),
  at('get', `${PRINCIPAL}/changes`, 'console.see', principals.changes),

  at('get', `${WS}/identities`, 'console.see', identities.list),
  at('get', `${WS}/identities.csv`, 'export.make', identities.exported),
  at('get', `${WS}/resources`, 'console.see', resources.listAll),
  at('get', `${WS}/resources.csv`, 'export.make', resources.exportedAll),
  at('get', `${APP}/resources`, 'console.see', resources.list),
  at('get', `${APP}/resources.csv`, 'export.make', resources.exported),
  at('get', RESOURCE, 'console.see', resources.one),
  at('get', `${RESOURCE}/holders`, 'console.see', holders.list),
  at('get', `${RESOURCE}/holders.csv`, 'export.make', holders.exported),
  at('get', `${RESOURCE}/changes`, 'console.see', resources.changes),

  at('get', `${APP}/changes`, 'console.see', changes.list),
  at('get', `${APP}/changes.csv`, 'export.make', changes.exported),
  at('get', `${APP}/proposals`, 'console.see', proposals.list),
  at('post', `${PROPOSAL}/apply`, 'proposal.decide', proposals.apply),
  at('post', `${PROPOSAL}/discard`, 'proposal.decide', proposals.discard),

  at('get', `${APP}/automation`, 'console.see', automation.one),
  at('patch', `${APP}/automation`, 'automation.manage', automation.change),
  at('post', `${APP}/automation/reading`, 'automation.manage', automation.read),
  at('post', `${APP}/automation/login`, 'automation.manage', automation.storeLogin),
  at('delete', `${APP}/automation/login`, 'automation.manage', automation.removeLogin),
  at('post', `${APP}/automation/answer-requests`, 'automation.manage', automation.answerRequests),
  at('post', `${APP}/automation/try-reading`, 'automation.manage', automation.tryReading),
  at('post', `${APP}/automation/requests/:appRequest`, 'automation.manage', automation.decide),

  at('get', `${WS}/jobs`, 'console.see', jobs.list),
  at('get', `${WS}/jobs.csv`, 'export.make', jobs.exported),
  at('get', JOB, 'console.see', jobs.one),
  at('get', `${JOB}/events`, 'console.see', jobs.events),
  at('get', `${JOB}/pictures/:picture`, 'console.see', automation.picture),
  at('get', `${JOB}/question`, 'automation.manage', automation.question),
  at('post', `${JOB}/answer`, 'automation.manage', automation.answer),
  at('post', `${JOB}/cancel`, 'job.stop-own', jobs.cancel),
  at('post', `${JOB}/retry`, 'job.stop-own', jobs.retry),

  at('get', `${WS}/vault`, 'secret.open', vault.own),
  at('post', `${WS}/vault`, 'secret.open', vault.make),
  at('patch', `${WS}/vault`, 'secret.open', vault.rewrap),
  at('post', `${WS}/vault/pins`, 'secret.open', vault.confirmKey),
  at('get', `${WS}/recipients`, 'secret.add', vault.recipients),
  at('get', `${WS}/secrets`, 'secret.open', secrets.list),
  at('post', `${WS}/secrets`, 'secret.add', secrets.add),
  at('get', SECRET, 'secret.open', secrets.one),
  at('patch', SECRET, 'secret.open', secrets.setExpiry),
  at('delete', SECRET, 'secret.open', secrets.remove),
  at('post', `${SECRET}/open`, 'secret.open', secrets.open),
  at('post', `${SECRET}/versions`, 'secret.open', secrets.change),
  at('post', `${SECRET}/leave`, 'secret.open', secrets.leave),

  at('get', `${WS}/audit`, 'audit.read', audit.list),
  at('get', `${WS}/audit.csv`, 'audit.read', audit.exported),
  at('get', `${WS}/audit.jsonl`, 'audit.read', audit.exportedLines),
  at('get', `${WS}/audit/head`, 'audit.read', audit.head),
  at('get', `${WS}/audit/verify`, 'audit.read', audit.verify),
  // After the two above, which are no events.
  at('get', `${WS}/audit/:event`, 'audit.read', audit.one),

  at('get', `${WS}/api-keys`, 'key.make', apiKeys.list),
  at('post', `${WS}/api-keys`, 'key.make', apiKeys.make),
  at('get', KEY, 'key.make', apiKeys.one),
  at('post', `${KEY}/revoke`, 'key.make', apiKeys.revoke),

  at('get', `${WS}/notices`, 'workspace.see', notices.list, 'for-people'),
  at('post', `${WS}/notices/read`, 'workspace.see', notices.read, 'for-people'),
  at('get', `${WS}/notices/settings`, 'workspace.see', notices.settings, 'for-people'),
  at('patch', `${WS}/notices/settings`, 'workspace.see', notices.change, 'for-people'),
] as const

/** For a typed client: `hc<Api>(…)`. */
export type Api = ClientOf<(typeof routes)[number]>

/** Builds the server: security first, then sign-in, the API, its description, health, and the console for every other address. */
export function createApp(parts: Parts): Hono<Env> {
  const app = new Hono<Env>()
  app.onError((error, c) => answerError(c, error, parts.log))
  app.use(watchRequests(parts))
  app.use(securityHeaders(parts.publicUrl), hosts(parts.publicUrl))
  app.use(bodies(), sameOrigin(parts.publicUrl))
  const addressOf = callerAddress(parts.trustedProxies)
  app.use(async (c, next) => {
    c.set('socket', socketAddress(c))
    c.set('address', addressOf(c.get('socket'), c.req.raw.headers))
    await next()
  })
  app.all('/api/auth/*', (c) =>
    parts.auth.handle(c.req.raw, { headers: c.req.raw.headers, address: c.get('address') }),
  )
  const api = new Hono<Env>()
  mount(api, parts, routes)
  const description = descriptionOf(routes, parts.version)
  api.get('/openapi.json', (c) => c.json(description))
  app.route('/api/v1', api)
  app.get('/api/docs', docsPage(description))
  app.get('/api/docs.css', docsStyle)
  app.get('/healthz', alive)
  app.get('/readyz', ready(parts))
  app.get('/metrics', metrics(parts))
  const consolePage = consoleFiles(parts.consoleDir)
  app.notFound((c) => {
    const page = c.req.path.startsWith('/api/') || c.req.method !== 'GET' ? null : consolePage(c)
    return page ?? answerError(c, nothingHere(), parts.log)
  })
  return app
}

/** The socket's address; undefined where a test asks without a socket. */
function socketAddress(c: Context): string | undefined {
  const env: unknown = c.env
  return typeof env === 'object' && env !== null && 'incoming' in env
    ? getConnInfo(c).remote.address
    : undefined
}
