// The page of system users: adding one, giving it assets, making a token for it.
import { allTasks } from '../tasks.ts'
import type { Asset, AssetKind, SystemUser } from '../world.ts'
import { assetKinds, heldAssets, userOf } from '../world.ts'
import { assignedTable } from './assigned-table.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { roles, roleWord } from './people.ts'
import { tokenDialog, tokenShown } from './token-dialog.ts'
import { choice, dialog, endOf, field, opener, page, redirect, table } from './visit.ts'
import type { Answer, Visit } from './visit.ts'
import { kindWords } from './words.ts'

export const systemUsers = '/settings/system-users'

/** The system user of this business that an address or a form names. */
export function chosenUser({ sim, business, params }: Visit): SystemUser | null {
  const id = params.get('user') ?? ''
  const user = business.systemUsers.has(id) ? userOf(sim.world, id) : null
  return user?.is === 'system_user' ? user : null
}

export function showSystemUsers(visit: Visit): Answer {
  const { t, to, sim, business, params } = visit
  const all = [...business.systemUsers]
    .map((id) => userOf(sim.world, id))
    .filter((user): user is SystemUser => user.is === 'system_user')
  const chosen = chosenUser(visit)
  const main = html`<div class="bar">
      <h1>${t('System users')}</h1>
      ${opener(visit, 'Add', systemUsers, { dialog: 'add' })}
    </div>
    ${table(
      visit,
      'System users',
      'users',
      [
        { word: 'Name', cell: (one) => html`<a href="${to(systemUsers, { user: one.id })}">${one.name}</a>` },
        { word: 'ID', cell: (one) => one.id },
        { word: 'Role', cell: (one) => t(roleWord(one.role)) },
      ],
      all,
    )}
    ${chosen && oneUser(visit, chosen)}`
  return page(t('System users'), main, dialogOf(visit, params.get('dialog'), chosen))
}

function dialogOf(visit: Visit, name: string | undefined, chosen: SystemUser | null): Html | undefined {
  if (name === 'add') return addDialog(visit)
  if (chosen === null) return undefined
  if (name === 'assign') return assignDialog(visit, chosen)
  if (name === 'assigned') return assignedDialog(visit, chosen)
  if (name === 'token') return tokenDialog(visit, chosen)
  if (name === 'shown') return tokenShown(visit, chosen)
  return undefined
}

function oneUser(visit: Visit, user: SystemUser): Html {
  const { t, to, inOrder } = visit
  const buttons = [
    opener(visit, 'Assign assets', systemUsers, { user: user.id, dialog: 'assign' }),
    opener(visit, 'Generate new token', systemUsers, { user: user.id, dialog: 'token' }),
    html`<form method="post" action="${to(`${systemUsers}/revoke`)}">
      <input type="hidden" name="user" value="${user.id}" /><button>${t('Revoke tokens')}</button>
    </form>`,
  ]
  return html`<div class="card">
    <h2>${user.name}</h2>
    <p class="muted">ID: ${user.id} · ${t(roleWord(user.role))}</p>
    <div class="bar">${inOrder(buttons)}</div>
    ${assignedTable(visit, user)}
  </div>`
}

function addDialog(visit: Visit): Html {
  return dialog(
    visit,
    'Create system user',
    html`<form method="post" action="${visit.to(`${systemUsers}/add`)}">
      ${field(visit, 'System user name', 'name')}
      ${choice(
        visit,
        'System user role',
        'role',
        roles.map(([value, word]) => [value, visit.t(word)] as const),
      )}
      ${endOf(visit, 'Create system user', visit.to(systemUsers))}
    </form>`,
  )
}

/** Assets that the business can give to its people, by kind; apps are not among them. */
function assignable(visit: Visit): [AssetKind, Asset[]][] {
  const held = heldAssets(visit.sim.world, visit.business.id)
  return assetKinds
    .filter((kind) => kind !== 'app')
    .map((kind): [AssetKind, Asset[]] => [kind, held.filter((asset) => asset.kind === kind)])
    .filter(([, assets]) => assets.length > 0)
}

/** What a business may let its people do with an asset. */
function grantable(asset: Asset, business: string): readonly string[] {
  return asset.owner === business ? allTasks[asset.kind] : (asset.shares.get(business)?.tasks ?? [])
}

function assignDialog(visit: Visit, user: SystemUser): Html {
  const { t, to, inOrder } = visit
  const back = to(systemUsers, { user: user.id })
  return dialog(
    visit,
    'Assign assets and set permissions',
    html`<form method="post" action="${to(`${systemUsers}/assign`)}">
      <input type="hidden" name="user" value="${user.id}" />
      ${inOrder(assignable(visit)).map(
        ([kind, assets]) =>
          html`<fieldset>
            <legend>${t(kindWords[kind])}</legend>
            ${assets.map(
              (asset) =>
                html`<label><input type="checkbox" name="asset:${asset.id}" /> ${asset.name}</label>`,
            )}
          </fieldset>`,
      )}
      <fieldset>
        <legend>${t('Permissions')}</legend>
        ${inOrder([
          html`<label><input type="checkbox" name="view" /> ${t('View performance')}</label>`,
          html`<label><input type="checkbox" name="full" /> ${t('Full control')}</label>`,
        ])}
      </fieldset>
      ${endOf(visit, 'Save changes', back)}
    </form>`,
  )
}

function assignedDialog(visit: Visit, user: SystemUser): Html {
  return dialog(
    visit,
    'Assets Added',
    html`<p>${user.name} can use the assets that you chose.</p>
      <div class="end">${opener(visit, 'Done', systemUsers, { user: user.id })}</div>`,
  )
}

export function changeSystemUsers(visit: Visit, action: string): Answer | null {
  const { sim, state, business, params, to } = visit
  const press = (subject: string): void => {
    state.presses.push({ action: `system-users/${action}`, subject, outcome: 'done' })
  }
  if (action === 'add') {
    const role = params.get('role') === 'ADMIN' ? 'ADMIN' : 'EMPLOYEE'
    const name = (params.get('name') ?? '').trim() || 'System user'
    const user = sim.change({ op: 'add-system-user', business: business.id, name, role }) ?? ''
    press(user)
    return redirect(to(systemUsers, { user, note: 'added' }))
  }
  const user = chosenUser(visit)
  if (user === null) return null
  if (action === 'revoke') {
    for (const token of [...sim.world.tokens.values()])
      if (token.principal === user.id) sim.change({ op: 'set-token', label: token.label, state: 'revoked' })
    press(user.id)
    return redirect(to(systemUsers, { user: user.id, note: 'revoked' }))
  }
  if (action !== 'assign') return null
  const chosen = assignable(visit)
    .flatMap(([, assets]) => assets)
    .filter((asset) => params.has(`asset:${asset.id}`))
  if (chosen.length === 0 || !(params.has('full') || params.has('view')))
    return redirect(to(systemUsers, { user: user.id, dialog: 'assign', note: 'choose-assets' }))
  for (const asset of chosen) {
    const may = grantable(asset, business.id)
    const tasks = params.has('full') ? [...may] : may.filter((task) => /^(ANALYZE|VIEW_)/.test(task))
    if (tasks.length > 0) sim.change({ op: 'assign', asset: asset.id, user: user.id, tasks })
  }
  press(user.id)
  return redirect(to(systemUsers, { user: user.id, dialog: 'assigned' }))
}
