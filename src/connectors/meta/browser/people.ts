// The people of our own business as Meta's pages tell them: people and invitations on one page, system users on another. The same
// observations as the API's lists, with what the pages do not tell named.
import type { PrincipalFacts, PrincipalKind, PrincipalObservation } from '../../../model/snapshot.ts'
import type { PagesContext, PagesLists, PagesPart, PagesSeen } from '../../connector.ts'
import { noFacts } from '../businesses.ts'
import { decoder, idIn, textIn } from './cells.ts'
import { foundOn } from './own-page.ts'
import type { OwnPage } from './own-page.ts'
import { listAt } from './recipe.ts'
import { openSignedIn } from './sign-in.ts'

const PEOPLE = 'business_users'
const INVITATIONS = 'pending_users'
const SYSTEM_USERS = 'system_users'
const scope = (business: string, edge: string): string => `${business}/${edge}`

const roles = ['role.ADMIN', 'role.EMPLOYEE']
const allFacts = [...Object.keys(noFacts), 'willGet'] as (keyof PrincipalFacts)[]
/** Facts that the pages never tell of a kind: what is stored of them stays. */
const untoldBut = (...told: (keyof PrincipalFacts)[]) => allFacts.filter((name) => !told.includes(name))
const untold: Record<PrincipalKind, (keyof PrincipalFacts)[]> = {
  person: untoldBut('twoFactor', 'financePermission'),
  system_user: untoldBut(),
  invitation: untoldBut('status'),
}

function principal(
  ctx: PagesContext,
  edge: string,
  kind: PrincipalKind,
  told: Pick<PrincipalObservation, 'externalId' | 'name' | 'email' | 'role'> & {
    facts?: Partial<PrincipalFacts>
  },
): PrincipalObservation {
  return {
    of: 'principal',
    scope: scope(ctx.business, edge),
    path: 'browser',
    kind,
    business: ctx.business,
    // As in the API's list: a person with this role reaches everything, an admin system user what is assigned to it.
    reachesAll: kind === 'person' && told.role?.toUpperCase() === 'ADMIN',
    source: 'list',
    untold: untold[kind],
    ...told,
    facts: { ...noFacts, ...told.facts },
  }
}

const sealsOf =
  (edges: readonly string[]): PagesPart['seals'] =>
  (business, seen) =>
    edges.map((edge) => {
      const rows = seen.filter((o) => o.of === 'principal' && o.scope === scope(business, edge))
      return { scope: scope(business, edge), rows: rows.length }
    })

async function readPeople(ctx: PagesContext): Promise<PagesLists> {
  const { hand } = ctx
  await openSignedIn(ctx, 'people', 'people.list.area')
  const people = await hand.step('Read the people', () => peopleOn(ctx))
  // The list may have been followed to its last page: the invitations are read from their first one.
  const invitations = await hand.step('Read the invitations', async () => {
    await hand.open('people')
    await hand.first(['people.list.area'])
    return invitationsOn(ctx)
  })
  return {
    observations: [...people.observations, ...invitations.observations],
    counted: people.counted && invitations.counted,
    items: [],
  }
}

async function peopleOn(ctx: PagesContext): Promise<PagesSeen> {
  const { hand } = ctx
  const what = 'Read the people'
  const decode = decoder(hand, what)
  const { rows, counted } = await hand.rows(listAt('people.list'), {
    id: 'column.id',
    name: 'column.name',
    email: 'column.email',
    role: 'column.role',
    twoFactor: 'people.two-factor',
    finance: 'people.finance',
  })
  const people: PrincipalObservation[] = []
  for (const row of rows) {
    const finance = await decode(row.finance, ['finance.EDITOR', 'finance.ANALYST', 'finance.none'])
    const facts = {
      twoFactor: await decode(row.twoFactor, ['two-factor.enabled', 'two-factor.disabled']),
      financePermission: finance === 'none' ? null : finance,
    }
    people.push(
      principal(ctx, PEOPLE, 'person', {
        externalId: idIn(row.id, what),
        name: textIn(row.name),
        email: textIn(row.email),
        role: await decode(row.role, roles),
        facts,
      }),
    )
  }
  return { observations: people, counted }
}

async function invitationsOn(ctx: PagesContext): Promise<PagesSeen> {
  const { hand } = ctx
  const what = 'Read the invitations'
  const decode = decoder(hand, what)
  const { rows, counted } = await hand.rows(listAt('people.invitations'), {
    id: 'column.id',
    email: 'column.email',
    role: 'column.role',
    status: 'column.status',
  })
  const invitations: PrincipalObservation[] = []
  for (const row of rows)
    invitations.push(
      principal(ctx, INVITATIONS, 'invitation', {
        externalId: idIn(row.id, what),
        name: null,
        email: textIn(row.email),
        role: await decode(row.role, roles),
        facts: { status: await decode(row.status, ['invitation.PENDING', 'invitation.EXPIRED']) },
      }),
    )
  return { observations: invitations, counted }
}

async function readSystemUsers(ctx: PagesContext): Promise<PagesLists> {
  const { hand } = ctx
  const what = 'Read the system users'
  await openSignedIn(ctx, 'system-users', 'system-users.list.area')
  return hand.step(what, async () => {
    const decode = decoder(hand, what)
    const columns = { id: 'column.id', name: 'column.name', role: 'column.role' }
    const { rows, counted } = await hand.rows(listAt('system-users.list'), columns)
    const observations: PrincipalObservation[] = []
    for (const row of rows)
      observations.push(
        principal(ctx, SYSTEM_USERS, 'system_user', {
          externalId: idIn(row.id, what),
          name: textIn(row.name),
          email: null,
          role: await decode(row.role, roles),
        }),
      )
    return { observations, counted, items: [] }
  })
}

const pageOfPerson: OwnPage = {
  place: 'person',
  value: 'person',
  shows: ['assigned.area'],
  alone: 'people.list.area',
}
const pageOfSystemUser: OwnPage = {
  place: 'system-user',
  value: 'user',
  shows: ['assigned.area'],
  alone: 'system-users.list.area',
}

/** Whichever of the two they are. */
export const foundHolders: PagesPart['found'] = async (ctx, ids) => [
  ...(await foundOn(ctx, pageOfPerson, ids)),
  ...(await foundOn(ctx, pageOfSystemUser, ids)),
]

export const people: PagesPart = {
  name: 'people',
  label: 'People and invitations, read in the browser',
  scopes: (business) => [scope(business, PEOPLE), scope(business, INVITATIONS)],
  lists: readPeople,
  found: (ctx, ids) => foundOn(ctx, pageOfPerson, ids),
  seals: sealsOf([PEOPLE, INVITATIONS]),
}

export const systemUsers: PagesPart = {
  name: 'system-users',
  label: 'System users, read in the browser',
  scopes: (business) => [scope(business, SYSTEM_USERS)],
  lists: readSystemUsers,
  found: (ctx, ids) => foundOn(ctx, pageOfSystemUser, ids),
  seals: sealsOf([SYSTEM_USERS]),
}
