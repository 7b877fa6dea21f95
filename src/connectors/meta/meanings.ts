// What Meta's codes mean, in plain words: one table from code and subcode to a kind, a sentence and what to do.
// https://developers.facebook.com/docs/graph-api/guides/error-handling
import type { FailureKind } from '../../model/error.ts'

export interface Meaning {
  kind: FailureKind
  sentence: string
  fix: string
}

const newToken =
  'Make a new token in Meta (Settings, Users, System users, Generate new token) and replace it here.'
export const wait = 'Nothing has to be done: the check goes on by itself when Meta allows calls again.'
export const again = 'Check for updates again in a few minutes.'
const grant =
  'Generate a new token with the permissions that the guide names, and see that the system user has full control of these assets.'

/** Subcodes of 190 (and 102): why a token no longer works. */
const deadTokens: Record<number, Meaning> = {
  458: {
    kind: 'auth',
    sentence:
      'The app was removed from the account that this token belongs to, so the token no longer works.',
    fix: 'Request the app again in Meta Business Manager, let it be approved, then make a new token and replace it here.',
  },
  459: {
    kind: 'auth',
    sentence: 'Meta holds the account of this token at a security checkpoint.',
    fix: 'Sign in to Meta with that account and pass the checkpoint, then make a new token and replace it here.',
  },
  460: {
    kind: 'auth',
    sentence: 'Meta ended this token because a password was changed or for security reasons.',
    fix: newToken,
  },
  463: {
    kind: 'auth',
    sentence: 'This token has expired.',
    fix: `${newToken} Choose Never as its expiration where Meta offers it.`,
  },
  464: {
    kind: 'auth',
    sentence: 'The account of this token is not confirmed in Meta.',
    fix: 'Sign in to Meta with that account and confirm it, then make a new token and replace it here.',
  },
  466: { kind: 'auth', sentence: 'This token was revoked in Meta.', fix: newToken },
  467: { kind: 'auth', sentence: 'This token is no longer valid in Meta.', fix: newToken },
  492: {
    kind: 'auth',
    sentence: 'The account of this token has lost its role on the page that the token was made for.',
    fix: newToken,
  },
}

const limits: Record<number, string> = {
  4: 'Meta allows no more calls for this app at the moment.',
  17: 'Meta allows no more calls with this token at the moment.',
  32: 'Meta allows no more page calls with this token at the moment.',
  341: 'Meta has stopped this app for a while because a limit was reached.',
  368: 'Meta has blocked this action for a while.',
  613: 'Meta allows no more calls of this kind at the moment.',
}

const single: Record<number, Meaning> = {
  2: { kind: 'transient', sentence: "Meta's service is unavailable at the moment.", fix: again },
  3: {
    kind: 'denied',
    sentence: 'The Meta app does not have the capability for this call.',
    fix: 'Give the app Advanced Access to the permission in the App Dashboard, or leave this list out.',
  },
  10: { kind: 'denied', sentence: 'The token lacks a permission for this list.', fix: grant },
  104: {
    kind: 'auth',
    sentence: 'Meta did not accept the signature or the token of the call.',
    fix: 'See that the app secret belongs to the app whose ID is set, then check again.',
  },
  415: {
    kind: 'denied',
    sentence: 'Meta asks for two-factor authentication of a person for this call.',
    fix: 'Do it by hand in Meta Business Manager.',
  },
  452: { kind: 'auth', sentence: 'The session of this token is no longer valid in Meta.', fix: newToken },
  457: {
    kind: 'auth',
    sentence: 'Meta does not accept this token from where it was used.',
    fix: 'See in the App Dashboard whether calls are limited to some server addresses.',
  },
  803: {
    kind: 'gone',
    sentence: 'Meta does not know an object by this ID.',
    fix: 'See that the Business ID is right.',
  },
  2500: {
    kind: 'changed',
    sentence: 'Meta does not know this path in this version of the Graph API.',
    fix: 'See that the Graph API version in the settings of the app is one that Meta offers.',
  },
  2620: { kind: 'denied', sentence: 'Meta refused a change of account permissions.', fix: grant },
  104001: {
    kind: 'denied',
    sentence: 'The Meta app must be part of the business for this call.',
    fix: 'Add the app to the business in Meta Business Manager.',
  },
}

/** What Business Manager says no to, by its codes from 3910 to 3998; the others of them are told by their number. */
const business: Record<number, [sentence: string, fix: string]> = {
  3914: [
    'This person is the last admin of the business, whom Meta does not let go.',
    'Make somebody else an admin of the business first.',
  ],
  3919: ['Meta Business Manager failed in an unexpected way.', again],
  3936: ['Another business has claimed this asset already.', 'Ask that business to share or release it.'],
  3944: ['The business has access to this asset already.', 'Nothing has to be done.'],
  3949: ['The business has as many system users as Meta allows.', 'Use a system user that is there.'],
  3965: ['The business has as many admin system users as Meta allows.', 'Use a system user that is there.'],
  3962: [
    'Meta does not know a permission that was asked for.',
    'See that the names of the permissions are right.',
  ],
  3979: ['The business has as many accounts as Meta allows.', 'Look at the limits in Meta Business Manager.'],
  3980: ['Meta allows this business no more accounts now.', 'Look at the limits in Meta Business Manager.'],
  3994: [
    'Meta does not allow this with a personal account.',
    'Do it with an account that belongs to the business.',
  ],
}

/** Meaning of a code and subcode; codes that the table does not know are told by their number and never end a run's data. */
export function meaning(
  code: number | null,
  subcode: number | null,
  facts: { reduce: boolean; proof: boolean; permission: boolean },
): Meaning {
  if (code === null) {
    return { kind: 'changed', sentence: 'Meta answered with an error that has no code.', fix: again }
  }
  if (facts.proof) {
    return {
      kind: 'auth',
      sentence: 'Meta did not accept the proof that the call was signed with the app secret.',
      fix: 'See that App ID and app secret belong together, and that the token was made for this app.',
    }
  }
  if (facts.reduce && (code === 1 || code === 100))
    return { kind: 'too_much', sentence: 'Meta asks for smaller requests.', fix: again }
  if (code === 1) return { kind: 'transient', sentence: 'Meta answered with an unknown error.', fix: again }
  if (code === 190 || code === 102) {
    return (
      deadTokens[subcode ?? 0] ?? {
        kind: 'auth',
        sentence: 'Meta does not accept this token.',
        fix: newToken,
      }
    )
  }
  const limit = limits[code] ?? (code >= 80000 && code <= 80099 ? limits[613] : undefined)
  if (limit !== undefined) return { kind: 'limited', sentence: limit, fix: wait }
  const known = single[code]
  if (known !== undefined) return known
  if (code === 100 && subcode === 33) {
    return {
      kind: 'gone',
      sentence: 'Meta does not show this object: it does not exist, or the token may not see it.',
      fix: 'See that the Business ID is right, that the token has its permissions and assets, and that the app has Advanced Access.',
    }
  }
  if (code === 100 && subcode === 1752100) {
    return {
      kind: 'changed',
      sentence: 'Meta does not know this ID of a person in this business: each business has IDs of its own.',
      fix: 'Check for updates, so that the IDs of the business are read again.',
    }
  }
  if (code === 100 && facts.permission) {
    return { kind: 'denied', sentence: 'The token lacks a permission for this list.', fix: grant }
  }
  if (code === 100) {
    return { kind: 'changed', sentence: 'Meta did not accept the form of the call.', fix: again }
  }
  if (code >= 200 && code <= 299) {
    return { kind: 'denied', sentence: 'The token lacks a permission for this list.', fix: grant }
  }
  if (code >= 3910 && code <= 3998) {
    return {
      kind: 'denied',
      sentence: business[code]?.[0] ?? `Meta Business Manager refused this with its code ${code}.`,
      fix: business[code]?.[1] ?? 'Look at the business in Meta Business Manager.',
    }
  }
  return {
    kind: 'changed',
    sentence: `Meta answered with an error that is not known here (${code}).`,
    fix: again,
  }
}
