// How the second Graph server says what it says: forms of one and the same answer that the contract allows, or does not rule out. None of them
// changes what is true, so the connector must understand them all.

export interface Manners {
  contentType: string
  /** The body of a batch's item: a text of JSON, or the JSON itself. */
  itemBodies: 'text' | 'object'
  itemHeaders: 'empty' | 'list' | 'left out'
  /** `facebook-api-version` of the answers: the one that was asked for, another, none. */
  served: 'asked' | 'another' | 'none'
  /** The way to the next page: cursors and an address; the address alone; one with an offset; one without host, version and parameters. */
  paging: 'cursors' | 'address alone' | 'offset' | 'bare address'
  /** E-mails and titles that are not there: left out, or an empty text. */
  empty: 'left out' | 'empty text'
  /** Keys that nobody asked for, in rows, answers and errors. */
  extras: boolean
  /** Every request needs the right `appsecret_proof`. */
  proofRequired: boolean
  /** Errors with all that Meta may say, or with message and code alone. */
  errorForm: 'usual' | 'bare' | 'wordy'
  /** How a field or edge that is not known is refused. */
  unknown: 'with node' | 'without node' | 'in words' | '2500'
  /** `debug_token`: everything; as little as there may be; scopes in `granular_scopes` alone; refused to the app's own token. */
  debug: 'full' | 'lean' | 'granular' | 'not to the app'
  /** Pages have more rows than were asked for. */
  larger: boolean
  /** `summary.total_count` as a text. */
  totalsAsText: boolean
  /** Assets an invitation will carry: no such edge. */
  invitations: 'not there' | 'no such edge'
}

export const plainManners: Manners = {
  contentType: 'application/json; charset=UTF-8',
  itemBodies: 'text',
  itemHeaders: 'empty',
  served: 'asked',
  paging: 'cursors',
  empty: 'left out',
  extras: false,
  proofRequired: false,
  errorForm: 'usual',
  unknown: 'with node',
  debug: 'full',
  larger: false,
  totalsAsText: false,
  invitations: 'not there',
}

type Json = Record<string, unknown>

/** The error of a refusal in this server's words. */
export function inForm(manners: Manners, body: Json, nested: boolean): Json {
  const error = { ...(body.error as Json) }
  const field = /nonexisting field \((\w+)\)/.exec(String(error.message))?.[1]
  if (field !== undefined && manners.unknown === 'without node')
    error.message = `(#100) Tried accessing nonexisting field (${field})`
  if (field !== undefined && manners.unknown === 'in words') error.message = `(#100) Invalid field: ${field}`
  if (field !== undefined && manners.unknown === '2500' && !nested) {
    error.message = `Unknown path components: /${field}`
    error.code = 2500
  }
  if (manners.errorForm === 'bare')
    return { error: { message: error.message, code: error.code, ...subcodeOf(error) } }
  if (manners.errorForm === 'wordy')
    Object.assign(error, {
      is_transient: error.code === 1,
      error_user_title: 'Something went wrong',
      error_user_msg: 'Please try again later. reduce, requires permission? <b>No.</b>',
      error_data: { blame_field_specs: [['fields']] },
    })
  return manners.extras ? { error, __debug__: {} } : { error }
}

const subcodeOf = (error: Json): Json =>
  error.error_subcode === undefined ? {} : { error_subcode: error.error_subcode }

/** `debug_token`'s data, as much of it as is told. */
export function debugForm(manners: Manners, data: Json): Json {
  const { app_id, type, is_valid, scopes, granular_scopes, user_id } = data
  if (manners.debug === 'lean') return { app_id, type, is_valid, scopes, user_id }
  if (manners.debug === 'granular') return { app_id, type, is_valid, granular_scopes, user_id, issued_at: 1 }
  return { ...data, metadata: { sso: 'x' }, issued_at: 1_712_099_387 }
}
