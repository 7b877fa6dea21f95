// The words of the pages: Meta's English ones are the keys; the switches give others, to see how a reader of the pages copes.
import type { Switches } from '../switches.ts'
import type { AssetKind } from '../world.ts'

/** Other English words with the same meaning, as after a redesign. */
const renamed: Readonly<Record<string, string>> = {
  Settings: 'Business settings',
  People: 'All people',
  Partners: 'Partner businesses',
  'System users': 'System accounts',
  Apps: 'Connected apps',
  Requests: 'Access requests',
  Notifications: 'Alerts',
  'Log in': 'Continue',
  'E-mail or phone number': 'E-mail address or mobile number',
  Password: 'Your password',
  'Login code': 'Authentication code',
  Approve: 'Accept',
  Decline: 'Reject',
  'Waiting for your answer': 'To review',
  'Request app': 'Send request',
  'App ID': 'Application ID',
  'Two-factor authentication': 'Login security',
  'E-mail': 'Contact e-mail',
  Role: 'Access level',
  'Full control': 'Everything',
  'Assigned assets': 'Assets with access',
  'Owner ID': 'Owner business ID',
  Status: 'State',
  Active: 'Approved',
  'Waiting for approval': 'Pending approval',
}

const german: Readonly<Record<string, string>> = {
  Settings: 'Einstellungen',
  Users: 'Nutzer',
  Accounts: 'Konten',
  People: 'Personen',
  Partners: 'Partner',
  'System users': 'Systemnutzer',
  Apps: 'Apps',
  Requests: 'Anfragen',
  Notifications: 'Benachrichtigungen',
  'Log in': 'Anmelden',
  'Log out': 'Abmelden',
  'E-mail or phone number': 'E-Mail-Adresse oder Handynummer',
  Password: 'Passwort',
  'Login code': 'Anmeldecode',
  Continue: 'Weiter',
  'Text in the image': 'Text im Bild',
  'Confirmation code': 'Bestätigungscode',
  Approve: 'Genehmigen',
  Decline: 'Ablehnen',
  Cancel: 'Abbrechen',
  'Approve request': 'Anfrage genehmigen',
  'Decline request': 'Anfrage ablehnen',
  'Waiting for your answer': 'Warten auf deine Antwort',
  'Sent by this business': 'Von diesem Unternehmen gesendet',
  'Request app': 'App anfordern',
  'Request an app': 'Eine App anfordern',
  'Request Access to an App ID': 'Zugriff auf eine App-ID anfordern',
  'App ID': 'App-ID',
  Add: 'Hinzufügen',
  Name: 'Name',
  'E-mail': 'E-Mail',
  Role: 'Rolle',
  Admin: 'Administrator',
  Employee: 'Mitarbeiter',
  'Two-factor authentication': 'Zweistufige Authentifizierung',
  On: 'Ein',
  Off: 'Aus',
  Finance: 'Finanzen',
  'Next page': 'Nächste Seite',
  'Full control': 'Volle Kontrolle',
  'Assets you share': 'Von dir geteilte Assets',
  'Assets shared with you': 'Mit dir geteilte Assets',
  Permissions: 'Berechtigungen',
  'Pending invitations': 'Ausstehende Einladungen',
  'Assigned assets': 'Zugewiesene Assets',
  'Owned by': 'Eigentümer',
  'Owner ID': 'Eigentümer-ID',
  Active: 'Aktiv',
  'Waiting for approval': 'Wartet auf Genehmigung',
}

/** The word that the pages show for Meta's usual one. */
export function wordOf(switches: Switches, usual: string): string {
  const own = Object.hasOwn(switches.pageWord, usual) ? switches.pageWord[usual] : undefined
  if (own !== undefined) return own
  const table = { usual: {}, renamed, german }[switches.pageWords] as Readonly<Record<string, string>>
  return Object.hasOwn(table, usual) ? (table[usual] ?? usual) : usual
}

export const kindWords: Record<AssetKind, string> = {
  ad_account: 'Ad account',
  page: 'Page',
  pixel: 'Dataset',
  product_catalog: 'Catalog',
  instagram_asset: 'Instagram account',
  whatsapp_account: 'WhatsApp account',
  app: 'App',
}

const taskWords: Readonly<Record<string, string>> = {
  ANALYZE: 'View performance',
  ADVERTISE: 'Manage campaigns',
  DRAFT: 'Create drafts',
  MANAGE: 'Full control',
  EDIT: 'Full control',
  FULL_CONTROL: 'Full control',
  CREATE_CONTENT: 'Create content',
  CONTENT: 'Content',
  MODERATE: 'Comments',
  MESSAGING: 'Messages',
  MESSAGES: 'Messages and calls',
  COMMUNITY_ACTIVITY: 'Community activity',
  UPLOAD: 'Upload events',
  DEVELOP: 'Develop app',
  MANAGE_TEMPLATES: 'Manage templates',
  VIEW_TEMPLATES: 'View templates',
  MANAGE_PHONE: 'Manage phone numbers',
  VIEW_PHONE_ASSETS: 'View phone numbers',
}

/** A task as the pages write it; one without words keeps its name. */
export const taskWord = (task: string): string =>
  Object.hasOwn(taskWords, task) ? (taskWords[task] ?? task) : task
