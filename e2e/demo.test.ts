// The demo's story where an earlier run of it was ended on the way.
import { afterAll, expect, test } from 'vitest'
import { codeOf, openApi, setUp } from '../faults/api.ts'
import { PASSWORD, smallWorld } from '../faults/served.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import { playDemo } from '../src/demo.ts'
import { Redacted } from '../src/model/redacted.ts'
import { removeDataDir, startProgram } from './harness.ts'

const sim = await startSimulator({ world: smallWorld })
const program = await startProgram({ env: { META_GRAPH_URL: sim.url } })
afterAll(async () => {
  await program.stop()
  await sim.stop()
  removeDataDir(program)
})

test('A demo that was ended while its business was checked for the first time goes on from there', async () => {
  const api = openApi(program.url)
  const workspace = await setUp(api, await codeOf(program))
  const [partner] = sim.partners
  const fields = { token: sim.token, app_id: sim.appId, app_secret: sim.appSecret }
  const brand = { connector: 'meta', label: 'The brand', business: sim.businessId }
  const match = { node: sim.businessId, edge: null, nested: false }
  sim.control.addFault({ match, do: { delay: 1_000 }, times: 100 })
  await api.call('POST', `/api/v1/workspaces/${workspace}/connections`, { ...brand, fields, confirm: true })
  const said: string[] = []
  const world = {
    ...brand,
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, new Redacted(value)])),
    partner: { externalId: partner?.id ?? '', token: new Redacted(partner?.token ?? '') },
  }
  const owner = { email: 'owner@example.test', password: new Redacted(PASSWORD) }
  await playDemo(program.url, owner, world, (line) => said.push(line))
  expect(said.join('\n')).toMatch(/with access to our assets:\n\nPerson +E-mail/)
})
