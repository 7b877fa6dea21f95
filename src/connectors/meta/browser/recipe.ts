// Where things are on Meta's Business settings pages, as data: English and German, the present label first, then those of earlier and
// likely later pages. Proven against the simulator's pages only. A file in the data folder may replace it.
import type { Locator, Recipe } from '../../../model/recipe.ts'

const button = (...names: string[]): Locator[] => names.map((name) => ({ role: 'button', name }))
const starts = (...names: string[]): Locator[] =>
  names.map((name) => ({ role: 'button', name, match: 'start' }))
const field = (...labels: string[]): Locator[] => labels.map((label) => ({ label }))
const table = (...names: string[]): Locator[] => names.map((name) => ({ role: 'table', name }))
const column = (...names: string[]): Locator[] => names.map((name) => ({ role: 'columnheader', name }))
const heading = (...names: string[]): Locator[] => names.map((name) => ({ role: 'heading', name }))
const dialog = (...names: string[]): Locator[] => names.map((name) => ({ role: 'dialog', name }))
const link = (...names: string[]): Locator[] => names.map((name) => ({ role: 'link', name }))

const english: Record<string, Locator[]> = {
  'sign-in.email': field(
    'E-mail or phone number',
    'E-mail address or mobile number',
    'Email or phone number',
    'Email address or mobile number',
  ),
  'sign-in.password': field('Password', 'Your password'),
  'sign-in.submit': button('Log in', 'Log In', 'Continue', 'Sign in'),
  'sign-in.wrong': [{ role: 'alert' }],
  'sign-in.captcha': field('Text in the image', 'Enter the text you see'),
  'sign-in.captcha-image': [{ role: 'img', name: 'Security image' }, { role: 'img' }],
  'sign-in.code': field('Login code', 'Authentication code', 'Code'),
  'sign-in.confirm': field('Confirmation code', 'Security code'),
  'sign-in.continue': button('Continue', 'Next', 'Submit'),
  'requests.heading': heading('Requests', 'Access requests'),
  'requests.waiting': table('Waiting for your answer', 'To review', 'Received'),
  'requests.approve': starts('Approve', 'Accept'),
  'requests.decline': starts('Decline', 'Reject'),
  'requests.approve-dialog': dialog('Approve request', 'Accept request'),
  'requests.decline-dialog': dialog('Decline request', 'Reject request'),
  'requests.approve-last': button('Approve', 'Accept'),
  'requests.decline-last': button('Decline', 'Reject'),
  'requests.business': column('Business', 'Requested by'),
  'requests.business-id': column('Business ID'),
  'requests.asset-id': column('Asset ID', 'ID'),
  'requests.date': column('Requested', 'Date'),
  'page.next': link('Next page', 'Next'),
}

const german: Record<string, Locator[]> = {
  'sign-in.email': field('E-Mail-Adresse oder Handynummer', 'E-Mail oder Telefonnummer'),
  'sign-in.password': field('Passwort'),
  'sign-in.submit': button('Anmelden', 'Weiter'),
  'sign-in.wrong': [{ role: 'alert' }],
  'sign-in.captcha': field('Text im Bild'),
  'sign-in.captcha-image': [{ role: 'img' }],
  'sign-in.code': field('Anmeldecode', 'Code'),
  'sign-in.confirm': field('Bestätigungscode', 'Sicherheitscode'),
  'sign-in.continue': button('Weiter', 'Senden'),
  'requests.heading': heading('Anfragen'),
  'requests.waiting': table('Warten auf deine Antwort', 'Erhalten'),
  'requests.approve': starts('Genehmigen', 'Annehmen'),
  'requests.decline': starts('Ablehnen'),
  'requests.approve-dialog': dialog('Anfrage genehmigen'),
  'requests.decline-dialog': dialog('Anfrage ablehnen'),
  'requests.approve-last': button('Genehmigen', 'Annehmen'),
  'requests.decline-last': button('Ablehnen'),
  'requests.business': column('Business', 'Unternehmen'),
  'requests.business-id': column('Business ID', 'Unternehmens-ID'),
  'requests.asset-id': column('Asset ID', 'Asset-ID'),
  'requests.date': column('Requested', 'Angefragt'),
  'page.next': link('Nächste Seite', 'Weiter'),
}

export const recipe: Recipe = {
  id: 'meta-pages',
  version: 1,
  places: { requests: '/settings/requests?business_id={business}' },
  words: { en: english, de: german },
}
