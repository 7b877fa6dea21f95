// Filters that several lists share: of people in one app and over all of them, and a short way to write others.
import { ranks } from '../../src/model/entitlement.ts'
import type { Filter } from '../components/ListView.tsx'
import { rankLabels } from '../components/RankBadge.tsx'
import { twoFactorWords } from './person-columns.tsx'

/** Of partners: the states that are counted as pending onboarding, one of which was asked for its token. */
export const NOT_ONBOARDED = 'pending,requested'

/** A facet whose parameter in the address has its name, if nothing else is said. */
export const facetFilter = (name: string, label: string, more: Partial<Filter> = {}): Filter => ({
  name,
  label,
  facet: name,
  as: 'facet',
  ...more,
})

/** The words of a value where they stand in a table; what stands in the address may be anything. */
export const labelIn =
  (words: Readonly<Record<string, { label: string } | undefined>>) =>
  (value: string): string =>
    words[value]?.label ?? value

export const partnerFilter = facetFilter('partner', 'Partner')
export const rankFilter = facetFilter('rank', 'Strongest permission', {
  order: ranks,
  labelOf: (value) => (rankLabels as Record<string, string>)[value] ?? value,
})
export const twoFactorFilter = facetFilter('twoFactor', 'Two-factor', {
  labelOf: (value) => (value === 'unknown' ? 'Not told' : twoFactorWords(value)),
})
export const confirmedFilter = facetFilter('confirmed', 'Last check', {
  order: ['yes', 'no'],
  labelOf: (value) => (value === 'yes' ? 'Confirmed' : 'Not confirmed'),
})
