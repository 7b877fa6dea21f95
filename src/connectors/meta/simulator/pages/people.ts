// The page of a business's people: who they are, what they may do, who is invited.
import type { Invitation, Person } from '../world.ts'
import { userOf } from '../world.ts'
import { assignedTable } from './assigned-table.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { choice, dialog, endOf, field, opener, page, redirect, table } from './visit.ts'
import type { Answer, Visit } from './visit.ts'

const people = '/settings/people'
export const roles = [
  ['ADMIN', 'Admin'],
  ['EMPLOYEE', 'Employee'],
] as const
export const roleWord = (role: string): string => roles.find(([name]) => name === role)?.[1] ?? role

const financeWord = (finance: string | null): string =>
  finance === null ? '–' : finance === 'EDITOR' ? 'Finance editor' : 'Finance analyst'

export function showPeople(visit: Visit): Answer {
  const { t, to, sim, business, params } = visit
  const all = [...business.people]
    .map((id) => userOf(sim.world, id))
    .filter((user): user is Person => user.is === 'person')
  const chosen = all.find((person) => person.id === params.get('person'))
  const main = html`<div class="bar">
      <h1>${t('People')}</h1>
      ${opener(visit, 'Add', people, { dialog: 'invite' })}
    </div>
    ${chosen && onePerson(visit, chosen)}
    ${table(
      visit,
      'People',
      'people',
      [
        { word: 'Name', cell: (one) => html`<a href="${to(people, { person: one.id })}">${one.name}</a>` },
        { word: 'ID', cell: (one) => one.id },
        { word: 'E-mail', cell: (one) => one.email },
        { word: 'Role', cell: (one) => t(roleWord(one.role)) },
        {
          word: 'Two-factor authentication',
          cell: (one) =>
            t(one.twoFactor === 'enabled' ? 'On' : one.twoFactor === 'disabled' ? 'Off' : one.twoFactor),
        },
        { word: 'Finance', cell: (one) => t(financeWord(one.finance)) },
      ],
      all,
    )}
    ${table(
      visit,
      'Pending invitations',
      'invitations',
      [
        { word: 'E-mail', cell: (one: Invitation) => one.email },
        { word: 'ID', cell: (one: Invitation) => one.id },
        { word: 'Role', cell: (one: Invitation) => t(roleWord(one.role)) },
        { word: 'Status', cell: (one: Invitation) => (one.status === 'EXPIRED' ? 'Expired' : 'Pending') },
        {
          word: 'Actions',
          cell: (one: Invitation) => press(visit, 'withdraw', 'invitation', one.id, 'Cancel invitation'),
        },
      ],
      [...business.invitations].flatMap((id) => sim.world.invitations.get(id) ?? []),
    )}`
  return page(t('People'), main, params.get('dialog') === 'invite' ? inviteDialog(visit) : undefined)
}

function press(visit: Visit, action: string, name: string, value: string, word: string): Html {
  return html`<form method="post" action="${visit.to(`${people}/${action}`)}">
    <input type="hidden" name="${name}" value="${value}" /><button>${visit.t(word)}</button>
  </form>`
}

function onePerson(visit: Visit, person: Person): Html {
  const { t, to } = visit
  return html`<div class="card">
    <h2>${person.name}</h2>
    <p class="muted">ID: ${person.id} · ${person.title}</p>
    <form method="post" action="${to(`${people}/role`)}">
      <input type="hidden" name="person" value="${person.id}" />
      ${choice(
        visit,
        'New role',
        'role',
        roles.map(([value, word]) => [value, t(word)] as const),
      )}
      <p><button>${t('Change role')}</button></p>
    </form>
    ${press(visit, 'remove', 'person', person.id, 'Remove from this business')}
    ${assignedTable(visit, person)}
  </div>`
}

function inviteDialog(visit: Visit): Html {
  return dialog(
    visit,
    'Invite people',
    html`<form method="post" action="${visit.to(`${people}/invite`)}">
      ${field(visit, 'E-mail', 'email', { type: 'email' })}
      ${choice(visit, 'Role', 'role', roles.map(([value, word]) => [value, visit.t(word)] as const).reverse())}
      ${endOf(visit, 'Send invitation', visit.to(people))}
    </form>`,
  )
}

export function changePeople(visit: Visit, action: string): Answer | null {
  const { sim, state, business, params, to } = visit
  const given = params.get('person') ?? params.get('invitation') ?? ''
  const person = business.people.has(given) ? userOf(sim.world, given) : null
  const back = (note: string, outcome: 'done' | 'refused'): Answer => {
    state.presses.push({ action: `people/${action}`, subject: given, outcome })
    return redirect(to(people, { note }))
  }
  const lastAdmin =
    person?.role === 'ADMIN' &&
    [...business.people].filter((id) => userOf(sim.world, id).role === 'ADMIN').length === 1
  const role = params.get('role') === 'ADMIN' ? 'ADMIN' : 'EMPLOYEE'
  switch (action) {
    case 'invite':
      sim.change({ op: 'invite', business: business.id, email: params.get('email') ?? '', role })
      return back('invited', 'done')
    case 'withdraw':
      if (business.invitations.has(given)) sim.change({ op: 'withdraw', invitation: given })
      return back('removed', 'done')
    case 'role':
      if (lastAdmin && role !== 'ADMIN') return back('last-admin', 'refused')
      if (person) sim.change({ op: 'set-role', user: person.id, role })
      return back('saved', 'done')
    case 'remove':
      if (lastAdmin) return back('last-admin', 'refused')
      if (person) sim.change({ op: 'remove-user', user: person.id })
      return back('removed', 'done')
    default:
      return null
  }
}
