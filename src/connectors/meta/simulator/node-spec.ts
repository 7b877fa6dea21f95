// The words in which nodes, their fields and their edges are described to the graph.
import type { Switches } from './switches.ts'
import type {
  Asset,
  Business,
  Group,
  Human,
  Invitation,
  Json,
  Person,
  SystemUser,
  Token,
  World,
} from './world.ts'

/** A share that waits, as `pending_client_…` lists it. */
export interface WaitingRequest {
  is: 'request'
  id: string
  asset: Asset
}
export interface Scope {
  is: 'scope'
  id: string
  granted: boolean
}
export type Thing =
  Asset | Business | Group | Human | Invitation | Person | Scope | SystemUser | WaitingRequest

export const typeNames = [
  'Business',
  'BusinessUser',
  'SystemUser',
  'AssignedUser',
  'BusinessRoleRequest',
  'User',
  'Permission',
  'AdAccount',
  'Page',
  'AdsPixel',
  'ProductCatalog',
  'InstagramBusinessAsset',
  'IGUser',
  'WhatsAppBusinessAccount',
  'Application',
  'BusinessAssetGroup',
  'BusinessAdAccountRequest',
  'BusinessPageRequest',
  'BusinessApplicationRequest',
] as const
export type TypeName = (typeof typeNames)[number]

/** A node in an answer, with the fields that the edge adds to it. */
export interface Row {
  type: TypeName
  thing: Thing
  extra: Readonly<Record<string, () => Value>>
  /** Fields of `extra` that come without being asked for. */
  extraDefaults: readonly string[]
}
/** `undefined` and `null` are left out of an answer. */
export type Value = Json | undefined | Row

/** One logical call while it is answered. */
export interface Call {
  world: World
  switches: Switches
  token: Token
  /** Businesses that the token acts in, with its user there. */
  viewer: ReadonlyMap<string, { user: string; admin: boolean }>
  version: string
  params: ReadonlyMap<string, string>
  /** Scheme and host of this server, for addresses of pages. */
  origin: string
  /** Sum of the limits of all edges read so far. */
  asked: number
  /** Lets injected faults change what an edge answers. */
  tap: (place: EdgePlace, answer: EdgeAnswer) => EdgeAnswer
}

/** Where in a call an edge was read, and how to name other pages of it. */
export interface EdgePlace {
  node: string
  edge: string
  /** From 1. */
  page: number
  nested: boolean
  /** Place of the first row of this page in the whole list. */
  start: number
  /** The cursor that asked for this page; undefined for the first. */
  cursor: string | undefined
  /** A cursor that goes on at this place, with a text of its own. */
  cursorAt: (place: number) => string
  /** Address of the page after a cursor. */
  addressOf: (cursor: string) => string
}
export interface EdgeAnswer {
  [key: string]: Json
}

export type Args = ReadonlyMap<string, string>
export interface Listing {
  keys: readonly string[]
  row: (key: string) => Row
}
export interface EdgeSpec<T> {
  /** The rows that this call may see, in order. Throws a GraphError where it may not ask. */
  open: (thing: T, call: Call, args: Args) => Listing
  /** The edge documents `summary.total_count`. */
  total: boolean
}

export interface NodeFacts<T> {
  name: TypeName
  defaults: readonly string[]
  fields: Readonly<Record<string, (thing: T, call: Call) => Value>>
  /** Fields that exist and that nothing in this world has. */
  silent: string
  edges: Readonly<Record<string, EdgeSpec<T>>>
  /** Throws a GraphError where this call may not read the node. */
  open: (thing: T, call: Call) => void
}
export interface NodeSpec {
  name: TypeName
  defaults: readonly string[]
  open: (thing: Thing, call: Call) => void
  /** Undefined: there is no such field. */
  field: (name: string) => ((thing: Thing, call: Call) => Value) | undefined
  edge: (name: string) => EdgeSpec<Thing> | undefined
  /** Every field that `field` knows, those without a value too. */
  fieldNames: readonly string[]
  edgeNames: readonly string[]
}

type Of<K extends Thing['is']> = Extract<Thing, { is: K }>

/** Describes a node type whose things are of one kind, or of some. */
export function nodeSpec<K extends Thing['is']>(is: K | readonly K[], facts: NodeFacts<Of<K>>): NodeSpec {
  const kinds: readonly string[] = typeof is === 'string' ? [is] : is
  const own = (thing: Thing): Of<K> => {
    if (!kinds.includes(thing.is)) throw new Error(`a ${facts.name} cannot be a ${thing.is}`)
    return thing as Of<K>
  }
  const silent = new Set(facts.silent.split(/\s+/).filter(Boolean))
  return {
    name: facts.name,
    defaults: facts.defaults,
    fieldNames: [...Object.keys(facts.fields), ...silent],
    edgeNames: Object.keys(facts.edges),
    open: (thing, call) => facts.open(own(thing), call),
    field: (name) => {
      const read = Object.hasOwn(facts.fields, name) ? facts.fields[name] : undefined
      if (read) return (thing, call) => read(own(thing), call)
      return silent.has(name) ? () => undefined : undefined
    },
    edge: (name) => {
      const edge = Object.hasOwn(facts.edges, name) ? facts.edges[name] : undefined
      return edge && { total: edge.total, open: (thing, call, args) => edge.open(own(thing), call, args) }
    },
  }
}

/** A node without fields of an edge. */
export function plainRow(type: TypeName, thing: Thing): Row {
  return { type, thing, extra: {}, extraDefaults: [] }
}

export const nothing: Listing = {
  keys: [],
  row: (key) => {
    throw new Error(`an empty list has no row ${key}`)
  },
}
export function listing(keys: readonly string[], row: (key: string) => Row): Listing {
  return { keys, row }
}
