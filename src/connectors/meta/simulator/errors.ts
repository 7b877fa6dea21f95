// Every error that the API is known to answer, as data. Texts are what clients see; Meta's own wording where one is on record.
import { randomBytes } from 'node:crypto'
import type { Json } from './world.ts'

export type ErrorType =
  'OAuthException' | 'GraphMethodException' | 'FacebookApiException' | 'GraphBatchException'

export interface GraphErrorFacts {
  status: number
  message: string
  type: ErrorType
  code?: number
  subcode?: number
  transient?: boolean
  title?: string
  userMessage?: string
  /** Sends no usage header with it. */
  silent?: boolean
}

/** An answer of the API that is an error. */
export class GraphError extends Error {
  readonly facts: GraphErrorFacts
  constructor(facts: GraphErrorFacts) {
    super(facts.message)
    this.name = 'GraphError'
    this.facts = facts
  }

  /** The body, with a new trace id. */
  body(): { error: { [key: string]: Json } } {
    const { message, type, code, subcode, transient, title, userMessage } = this.facts
    const error: { [key: string]: Json } = { message, type }
    if (transient !== undefined) error['is_transient'] = transient
    if (code !== undefined) error['code'] = code
    if (subcode !== undefined) error['error_subcode'] = subcode
    if (title !== undefined) error['error_user_title'] = title
    if (userMessage !== undefined) error['error_user_msg'] = userMessage
    error['fbtrace_id'] = `A${randomBytes(16).toString('base64url')}`
    return { error }
  }

  /** The header that goes with token, permission and parameter errors; null with others. */
  authenticateHeader(): string | null {
    const { code, message } = this.facts
    if (code === undefined) return null
    const word =
      code === 100 || code === 2500
        ? 'invalid_request'
        : code === 190 || code === 102 || code === 104
          ? 'invalid_token'
          : code === 10 || (code >= 200 && code < 300)
            ? 'insufficient_scope'
            : null
    return word === null
      ? null
      : `OAuth "Facebook Platform" "${word}" "${message.replaceAll('"', "'").replace(/[^\x20-\x7e]/g, '?')}"`
  }
}

const oauth = (
  status: number,
  code: number,
  message: string,
  more: Partial<GraphErrorFacts> = {},
): GraphError => new GraphError({ status, message, type: 'OAuthException', code, ...more })
const method = (
  status: number,
  code: number,
  message: string,
  more: Partial<GraphErrorFacts> = {},
): GraphError => new GraphError({ status, message, type: 'GraphMethodException', code, ...more })

const docs = 'https://developers.facebook.com/docs'
const tooManyCalls = (code: number, what: string, anchor: string): GraphError =>
  oauth(
    400,
    code,
    `(#${code}) There have been too many calls ${what}. Wait a bit and try again. For more info, please refer to ${docs}/graph-api/overview/rate-limiting#${anchor}.`,
    {
      subcode: 2446079,
      transient: false,
      title: 'Ad-account Has Too Many API Calls',
      userMessage: 'There have been too many calls. Wait a bit and try again.',
    },
  )

/** Makers of errors, by name. Fault injection and the graph use the same ones. */
export const errors = {
  // Requests
  noToken: () => oauth(400, 104, 'An access token is required to request this resource.'),
  incorrectSignature: () => oauth(400, 104, '(#104) Incorrect signature'),
  unknownPath: (path: string) => oauth(400, 2500, `Unknown path components: ${path}`),
  syntax: (sentence: string, at: number, text: string) =>
    oauth(400, 2500, `Syntax error "${sentence}" at character ${at}: ${text}`),
  meNeedsUser: () =>
    oauth(400, 2500, 'An active access token must be used to query information about the current user.'),
  unknownField: (field: string, node: string) =>
    oauth(400, 100, `(#100) Tried accessing nonexisting field (${field}) on node type (${node})`),
  unknownEdge: (edge: string) => oauth(400, 100, `(#100) Tried accessing nonexisting field (${edge})`),
  parameterRequired: (name: string) => oauth(400, 100, `(#100) The parameter ${name} is required`),
  invalidParameter: (detail = '') => oauth(400, 100, `(#100) Invalid parameter${detail && `: ${detail}`}`),
  unparsableBody: () => oauth(400, 100, '(#100) Failed to parse the request body parameters'),
  unsupportedGet: (id: string) =>
    method(
      400,
      100,
      `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at ${docs}/graph-api`,
      { subcode: 33 },
    ),
  unsupported: (verb: string, id: string) =>
    method(
      400,
      100,
      `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at ${docs}/graph-api`,
      { subcode: 33 },
    ),
  alias: (name: string) => oauth(400, 803, `(#803) Cannot query users by their username (${name})`),
  cursorTooFar: () =>
    oauth(400, 100, '(#100) The After Cursor specified exceeds the max limit supported by this endpoint'),
  gone: (what: string, version: string) =>
    oauth(400, 12, `(#12) ${what} is deprecated for versions ${version} and higher`),
  notBusinessScoped: () =>
    oauth(400, 100, '(#100) Invalid parameter', {
      subcode: 1752100,
      transient: false,
      title: 'Invalid User ID',
      userMessage: 'The user ID must be a business-scoped user ID.',
    }),
  // App secret proof
  proofMissing: () => method(400, 100, 'API calls from the server require an appsecret_proof argument'),
  proofWrong: () => method(400, 100, 'Invalid appsecret_proof provided in the API argument'),
  // Tokens
  undecryptable: () => oauth(400, 190, 'The access token could not be decrypted'),
  unparsableToken: () => oauth(400, 190, 'Invalid OAuth access token - Cannot parse access token'),
  session: () => oauth(401, 102, '(#102) Session key invalid or no longer valid'),
  appNotInstalled: (app = '0') =>
    oauth(400, 190, `Error validating access token: The user has not authorized application ${app}.`, {
      subcode: 458,
    }),
  checkpoint: () =>
    oauth(
      400,
      190,
      'Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given.',
      { subcode: 459 },
    ),
  passwordChanged: () =>
    oauth(
      400,
      190,
      'Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.',
      { subcode: 460 },
    ),
  tokenExpired: (ended = 'Thursday, 01-Oct-26 12:00:00 PDT', now = 'Friday, 02-Oct-26 12:00:00 PDT') =>
    oauth(
      400,
      190,
      `Error validating access token: Session has expired on ${ended}. The current time is ${now}.`,
      { subcode: 463 },
    ),
  unconfirmedUser: () =>
    oauth(
      400,
      190,
      'Error validating access token: Sessions for the user are not allowed because the user is not a confirmed user.',
      { subcode: 464 },
    ),
  tokenRevoked: () =>
    oauth(
      400,
      190,
      'Error validating access token: The session was invalidated explicitly using an API call.',
      { subcode: 466 },
    ),
  loggedOut: () =>
    oauth(400, 190, 'Error validating access token: The session is invalid because the user logged out.', {
      subcode: 467,
    }),
  noRoleOnPage: () =>
    oauth(
      400,
      190,
      'Error validating access token: The user must be an administrator, editor, or moderator of the page in order to impersonate it.',
      { subcode: 492 },
    ),
  otherApp: () => oauth(400, 100, '(#100) The App_id in the input_token did not match the Viewing App'),
  // Permissions
  capability: () => oauth(400, 3, '(#3) Application does not have the capability to make this API call.'),
  permissionDenied: () => oauth(403, 10, '(#10) Application does not have permission for this action'),
  scope10: (scope: string) =>
    oauth(
      403,
      10,
      `(#10) This endpoint requires the '${scope}' permission. Refer to ${docs}/permissions for details.`,
    ),
  scope200: (scope: string) => oauth(403, 200, `(#200) Requires ${scope} permission to manage the object.`),
  adsScope: () =>
    oauth(403, 200, '(#200) Ad account owner has NOT grant ads_management or ads_read permission'),
  pageFields: () =>
    oauth(
      400,
      100,
      `(#100) Object does not exist, cannot be loaded due to missing permission or reviewable feature, or does not support this operation. This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature or the 'Page Public Metadata Access' feature. Refer to ${docs}/apps/review/login-permissions#manage-pages, ${docs}/apps/review/feature#reference-PAGES_ACCESS and ${docs}/apps/review/feature#page-public-metadata-access for details.`,
    ),
  notAuthorized: () =>
    oauth(400, 200, "(#200) The user hasn't authorized the application to perform this action"),
  pageTokenNeeded: () => oauth(400, 210, '(#210) A page access token is required to request this resource.'),
  permissions: () => oauth(403, 200, '(#200) Permissions error'),
  // Limits and bad days
  unknown: () => oauth(500, 1, 'An unknown error occurred', { subcode: 99 }),
  reduce: () => oauth(500, 1, "Please reduce the amount of data you're asking for, then retry your request"),
  unavailable: () =>
    new GraphError({
      status: 503,
      message: 'Service temporarily unavailable',
      type: 'FacebookApiException',
      code: 2,
      transient: true,
    }),
  appLimit: () => oauth(403, 4, '(#4) Application request limit reached', { transient: true, silent: true }),
  appLimitPages: () =>
    oauth(400, 4, '(#4) Application request limit reached', {
      subcode: 1504022,
      transient: true,
      silent: true,
      title: 'Application request limit reached',
      userMessage: 'There have been too many calls from this app. Wait a bit and try again.',
    }),
  userLimit: () =>
    oauth(400, 17, '(#17) User request limit reached', {
      subcode: 2446079,
      transient: false,
      title: 'Ad-account Has Too Many API Calls',
      userMessage: 'There have been too many calls from this ad-account. Wait a bit and try again.',
    }),
  pageLimit: () => oauth(400, 32, '(#32) Page request limit reached'),
  feedLimit: () => oauth(400, 341, '(#341) Feed action request limit reached'),
  blocked: () =>
    oauth(
      400,
      368,
      'It looks like you were misusing this feature by going too fast. You’ve been blocked from using it.\n\nLearn more about blocks in the Help Center.',
    ),
  customLimit: () => oauth(400, 613, '(#613) Calls to this api have exceeded the rate limit.'),
  unusualVolume: () =>
    oauth(400, 613, '(#613) Calls to this api have exceeded the rate limit.', {
      subcode: 1996,
      transient: true,
    }),
  insightsLimit: () => tooManyCalls(80000, 'to this ad-account', 'ads-insights'),
  pageUseCaseLimit: () => tooManyCalls(80001, 'to this Page account', 'pages'),
  instagramLimit: () => tooManyCalls(80002, 'to this Instagram account', 'instagram-graph-api'),
  audienceLimit: () => tooManyCalls(80003, 'to this ad-account', 'custom-audience'),
  adsManagementLimit: () => tooManyCalls(80004, 'to this ad-account', 'ads-management'),
  leadLimit: () => tooManyCalls(80005, 'to this Page account', 'lead-generation'),
  messengerLimit: () => tooManyCalls(80006, 'to this Page account', 'messenger'),
  whatsappLimit: () =>
    tooManyCalls(80008, 'to this WhatsApp Business account', 'whatsapp-business-management-api'),
  catalogLimit: () => tooManyCalls(80009, 'to this catalog account', 'catalog'),
  catalogBatchLimit: () => tooManyCalls(80014, 'for the batch uploads to this catalog account', 'catalog'),
  // Writes
  twoFactor: () => oauth(400, 415, '(#415) Two factor authentication required'),
  sessionKey: () => oauth(400, 452, '(#452) Session key invalid or no longer valid'),
  origin: () => oauth(400, 457, '(#457) The session has an invalid origin'),
  accountPermissions: () => oauth(400, 2620, '(#2620) Invalid call to update account permissions'),
  lastAdmin: () =>
    oauth(
      400,
      3914,
      '(#3914) It looks like you are trying to remove the last admin from this Business Manager. At least one admin is required in Business Manager.',
    ),
  unexpected: () => oauth(400, 3919, '(#3919) There was an unexpected technical issue. Please try again.'),
  alreadyAccess: () => oauth(400, 3944, '(#3944) Your Business Manager already has access to this object.'),
  badScope: (name: string) => oauth(400, 3962, `(#3962) The permission '${name}' is not valid.`),
  appNotInBusiness: () =>
    oauth(400, 104001, '(#104001) The app must be part of the business to create a system user.'),
  batchTooBig: () =>
    new GraphError({
      status: 400,
      message: 'Too many requests in batch message. Maximum batch size is 50',
      type: 'GraphBatchException',
    }),
} as const

export type ErrorName = keyof typeof errors

/** The error with this name, made without detail. */
export function errorNamed(name: ErrorName): GraphError {
  const make: (...detail: never[]) => GraphError = errors[name]
  return (make as (...detail: string[]) => GraphError)('0', '0', '0')
}
