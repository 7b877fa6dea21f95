// Writes of the Graph API on people, shares and partners. Each becomes a change of the world, so that later reads show it.
import { actsIn, has, requireAsset, requireBusiness, requirePeople, seesAsset } from './access.ts'
import { errors } from './errors.ts'
import type { Call } from './node-spec.ts'
import { nodeOf } from './nodes.ts'
import type { GraphRequest, Simulation } from './simulation.ts'
import { isTask, storedTasks } from './tasks.ts'
import { assetOf, businessOf, holds, userOf } from './world.ts'
import type { Asset, Business, Json, User } from './world.ts'

const done: Json = { success: true }

function required(call: Call, name: string): string {
  const value = call.params.get(name)
  if (value === undefined || value === '') throw errors.parameterRequired(name)
  return value
}

/** A list as JSON text, as commas, or as `name[0]=…`. */
function listParameter(call: Call, name: string): string[] | null {
  const text = call.params.get(name)
  if (text === undefined || text === '') {
    const parts = [...call.params].filter(([key]) => key.startsWith(`${name}[`)).map(([, value]) => value)
    return parts.length > 0 ? parts : null
  }
  return text
    .replace(/^\[|\]$|["'\s]/g, '')
    .split(',')
    .filter(Boolean)
}

/** The user of a business that `user=` names. A human's own id is refused: only business-scoped ones are accepted. */
function scopedUser(call: Call): User {
  const id = required(call, 'user')
  const user = call.world.users.get(id)
  if (user) return user
  if (call.world.humans.has(id)) throw errors.notBusinessScoped()
  throw errors.invalidParameter('user')
}

export function postAt(
  sim: Simulation,
  call: Call,
  request: GraphRequest,
  id: string,
  edge: string | undefined,
): Json {
  const { thing } = nodeOf(call, id, 'post')
  if (thing.is === 'asset' && edge === 'assigned_users') return assignTo(sim, call, request, thing)
  if (thing.is === 'asset' && edge === 'agencies') return shareWith(sim, call, thing)
  if (thing.is === 'business' && edge === 'client_apps') return requestApp(sim, call, thing)
  if (thing.is === 'business' && edge === 'business_users') return invite(sim, call, thing)
  if (thing.is === 'person' && edge === undefined) return changeRole(sim, call, thing)
  throw errors.unsupported('post', id)
}

export function deleteAt(sim: Simulation, call: Call, id: string, edge: string | undefined): Json {
  const { thing } = nodeOf(call, id, 'delete')
  if (thing.is === 'asset' && edge === 'assigned_users') return takeOff(sim, call, thing)
  if (thing.is === 'asset' && edge === 'agencies') return unshareFrom(sim, call, thing)
  if (thing.is === 'business' && (edge === 'agencies' || edge === 'clients'))
    return endWith(sim, call, thing, edge)
  if (thing.is === 'business' && edge !== undefined) return dropOwn(sim, call, thing, edge)
  if (thing.is === 'system_user' && edge === 'access_tokens') return revokeAll(sim, call, thing)
  if (edge === undefined && thing.is === 'person') return removePerson(sim, call, thing)
  if (edge === undefined && thing.is === 'invitation') {
    requirePeople(call, businessOf(call.world, thing.business))
    sim.change({ op: 'withdraw', invitation: thing.id })
    return done
  }
  throw errors.unsupported('delete', id)
}

function requirePageScope(call: Call, asset: Asset): void {
  if (asset.kind === 'page' && !has(call, 'pages_manage_metadata'))
    throw errors.scope10('pages_manage_metadata')
}

function assignTo(sim: Simulation, call: Call, request: GraphRequest, asset: Asset): Json {
  requireAsset(call, asset)
  requirePageScope(call, asset)
  // Seen live: JSON text in a form is refused on Instagram assets, and taken everywhere else.
  if (
    asset.kind === 'instagram_asset' &&
    request.encoding === 'form' &&
    call.params.get('tasks')?.startsWith('[')
  )
    throw errors.unparsableBody()
  const business = required(call, 'business')
  const user = scopedUser(call)
  const tasks = listParameter(call, 'tasks')
  if (!tasks) throw errors.parameterRequired('tasks')
  const odd = tasks.find((task) => !isTask(asset.kind, task))
  if (odd !== undefined) throw errors.invalidParameter(`tasks: ${odd}`)
  if (user.business !== business || !holds(business, asset)) throw errors.invalidParameter('business')
  if (!actsIn(call, business)) throw errors.permissions()
  sim.change({ op: 'assign', asset: asset.id, user: user.id, tasks: storedTasks(asset.kind, tasks) })
  return done
}

function takeOff(sim: Simulation, call: Call, asset: Asset): Json {
  requireAsset(call, asset)
  requirePageScope(call, asset)
  if (asset.kind === 'pixel' && !sim.switches.pixelDelete) throw errors.unsupported('delete', asset.id)
  if (sim.switches.deleteNeedsBusiness) required(call, 'business')
  const user = scopedUser(call)
  if (!actsIn(call, user.business)) throw errors.permissions()
  sim.change({ op: 'unassign', asset: asset.id, user: user.id })
  return done
}

function requireOwner(call: Call, asset: Asset): void {
  if (call.token.type === 'PAGE' ? call.token.principal !== asset.id : !seesAsset(call, asset))
    throw errors.unsupportedGet(asset.id)
  if (asset.kind === 'page' && call.switches.pageAgenciesNeedPageToken && call.token.type !== 'PAGE')
    throw errors.pageTokenNeeded()
  if (call.token.type !== 'PAGE' && !actsIn(call, asset.owner)) throw errors.permissions()
}

function shareWith(sim: Simulation, call: Call, asset: Asset): Json {
  requireOwner(call, asset)
  const partner = required(call, 'business')
  if (!call.world.businesses.has(partner) || partner === asset.owner)
    throw errors.invalidParameter('business')
  sim.change({ op: 'share', asset: asset.id, partner, tasks: listParameter(call, 'permitted_tasks') ?? [] })
  return done
}

function unshareFrom(sim: Simulation, call: Call, asset: Asset): Json {
  requireOwner(call, asset)
  sim.change({ op: 'unshare', asset: asset.id, partner: required(call, 'business') })
  return done
}

function endWith(sim: Simulation, call: Call, business: Business, edge: 'agencies' | 'clients'): Json {
  requirePeople(call, business)
  const other = required(call, 'business')
  if (!business[edge].has(other)) throw errors.invalidParameter('business')
  const [owner, partner] = edge === 'agencies' ? [business.id, other] : [other, business.id]
  sim.change({ op: 'end-partnership', owner, partner })
  return done
}

/** Drops this business's own access to a client's asset. */
function dropOwn(sim: Simulation, call: Call, business: Business, edge: string): Json {
  requireBusiness(call, business)
  const names: Record<string, string> = {
    ad_accounts: 'adaccount_id',
    pages: 'page_id',
    instagram_accounts: 'instagram_account',
    apps: 'app_id',
  }
  const name = Object.hasOwn(names, edge) ? names[edge] : undefined
  if (name === undefined) throw errors.unsupported('delete', business.id)
  const given = required(call, name)
  const asset =
    call.world.assets.get(given) ??
    call.world.assets.get(`act_${given}`) ??
    call.world.assets.get(call.world.instagramUsers.get(given) ?? '')
  if (!asset?.shares.has(business.id)) throw errors.invalidParameter(name)
  sim.change({ op: 'unshare', asset: asset.id, partner: business.id })
  return done
}

function requestApp(sim: Simulation, call: Call, business: Business): Json {
  requirePeople(call, business)
  const id = required(call, 'app_id')
  const app = call.world.apps.has(id) ? assetOf(call.world, id) : null
  if (!app) throw errors.invalidParameter('app_id')
  const known = app.shares.get(business.id)
  if (known?.status === 'CONFIRMED') throw errors.alreadyAccess()
  if (!known)
    sim.change({
      op: 'share',
      asset: id,
      partner: business.id,
      tasks: ['DEVELOP', 'ANALYZE'],
      status: 'CLIENT_RESPONSE_PENDING',
    })
  return { access_status: 'PENDING' }
}

function invite(sim: Simulation, call: Call, business: Business): Json {
  requirePeople(call, business)
  const email = required(call, 'email')
  const known = business.invitations.size
  sim.change({ op: 'invite', business: business.id, email, role: call.params.get('role') ?? 'EMPLOYEE' })
  return { id: [...business.invitations][known] ?? '' }
}

function lastAdmin(call: Call, user: User): boolean {
  if (user.role !== 'ADMIN') return false
  const admins = [...businessOf(call.world, user.business).people].filter(
    (id) => userOf(call.world, id).role === 'ADMIN',
  )
  return admins.length <= 1
}

function changeRole(sim: Simulation, call: Call, user: User): Json {
  requirePeople(call, businessOf(call.world, user.business))
  const role = required(call, 'role')
  if (role !== 'ADMIN' && lastAdmin(call, user)) throw errors.lastAdmin()
  sim.change({ op: 'set-role', user: user.id, role })
  return done
}

function removePerson(sim: Simulation, call: Call, user: User): Json {
  requirePeople(call, businessOf(call.world, user.business))
  if (lastAdmin(call, user)) throw errors.lastAdmin()
  sim.change({ op: 'remove-user', user: user.id })
  return done
}

function revokeAll(sim: Simulation, call: Call, user: User): Json {
  requirePeople(call, businessOf(call.world, user.business))
  for (const token of [...call.world.tokens.values()]) {
    if (token.principal === user.id) sim.change({ op: 'set-token', label: token.label, state: 'revoked' })
  }
  return done
}
