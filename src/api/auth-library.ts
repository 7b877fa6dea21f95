// What the auth library is told: its tables, its limits, its cookies. What of it is let through is said in auth-paths.ts.
import { passkey } from '@better-auth/passkey'
import { createAuthMiddleware } from 'better-auth/api'
import { symmetricDecrypt } from 'better-auth/crypto'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { Log } from '../lib/log.ts'
import { PASSWORD_LENGTH } from '../model/person.ts'
import type { Redacted } from '../model/redacted.ts'
import type { Db } from '../store/db.ts'
import { beginChange, besideLibrary, libraryDialect } from '../store/library.ts'
import { noteSeen } from '../store/people.ts'
import type { Caller } from './caller.ts'

/** The same per address, right or wrong. */
const ADDRESS_TRIES = { max: 60, window: 15 * 60 }
export const SESSION_SECONDS = 7 * 86_400
/** How exact "last seen" is, and how often a session's end moves on. */
export const SEEN_SECONDS = 5 * 60
/** The library's own limits ask this header alone; it is written here and never taken from a request. */
const ADDRESS_HEADER = 'x-guestlist-address'

export interface AuthOptions {
  db: Db
  /** 32 random bytes or more; signs the cookies. */
  secret: Redacted
  publicUrl: URL
  log: Log
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }

/** The library's options; exported for the test that compares its tables with the migrations. */
export function libraryOptions({ db, secret, publicUrl, log }: AuthOptions) {
  return {
    appName: 'Guestlist',
    database: { dialect: libraryDialect(db), type: 'postgres' as const, transaction: true },
    // After the library has counted the request.
    hooks: { before: createAuthMiddleware(() => Promise.resolve(beginChange())) },
    secret: secret.reveal(),
    baseURL: publicUrl.origin,
    basePath: '/api/auth',
    trustedOrigins: [publicUrl.origin],
    telemetry: { enabled: false },
    logger: {
      log: (level: 'debug' | 'info' | 'success' | 'warn' | 'error', message: string) => {
        if (level === 'error') log.error('auth library', { message })
      },
    },
    // What is no answer of the library's comes to us: it would print it as it is, with an address or the values of a row.
    onAPIError: { throw: true },
    plugins: [secondFactors(), passkeys(publicUrl)],
    user: { modelName: 'auth_user', fields: { emailVerified: 'email_verified', ...times } },
    session: {
      modelName: 'auth_session',
      fields: {
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
        ...times,
      },
      expiresIn: SESSION_SECONDS,
      updateAge: SEEN_SECONDS,
      // What the library would ask a fresh session for, our routes ask the password for.
      freshAge: 0,
      // A cached session outlives its end, and has let people around a second factor (GHSA-xg6x-h9c9-2m83).
      cookieCache: { enabled: false },
    },
    account: {
      modelName: 'auth_account',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
    },
    verification: { modelName: 'auth_verification', fields: { expiresAt: 'expires_at', ...times } },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.least,
      maxPasswordLength: PASSWORD_LENGTH.most,
    },
    rateLimit: {
      enabled: true,
      storage: 'database' as const,
      modelName: 'auth_rate_limit',
      fields: { lastRequest: 'last_request' },
      window: 60,
      max: 600,
      customRules: {
        '/sign-in/email': ADDRESS_TRIES,
        '/change-password': ADDRESS_TRIES,
        '/two-factor/*': ADDRESS_TRIES,
        '/passkey/*': { ...ADDRESS_TRIES, max: 5 * ADDRESS_TRIES.max },
      },
    },
    advanced: {
      cookiePrefix: 'guestlist',
      // A person and their password are one question: a second one, asked where there is an account alone, would tell by its time that there is.
      database: { joins: true },
      useSecureCookies: publicUrl.protocol === 'https:',
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' as const, path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    databaseHooks: {
      session: {
        create: {
          after: async (session: { userId: string }) => noteSeen(await besideLibrary(db), session.userId),
        },
        update: {
          after: async (session: { userId: string }) => noteSeen(await besideLibrary(db), session.userId),
        },
      },
    },
  }
}

function secondFactors() {
  return twoFactor({
    issuer: 'Guestlist',
    // Ours holds for sign-in as a whole, and for tries side by side.
    accountLockout: { enabled: false },
    schema: {
      user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
      twoFactor: {
        modelName: 'auth_two_factor',
        fields: {
          backupCodes: 'backup_codes',
          userId: 'user_id',
          failedVerificationCount: 'failed_verification_count',
          lockedUntil: 'locked_until',
        },
      },
    },
  })
}

/** Whether a second factor was sealed with this secret, as the library seals it. */
export async function opensSecondFactor(secret: Redacted, sealed: string): Promise<boolean> {
  try {
    await symmetricDecrypt({ key: secret.reveal(), data: sealed })
    return true
  } catch {
    return false
  }
}

function passkeys(publicUrl: URL) {
  /** A passkey takes the place of password and code together, so its device must have asked for the finger, the face or the PIN. */
  const demandUser = (verified: boolean | undefined) => {
    if (verified !== true) throw new Error('a passkey without user verification')
  }
  return passkey({
    rpName: 'Guestlist',
    rpID: publicUrl.hostname,
    origin: publicUrl.origin,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    registration: {
      afterVerification: ({ verification }) => demandUser(verification.registrationInfo?.userVerified),
    },
    authentication: {
      afterVerification: ({ verification }) => demandUser(verification.authenticationInfo.userVerified),
    },
    schema: {
      passkey: {
        modelName: 'auth_passkey',
        fields: {
          publicKey: 'public_key',
          userId: 'user_id',
          credentialID: 'credential_id',
          deviceType: 'device_type',
          backedUp: 'backed_up',
          createdAt: 'created_at',
        },
      },
    },
  })
}

/** The headers that the library sees: nothing of the request's own forwarding headers. */
export function inner(caller: Caller, publicUrl: URL): Headers {
  const headers = new Headers({ origin: publicUrl.origin, 'content-type': 'application/json' })
  for (const name of ['cookie', 'user-agent']) {
    const value = caller.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  if (caller.address !== null) headers.set(ADDRESS_HEADER, caller.address)
  return headers
}
