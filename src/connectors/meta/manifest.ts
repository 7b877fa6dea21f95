// What Meta is called on the screens: fields of the wizard, words, kinds of assets, and the steps that a partner's admin follows.
import type { GuideStep, Manifest, PermissionSpec } from '../../model/manifest.ts'
import { DEFAULT_VERSION } from './graph.ts'
import { groupType } from './asset-groups.ts'
import { kinds } from './kinds.ts'

/** The permissions that the guide asks a partner for, and what stays invisible without each. */
export const guideScopes: Record<string, string> = {
  ads_management: 'who can use ad accounts and pixels',
  business_management: 'the business and all of its people',
  catalog_management: 'who can use catalogs',
  pages_manage_metadata: 'who can use Pages',
  pages_read_engagement: 'details of Pages',
  pages_show_list: 'the list of Pages',
}

/** Why each is asked for, to whoever hands a token over. */
const permissions: PermissionSpec[] = [
  {
    name: 'ads_management',
    why: 'Tells who can use ad accounts and pixels. Meta has no narrower one that tells it.',
  },
  {
    name: 'business_management',
    why: 'Tells who your people are and what they are assigned to. Nothing can be read without it.',
  },
  { name: 'catalog_management', why: 'Tells who can use product catalogs.' },
  { name: 'pages_manage_metadata', why: 'Tells who can use Pages.' },
  { name: 'pages_read_engagement', why: 'Tells the names of Pages; Meta asks for it beside the others.' },
  { name: 'pages_show_list', why: 'Tells which Pages there are.' },
]

const taken = [
  'Your people who can use an asset that the two businesses share: name, business e-mail address, role, two-factor state, finance access.',
  'Which of the shared assets each of them may use, with which permissions, and since when.',
  'Your system users that can use a shared asset, by name and role.',
]

const neverTaken = [
  'People and assets of yours that have nothing to do with what is shared: they are counted and forgotten.',
  'Ads, budgets, results, audiences, customers, posts, messages, invoices.',
  'Changes: the token is used for reading alone. Nothing in your Business Manager is changed with it.',
]

const step = (title: string, sentences: string[], more: Partial<GuideStep> = {}): GuideStep => ({
  title,
  sentences,
  copies: [],
  permissions: false,
  live: false,
  handOver: false,
  ...more,
})

const guide: GuideStep[] = [
  step(
    'Request the app',
    [
      'In Meta Business Manager open **Settings**, then **Accounts**, then **Apps**.',
      'Choose **Add**, then **Request Access to an App ID**.',
      'In the dialog **Request an app** enter the **App ID** that stands here, and choose **Request app**.',
      "The app's owner approves the request. Meta notifies you; until then no token can be made for the app.",
    ],
    { copies: ['app_id'], live: true },
  ),
  step('Give a system user its assets', [
    'Open **Settings**, then **Users**, then **System users**.',
    'Choose a system user with the **Admin** role, or add one.',
    'Choose **Assign assets**. In the dialog **Assign assets and set permissions** choose the assets that the two of you share, and switch on **Full control**.',
    'Choose **Save changes**, then **Done** in the dialog **Assets Added**.',
  ]),
  step(
    'Generate the token',
    [
      'With the system user chosen, choose **Generate new token**. In the dialog **Generate token** choose the **App** that you requested.',
      'Set **Token expiration** to **Never**, or to **60 days** where Meta offers nothing else.',
      'Under **Permissions** choose the six that stand here, and no others.',
      'Choose **Generate token**, copy the **Access token**, and choose **OK**. Meta shows it this once.',
    ],
    { permissions: true },
  ),
  step(
    'Hand the token over',
    [
      'Paste the token on the page of the token request, or add it as a secret and share it.',
      'Never send it by mail or chat.',
    ],
    { handOver: true },
  ),
]

const digits = (what: string) => ({
  source: '^\\d{5,20}$',
  sentence: `${what} is a number of 5 to 20 digits.`,
})

export const manifest: Manifest = {
  id: 'meta',
  name: 'Meta Business Manager',
  provider: 'Meta',
  description:
    'People, partners and assets of a business in Meta Business Manager, and the people of its partners.',
  fields: [
    {
      name: 'token',
      label: 'System user token',
      hint: 'Generated in Business Manager for a system user with the Admin role. It is checked, then kept sealed.',
      secret: true,
      required: true,
      default: null,
      pattern: null,
    },
    {
      name: 'app_id',
      label: 'App ID',
      hint: 'The ID of your own Meta app, shown at the top of its dashboard.',
      secret: false,
      required: true,
      default: null,
      pattern: digits('An App ID'),
    },
    {
      name: 'app_secret',
      label: 'App secret',
      hint: 'In the App Dashboard under App settings, Basic. It is needed to inspect tokens and to sign calls.',
      secret: true,
      required: true,
      default: null,
      pattern: { source: '^[\\x21-\\x7e]{8,128}$', sentence: 'An app secret is one word without spaces.' },
    },
    {
      name: 'version',
      label: 'Graph API version',
      hint: 'Leave it empty for the version that Guestlist was tested with.',
      secret: false,
      required: false,
      default: DEFAULT_VERSION,
      pattern: { source: '^v\\d{1,3}\\.\\d{1,2}$', sentence: 'A version looks like v26.0.' },
    },
  ],
  words: {
    partners: 'Meta Business Partners',
    guests: 'Meta Business guest users',
    businessId: 'Business ID',
    agency: 'Agency',
    client: 'Client',
  },
  resourceTypes: [
    ...kinds.map((kind) => ({
      type: kind.type,
      label: kind.label,
      labelPlural: kind.labelPlural,
      entitlements: kind.tasks,
      unknownRank: kind.unknownRank,
    })),
    groupType,
  ],
  guide,
  permissions,
  taken,
  neverTaken,
}
