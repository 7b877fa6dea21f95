// Judges a token: what it is, whose, and what it can see, as claims in plain words. Each is proven, refuted or not to be told; a refusal of the
// inspection itself is "cannot tell" and never "wrong".
import { outcomeOf } from '../../model/credential.ts'
import type { Claim, Verdict } from '../../model/credential.ts'
import { ConnectorError } from '../../model/error.ts'
import { Redacted } from '../../model/redacted.ts'
import type { Context } from '../connector.ts'
import {
  appClaim,
  businessClaim,
  claim,
  formatClaims,
  labelsOf,
  listClaims,
  permissionClaims,
  sharedClaim,
  systemUserClaim,
  versionClaim,
} from './claims.ts'
import { GraphError } from './failures.ts'
import { inspect } from './inspect.ts'
import type { Inspected } from './inspect.ts'
import { isOurOwn, whoseToken } from './proof.ts'
import type { Whose } from './proof.ts'
import { readerOf } from './queries.ts'

/** See the connector's contract: throws nothing for a bad token, and gives `later` where Meta is away or limiting. */
export async function check(given: Context): Promise<Verdict> {
  const token = given.token
    .reveal()
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim()
  const ctx: Context = { ...given, token: new Redacted(token) }
  const malformed = formatOf(token)
  if (malformed !== null)
    return verdict([claim(ctx, 'format', 'refuted', malformed.sentence, malformed.fix)], null)
  try {
    // What an earlier check was answered with is told no more, unless it comes again.
    if (ctx.memory.get('version/served') !== undefined) ctx.memory.set('version/served', '')
    const judged = await judge(ctx)
    return { ...judged, claims: [...judged.claims.filter((c) => c.id !== 'version'), ...versionClaim(ctx)] }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return later(ctx, error)
  }
}

/** What is wrong with the form of a token; null where it may be one. Meta's tokens start with EAA; others are asked about only if they look like one. */
function formatOf(token: string): { sentence: string; fix: string } | null {
  if (token === '')
    return {
      sentence: 'There is no token.',
      fix: 'Paste the access token that Meta showed after Generate token.',
    }
  if (/^\d+\|/.test(token)) {
    return {
      sentence: 'This is the token of an app, not of a system user.',
      fix: 'Generate a token for a system user with the Admin role.',
    }
  }
  const shaped = token.startsWith('EAA') ? /^[\w.-]{20,1000}$/.test(token) : /^[\w.-]{40,1000}$/.test(token)
  if (shaped) return null
  return {
    sentence: 'This is not a Meta access token.',
    fix: 'Copy the whole Access token from the dialog Generate token: it starts with EAA and has no spaces.',
  }
}

async function judge(ctx: Context): Promise<Verdict> {
  const inspected = await inspect(ctx)
  if (inspected instanceof GraphError)
    return inspected.otherApp ? otherApp(ctx, inspected) : judgeUninspected(ctx, inspected)
  const app = appClaim(ctx, inspected)
  const before = formatClaims(ctx, inspected)
  // Of a token that does not work Meta tells little: only what it does tell is worth a line.
  if (app.state !== 'unknown' || before.every((c) => c.state !== 'refuted')) before.push(app)
  if (before.some((c) => c.state === 'refuted')) return verdict(before, inspected)
  const known: Context = { ...ctx, scopes: inspected.scopes ?? [] }
  const kept = keptProof(known, inspected)
  if (kept !== null) {
    const claims = [
      ...before,
      ...kept.claims,
      ...permissionClaims(known, inspected),
      ...sharedClaim(known, inspected, null),
    ]
    return verdict(inOrder(known, claims), inspected, kept.verdict)
  }
  return prove(known, inspected, before)
}

async function prove(ctx: Context, inspected: Inspected | null, before: Claim[]): Promise<Verdict> {
  let whose: Whose
  try {
    whose = await whoseToken(ctx, inspected?.userId ?? null)
  } catch (error) {
    if (!(error instanceof GraphError) || error.failure.kind !== 'auth') throw error
    const refused = refusedToken(ctx, error)
    return verdict(inOrder(ctx, [...before.filter((c) => c.id !== refused.id), refused]), inspected)
  }
  const hidden = whose.systemUser === null && whose.businesses === null && whose.businessError !== null
  const ours = hidden && (await isOurOwn(ctx, whose.me?.id ?? null))
  const claims = [
    ...before,
    businessClaim(ctx, whose, ours),
    systemUserClaim(ctx, inspected, whose),
    ...permissionClaims(ctx, inspected),
    ...sharedClaim(ctx, inspected, whose),
    ...listClaims(ctx, whose),
  ]
  const proven = claims.some((c) => c.id === 'business' && c.state === 'proven')
  return verdict(inOrder(ctx, claims), inspected, {
    business: proven ? (whose.business ?? { id: readerOf(ctx), name: null }) : null,
    actsAs:
      whose.me === null
        ? null
        : {
            ...whose.me,
            name: whose.systemUser?.name ?? whose.me.name,
            role: whose.systemUser?.role ?? null,
          },
  })
}

/** Meta refused the token where it had just been inspected: dead meanwhile, or signed with another app's secret. */
function refusedToken(ctx: Context, error: GraphError): Claim {
  const { sentence, fix } = error.failure
  return error.proof
    ? claim(ctx, 'app', 'refuted', sentence, fix)
    : claim(ctx, 'format', 'refuted', sentence, fix)
}

/** The inspection is refused to this app: everything that can be is learnt by reading. */
async function judgeUninspected(ctx: Context, error: GraphError): Promise<Verdict> {
  if (['limited', 'transient'].includes(error.failure.kind)) return later(ctx, error)
  if (ctx.target.kind === 'own' && error.code === 190 && error.subcode === null) {
    // The asking token itself was refused, and it is made of the App ID and the app secret.
    ctx.log('The inspection of a token was refused', { code: error.failure.code })
  }
  const before = [
    claim(
      ctx,
      'format',
      'unknown',
      'Meta does not tell this app what kind of token it is.',
      'See that App ID and app secret belong together.',
    ),
    claim(
      ctx,
      'app',
      'unknown',
      'Meta does not tell for which app the token was made.',
      'See that App ID and app secret belong together.',
    ),
  ]
  return prove(ctx, null, before)
}

function otherApp(ctx: Context, error: GraphError): Verdict {
  ctx.log('The token was made for another app', { code: error.failure.code })
  return verdict([claim(ctx, 'app', 'refuted', 'This token was made for another app.', otherAppFix)], null)
}

const otherAppFix =
  'In the dialog Generate token choose the app whose App ID is shown here, then generate the token again.'

/** Whose the token is does not change: what was proven of the same principal before is taken over. */
function keptProof(
  ctx: Context,
  inspected: Inspected,
): { claims: Claim[]; verdict: Pick<Verdict, 'business' | 'actsAs'> } | null {
  const last = ctx.lastVerdict ?? null
  if (last === null || (last.outcome !== 'ok' && last.outcome !== 'confirm')) return null
  if (last.actsAs === null || inspected.userId === null) return null
  const samePrincipal = last.actsAs.id === inspected.userId
  const kept = last.claims.filter((c) =>
    ['business', 'system_user', 'readable', 'partners', 'tier'].includes(c.id),
  )
  const proven = ['business', 'system_user'].every((id) => kept.some((c) => c.id === id))
  const right = last.business === null || last.business.id === readerOf(ctx)
  return samePrincipal && proven && right
    ? { claims: kept, verdict: { business: last.business, actsAs: last.actsAs } }
    : null
}

function inOrder(ctx: Context, claims: Claim[]): Claim[] {
  const order = Object.keys(labelsOf(ctx))
  return claims.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
}

function verdict(
  claims: Claim[],
  inspected: Inspected | null,
  whose?: Pick<Verdict, 'business' | 'actsAs'>,
): Verdict {
  return {
    claims,
    outcome: outcomeOf(claims),
    expiresAt: inspected?.expiresAt == null ? null : new Date(inspected.expiresAt).toISOString(),
    scopes: inspected?.scopes ?? [],
    business: whose?.business ?? null,
    actsAs: whose?.actsAs ?? null,
  }
}

function later(ctx: Context, error: ConnectorError): Verdict {
  const waiting = claim(
    ctx,
    'format',
    'unknown',
    error.failure.sentence,
    'Nothing is lost: the token stays sealed and the check is repeated.',
  )
  return { ...verdict([waiting], null), outcome: 'later', retryAt: error.failure.retryAt }
}
