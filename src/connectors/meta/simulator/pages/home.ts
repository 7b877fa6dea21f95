// The first pages: the business itself, and what it was told.
import { html } from './html.ts'
import { page, table } from './visit.ts'
import type { Answer, Visit } from './visit.ts'

export function showHome({ t, to, business, person }: Visit): Answer {
  return page(
    business.name,
    html`<h1>${business.name}</h1>
      <p>Welcome, ${person.firstName}.</p>
      <p><a class="button" href="${to('/settings/people')}">${t('Open settings')}</a></p>`,
  )
}

export function showSettings({ t, business }: Visit): Answer {
  return page(
    t('Settings'),
    html`<h1>${t('Settings')}</h1>
      <section aria-label="${t('Business info')}">
        <h2>${t('Business info')}</h2>
        <p>${business.name}</p>
        <p class="muted">ID: ${business.id}</p>
      </section>`,
  )
}

/** Seen once, a notice counts as read. */
export function showNotifications(visit: Visit): Answer {
  const { t, sim, business } = visit
  const mine = sim.world.notices.filter((one) => one.business === business.id).reverse()
  const answer = page(
    t('Notifications'),
    html`<h1>${t('Notifications')}</h1>
      ${table(
        visit,
        'Notifications',
        'notices',
        [
          { word: 'What', cell: (one) => one.text },
          { word: 'When', cell: (one) => one.at.slice(0, 16).replace('T', ' ') },
          { word: 'New', cell: (one) => (one.read ? '' : t('New')) },
        ],
        mine,
      )}`,
  )
  for (const one of mine) one.read = true
  return answer
}
