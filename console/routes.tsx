// Where everything is: each address, the screen behind it (loaded when it is opened) and the search parameters it knows.
// Every tab, filter, drawer and dialog that can be linked to is a parameter here; others are dropped.
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from '@tanstack/react-router'
import type { Action } from '../src/model/can.ts'
import { takeSettings } from './appearance.ts'
import { ApiError } from './client.ts'
import { orFailure } from './late.ts'
import { meQuery, setupQuery } from './queries.ts'
import { Frame } from './screens/frame.tsx'
import { CrashScreen, NotFoundScreen } from './screens/lost.tsx'

/** Keeps the named parameters of an address and drops all others. Values are text; absent where empty. */
function params<const N extends string>(...names: N[]) {
  return (search: Record<string, unknown>): { [K in N]?: string } => {
    const kept: { [K in N]?: string } = {}
    for (const name of names) {
      const value = search[name]
      if (typeof value === 'string' && value !== '') kept[name] = value
    }
    return kept
  }
}

/** The named component of a screen's script, which comes with the address. */
function screen<Module extends Record<string, unknown>, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
) {
  return lazyRouteComponent(() => orFailure(load), name)
}

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  notFoundComponent: NotFoundScreen,
  errorComponent: CrashScreen,
})

// ── Before a workspace ───────────────────────────────────────────────────────────────────────────────────────────────
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  staticData: { title: 'Set up' },
  beforeLoad: async ({ context }) => {
    const { needed } = await context.client.query({ ...setupQuery(), staleTime: 0 })
    if (!needed) throw redirect({ to: '/' })
  },
  component: screen(() => import('./screens/setup.tsx'), 'SetupScreen'),
})
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  staticData: { title: 'Sign in' },
  validateSearch: params('next'),
  component: screen(() => import('./screens/sign-in.tsx'), 'SignInScreen'),
})
const forgottenPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgotten-password',
  staticData: { title: 'Forgotten password' },
  component: screen(() => import('./screens/forgotten-password.tsx'), 'ForgottenPasswordScreen'),
})
// The next three carry a secret in the fragment, which no server sees.
const newPassword = createRoute({
  getParentRoute: () => root,
  path: '/password',
  staticData: { title: 'New password' },
  component: screen(() => import('./screens/new-password.tsx'), 'NewPasswordScreen'),
})
const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  staticData: { title: 'Invitation' },
  component: screen(() => import('./screens/join.tsx'), 'JoinScreen'),
})

const tokenRequest = createRoute({
  getParentRoute: () => root,
  path: '/request',
  staticData: { title: 'Token request' },
  component: screen(() => import('./screens/token-request.tsx'), 'TokenRequestScreen'),
})

/** Everything below knows who is asking: signed out leads to sign-in and back, a fresh installation to its setup. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const known = context.client.getQueryData(meQuery().queryKey)
    if (known === undefined) {
      const { needed, signedIn: isSignedIn } = await context.client.query({ ...setupQuery(), staleTime: 0 })
      if (needed) throw redirect({ to: '/setup' })
      if (!isSignedIn)
        throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } })
    }
    try {
      const me = await context.client.query({ ...meQuery(), staleTime: 'static' })
      takeSettings(me.settings)
      return { me }
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'unauthenticated') throw error
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } })
    }
  },
})
const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: ({ context }) => {
    const first = context.me.workspaces[0]
    if (first === undefined) return
    throw redirect({ to: '/w/$workspace', params: { workspace: first.id } })
  },
  staticData: { title: 'No workspace' },
  component: screen(() => import('./screens/no-workspace.tsx'), 'NoWorkspaceScreen'),
})
/** Where a workspace asks the reader's role for a second factor, the way to it and back. */
const secondFactor = createRoute({
  getParentRoute: () => signedIn,
  path: '/second-factor',
  staticData: { title: 'Second factor' },
  validateSearch: params('workspace', 'next'),
  component: screen(() => import('./screens/second-factor.tsx'), 'SecondFactorScreen'),
})

// ── A workspace ──────────────────────────────────────────────────────────────────────────────────────────────────────
const workspace = createRoute({
  getParentRoute: () => signedIn,
  path: '/w/$workspace',
  beforeLoad: ({ context, params, location, matches }) => {
    const place = context.me.workspaces.find((one) => one.id === params.workspace)
    if (place === undefined) throw notFound()
    if (place.secondFactorNeeded)
      throw redirect({ to: '/second-factor', search: { workspace: place.id, next: location.href } })
    // A guest sees only what says so.
    if (place.role === 'guest' && !matches.some((match) => match.staticData.guests === true))
      throw redirect({ to: '/w/$workspace', params })
  },
  component: Frame,
})
const workspaceHome = createRoute({
  getParentRoute: () => workspace,
  path: '/',
  staticData: { title: 'Welcome', guests: true },
  beforeLoad: ({ context, params }) => {
    const place = context.me.workspaces.find((one) => one.id === params.workspace)
    if (place?.role !== 'guest') throw redirect({ to: '/w/$workspace/apps', params })
  },
  component: screen(() => import('./screens/guest-home.tsx'), 'GuestHomeScreen'),
})
const myRequest = createRoute({
  getParentRoute: () => workspace,
  path: 'requests/$request',
  staticData: { title: 'Token request', guests: true },
  component: screen(() => import('./screens/my-request.tsx'), 'MyRequestScreen'),
})
const ownBusiness = createRoute({
  getParentRoute: () => workspace,
  path: 'own/$partner',
  staticData: { title: 'What was taken', guests: true },
  validateSearch: params('search'),
  component: screen(() => import('./screens/own-business.tsx'), 'OwnBusinessScreen'),
})
const apps = createRoute({
  getParentRoute: () => workspace,
  path: 'apps',
  staticData: { title: 'Apps' },
  component: screen(() => import('./screens/apps.tsx'), 'AppsScreen'),
})
const addApp = createRoute({
  getParentRoute: () => workspace,
  path: 'apps/new',
  staticData: { title: 'Add app', needs: 'connection.manage' },
  validateSearch: params('connector'),
  component: screen(() => import('./screens/add-app.tsx'), 'AddAppScreen'),
})
const automation = createRoute({
  getParentRoute: () => workspace,
  path: 'automation',
  staticData: { title: 'Automation' },
  validateSearch: params('search', 'status', 'kind', 'connection', 'sort', 'job'),
  component: screen(() => import('./screens/automation.tsx'), 'AutomationScreen'),
})
const people = createRoute({
  getParentRoute: () => workspace,
  path: 'people',
  staticData: { title: 'People' },
  // person: whose drawer is open
  validateSearch: params(
    ...([
      'search',
      'partner',
      'rank',
      'kind',
      'twoFactor',
      'confirmed',
      'connection',
      'sort',
      'person',
    ] as const),
  ),
  component: screen(() => import('./screens/people.tsx'), 'PeopleScreen'),
})
const allAssets = createRoute({
  getParentRoute: () => workspace,
  path: 'assets',
  staticData: { title: 'Assets' },
  validateSearch: params('search', 'type', 'relation', 'connection', 'partner', 'sort'),
  component: screen(() => import('./screens/assets.tsx'), 'AllAssetsScreen'),
})
const secrets = createRoute({
  getParentRoute: () => workspace,
  path: 'secrets',
  staticData: { title: 'Secrets', guests: true, needs: 'secret.open' },
  // add: the dialog is open; secret: whose drawer is open
  validateSearch: params('search', 'kind', 'role', 'sort', 'add', 'secret'),
  component: screen(() => import('./screens/secrets.tsx'), 'SecretsScreen'),
})
const activity = createRoute({
  getParentRoute: () => workspace,
  path: 'activity',
  staticData: { title: 'Activity', needs: 'audit.read' },
  validateSearch: params('search', 'action', 'actor', 'from', 'to', 'sort', 'event', 'verify'),
  component: screen(() => import('./screens/activity.tsx'), 'ActivityScreen'),
})
const workspaceMembers = createRoute({
  getParentRoute: () => workspace,
  path: 'members',
  staticData: { title: 'Members' },
  // invite, member: the dialog or drawer that is open
  validateSearch: params('tab', 'search', 'role', 'status', 'factor', 'sort', 'invite', 'member'),
  component: screen(() => import('./screens/workspace-members.tsx'), 'WorkspaceMembersScreen'),
})

// ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const settings = createRoute({
  getParentRoute: () => workspace,
  path: 'settings',
  component: screen(() => import('./screens/settings.tsx'), 'SettingsScreen'),
})
const profile = createRoute({
  getParentRoute: () => settings,
  path: '/',
  staticData: { title: 'Settings', guests: true },
  component: screen(() => import('./screens/profile.tsx'), 'ProfileScreen'),
})
const security = createRoute({
  getParentRoute: () => settings,
  path: 'security',
  staticData: { title: 'Security', guests: true },
  component: screen(() => import('./screens/security.tsx'), 'SecurityScreen'),
})
const noticeSettings = createRoute({
  getParentRoute: () => settings,
  path: 'notices',
  staticData: { title: 'Notice settings', guests: true },
  component: screen(() => import('./screens/notice-settings.tsx'), 'NoticeSettingsScreen'),
})
const apiKeys = createRoute({
  getParentRoute: () => settings,
  path: 'keys',
  staticData: { title: 'API keys', needs: 'key.make' },
  validateSearch: params('search', 'state', 'sort', 'make', 'key'),
  component: screen(() => import('./screens/api-keys.tsx'), 'ApiKeysScreen'),
})
const workspaceSettings = createRoute({
  getParentRoute: () => settings,
  path: 'workspace',
  staticData: { title: 'Workspace settings', needs: 'workspace.change' },
  component: screen(() => import('./screens/workspace-settings.tsx'), 'WorkspaceSettingsScreen'),
})

// ── An app ───────────────────────────────────────────────────────────────────────────────────────────────────────────
const app = createRoute({
  getParentRoute: () => workspace,
  path: 'apps/$connection',
  component: screen(() => import('./screens/app.tsx'), 'AppScreen'),
})
const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  staticData: { title: 'Overview' },
  component: screen(() => import('./screens/overview.tsx'), 'OverviewScreen'),
})
const partners = createRoute({
  getParentRoute: () => app,
  path: 'partners',
  staticData: { title: 'Partners' },
  // connect, request, shares, partner: the partner whose dialog or drawer is open; request=pending asks all that are
  validateSearch: params('search', 'status', 'direction', 'sort', 'connect', 'request', 'shares', 'partner'),
  component: screen(() => import('./screens/partners.tsx'), 'PartnersScreen'),
})
const members = createRoute({
  getParentRoute: () => app,
  path: 'members',
  staticData: { title: 'Members' },
  validateSearch: params(
    ...([
      'tab',
      'search',
      'partner',
      'rank',
      'kind',
      'how',
      'twoFactor',
      'confirmed',
      'sort',
      'group',
      'person',
    ] as const),
  ),
  component: screen(() => import('./screens/members.tsx'), 'MembersScreen'),
})
const person = createRoute({
  getParentRoute: () => app,
  path: 'members/$principal',
  staticData: { title: 'Person' },
  component: screen(() => import('./screens/person.tsx'), 'PersonScreen'),
})
const assets = createRoute({
  getParentRoute: () => app,
  path: 'assets',
  staticData: { title: 'Assets' },
  validateSearch: params('search', 'type', 'relation', 'partner', 'sort'),
  component: screen(() => import('./screens/assets.tsx'), 'AssetsScreen'),
})
const asset = createRoute({
  getParentRoute: () => app,
  path: 'assets/$resource',
  staticData: { title: 'Asset' },
  validateSearch: params(...(['search', 'whose', 'rank', 'how', 'sort', 'person'] as const)),
  component: screen(() => import('./screens/asset.tsx'), 'AssetScreen'),
})
const changes = createRoute({
  getParentRoute: () => app,
  path: 'activity',
  staticData: { title: 'Activity' },
  validateSearch: params('kind', 'noun', 'partner', 'from', 'to', 'person'),
  component: screen(() => import('./screens/changes.tsx'), 'ChangesScreen'),
})
const appSettings = createRoute({
  getParentRoute: () => app,
  path: 'settings',
  staticData: { title: 'Settings' },
  component: screen(() => import('./screens/app-settings.tsx'), 'AppSettingsScreen'),
})

const tree = root.addChildren([
  setup,
  signIn,
  forgottenPassword,
  newPassword,
  join,
  tokenRequest,
  signedIn.addChildren([
    home,
    secondFactor,
    workspace.addChildren([
      workspaceHome,
      myRequest,
      ownBusiness,
      apps,
      addApp,
      people,
      allAssets,
      automation,
      secrets,
      workspaceMembers,
      activity,
      settings.addChildren([profile, security, noticeSettings, workspaceSettings, apiKeys]),
      app.addChildren([overview, partners, members, person, assets, asset, changes, appSettings]),
    ]),
  ]),
])

/** The router of the console; one per page load. */
export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultNotFoundComponent: NotFoundScreen,
    defaultErrorComponent: CrashScreen,
    scrollRestoration: true,
    // Plain text both ways: an id of digits stays text, and an address can be read and typed.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const set = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
      const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
      return text === '' ? '' : `?${text.replaceAll('%2C', ',').replaceAll('%3A', ':')}`
    },
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
  interface StaticDataRouteOption {
    /** The page's name in the window's title and in what is announced. */
    title?: string
    /** A guest may open it. */
    guests?: boolean
    /** What the reader must be allowed to do. */
    needs?: Action
  }
}
