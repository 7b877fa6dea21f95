// The simulated Graph API: alone on a port, and what a person would type to connect to it.
import { readFileSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { startSimulator } from '../connectors/meta/simulator/server.ts'
import { defaultSwitches } from '../connectors/meta/simulator/switches.ts'
import type { Switches } from '../connectors/meta/simulator/switches.ts'
import type { DemoWorld } from '../demo.ts'
import { Redacted } from '../model/redacted.ts'
import { onEnd } from './end.ts'
import type { Simulator } from './parts.ts'

/** What a person would type into the wizard for the simulated business, and the partner that the demo onboards. */
export function worldOf(simulator: Simulator): DemoWorld {
  const partner = simulator.partners[0]
  if (partner === undefined) throw new Error('The simulated world has no partner.')
  return {
    connector: 'meta',
    label: 'Meta Business Manager',
    business: simulator.businessId,
    fields: {
      token: new Redacted(simulator.token),
      app_id: new Redacted(simulator.appId),
      app_secret: new Redacted(simulator.appSecret),
    },
    partner: { externalId: partner.id, token: new Redacted(partner.token) },
  }
}

export async function simulate(): Promise<void> {
  const config = loadConfig()
  const simulator = await startSimulator({ port: config.port, switches: switchesGiven() })
  onEnd(() => simulator.stop())
  console.log(`A simulated Graph API is ready at ${simulator.url}`)
  console.log(
    `Business ${simulator.businessId} · App ID ${simulator.appId} · app secret ${simulator.appSecret}`,
  )
  console.log(`Token of the business: ${simulator.token}`)
  for (const partner of simulator.partners)
    console.log(`Partner ${partner.id} ${partner.name}: ${partner.token}`)
  tellTokens(simulator)
  tellLogins(simulator, simulator.logins)
}

/** Every kind of token, good and bad, of the business and of the first partner. */
function tellTokens({ businessId, partners, tokens }: Simulator): void {
  const first = partners[0]?.id ?? ''
  for (const [business, set] of [
    [businessId, tokens.ownKinds],
    [first, tokens.partners[first]],
  ] as const) {
    if (set === undefined) continue
    console.log(`\nKinds of tokens of ${business}:`)
    const { without, ...kinds } = set
    for (const [kind, token] of Object.entries(kinds)) console.log(`  ${kind}: ${token}`)
    for (const [scope, token] of Object.entries(without)) console.log(`  without ${scope}: ${token}`)
  }
  console.log(`\nToken of the app: ${tokens.app}`)
  console.log(`Of a business that has nothing to do with it: ${tokens.stranger}`)
}

/** The switches of a file, as `doctor --first-contact` writes one: `simulator --switches <file>`. */
function switchesGiven(): Partial<Switches> {
  const [flag, file] = process.argv.slice(3)
  if (flag === undefined) return {}
  if (flag !== '--switches' || file === undefined) throw new Error('Usage: simulator [--switches <file>]')
  const given: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof given !== 'object' || given === null) throw new Error('The file holds no switches.')
  const unknown = Object.keys(given).find((name) => !(name in defaultSwitches))
  if (unknown !== undefined) throw new Error(`The simulator has no switch ${unknown}.`)
  return given
}

/** Who may sign in to the simulated pages, and with what. */
export function tellLogins({ pagesUrl }: Simulator, logins: Simulator['logins']): void {
  console.log(`\nSimulated Meta pages: ${pagesUrl}`)
  for (const login of logins) {
    console.log(`${login.businessName} (${login.businessId}): ${login.email} · password ${login.password}`)
    console.log(`  authenticator ${login.totpSeed} · confirmation code ${login.confirmationCode}`)
  }
}
