// The activity log in words: `partner.connect` → "Connected a partner". An action that is not known here is still readable.
import type { AuditEvent } from '../../src/model/audit.ts'
import { cleanName } from '../components/PersonCell.tsx'
import { fromCode } from '../words.ts'

const past: Record<string, string> = {
  add: 'Added',
  apply: 'Applied',
  cancel: 'Cancelled',
  change: 'Changed',
  check: 'Checked',
  connect: 'Connected',
  create: 'Added',
  delete: 'Deleted',
  destroy: 'Destroyed',
  disconnect: 'Disconnected',
  discard: 'Discarded',
  end: 'Ended',
  extend: 'Extended',
  export: 'Exported',
  make: 'Made',
  remove: 'Removed',
  rename: 'Renamed',
  renew: 'Renewed',
  replace: 'Replaced',
  reseal: 'Sealed again',
  reset: 'Reset',
  retry: 'Retried',
  restore: 'Restored',
  revoke: 'Revoked',
  share: 'Shared',
  start: 'Started',
  stop: 'Stopped',
  update: 'Changed',
  view: 'Viewed',
}
const things: Record<string, string> = {
  'api-key': 'an API key',
  connection: 'an app',
  credential: 'a token',
  invitation: 'an invitation',
  job: 'a task',
  list: 'a list',
  member: 'a member',
  partner: 'a partner',
  passkey: 'a passkey',
  password: 'a password',
  'password-link': 'a password link',
  person: 'a person',
  principal: 'a person of an app',
  proposal: 'held removals',
  route: 'a request',
  'second-factor': 'a second factor',
  secret: 'a secret',
  session: 'a session',
  setup: 'the setup',
  sync: 'a check for updates',
  vault: 'a vault',
  workspace: 'a workspace',
}
/** Actions whose words do not follow from their parts. */
const whole: Record<string, string> = {
  'app-request.approve': 'Approved an app request',
  'app-request.decide': 'Decided about an app request',
  'app-request.decline': 'Declined an app request',
  'app-request.find-answered': 'Found an app request answered',
  'automation.disable': 'Switched browser automation off',
  'automation.enable': 'Switched browser automation on',
  'automation.remove-login': 'Destroyed a login',
  'automation.set-reading': 'Changed what is read in the browser',
  'automation.store-login': 'Stored a login',
  'credential.revoke': 'Asked for a token to be ended',
  'job.answer': 'Answered a task',
  'member.join': 'Joined',
  'invitation.send-again': 'Sent an invitation again',
  'principal.erase': 'Erased a person’s data',
  'partner.confirm': 'Confirmed a partner’s token',
  'partner.withdraw': 'Withdrew their own token',
  'token-request.send': 'Requested a token',
  'token-request.send-again': 'Sent a token request again',
  'token-request.revoke': 'Revoked a token request',
  'token-request.answer': 'Answered a token request',
  'token-request.refuse': 'Refused a token that was handed over',
  'member.role': 'Changed a role',
  'member.extend': 'Changed the end of a stay',
  'export.make': 'Exported a list',
  'notice.change': 'Changed how they are told of something',
  'news.read': 'Put news about the account away',
  'person.change': 'Changed their own settings',
  'session.refuse': 'Failed to sign in',
  'request.refuse': 'Was refused a request',
  'workspace.transfer': 'Took the ownership over on the machine',
  'password-link.mail': 'Mailed a password link',
  'second-factor.renew-codes': 'Made new backup codes',
  'workspace.hand-over': 'Handed over the ownership',
  'secret.unshare': 'Removed access to a secret',
  'secret.role': 'Changed a role of a secret',
  'secret.expiry': 'Changed the expiry of a secret',
  'secret.expire': 'Deleted an expired secret',
  'secret.leave': 'Gave up a secret',
  'vault.confirm-key': 'Confirmed the key of a person',
  'session.start': 'Signed in',
  'session.end': 'Signed out',
}

/** An action as a person reads it. */
export function actionWords(action: string): string {
  const known = whole[action]
  if (known !== undefined) return known
  const [noun = '', verb = ''] = action.split('.')
  const [done, thing] = [past[verb], things[noun]]
  if (done === undefined || thing === undefined) return fromCode(action.replace('.', ' '))
  return `${done} ${thing}`
}

/** "Partner", "App", … */
export function subjectKindWords(kind: string): string {
  const thing = things[kind]?.replace(/^(an?|the) /, '')
  return fromCode(thing ?? kind)
}

/** An actor of the filter: a person's name as it came, or the product. */
export function actorWords(id: string, name: string): string {
  return id === 'guestlist' ? 'Guestlist' : name
}

/** Who acted: the person's present name, or the product. */
export function actorName(event: AuditEvent): string {
  if (event.actorKind === 'system') return 'Guestlist'
  return cleanName(event.actorName) ?? 'A former member'
}
