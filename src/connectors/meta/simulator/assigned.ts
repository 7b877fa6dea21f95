// `assigned_users` of an asset: whose people a token gets to see, and which of them Meta's direct lists leave out.
import { actsIn, has, requireAsset } from './access.ts'
import { errors } from './errors.ts'
import { listing } from './node-spec.ts'
import type { Args, Call, EdgeSpec, Listing, Value } from './node-spec.ts'
import { allTasks, permittedTasks } from './tasks.ts'
import { businessOf, groupOf, holds, userOf } from './world.ts'
import type { Asset } from './world.ts'

interface AssignedOptions {
  total?: boolean
  /** A scope without which the edge answers code 10. */
  scope?: string
  tasksByDefault?: boolean
  /** More rows than these are never given. */
  most?: number
}

/** The edge of one kind: `tasks` only, or `permitted_tasks` too. */
export function assigned(tells: 'all' | 'tasks', options: AssignedOptions = {}): EdgeSpec<Asset> {
  const { total = false, scope, tasksByDefault = true, most } = options
  const open = (asset: Asset, call: Call, args: Args): Listing => {
    const business = args.get('business')
    requireAsset(call, asset)
    if (scope !== undefined && !has(call, scope)) throw errors.scope10(scope)
    if (business === undefined) throw errors.parameterRequired('business')
    const people = peopleOf(call, asset, business)
    const ids = [...people.keys()]
    return listing(most === undefined ? ids : ids.slice(0, most), (id) => {
      const extra: Record<string, () => Value> = {
        tasks: () => [...(people.get(id) ?? [])],
        // Asked for on an Instagram asset it is not refused, and never told.
        permitted_tasks: () => (tells === 'all' ? [...permittedTo(asset, business)] : undefined),
      }
      return {
        type: 'AssignedUser',
        thing: userOf(call.world, id),
        extra,
        extraDefaults: tasksByDefault ? ['tasks'] : [],
      }
    })
  }
  return { open, total }
}

function permittedTo(asset: Asset, business: string): readonly string[] {
  return asset.owner === business ? permittedTasks[asset.kind] : (asset.shares.get(business)?.tasks ?? [])
}

function peopleOf(call: Call, asset: Asset, business: string): ReadonlyMap<string, readonly string[]> {
  const none: ReadonlyMap<string, readonly string[]> = new Map()
  if (!call.world.businesses.has(business) || !holds(business, asset)) return none
  const pageOfOwner = call.token.type === 'PAGE' && business === asset.owner
  if (!pageOfOwner && !actsIn(call, business)) {
    const answer =
      business === asset.owner
        ? call.switches.partnerAsksForOwner
        : actsIn(call, asset.owner)
          ? call.switches.ownerAsksForPartner
          : 'empty'
    if (answer === 'empty') return none
    if (answer === '100/33') throw errors.unsupportedGet(asset.id)
    if (answer === '200') throw errors.permissions()
  }
  return directPeople(call, asset, business)
}

/** Who the direct list names: role and group access are missing unless a switch says otherwise. */
function directPeople(call: Call, asset: Asset, business: string): ReadonlyMap<string, readonly string[]> {
  const { adminsInDirectLists, groupsInDirectLists } = call.switches
  const stored = asset.assigned.get(business) ?? new Map<string, readonly string[]>()
  if (adminsInDirectLists === 'assigned' && !groupsInDirectLists) return stored
  const people = new Map(stored)
  const { people: staff, groups } = businessOf(call.world, business)
  for (const id of staff) {
    if (userOf(call.world, id).role !== 'ADMIN') continue
    if (adminsInDirectLists === 'all') people.set(id, allTasks[asset.kind])
    if (adminsInDirectLists === 'none') people.delete(id)
  }
  if (!groupsInDirectLists) return people
  for (const group of [...groups].map((id) => groupOf(call.world, id))) {
    if (!group.assets.has(asset.id)) continue
    for (const [id, tasks] of group.members) {
      const given =
        asset.kind === 'ad_account'
          ? tasks.adaccount_tasks
          : asset.kind === 'page'
            ? tasks.page_tasks
            : asset.kind === 'pixel'
              ? tasks.pixel_tasks
              : []
      if (given.length > 0) people.set(id, [...new Set([...(people.get(id) ?? []), ...given])])
    }
  }
  return people
}
