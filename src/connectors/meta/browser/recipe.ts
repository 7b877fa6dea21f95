// Where things are on Meta's Business settings pages, as data. Proven against the simulator's pages only. A file in the data folder may
// replace it.
import type { List, Recipe } from '../../../model/recipe.ts'
import { english, german } from './words.ts'

export const recipe: Recipe = {
  id: 'meta-pages',
  version: 4,
  places: {
    requests: '/settings/requests?business_id={business}',
    people: '/settings/people?business_id={business}',
    person: '/settings/people?business_id={business}&person={person}',
    'system-users': '/settings/system-users?business_id={business}',
    'system-user': '/settings/system-users?business_id={business}&user={user}',
    partners: '/settings/partners?business_id={business}',
    partner: '/settings/partners?business_id={business}&partner={partner}',
  },
  words: { en: english, de: german },
}

/** What all lists of these pages have alike, and a list by its place. */
export const listAt = (place: string): List => ({
  table: place,
  area: `${place}.area`,
  none: 'list.none',
  next: 'page.next',
  more: 'page.more',
  count: 'list.count',
})
