// The dialog that makes a system user's token: app, expiration, permissions; then the token, shown once.
import { randomUUID } from 'node:crypto'
import { partnerScopes } from '../tokens.ts'
import type { SystemUser, World } from '../world.ts'
import { idsOf, userOf } from '../world.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { choice, dialog, endOf, opener, redirect } from './visit.ts'
import type { Answer, Visit } from './visit.ts'

const page = '/settings/system-users'
const offered = [
  ...partnerScopes,
  'ads_read',
  'instagram_basic',
  'pages_manage_ads',
  'read_insights',
  'whatsapp_business_management',
] as const

/** Apps that a token of this business can be made for: its own, and those that others let it use. */
function usableApps({ sim, business }: Visit): { id: string; name: string }[] {
  const apps = [...idsOf(business.owned, 'app'), ...idsOf(business.client, 'app')]
  return apps.flatMap((id) => {
    const app = sim.world.apps.get(id)
    return app ? [{ id, name: app.name }] : []
  })
}

export function tokenDialog(visit: Visit, user: SystemUser): Html {
  const { t, to, sim, inOrder } = visit
  const apps = usableApps(visit)
  const back = to(page, { user: user.id })
  const expirations = [
    ...(sim.switches.pageTokenNever ? [['never', t('Never')] as const] : []),
    ['60', t('60 days')] as const,
  ]
  return dialog(
    visit,
    'Generate token',
    html`<form method="post" action="${to(`${page}/token`)}">
      <input type="hidden" name="user" value="${user.id}" />
      ${
        apps.length === 0 &&
        html`<p role="alert" class="wrong">
          This business can use no app. Request access to one under Apps and wait for its approval.
        </p>`
      }
      ${choice(
        visit,
        'App',
        'app',
        apps.map((app) => [app.id, app.name] as const),
      )}
      ${choice(visit, 'Token expiration', 'expiration', expirations)}
      <fieldset>
        <legend>${t('Permissions')}</legend>
        ${inOrder([...offered].sort()).map(
          (scope) => html`<label><input type="checkbox" name="scope:${scope}" /> ${scope}</label>`,
        )}
      </fieldset>
      ${endOf(visit, 'Generate token', back, apps.length === 0)}
    </form>`,
  )
}

function unusedLabel(world: World, user: string): string {
  for (let n = 1; ; n++) {
    const label = `generated/${user}/${n}`
    if (!world.tokensByLabel.has(label)) return label
  }
}

export function makeToken(visit: Visit, user: SystemUser): Answer {
  const { sim, state, business, params, to } = visit
  const app = usableApps(visit).find(({ id }) => id === params.get('app'))
  const scopes = offered.filter((scope) => params.has(`scope:${scope}`))
  if (!app || scopes.length === 0)
    return redirect(to(page, { user: user.id, dialog: 'token', note: 'choose-permissions' }))
  const now = Math.floor(sim.clock() / 1000)
  const never = params.get('expiration') === 'never' && sim.switches.pageTokenNever
  const label = unusedLabel(sim.world, user.id)
  sim.change({
    op: 'add-token',
    token: {
      label,
      type: 'SYSTEM_USER',
      app: app.id,
      business: business.id,
      principal: user.id,
      scopes: [...scopes].sort(),
      targets: {},
      issuedAt: now,
      expiresAt: never ? 0 : now + 60 * 86_400,
      state: 'valid',
    },
  })
  const ticket = randomUUID()
  state.shown.set(ticket, label)
  state.presses.push({ action: 'system-users/token', subject: user.id, outcome: 'done' })
  return redirect(to(page, { user: user.id, dialog: 'shown', ticket }))
}

/** The token, the first time that its ticket is shown; afterwards the sentence that it is gone. */
export function tokenShown(visit: Visit, user: SystemUser): Html {
  const { sim, state, params, t } = visit
  const ticket = params.get('ticket') ?? ''
  const token = sim.world.tokensByLabel.get(state.shown.get(ticket) ?? '')
  state.shown.delete(ticket)
  const mine = token && userOf(sim.world, token.principal).business === visit.business.id
  return dialog(
    visit,
    'Generate token',
    html`${
        mine
          ? html`<p>Copy it now: it is not shown again.</p>
              <p>
                <label for="access-token">${t('Access token')}</label>
                <input id="access-token" readonly value="${token.text}" />
              </p>`
          : html`<p role="alert" class="wrong">This token was shown once and is not shown again.</p>`
      }
      <div class="end">${opener(visit, 'OK', page, { user: user.id })}</div>`,
  )
}
