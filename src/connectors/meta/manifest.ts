// What Meta is called on the screens: fields of the wizard, words, kinds of assets, and the steps that a partner's admin follows.
import type { GuideStep, Manifest } from '../../model/manifest.ts'
import { DEFAULT_VERSION } from './graph.ts'
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

const guide: GuideStep[] = [
  {
    title: 'Request the app',
    sentences: [
      'In Meta Business Manager open Settings, then Accounts, then Apps.',
      'Choose Add, then Request Access to an App ID.',
      'Enter the App ID shown here in the dialog Request an app and choose Request app.',
      "Wait until the app's owner has approved the request: Meta notifies you.",
    ],
  },
  {
    title: 'Give a system user its assets',
    sentences: [
      'Open Settings, then Users, then System users.',
      'Choose a system user with the Admin role, or add one.',
      'Choose Assign assets. In the dialog Assign assets and set permissions choose the assets that you share, and switch on Full control.',
      'Choose Save changes, then Done.',
    ],
  },
  {
    title: 'Generate the token',
    sentences: [
      'With the system user chosen, choose Generate new token and pick the app that you requested.',
      'Set Token expiration to Never, or to 60 days where Meta offers nothing else.',
      `Under Permissions choose ${Object.keys(guideScopes).join(', ')}.`,
      'Choose Generate token, copy the Access token, and choose OK.',
    ],
  },
  {
    title: 'Hand the token over',
    sentences: [
      'Paste the token on the page of the token request, or add it as a secret and share it.',
      'Never send it by mail or chat.',
    ],
  },
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
  resourceTypes: kinds.map((kind) => ({
    type: kind.type,
    label: kind.label,
    labelPlural: kind.labelPlural,
    entitlements: kind.tasks,
    unknownRank: kind.unknownRank,
  })),
  guide,
}
