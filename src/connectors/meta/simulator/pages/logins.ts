// Who may sign in to the simulated pages: every person of the world, with a password, an authenticator seed and a confirmation code
// that follow from the seed. Sessions are signed cookies, so they outlive a restart of the simulator.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { fixedText } from '../random.ts'
import type { Simulation } from '../simulation.ts'
import type { Human, Person, World } from '../world.ts'

export interface Login {
  businessId: string
  businessName: string
  email: string
  password: string
  /** Base32, as an authenticator app takes it. */
  totpSeed: string
  /** Answers "Confirm it is you". */
  confirmationCode: string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export const passwordOf = (world: World, human: string): string =>
  fixedText(world.seed, `password ${human}`, 18)

const totpBytes = (world: World, human: string): Buffer =>
  createHash('sha256').update(`${world.seed}/totp/${human}`).digest().subarray(0, 20)

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)] ?? '').join('')
}

export function confirmationCodeOf(world: World, human: string): string {
  const number = createHash('sha256').update(`${world.seed}/confirm/${human}`).digest().readUInt32BE(0)
  return String(number % 100_000_000).padStart(8, '0')
}

/** RFC 6238: SHA-1, six digits, half minutes; the one before and the one after are taken too. */
export function isTotp(world: World, human: string, given: string, now: number): boolean {
  return [-1, 0, 1].some((step) => {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000) + step))
    const mac = createHmac('sha1', totpBytes(world, human)).update(counter).digest()
    const at = (mac[19] ?? 0) & 15
    return given === String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
  })
}

/** The human with this address in any business. */
export function humanWith(world: World, email: string): Human | null {
  const wanted = email.trim().toLowerCase()
  for (const user of world.users.values())
    if (user.is === 'person' && user.email.toLowerCase() === wanted)
      return world.humans.get(user.human) ?? null
  return null
}

/** The first administrator of each business, with what they sign in with. */
export function loginsOf(world: World): Login[] {
  return [...world.businesses.values()].flatMap((business) => {
    const admin = [...business.people]
      .map((id) => world.users.get(id))
      .find((user): user is Person => user?.is === 'person' && user.role === 'ADMIN')
    if (!admin) return []
    return [
      {
        businessId: business.id,
        businessName: business.name,
        email: admin.email,
        password: passwordOf(world, admin.human),
        totpSeed: base32(totpBytes(world, admin.human)),
        confirmationCode: confirmationCodeOf(world, admin.human),
      },
    ]
  })
}

/** What still stands between a right password and the session. */
export type Stage = 'captcha' | 'code' | 'confirm'

/** The stages that the switches ask for, in order. */
export function stagesOf({ switches }: Simulation): Stage[] {
  const { pageCaptcha, pageTotp, pageConfirm } = switches
  return [
    ...(pageCaptcha ? ['captcha' as const] : []),
    ...(pageTotp ? ['code' as const] : []),
    ...(pageConfirm ? ['confirm' as const] : []),
  ]
}

function mac(world: World, text: string): string {
  return createHmac('sha256', `pages of ${world.seed}`).update(text).digest('base64url')
}

function sign(world: World, text: string): string {
  return `${text}.${mac(world, text)}`
}

function unsigned(world: World, value: string | undefined): string | null {
  const at = value?.lastIndexOf('.') ?? -1
  if (value === undefined || at < 0) return null
  const [given, wanted] = [Buffer.from(value.slice(at + 1)), Buffer.from(mac(world, value.slice(0, at)))]
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? value.slice(0, at) : null
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.trim().split('=')
    if (key === name) return value
  }
  return undefined
}

export const sessionCookie = 'sim_session'
export const pendingCookie = 'sim_pending'

export function newSession(sim: Simulation, human: string): string {
  return sign(sim.world, `${human}:${sim.switches.pageSessions}`)
}

/** The human whose session this cookie is; null where it is none, or ended. */
export function sessionHuman(sim: Simulation, cookies: string | undefined): string | null {
  const text = unsigned(sim.world, cookieOf(cookies, sessionCookie))
  const [human = '', epoch] = text?.split(':') ?? []
  return text !== null && epoch === String(sim.switches.pageSessions) && sim.world.humans.has(human)
    ? human
    : null
}

export interface Pending {
  human: string
  stage: Stage
  nonce: string
}

export function newPending(sim: Simulation, human: string, stage: Stage): string {
  return sign(sim.world, `${human}:${stage}:${randomBytes(6).toString('hex')}`)
}

export function pendingOf(sim: Simulation, cookies: string | undefined): Pending | null {
  const text = unsigned(sim.world, cookieOf(cookies, pendingCookie))
  const [human, stage, nonce] = text?.split(':') ?? []
  const known = (['captcha', 'code', 'confirm'] as const).find((one) => one === stage)
  if (human === undefined || nonce === undefined || known === undefined) return null
  return { human, stage: known, nonce }
}

/** The letters of the picture that goes with a pending sign-in. */
export function captchaOf(world: World, pending: Pending): string {
  return mac(world, `captcha ${pending.nonce}`)
    .replace(/[^a-hjkmnp-z2-9]/g, '')
    .slice(0, 5)
}
