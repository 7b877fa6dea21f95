// `doctor --first-contact`: at most 30 calls to the real Graph API that only read, a report that may be pasted anywhere, and a file that sets the
// simulator's switches in the same way. What it needs comes through the standard input, so that no token stands among arguments or settings.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Config } from '../config.ts'
import { firstContact, reportOf } from '../connectors/meta/first-contact.ts'
import { makeContext } from '../connectors/registry.ts'
import { Redacted } from '../model/redacted.ts'

const wanted = ['business', 'token', 'app_id', 'app_secret'] as const
const usage = `Give these lines on the standard input, as from a file that only you can read:
  business=<your Business ID>
  token=<a system user token with the Admin role>
  app_id=<your App ID>
  app_secret=<your app secret>`

/** Prints the report and writes the switches to the data folder. Throws a sentence where something is missing. */
export async function meetProvider(
  config: Config,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
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
  const file = join(config.dataDir, 'first-contact.json')
  await writeFile(file, `${JSON.stringify(found.switches, null, 2)}\n`, { mode: 0o600 })
  console.log(reportOf(found))
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
