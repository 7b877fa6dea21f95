// What the doctor asks over the network: the program's own port, the address that people use, the mail server, the Graph API.
import { createServer } from 'node:net'
import { isLoopback } from '../api/security.ts'
import type { Config } from '../config.ts'
import { createMail } from '../lib/mail.ts'
import type { Mail } from '../lib/mail.ts'
import { messageOf } from '../lib/message.ts'
import { cannotTell, ok, problem, type Finding } from './finding.ts'
import { publicUrlOf } from './parts.ts'

const PATIENCE_MS = 5_000
const MOST_SKEW_MS = 60_000

/** The answer of an address; null where there is none in time. */
async function ask(url: string): Promise<{ status: number; date: string | null; body: string } | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'manual' })
    return { status: answer.status, date: answer.headers.get('date'), body: await answer.text() }
  } catch {
    return null
  }
}

export async function program(config: Config): Promise<Finding> {
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`
  const answer = await ask(`${url}/readyz`)
  if (answer?.status === 200) return ok('program', `It answers at ${url} and is ready.`)
  if (answer?.status === 503)
    return problem(
      'program',
      `It answers at ${url} and is not ready: ${answer.body.trim()}`,
      'Wait a minute; then look at its log for the first error.',
    )
  if (answer !== null)
    return problem(
      'program',
      `Something else answers at ${url}.`,
      'Set PORT to another one, or end what has it.',
    )
  const hindrance = await hindranceAt(config)
  if (hindrance === null) return ok('program', `It does not run; ${url} is free.`)
  if (hindrance === 'EADDRINUSE')
    return problem(
      'program',
      `${url} is taken by something that does not answer.`,
      'Set PORT to another one, or end what has it.',
    )
  return problem(
    'program',
    `It does not run, and could not listen at ${url} (${hindrance}).`,
    'Set HOST to an address of this machine, and PORT to 1024 or more.',
  )
}

/** What keeps this user from listening there, in the system's word for it; null where nothing does. */
function hindranceAt({ host, port }: Config): Promise<string | null> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
    server.listen(port, host, () => server.close(() => done(null)))
  })
}

export async function publicAddress(config: Config): Promise<Finding[]> {
  const url = publicUrlOf(config)
  const found: Finding[] = []
  const local = isLoopback(url.hostname)
  if (url.protocol !== 'https:' && !local) {
    const fix =
      'Put a proxy with https in front and set GUESTLIST_PUBLIC_URL to its address: docs/operate.md.'
    return [
      problem(
        'public address',
        `${url.origin} is neither https nor this machine: the program refuses it.`,
        fix,
      ),
    ]
  }
  if (local && !isLoopback(config.host)) {
    const fix = 'Set GUESTLIST_PUBLIC_URL to the https address of the proxy.'
    found.push(
      problem('public address', `It listens on ${config.host}, and answers only for ${url.origin}.`, fix),
    )
  } else if (local) found.push(ok('public address', `${url.origin}, for this machine only.`))
  else found.push(await throughProxy(url))
  if (!local && config.trustedProxies.length === 0) {
    const fix = 'Set GUESTLIST_TRUSTED_PROXIES to the address that the proxy calls from, as 127.0.0.1.'
    const text =
      'No proxy is trusted: everybody seems to come from one address, and shares its limit of tries.'
    found.push(problem('proxy', text, fix))
  }
  return found
}

async function throughProxy(url: URL): Promise<Finding> {
  const answer = await ask(`${url.origin}/healthz`)
  if (answer === null)
    return cannotTell('public address', `${url.origin} does not answer from here; it may from elsewhere.`)
  if (answer.status === 200 && answer.body.includes('"ok":true'))
    return ok('public address', `${url.origin} leads here.`)
  return problem(
    'public address',
    `${url.origin} answers ${answer.status}, not this program.`,
    'Look at the proxy: docs/operate.md has working examples.',
  )
}

export async function mail(config: Config): Promise<Finding> {
  if (config.smtpUrl === null) return ok('mail', 'No server is set; links are copied instead.')
  let open: Mail | null = null
  try {
    open = createMail({ url: config.smtpUrl, from: config.mailFrom ?? 'guestlist@localhost' })
    await open.check()
    return ok('mail', 'The server answers and takes the sign-in.')
  } catch (error) {
    return problem(
      'mail',
      `The server does not take us: ${withoutSecrets(messageOf(error), config)}`,
      'Check SMTP_URL: host, port, name, password.',
    )
  } finally {
    open?.close()
  }
}

/** A server's words may repeat what was sent to it, also as it was sent: in base64. */
function withoutSecrets(text: string, { smtpUrl }: Config): string {
  const { username, password } = new URL(smtpUrl?.reveal() ?? 'smtp://x')
  const [name, plain] = [decoded(username), decoded(password)]
  const sent = [name, plain, `\0${name}\0${plain}`].map((part) => Buffer.from(part).toString('base64'))
  return [...sent, username, password, name, plain]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)
    .slice(0, 200)
}

/** What is no percent-encoding stands as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Asks without a token: an error of the Graph API is an answer too. */
export async function graph(config: Config, needed: boolean): Promise<Finding[]> {
  const answer = await ask(`${config.metaGraphUrl}/${config.metaGraphVersion}/`)
  if (answer !== null && isObject(answer.body))
    return [ok('Graph API (live)', `${config.metaGraphUrl} answers.`), clock(answer.date)]
  const text =
    answer === null
      ? `${config.metaGraphUrl} does not answer.`
      : `What answers for ${config.metaGraphUrl} (${answer.status}) is not the Graph API.`
  const fix =
    'Let this machine reach it on port 443, with nothing in between that answers itself, or set META_GRAPH_URL.'
  return [
    needed
      ? problem('Graph API (live)', text, fix)
      : cannotTell('Graph API (live)', `${text} No live workspace needs it.`),
  ]
}

/** Every answer of the Graph API is one, its errors too; a proxy's own are pages. */
function isObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

function clock(date: string | null): Finding {
  const skew = Date.parse(date ?? '') - Date.now()
  if (Number.isNaN(skew)) return cannotTell('clock', 'The Graph API did not say what time it is.')
  return Math.abs(skew) > MOST_SKEW_MS
    ? problem(
        'clock',
        `This machine's clock is ${Math.round(-skew / 1000)} seconds ahead of the Graph API's.`,
        'Let the system set its clock: timedatectl set-ntp true.',
      )
    : ok('clock', 'It agrees with the Graph API to the minute.')
}
