// One visit of a page: who is there, for which business, with which words; and the frame that every page shares.
import type { Simulation } from '../simulation.ts'
import type { Business, Person } from '../world.ts'
import { html } from './html.ts'
import type { Html, Part } from './html.ts'
import type { PagesState } from './state.ts'
import { style } from './style.ts'

export const root = '/business'

export interface Visit {
  sim: Simulation
  state: PagesState
  business: Business
  person: Person
  /** After the root: `/settings/people`. */
  path: string
  params: ReadonlyMap<string, string>
  /** The word that is shown for Meta's usual one. */
  t: (usual: string) => string
  /** A list in the order in which the pages show it now. */
  inOrder: <T>(list: readonly T[]) => T[]
  /** An address within the pages, for this business. */
  to: (path: string, query?: Readonly<Record<string, string>>) => string
}

/** What a page shows, or where a form leads. */
export type Answer =
  { is: 'page'; title: string; main: Html; dialog?: Html; status?: number } | { is: 'redirect'; to: string }

export const page = (title: string, main: Html, dialog?: Html): Answer => ({
  is: 'page',
  title,
  main,
  ...(dialog === undefined ? {} : { dialog }),
})
export const redirect = (to: string): Answer => ({ is: 'redirect', to })

export function inOrderOf({ switches }: Simulation): <T>(list: readonly T[]) => T[] {
  return (list) => (switches.pageOrder === 'reversed' ? [...list].reverse() : [...list])
}

const menu: readonly { group: string; entries: readonly (readonly [string, string])[] }[] = [
  {
    group: 'Users',
    entries: [
      ['People', '/settings/people'],
      ['Partners', '/settings/partners'],
      ['System users', '/settings/system-users'],
    ],
  },
  { group: 'Accounts', entries: [['Apps', '/settings/apps']] },
  { group: 'Requests', entries: [['Requests', '/settings/requests']] },
]

function sideMenu(visit: Visit): Html {
  const { t, to, inOrder, path } = visit
  const group = ({ group, entries }: (typeof menu)[number]): Html => {
    const links = html`<ul>
      ${inOrder(entries).map(
        ([word, target]) =>
          html`<li>
            <a href="${to(target)}" ${path.startsWith(target) && html`aria-current="page"`}>${t(word)}</a>
          </li>`,
      )}
    </ul>`
    return entries.length === 1 && entries[0]?.[0] === group
      ? links
      : html`<h2>${t(group)}</h2>
          ${links}`
  }
  return html`<nav aria-label="${t('Settings')}">${inOrder(menu).map(group)}</nav>`
}

/** Sentences after a form; the address carries only their names. */
const notes: Readonly<Record<string, string>> = {
  'app-asked': 'Your request was sent. You will be notified when the owner of the app answers it.',
  'app-known': 'This business already has access to this app.',
  'app-waiting': 'This business has already asked for this app; the request waits for an answer.',
  'app-unknown': 'There is no app with this ID.',
  approved: 'You approved the request.',
  declined: 'You declined the request.',
  answered: 'This request has already been answered.',
  added: 'Added.',
  saved: 'Your changes were saved.',
  removed: 'Removed.',
  'last-admin': 'A business needs at least one person with full control.',
  invited: 'The invitation was sent.',
  revoked: 'Every token of this system user was revoked.',
  'partner-unknown': 'There is no business with this ID.',
  'choose-assets': 'Choose at least one asset and what may be done with it.',
  'choose-permissions': 'Choose an app and at least one permission.',
}

function header(visit: Visit): Html {
  const { t, to, business, person } = visit
  const unread = visit.sim.world.notices.filter((one) => one.business === business.id && !one.read).length
  return html`<header>
    <a class="brand" href="${to('/home')}">${business.name}</a>
    <span class="muted">ID: ${business.id}</span>
    <nav aria-label="Account">
      <a href="${to('/settings')}">${t('Settings')}</a>
      <a href="${to('/notifications')}">${t('Notifications')}${unread > 0 && ` (${unread})`}</a>
      <span>${person.name}</span>
      <form method="post" action="${to('/logout')}"><button>${t('Log out')}</button></form>
    </nav>
  </header>`
}

/** The whole document of a page of somebody who is signed in. */
export function document(visit: Visit, answer: Extract<Answer, { is: 'page' }>): Html {
  const note = notes[visit.params.get('note') ?? '']
  return frame(
    visit.sim,
    `${answer.title} · ${visit.business.name}`,
    html`<div ${answer.dialog !== undefined && html`inert`}>
        ${header(visit)}
        <div class="body">
          ${visit.path.startsWith('/settings') && sideMenu(visit)}
          <main>${note !== undefined && html`<p role="status" class="note">${note}</p>`}${answer.main}</main>
        </div>
      </div>
      ${answer.dialog}`,
  )
}

export function frame(sim: Simulation, title: string, body: Html): Html {
  const language = sim.switches.pageWords === 'german' ? 'de' : 'en'
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <aside class="simulated" aria-label="About these pages">
          Simulated Meta pages: nothing done here reaches Meta.
        </aside>
        ${body}
      </body>
    </html>`
}

export interface Column<Row> {
  word: string
  cell: (row: Row) => Part
}

/** A table of one page of rows, with the word for the next page where there are more. `name` keeps the places of tables apart. */
export function table<Row>(
  visit: Visit,
  caption: string,
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Html {
  const { t, inOrder, sim, params } = visit
  const size = Math.max(1, sim.switches.pageRows)
  const from = Math.max(0, Number(params.get(`from-${name}`) ?? 0) || 0)
  const shown = inOrder(rows).slice(from, from + size)
  const cells = inOrder(columns)
  const kept = Object.fromEntries([...params].filter(([key]) => key !== 'business_id' && key !== 'note'))
  const count = sim.switches.pageCounts && `${from + 1}–${from + shown.length} of ${rows.length}`
  return html`<section aria-label="${t(caption)}">
    <h2>${t(caption)}</h2>
    <p class="muted">${rows.length === 0 ? 'None' : count}</p>
    ${
      shown.length > 0 &&
      html`<div class="wide" role="group" tabindex="0" aria-label="${t(caption)}">
        <table aria-label="${t(caption)}">
          <thead>
            <tr>
              ${cells.map((one) => html`<th scope="col">${t(one.word)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              (row) =>
                html`<tr>
                  ${cells.map((one) => html`<td>${one.cell(row)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
    ${
      from + size < rows.length &&
      html`<p>
        <a href="${visit.to(visit.path, { ...kept, [`from-${name}`]: String(from + size) })}"
          >${t('Next page')}</a
        >
      </p>`
    }
  </section>`
}

/** A dialog that stands open in the page; without a script, so what is behind it stays in reach. */
export function dialog(visit: Visit, word: string, inside: Html): Html {
  return html`<dialog open aria-modal="true" aria-labelledby="dialog-title">
    <h2 id="dialog-title">${visit.t(word)}</h2>
    ${inside}
  </dialog>`
}

/** A button that leads to another state of a page: it opens a dialog or a menu. */
export function opener(
  visit: Visit,
  word: string,
  path: string,
  query: Readonly<Record<string, string>>,
  of?: string,
): Html {
  return html`<form method="get" action="${root}${path}">
    <input type="hidden" name="business_id" value="${visit.business.id}" />
    ${Object.entries(query).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button ${of !== undefined && html`aria-label="${visit.t(word)} ${of}"`}>${visit.t(word)}</button>
  </form>`
}

/** The buttons at the end of a dialog's form: what it does, and the way out. */
export function endOf(visit: Visit, word: string, back: string, disabled = false): Html {
  const { t, inOrder } = visit
  const buttons = [
    html`<button class="main" ${disabled && html`disabled`}>${t(word)}</button>`,
    html`<a class="button" href="${back}">${t('Cancel')}</a>`,
  ]
  return html`<p class="end">${inOrder(buttons)}</p>`
}

/** A labelled field. */
export function field(
  visit: Visit,
  word: string,
  name: string,
  facts: { hint?: string; value?: string; type?: string } = {},
): Html {
  const { hint, value, type = 'text' } = facts
  return html`<p>
    <label for="f-${name}">${visit.t(word)}</label>
    <input
      id="f-${name}"
      name="${name}"
      type="${type}"
      required
      autocomplete="off"
      value="${value ?? ''}"
      ${hint !== undefined && html`aria-describedby="h-${name}"`}
    />
    ${hint !== undefined && html`<span class="muted" id="h-${name}">${hint}</span>`}
  </p>`
}

export function choice(
  visit: Visit,
  word: string,
  name: string,
  options: readonly (readonly [string, string])[],
): Html {
  return html`<p>
    <label for="f-${name}">${visit.t(word)}</label>
    <select id="f-${name}" name="${name}">
      ${visit.inOrder(options).map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select>
  </p>`
}
