// All node types by name, and which node an id is.
import { errors } from './errors.ts'
import { plainRow } from './node-spec.ts'
import type { Call, NodeSpec, Row, TypeName } from './node-spec.ts'
import { assetNodes, assetRow, groupNode, requestNodes } from './nodes-assets.ts'
import { businessNode } from './nodes-business.ts'
import {
  assignedUserNode,
  businessUserNode,
  humanNode,
  invitationNode,
  permissionNode,
  systemUserNode,
} from './nodes-people.ts'
import type { World } from './world.ts'

const specs: ReadonlyMap<TypeName, NodeSpec> = new Map(
  [
    businessNode,
    businessUserNode,
    systemUserNode,
    assignedUserNode,
    invitationNode,
    humanNode,
    permissionNode,
    groupNode,
    ...assetNodes,
    ...requestNodes,
  ].map((spec) => [spec.name, spec]),
)

/** Every node type that this server knows. */
export const allSpecs: readonly NodeSpec[] = [...specs.values()]

export function specOf(type: TypeName): NodeSpec {
  const spec = specs.get(type)
  if (!spec) throw new Error(`no node type ${type}`)
  return spec
}

/** The node behind an id, without asking whether the caller may see it; null where there is none. */
export function nodeById(world: World, id: string): Row | null {
  const business = world.businesses.get(id)
  if (business) return plainRow('Business', business)
  const user = world.users.get(id)
  if (user) return plainRow(user.is === 'person' ? 'BusinessUser' : 'SystemUser', user)
  const asset = world.assets.get(id)
  if (asset) return assetRow(asset)
  const instagram = world.assets.get(world.instagramUsers.get(id) ?? '')
  if (instagram) return plainRow('IGUser', instagram)
  const group = world.groups.get(id)
  if (group) return plainRow('BusinessAssetGroup', group)
  const invitation = world.invitations.get(id)
  if (invitation) return plainRow('BusinessRoleRequest', invitation)
  const human = world.humans.get(id)
  return human ? plainRow('User', human) : null
}

/** The node that `/me` is for a token. Throws a GraphError where it is nobody. */
export function me(call: Call): Row {
  const { type, principal } = call.token
  const row = type === 'APP' ? null : nodeById(call.world, principal)
  if (!row) throw errors.meNeedsUser()
  return row
}

/**
 * The node of the first part of a path.
 * @throws GraphError 803 for a name, 100/33 where there is no such id.
 */
export function nodeOf(call: Call, id: string, verb = 'get'): Row {
  if (id === 'me') return me(call)
  const row = nodeById(call.world, id)
  if (row) return row
  if (/^(act_)?\d+$/.test(id)) throw errors.unsupported(verb, id)
  throw errors.alias(id)
}
