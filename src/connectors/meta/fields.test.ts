// What connector and simulator ask and answer, held against the table of known names; and the table against Meta's own specs, where
// META_EVIDENCE_DIR names the folder that holds them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextFor, drive, of } from '../testing/drive.ts'
import { meta } from './connector.ts'
import { kinds } from './kinds.ts'
import { viewerOf } from './simulator/access.ts'
import { GraphError } from './simulator/errors.ts'
import { parseFields } from './simulator/fields.ts'
import type { Field } from './simulator/fields.ts'
import type { Call } from './simulator/node-spec.ts'
import { allSpecs, nodeById } from './simulator/nodes.ts'
import { startSimulator } from './simulator/server.ts'
import type { Simulator } from './simulator/server.ts'
import { defaultSwitches } from './simulator/switches.ts'
import type { Switches } from './simulator/switches.ts'
import { allTasks, isTask, permittedTasks } from './simulator/tasks.ts'
import { pageToken } from './simulator/tokens.ts'
import type { AssetKind, Token } from './simulator/world.ts'
import { enums, everywhere, nodes, sourcesOf, special, writes } from './testing/fields.ts'
import type { Names } from './testing/fields.ts'

const evidence = process.env['META_EVIDENCE_DIR'] ?? ''
const names = (list: Names): string[] => [...sourcesOf(list).keys()]

let sim: Simulator
beforeAll(async () => {
  sim = await startSimulator({ seed: 7, world: { partners: 4, ownAssets: 24 } })
})
afterAll(() => sim.stop())

describe('the simulator', () => {
  it('knows the nodes of the table, with their fields and edges, and no others', () => {
    expect(allSpecs.map((spec) => spec.name).sort()).toEqual(Object.keys(nodes).sort())
    for (const spec of allSpecs) {
      const known = nodes[spec.name]
      expect({ [spec.name]: [...spec.fieldNames].sort() }).toEqual({
        [spec.name]: names(known?.fields ?? {}).sort(),
      })
      expect({ [spec.name]: [...spec.edgeNames].sort() }).toEqual({
        [spec.name]: Object.keys(known?.edges ?? {}).sort(),
      })
    }
  })

  it('lists the kind of node that the table names, with the fields that the table says an edge adds', () => {
    const seen = edgesOpened(sim)
    expect(seen.size).toBeGreaterThan(45)
    for (const [place, { types, adds }] of seen) {
      const [node = '', edge = ''] = place.split('.')
      const known = nodes[node]?.edges[edge]
      expect({ [place]: [...types] }).toEqual({ [place]: [known?.returns] })
      const unknown = [...adds].filter((name) => !names(known?.adds ?? {}).includes(name))
      expect({ [place]: unknown }).toEqual({ [place]: [] })
    }
  })

  it('takes the writes of the table, and asks for what they need', async () => {
    const { world } = sim.control
    let tried = 0
    for (const [write, parameters] of Object.entries(writes)) {
      const [method = '', place = ''] = write.split(' ')
      const [node = '', edge] = place.split('.')
      const id = exampleOf(sim, node)
      if (id === null || names(parameters).length === 0) continue
      const page = node === 'Page' ? pageToken(world, tokenOf(sim), id).text : null
      const response = await fetch(`${sim.url}/v26.0/${id}${edge === undefined ? '' : `/${edge}`}`, {
        method,
        headers: { authorization: `Bearer ${page ?? sim.token}` },
      })
      const body = (await response.json()) as { error?: { message?: string } }
      // Nothing was given: a write that is not there is told as such, one that is names its parameter.
      expect({ [write]: body.error?.message }).toEqual({
        [write]: expect.stringMatching(/required|invalid param|allowed parameter/i) as unknown,
      })
      tried += 1
    }
    expect(tried).toBeGreaterThan(25)
  })

  it.each(kinds.map((kind) => [kind.type, kind.node]))('keeps to the tasks of %s', (type, node) => {
    const kind = type as AssetKind
    const known = names(enums[`tasks of ${node}`] ?? {})
    const used = [...allTasks[kind], ...permittedTasks[kind]]
    expect(used.filter((task) => !known.includes(task))).toEqual([])
    expect(known.filter((task) => !isTask(kind, task))).toEqual([])
  })
})

describe('the connector', () => {
  it('ranks exactly the tasks of the table', () => {
    for (const kind of kinds) {
      expect({ [kind.type]: kind.tasks.map((task) => task.name).sort() }).toEqual({
        [kind.type]: names(enums[`tasks of ${kind.node}`] ?? {}).sort(),
      })
    }
  })

  const manners: [string, Partial<Switches>][] = [
    ['everything expanded', {}],
    [
      'nothing expanded',
      { refusedExpansions: ['*.assigned_users', '*.agencies', '*.contained_pages', 'Business.owned_pages'] },
    ],
    ['small answers', { maxLimit: 10, complexity: 200 }],
    ['an app-scoped system user', { systemUserId: 'app_scoped', systemUserBusinesses: 'error' }],
  ]
  it.each(manners)('asks for nothing that the table does not hold: %s', async (_what, switches) => {
    Object.assign(sim.control.switches, { ...defaultSwitches, ...switches })
    sim.control.reset()
    const place = { address: sim.url, appId: sim.appId, appSecret: sim.appSecret }
    const own = contextFor(place, sim.token, { kind: 'own', business: sim.businessId })
    await meta.check(own)
    const seen = await drive(meta, own)
    for (const partner of sim.partners) {
      const shared = of
        .shares(seen)
        .filter((share) => share.partner === partner.id)
        .map((share) => ({ type: share.type, externalId: share.resource, direction: share.direction }))
      for (const sharedOnly of [false, true]) {
        const target = {
          kind: 'partner',
          business: sim.businessId,
          partner: partner.id,
          sharedOnly,
          shared,
        } as const
        const context = contextFor(place, partner.token, target)
        await meta.check(context)
        await drive(meta, context)
      }
    }
    const unknown = new Set<string>()
    for (const call of sim.control.calls()) {
      for (const name of unknownIn(sim, call)) unknown.add(name)
    }
    expect(sim.control.calls().length).toBeGreaterThan(10)
    expect([...unknown]).toEqual([])
  })
})

/** Names of one logical call that the table does not hold, each with its place. */
function unknownIn(
  { control: { world } }: Simulator,
  call: {
    method: string
    node: string
    edge: string | null
    fields: string | null
    parameters: readonly string[]
  },
): string[] {
  const path = call.edge === null ? call.node : `${call.node}/${call.edge}`
  const allowed = new Set(names(everywhere))
  const own = special[path]
  if (own !== undefined)
    return call.parameters.filter((name) => !allowed.has(name) && !names(own).includes(name))
  const type = call.node === 'me' ? 'SystemUser' : nodeById(world, call.node)?.type
  if (type === undefined) return [`no node ${call.node}`]
  const edge = call.edge === null ? null : nodes[type]?.edges[call.edge]
  if (edge === undefined) return [`${type}.${call.edge ?? ''}`]
  const parameters = call.parameters.filter(
    (name) => !allowed.has(name) && !names(edge?.params ?? {}).includes(name),
  )
  const fields = call.fields === null ? [] : parseFields(call.fields)
  return [
    ...parameters.map((name) => `${type}.${call.edge ?? ''}?${name}`),
    ...unknownFields(fields, edge?.returns ?? type, edge?.adds ?? {}),
  ]
}

/** A field of a node, or an edge of it with what is asked of its rows. Fields that hold another node are followed no further. */
function unknownFields(fields: readonly Field[], type: string, adds: Names): string[] {
  return fields.flatMap((field) => {
    if (names(adds).includes(field.name) || names(nodes[type]?.fields ?? {}).includes(field.name)) return []
    const edge = nodes[type]?.edges[field.name]
    if (edge === undefined) return [`${type}.${field.name}`]
    const args = [...field.args.keys()].filter(
      (name) => name !== 'limit' && !names(edge.params).includes(name),
    )
    return [
      ...args.map((name) => `${type}.${field.name}.${name}()`),
      ...unknownFields(field.nested ?? [], edge.returns, edge.adds),
    ]
  })
}

function tokenOf({ control: { world }, token }: Simulator): Token {
  const found = world.tokens.get(token)
  if (found === undefined) throw new Error('the world has no such token')
  return found
}

/** An id of a node of a type that our own business's token may write to; null where the world has none. */
function exampleOf({ control: { world }, businessId }: Simulator, type: string): string | null {
  const business = world.businesses.get(businessId)
  const candidates = [
    businessId,
    ...(business?.people ?? []),
    ...(business?.systemUsers ?? []),
    ...[...(business?.owned.values() ?? [])].flatMap((ids) => [...ids]),
    ...(business?.invitations ?? []),
  ]
  return candidates.find((id) => nodeById(world, id)?.type === type) ?? null
}

/** Every edge of every node of the world, opened by whoever may: the kinds of its rows, and what it adds to them. */
function edgesOpened({
  control: { world },
}: Simulator): Map<string, { types: Set<string>; adds: Set<string> }> {
  const seen = new Map<string, { types: Set<string>; adds: Set<string> }>()
  const tokens = [...world.tokens.values()].filter((token) => /\/(admin|person)$/.test(token.label))
  const ids = [world.businesses, world.users, world.assets, world.groups, world.invitations, world.humans]
  for (const id of ids.flatMap((things) => [...things.keys()])) {
    const row = nodeById(world, id)
    const spec = allSpecs.find((one) => one.name === row?.type)
    if (row === null || spec === undefined) continue
    for (const given of tokens) {
      const scopes = [...given.scopes, 'instagram_basic', 'whatsapp_business_management']
      const token = row.type === 'Page' ? { ...pageToken(world, given, id), scopes } : { ...given, scopes }
      const viewer = viewerOf(world, given)
      for (const edge of spec.edgeNames) {
        for (const business of viewer.keys()) {
          const call: Call = {
            world,
            switches: { ...defaultSwitches, pageAgenciesNeedPageToken: false },
            token: edge === 'agencies' ? token : { ...given, scopes },
            viewer,
            version: 'v26.0',
            params: new Map(),
            origin: '',
            asked: 0,
            tap: (_place, answer) => answer,
          }
          try {
            const list = spec.edge(edge)?.open(row.thing, call, new Map([['business', business]]))
            const [key] = list?.keys ?? []
            if (list === undefined || key === undefined) continue
            const place = `${spec.name}.${edge}`
            const facts = seen.get(place) ?? { types: new Set<string>(), adds: new Set<string>() }
            seen.set(place, facts)
            const first = list.row(key)
            facts.types.add(first.type)
            for (const name of Object.keys(first.extra)) facts.adds.add(name)
          } catch (error) {
            if (!(error instanceof GraphError)) throw error
          }
        }
      }
    }
  }
  return seen
}

interface SpecNode {
  fields: { name: string }[]
  edges: {
    method: string
    endpoint: string
    returns: string
    in_spec?: boolean
    params: { name: string }[]
    edge_fields?: { name: string }[]
  }[]
  node_operations: { method: string; params: { name: string }[] }[]
  edges_known_absent?: { endpoint: string }[]
}
interface Specs {
  nodes: Record<string, SpecNode>
  enums: Record<string, { node: string; field_or_param: string; values: string[] }>
  live_observed: Record<string, { values?: string[] }>
}

const specsFile = join(evidence, 'nodes.json')
const hasSpecs = evidence !== '' && existsSync(specsFile)

describe.skipIf(!hasSpecs)('the table against Meta’s specs', () => {
  const specs = (hasSpecs ? JSON.parse(readFileSync(specsFile, 'utf8')) : null) as Specs
  const edgeIn = (node: string, method: string, edge: string) =>
    specs.nodes[node]?.edges.find((one) => one.method === method && one.endpoint === edge)

  it('fields are marked as the specs have them', () => {
    const wrong = Object.entries(nodes).flatMap(([node, { fields }]) =>
      [...sourcesOf(fields)]
        .filter(([name, source]) => {
          const there = specs.nodes[node]?.fields.some((field) => field.name === name) ?? false
          return there !== (source === 'spec')
        })
        .map(([name, source]) => `${node}.${name} is not ${source}`),
    )
    expect(wrong).toEqual([])
  })

  it('edges lead where the specs say, and none is known to be absent', () => {
    const wrong: string[] = []
    for (const [node, { edges }] of Object.entries(nodes)) {
      for (const [edge, facts] of Object.entries(edges)) {
        const found = edgeIn(node, 'GET', edge)
        const source = found === undefined ? 'open' : found.in_spec === false ? 'ref' : 'spec'
        if (facts.source !== source) wrong.push(`${node}.${edge} is ${source}, not ${facts.source}`)
        if (found !== undefined && found.returns !== facts.returns)
          wrong.push(`${node}.${edge} → ${found.returns}`)
        if (specs.nodes[node]?.edges_known_absent?.some((one) => one.endpoint === edge) === true)
          wrong.push(`${node}.${edge} is known to be absent`)
        for (const [name, mark] of sourcesOf(facts.adds)) {
          const there = found?.edge_fields?.some((field) => field.name === name) ?? false
          if (there !== (mark === 'ref')) wrong.push(`${node}.${edge} adds ${name}: not ${mark}`)
        }
        for (const [name, mark] of sourcesOf(facts.params)) {
          const there = found?.params.some((parameter) => parameter.name === name) ?? false
          if (there !== (mark === 'spec')) wrong.push(`${node}.${edge}?${name}: not ${mark}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  it('writes take the parameters that the specs give them', () => {
    const wrong: string[] = []
    for (const [write, parameters] of Object.entries(writes)) {
      const [method = '', place = ''] = write.split(' ')
      const [node = '', edge] = place.split('.')
      const found =
        edge === undefined
          ? specs.nodes[node]?.node_operations.find((one) => one.method === method)
          : edgeIn(node, method, edge)
      if (found === undefined) {
        wrong.push(`${write} is not there`)
        continue
      }
      for (const [name, mark] of sourcesOf(parameters)) {
        const there = found.params.some((parameter) => parameter.name === name)
        if (there !== (mark === 'spec' || mark === 'ref')) wrong.push(`${write} ${name}: not ${mark}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('values are those of the specs, or were seen', () => {
    const wrong: string[] = []
    const seen = new Set(Object.values(specs.live_observed).flatMap((one) => one.values ?? []))
    for (const [what, values] of Object.entries(enums)) {
      const [, field = what, node = ''] = /^(\S+) of (\S+)$/.exec(what) ?? []
      const lists = Object.values(specs.enums).filter(
        (one) => one.node === node && one.field_or_param === field,
      )
      for (const [value, source] of sourcesOf(values)) {
        const there = lists.some((list) => list.values.includes(value))
        if (source === 'spec' && !there) wrong.push(`${what}: ${value} is not in the specs`)
        if (source === 'live' && (there || !seen.has(value))) wrong.push(`${what}: ${value} was not seen`)
      }
    }
    expect(wrong).toEqual([])
  })
})
