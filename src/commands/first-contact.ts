// `doctor --first-contact`: at most 30 calls to the real Graph API that only read, a report that may be pasted anywhere, and a file that sets the
// simulator's switches in the same way. What it needs comes through the standard input, so that no token stands among arguments or settings.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Config } from '../config.ts'
import { firstContact, reportOf } from '../connectors/meta/first-contact.ts'
import { makeContext } from '../connectors/registry.ts'
import { Redacted } from '../model/redacted.ts'
import { strangerTo } from './owner.ts'

const wanted = ['business', 'token', 'app_id', 'app_secret'] as const
const usage = `Give these lines on the standard input, as from a file that only you can read:
  business=<your Business ID>
  token=<a system user token with the Admin role>
  app_id=<your App ID>
  app_secret=<your app secret>`

/**
 * Prints the report and writes the switches to the data folder. Throws a sentence where something is missing, and where the folder is another
 * user's, before it calls; the report is printed also where the switches cannot be written.
 */
export async function meetProvider(
  config: Config,
  input: NodeJS.ReadableStream & { isTTY?: boolean } = process.stdin,
): Promise<void> {
  const stranger = strangerTo(config.dataDir)
  if (stranger !== null) throw new Error(stranger)
  if (input.isTTY === true) console.error(`${usage}\nThen end it with Ctrl-D.`)
  const given = await linesOf(input)
  const missing = wanted.filter((name) => (given.get(name) ?? '') === '')
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.\n${usage}`)
  const ctx = makeContext({
    address: config.metaGraphUrl,
    settings: { app_id: given.get('app_id') ?? '', version: config.metaGraphVersion },
    secrets: { app_secret: new Redacted(given.get('app_secret') ?? '') },
    token: new Redacted(given.get('token') ?? ''),
    target: { kind: 'own', business: given.get('business') ?? '' },
    memory: new Map(),
    signal: AbortSignal.timeout(10 * 60_000),
    log: () => undefined,
  })
  const found = await firstContact(ctx)
  console.log(reportOf(found))
  const file = join(config.dataDir, 'first-contact.json')
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  await writeFile(file, `${JSON.stringify(found.switches, null, 2)}\n`, { mode: 0o600 })
  console.log(`The simulator behaves in the same way with: simulator --switches ${file}`)
}

async function linesOf(input: NodeJS.ReadableStream): Promise<Map<string, string>> {
  const given = new Map<string, string>()
  for await (const line of createInterface({ input })) {
    const [, name, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) given.set(name, value)
  }
  return given
}
