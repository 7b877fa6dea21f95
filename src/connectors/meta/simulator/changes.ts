// Changes of a world as data: what a test or the control path asks for, what a write of the Graph API does, and what the journal
// keeps, so that a world started again is the one that was left.
import { idMaker } from './ids.ts'
import {
  addAsset,
  addBusiness,
  addInvitation,
  addPerson,
  addSystemUser,
  assign,
  endPartnership,
  removeAsset,
  removeInvitation,
  removeUser,
  setGroupMember,
  share,
  unassign,
  unshare,
} from './mutate.ts'
import { random } from './random.ts'
import { addToken } from './tokens.ts'
import { NotInWorld, assetOf, businessOf, groupOf, userOf } from './world.ts'
import type { AssetKind, GroupTasks, Json, Person, Token, TokenState, World } from './world.ts'

export type WorldChange =
  | { op: 'add-business'; id?: string; name: string }
  | { op: 'rename'; id: string; name: string }
  | {
      op: 'add-person'
      id?: string
      business: string
      firstName: string
      lastName: string
      email: string
      role?: string
      human?: string
    }
  | {
      op: 'set-person'
      user: string
      facts: Partial<
        Pick<
          Person,
          | 'email'
          | 'title'
          | 'role'
          | 'twoFactor'
          | 'finance'
          | 'pendingEmail'
          | 'markedForRemoval'
          | 'listed'
        >
      >
    }
  | { op: 'add-system-user'; id?: string; business: string; name: string; role?: string }
  | { op: 'set-role'; user: string; role: string }
  | { op: 'remove-user'; user: string }
  | { op: 'invite'; id?: string; business: string; email: string; role?: string; assets?: readonly string[] }
  | { op: 'withdraw'; invitation: string }
  | {
      op: 'add-asset'
      id?: string
      kind: AssetKind
      owner: string
      name: string
      facts?: Record<string, Json>
    }
  | { op: 'remove-asset'; asset: string }
  | { op: 'assign'; asset: string; user: string; tasks: string[] }
  | { op: 'unassign'; asset: string; user: string }
  /** Without a status the share is confirmed. An app request is approved by sharing the app. */
  | {
      op: 'share'
      asset: string
      partner: string
      tasks: string[]
      status?: string
      requestId?: string
      at?: string
    }
  | { op: 'unshare'; asset: string; partner: string; at?: string }
  | { op: 'end-partnership'; owner: string; partner: string }
  | { op: 'set-group-member'; group: string; user: string; tasks: GroupTasks | null }
  | { op: 'set-group-asset'; group: string; asset: string; inside: boolean }
  | { op: 'set-token'; label: string; state: TokenState }
  /** The token's text follows from its label. */
  | { op: 'add-token'; token: Omit<Token, 'text'> }

/** Draws the ids and dates that a change leaves open, so that it does the same when it is made again. */
export function completeChange(world: World, change: WorldChange, now: number): WorldChange {
  const ids = (of = ''): ReturnType<typeof idMaker> => {
    const size = world.users.size + world.assets.size + world.invitations.size + world.businesses.size
    const taken = new Set([
      ...world.users.keys(),
      ...world.assets.keys(),
      ...world.businesses.keys(),
      ...world.invitations.keys(),
    ])
    return idMaker(random(world.seed, `change ${size}${of}`), taken)
  }
  switch (change.op) {
    case 'add-business':
      return { ...change, id: change.id ?? ids().business() }
    case 'add-person':
      return { ...change, id: change.id ?? ids().person(), human: change.human ?? ids().human() }
    case 'add-system-user':
      return { ...change, id: change.id ?? ids().systemUser() }
    case 'invite':
      return { ...change, id: change.id ?? ids().other() }
    case 'add-asset': {
      const made =
        change.kind === 'ad_account'
          ? ids().adAccount()
          : change.kind === 'page'
            ? ids().page()
            : ids().other()
      return { ...change, id: change.id ?? made }
    }
    case 'share':
      // Nothing is added to the world by a share, so that what it is of tells two requests apart.
      return {
        ...change,
        requestId: change.requestId ?? ids(`${change.asset}/${change.partner}`).other(),
        at: change.at ?? metaTime(now),
      }
    case 'unshare':
      return { ...change, at: change.at ?? metaTime(now) }
    default:
      return change
  }
}

/** As Meta writes times. */
export function metaTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, '+0000')
}

/** Makes a completed change. Throws where it names something that is not there. Returns the id of what was added, or null. */
export function applyChange(world: World, change: WorldChange): string | null {
  switch (change.op) {
    case 'add-business':
    case 'add-person':
    case 'add-system-user':
    case 'invite':
    case 'add-asset':
      return add(world, change, change.id ?? '')
    case 'rename':
      return rename(world, change.id, change.name)
    case 'set-person':
      Object.assign(userOf(world, change.user), change.facts)
      return null
    case 'set-role':
      userOf(world, change.user).role = change.role
      return null
    case 'remove-user':
      removeUser(world, change.user)
      return null
    case 'withdraw':
      removeInvitation(world, change.invitation)
      return null
    case 'remove-asset':
      removeAsset(world, change.asset)
      return null
    case 'assign':
      assign(world, change.asset, change.user, change.tasks)
      return null
    case 'unassign':
      unassign(world, change.asset, change.user)
      return null
    case 'share': {
      const { asset, partner, tasks, status = 'CONFIRMED', requestId = '', at = '' } = change
      const known = assetOf(world, asset).shares.get(partner)
      tellShare(world, asset, partner, known?.status, status, at)
      share(world, asset, {
        partner,
        tasks,
        status,
        requestId: known?.requestId ?? requestId,
        requestedTime: known?.requestedTime ?? at,
        updatedTime: at,
      })
      return null
    }
    case 'unshare': {
      const { asset, partner, at = '' } = change
      tellShare(world, asset, partner, assetOf(world, asset).shares.get(partner)?.status, undefined, at)
      unshare(world, asset, partner)
      return null
    }
    case 'end-partnership':
      endPartnership(world, change.owner, change.partner)
      return null
    case 'set-group-member':
      setGroupMember(world, change.group, change.user, change.tasks)
      return null
    case 'set-group-asset':
      if (change.inside) groupOf(world, change.group).assets.add(assetOf(world, change.asset).id)
      else groupOf(world, change.group).assets.delete(change.asset)
      return null
    case 'set-token': {
      const token = world.tokensByLabel.get(change.label)
      if (!token) throw new NotInWorld('token', change.label)
      token.state = change.state
      return null
    }
    case 'add-token':
      addToken(world, change.token)
      return null
  }
}

/** Notifies the side that did not act where a share is asked for, granted or declined. */
function tellShare(
  world: World,
  assetId: string,
  partner: string,
  before: string | undefined,
  after: string | undefined,
  at: string,
): void {
  const asset = assetOf(world, assetId)
  const tell = (business: string, text: string): void => {
    world.notices.push({ business, text, at, read: false })
  }
  const waited = before !== undefined && before !== 'CONFIRMED'
  if (before === undefined && after !== undefined && after !== 'CONFIRMED')
    tell(asset.owner, `${businessOf(world, partner).name} requested access to ${asset.name}.`)
  if (waited && after === 'CONFIRMED') tell(partner, `Your request for access to ${asset.name} was approved.`)
  if (waited && after === undefined) tell(partner, `Your request for access to ${asset.name} was declined.`)
}

type Addition = Extract<
  WorldChange,
  { op: 'add-business' | 'add-person' | 'add-system-user' | 'invite' | 'add-asset' }
>

function add(world: World, change: Addition, id: string): string {
  const time = '2026-11-10T10:00:00+0000'
  switch (change.op) {
    case 'add-business':
      return addBusiness(world, {
        id,
        name: change.name,
        vertical: 'OTHER',
        verification: 'verified',
        createdTime: time,
        updatedTime: time,
      }).id
    case 'add-person': {
      const { business, firstName, lastName, email, role = 'EMPLOYEE', human = id } = change
      businessOf(world, business)
      return addPerson(world, {
        id,
        business,
        firstName,
        lastName,
        email,
        role,
        human,
        title: null,
        twoFactor: 'disabled',
        finance: null,
        ip: null,
        pendingEmail: null,
        markedForRemoval: false,
        listed: true,
      }).id
    }
    case 'add-system-user':
      return addSystemUser(world, {
        id,
        business: change.business,
        name: change.name,
        role: change.role ?? 'EMPLOYEE',
        createdBy: null,
        createdTime: time,
      }).id
    case 'invite': {
      const invitation = addInvitation(world, {
        id,
        business: change.business,
        email: change.email,
        role: change.role ?? 'EMPLOYEE',
        status: 'PENDING',
        createdBy: null,
        createdTime: time,
        expirationTime: '2027-02-08T10:00:00+0000',
      })
      for (const asset of change.assets ?? []) invitation.assets.add(asset)
      return invitation.id
    }
    case 'add-asset': {
      const facts = {
        ...(change.kind === 'ad_account'
          ? {
              account_id: id.replace('act_', ''),
              account_status: 1,
              currency: 'EUR',
              timezone_name: 'Europe/Berlin',
            }
          : {}),
        ...change.facts,
      }
      return addAsset(world, { id, kind: change.kind, owner: change.owner, name: change.name, facts }).id
    }
  }
}

function rename(world: World, id: string, name: string): null {
  const thing =
    world.businesses.get(id) ?? world.users.get(id) ?? world.assets.get(id) ?? world.groups.get(id)
  if (!thing) throw new NotInWorld('thing', id)
  thing.name = name
  return null
}
