// Routes in words, for the description of the API: what each does, and under which head it stands. Made from method and address; those
// that do not tell it themselves are named here.
import type { Route } from './route.ts'

/** The heads, in the order in which they are read. */
export const tags = [
  { name: 'Workspace', description: 'The workspace itself, and what changed in it just now.' },
  { name: 'Apps', description: 'Connected apps: a connector with a token.' },
  {
    name: 'Partners',
    description: 'Other businesses that we share assets with, or that share theirs with us.',
  },
  { name: 'People', description: 'Who can hold access: people, system users, pending invitations.' },
  { name: 'Assets', description: 'What access is to.' },
  {
    name: 'Changes',
    description: 'What became different from one check to the next, and removals that wait for a decision.',
  },
  { name: 'Automation', description: 'Tasks: what runs, what ran, and how it ended.' },
  { name: 'Activity', description: 'Who did what in this product, and the chain that proves it.' },
  { name: 'Notices', description: 'What those who run the workspace are told. For signed-in people.' },
  {
    name: 'Secrets',
    description: 'End-to-end encrypted values, and who may open them. For signed-in people.',
  },
  { name: 'API keys', description: 'Keys for programs. For signed-in people.' },
  { name: 'Members', description: 'Who signs in, and invitations. For signed-in people.' },
  { name: 'Own account', description: "A signed-in person's own settings, protection and sessions." },
  {
    name: 'Signing in',
    description: 'Setup, sign-in, invitations and passwords, for those who are not signed in.',
  },
  { name: 'Other', description: 'The rest.' },
]

interface Noun {
  one: string
  many: string
  tag: string
}

const nouns: Record<string, Noun> = {
  workspaces: { one: 'workspace', many: 'workspaces', tag: 'Workspace' },
  connections: { one: 'app', many: 'apps', tag: 'Apps' },
  connectors: { one: 'connector', many: 'connectors', tag: 'Apps' },
  partners: { one: 'partner', many: 'partners', tag: 'Partners' },
  shares: { one: 'shared asset', many: 'shared assets', tag: 'Partners' },
  identities: { one: 'person', many: 'people', tag: 'People' },
  principals: { one: 'person', many: 'people', tag: 'People' },
  resources: { one: 'asset', many: 'assets', tag: 'Assets' },
  changes: { one: 'change', many: 'changes', tag: 'Changes' },
  proposals: { one: 'set of held removals', many: 'held removals', tag: 'Changes' },
  jobs: { one: 'task', many: 'tasks', tag: 'Automation' },
  audit: { one: 'event', many: 'the activity log', tag: 'Activity' },
  notices: { one: 'notice', many: 'notices', tag: 'Notices' },
  'token-requests': { one: 'token request', many: 'token requests', tag: 'Partners' },
  'my-requests': { one: 'token request', many: 'token requests', tag: 'Own account' },
  'own-data': { one: 'business', many: 'businesses', tag: 'Own account' },
  secrets: { one: 'secret', many: 'secrets', tag: 'Secrets' },
  recipients: { one: 'recipient', many: 'people who can be given a secret', tag: 'Secrets' },
  vault: { one: 'vault', many: 'vaults', tag: 'Secrets' },
  'api-keys': { one: 'API key', many: 'API keys', tag: 'API keys' },
  members: { one: 'member', many: 'members and guests', tag: 'Members' },
  invitations: { one: 'invitation', many: 'invitations', tag: 'Members' },
  sessions: { one: 'session', many: 'sessions', tag: 'Own account' },
  passkeys: { one: 'passkey', many: 'passkeys', tag: 'Own account' },
}

/** Method and address, as they stand in the table → what it does. */
const words: Record<string, string> = {
  'get /setup': 'Whether the installation waits to be set up',
  'post /setup': 'Make the owner and the first workspace',
  'post /sign-in/second-factor': 'Give the second factor while signing in',
  'post /sign-in/passkey/options': 'Begin to sign in with a passkey',
  'post /sign-in/passkey': 'Sign in with a passkey',
  'post /forgotten-password': 'Ask for a link to a new password by mail',
  'post /password-links/look': 'See what a link to a new password is for',
  'post /password-links/redeem': 'Choose a new password with a link',
  'post /invitations/look': 'See what an invitation is for',
  'post /invitations/redeem': 'Accept an invitation',
  'post /token-requests/look': 'See what a token request is for',
  'post /token-requests/live-check':
    'Whether the app was requested and approved, as far as the provider tells',
  'post /token-requests/hand-over': 'Answer a token request with a token',
  'get /me': 'Who is signed in, with their workspaces',
  'get /me/settings': 'Own settings',
  'patch /me/settings': 'Change own settings',
  'get /me/security': 'What protects the own account',
  'delete /me/news/:news': 'Put a message about the own account away',
  'post /me/two-factor/start': 'Begin to set up a second factor',
  'post /me/two-factor/confirm': 'Confirm a second factor',
  'post /me/two-factor/backup-codes': 'Make new backup codes',
  'post /me/two-factor/stop': 'Stop using a second factor',
  'post /me/passkeys/options': 'Begin to add a passkey',
  'post /me/passkeys': 'Add a passkey',
  'delete /sessions': 'End all own sessions but this one',
  'delete /sessions/:session': 'End a session',
  'post /simulator': 'Make a workspace with the simulator',
  'post /workspaces/:workspace/members/:member/reset-second-factor': "Take a member's second factor away",
  'post /workspaces/:workspace/members/:member/password-link':
    'Make a one-time link to a new password for a member',
  'post /workspaces/:workspace/invitations/:invitation/send-again': 'Send an invitation again',
  'get /workspaces/:workspace/events': 'Watch tasks and notices as they change',
  'post /workspaces/:workspace/hand-over': 'Hand ownership over',
  'post /workspaces/:workspace/connections': 'Connect an app',
  'post /workspaces/:workspace/connections/check': 'Try a token before connecting',
  'post /workspaces/:workspace/connections/:connection/credential': "Replace an app's token",
  'post /workspaces/:workspace/connections/:connection/check-for-updates': 'Check for updates now',
  'get /workspaces/:workspace/jobs/:job/events': 'Watch a task until it ends',
  'get /workspaces/:workspace/identities': 'List the people of all apps, each human once',
  'get /workspaces/:workspace/identities.csv': 'Export the people of all apps, each human once, as CSV',
  'get /workspaces/:workspace/resources': 'List the assets of all apps',
  'get /workspaces/:workspace/resources.csv': 'Export the assets of all apps as CSV',
  'get /workspaces/:workspace/search': 'Find apps, partners, people and assets by name or ID',
  'get /workspaces/:workspace/vault': "The caller's own vault",
  'post /workspaces/:workspace/vault': 'Make the own vault',
  'patch /workspaces/:workspace/vault': 'Lock the own vault with another passphrase or recovery key',
  'post /workspaces/:workspace/vault/pins': "Confirm somebody's key",
  'post /workspaces/:workspace/secrets/:secret/versions': 'Change a secret, or who may open it',
  'post /workspaces/:workspace/partners/:partner/confirm-token':
    "Confirm what could not be told of a partner's token, so that it is used",
  'get /workspaces/:workspace/connections/:connection/token-requests': "List an app's token requests",
  'post /workspaces/:workspace/connections/:connection/token-requests': 'Ask partners for their tokens',
  'post /workspaces/:workspace/token-requests/:request/send-again':
    'Send a token request again, with a new link',
  'get /workspaces/:workspace/my-requests': 'List the token requests that the caller is to answer',
  'get /workspaces/:workspace/my-requests/:request': 'Read a token request that the caller is to answer',
  'post /workspaces/:workspace/my-requests/:request/live-check':
    'Whether the app of an own request was requested and approved',
  'post /workspaces/:workspace/my-requests/:request/hand-over': 'Answer an own token request with a token',
  'get /workspaces/:workspace/own-data': 'Businesses whose token the caller handed over',
  'get /workspaces/:workspace/own-data/:partner/people': 'What is kept of the people of an own business',
  'post /workspaces/:workspace/own-data/:partner/withdraw': 'Withdraw the token of an own business',
  'get /workspaces/:workspace/audit': 'Read the activity log',
  'get /workspaces/:workspace/audit/head': 'Where the chain of the activity log ends now',
  'get /workspaces/:workspace/audit/verify':
    'Verify the activity log, against a head that was kept if one is given',
  'post /workspaces/:workspace/notices/read': 'Mark notices as read',
  'get /workspaces/:workspace/notices/settings': 'How the caller is told of what',
  'patch /workspaces/:workspace/notices/settings': 'Change how the caller is told of one kind',
}

const isParameter = (part: string | undefined) => part?.startsWith(':') === true

/** One line on what the route does. */
export function summaryOf(route: Route): string {
  return words[`${route.method} ${route.path}`] ?? capital(derived(route))
}

function derived({ method, path }: Route): string {
  const parts = path.split('/').slice(1)
  const last = parts.at(-1) ?? ''
  const [name = '', kind] = last.split('.')
  const owner = ownerOf(parts)
  if (isParameter(last)) return ofOne(method, owner)
  const noun = nouns[name]
  const of = noun === undefined || parts.length <= 3 || owner === 'workspace' ? '' : ` of ${article(owner)}`
  if (noun === undefined)
    return method === 'get' ? `${spaced(name)} of ${article(owner)}` : `${spaced(name)} ${article(owner)}`
  if (kind === 'csv') return `export ${noun.many}${of} as CSV`
  if (kind === 'jsonl') return `export ${noun.many}${of} as JSON lines`
  return method === 'get' ? `list ${noun.many}${of}` : `make ${article(noun.one)}${of}`
}

function ofOne(method: Route['method'], one: string): string {
  if (method === 'get') return `read ${article(one)}`
  if (method === 'patch') return `change ${article(one)}`
  return method === 'delete' ? `remove ${article(one)}` : one
}

/** What the last id in the address is the id of. */
function ownerOf(parts: readonly string[]): string {
  const at = parts.findLastIndex((part) => isParameter(part))
  return nouns[parts[at - 1] ?? '']?.one ?? 'account'
}

function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`
}

const spaced = (word: string) => word.replaceAll('-', ' ')
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The head that a route stands under. */
export function tagOf({ path, right }: Route): string {
  if (right === 'open') return 'Signing in'
  const parts = path.split('/').map((part) => part.split('.')[0] ?? '')
  if (parts[1] === 'me') return 'Own account'
  if (parts[1] === 'simulator') return 'Workspace'
  const known = parts.findLast((part) => nouns[part] !== undefined)
  return (known === undefined ? undefined : nouns[known]?.tag) ?? 'Other'
}
