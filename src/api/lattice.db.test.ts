// Nobody raises their own rights, and nobody makes somebody who may do more than they do: whatever members of any role do one after the other, to each
// other, through invitations, removals and returns. First the table of rights alone, in very many sequences; then the real routes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actions, can, giveableRoles, mayManage } from '../model/can.ts'
import type { Role } from '../model/member.ts'
import { testDb } from '../store/testing/test-db.ts'
import { PASSWORD, testApp } from './testing/test-app.ts'
import type { TestPerson } from './testing/test-app.ts'

const roles: readonly Role[] = ['guest', 'member', 'auditor', 'admin', 'owner']

/** Who may do everything that the other may, and more or as much: worked out from the actions, not from an order of the roles. */
const atLeast = (one: Role, other: Role): boolean =>
  actions.every(
    (action) =>
      !can({ role: other, userId: 'x' }, action) ||
      can({ role: one, userId: 'x' }, action) ||
      // What a guest sees of their own data, everybody else sees on the console.
      action === 'own-data.see',
  )

type Deed =
  | { deed: 'change-role'; by: number; to: number; role: Role }
  | { deed: 'invite'; by: number; to: number; role: Role }
  | { deed: 'accept'; by: number; to: number; role: Role }
  | { deed: 'remove'; by: number; to: number; role: Role }
  | { deed: 'hand-over'; by: number; to: number; role: Role }

const PEOPLE = 6
const anyDeed: fc.Arbitrary<Deed> = fc.record({
  deed: fc.constantFrom('change-role', 'invite', 'accept', 'remove', 'hand-over'),
  by: fc.nat(PEOPLE - 1),
  to: fc.nat(PEOPLE - 1),
  role: fc.constantFrom(...roles),
})

/** A workspace as the table of rights makes it go. */
interface Place {
  role: Role | null
  /** Open, with who made it. */
  invitation: { role: Role; by: number } | null
}

const START: readonly (Role | null)[] = ['owner', 'admin', 'auditor', 'member', 'guest', null]
const opening = (): Place[] => START.map((role) => ({ role, invitation: null }))

/** Does it where the table of rights allows it. `may`: the judge of it. */
function go(places: Place[], { deed, by, to, role }: Deed, may: typeof giveableRoles = giveableRoles): void {
  const [me, other] = [places[by], places[to]]
  if (me === undefined || other === undefined) return
  const who = me.role === null ? null : { role: me.role, userId: String(by) }
  switch (deed) {
    case 'change-role':
      if (who === null || other.role === null || by === to || !mayManage(who, { role: other.role })) return
      if (may(who).some((one) => one === role)) other.role = role
      return
    case 'invite':
      if (who === null || other.role !== null || !may(who).some((one) => one === role)) return
      other.invitation = { role, by }
      return
    case 'accept': {
      const { invitation } = me
      if (invitation === null || me.role !== null) return
      const inviter = places[invitation.by]?.role ?? null
      me.invitation = null
      if (inviter === null || !may({ role: inviter, userId: '' }).some((one) => one === invitation.role))
        return
      me.role = invitation.role
      return
    }
    case 'remove':
      if (who !== null && other.role !== null && mayManage(who, { role: other.role })) other.role = null
      return
    case 'hand-over':
      if (who === null || other.role === null || other.role === 'guest' || by === to) return
      if (!can(who, 'workspace.hand-over')) return
      other.role = 'owner'
      me.role = 'admin'
  }
}

type Roles = readonly (Role | null)[]

/** What one deed did that it may never do. `before`: as it was, with the invitations that were open. */
function violations(before: readonly Place[], after: Roles, { deed, by }: Deed): string[] {
  const wrong: string[] = []
  if (after.filter((role) => role === 'owner').length !== 1) wrong.push('there is not exactly one owner')
  // Whoever accepts is raised by whoever invited them.
  const raiser = deed === 'accept' ? before[by]?.invitation?.by : by
  const mine = raiser === undefined ? null : (before[raiser]?.role ?? null)
  for (const [n, role] of after.entries()) {
    const was = before[n]?.role ?? null
    if (role === null || role === was || (was !== null && atLeast(was, role))) continue
    if (n === raiser) wrong.push(`${n} rose from ${String(was)} to ${role} by themselves`)
    if (mine === null || !atLeast(mine, role))
      wrong.push(`${n} became ${role} by somebody who is ${String(mine)}`)
  }
  return wrong
}

const copied = (places: readonly Place[]): Place[] => places.map((place) => ({ ...place }))
const rolesOf = (places: readonly Place[]): Roles => places.map(({ role }) => role)

function play(deeds: readonly Deed[], may?: typeof giveableRoles): string[] {
  const places = opening()
  return deeds.flatMap((deed) => {
    const before = copied(places)
    go(places, deed, may)
    return violations(before, rolesOf(places), deed)
  })
}

describe('By the table of rights', () => {
  test('an owner and an admin may do all that those below may', () => {
    for (const [low, high] of [
      ['guest', 'member'],
      ['member', 'admin'],
      ['auditor', 'admin'],
      ['admin', 'owner'],
    ] as const)
      expect([high, low, atLeast(high, low)]).toEqual([high, low, true])
    expect(atLeast('member', 'admin')).toBe(false)
  })

  test('in 20,000 sequences nobody rises by themselves or above who raised them', () => {
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 12 }), (deeds) => {
        expect(play(deeds)).toEqual([])
      }),
      { numRuns: 20_000 },
    )
  })

  test('those without the right to manage, together and with all whom they bring in, never get beyond what they had', () => {
    // The owner, the admin and the auditor stand by.
    const some = anyDeed.filter(({ by }) => by > 2)
    fc.assert(
      fc.property(fc.array(some, { maxLength: 12 }), (deeds) => {
        const places = opening()
        for (const deed of deeds) go(places, deed)
        expect(places.slice(0, 3).map(({ role }) => role)).toEqual(['owner', 'admin', 'auditor'])
        for (const { role } of places.slice(3)) expect(role === null || atLeast('member', role)).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })

  test('a judge who lets a member give the own role and an admin that of the owner is found out', () => {
    const bad: typeof giveableRoles = (who) =>
      who.role === 'guest'
        ? ['member']
        : who.role === 'member'
          ? ['admin', 'member', 'guest']
          : giveableRoles(who)
    const found = fc.check(
      fc.property(fc.array(anyDeed, { maxLength: 12 }), (deeds) => play(deeds, bad).length === 0),
      { numRuns: 20_000 },
    )
    expect(found.failed).toBe(true)
  })
})

const t = await testDb()
const a = await testApp(t)
const people: TestPerson[] = []
for (let n = 0; n < PEOPLE; n += 1) people.push(await a.person())

async function rolesIn(workspace: string): Promise<Roles> {
  const { rows } = await t.root.query<{ user_id: string; role: Role }>(
    `select user_id, role from members where workspace_id = $1 and status = 'active'`,
    [workspace],
  )
  return people.map(({ id }) => rows.find((row) => row.user_id === id)?.role ?? null)
}

/** The same deed by the real routes; a refusal is an answer like any other. */
async function really(
  workspace: string,
  links: Map<number, string>,
  { deed, by, to, role }: Deed,
): Promise<number> {
  const [me, other] = [people[by], people[to]]
  const ws = `/workspaces/${workspace}`
  const ask = async (method: string, path: string, body?: unknown) =>
    a.ask(method, path, { as: me, from: `10.5.0.${String(by + 1)}`, ...(body === undefined ? {} : { body }) })
  switch (deed) {
    case 'change-role':
      return (await ask('PATCH', `${ws}/members/${other?.id ?? ''}`, { role })).status
    case 'invite': {
      const answer = await ask('POST', `${ws}/invitations`, { email: other?.email, role })
      const link = (answer.body as { link?: string }).link
      if (link !== undefined) links.set(to, link)
      return answer.status
    }
    case 'accept': {
      const secret = links.get(by)?.split('#')[1] ?? ''
      return secret === '' ? 0 : (await ask('POST', '/invitations/redeem', { secret })).status
    }
    case 'remove':
      return (await ask('DELETE', `${ws}/members/${other?.id ?? ''}`)).status
    case 'hand-over':
      return (await ask('POST', `${ws}/hand-over`, { memberId: other?.id, password: PASSWORD })).status
  }
}

describe('By the routes', () => {
  test('the same holds, and what the routes allow is what the table allows', async () => {
    const seed = 7
    const sequences = fc.sample(fc.array(anyDeed, { minLength: 8, maxLength: 12 }), { numRuns: 15, seed })
    let done = 0
    for (const [n, deeds] of sequences.entries()) {
      const workspace = await t.makeWorkspace()
      await t.root.query('delete from members where workspace_id = $1', [workspace])
      for (const [place, role] of START.entries()) {
        const person = people[place]
        if (role !== null && person !== undefined) await a.join(workspace, person, role)
      }
      const places = opening()
      const links = new Map<number, string>()
      for (const deed of deeds) {
        const before = copied(places)
        const status = await really(workspace, links, deed)
        const after = await rolesIn(workspace)
        go(places, deed)
        const what = `seed ${seed}, sequence ${n}: ${JSON.stringify(deeds)} at ${JSON.stringify(deed)}: ${status}`
        expect(violations(before, after, deed), what).toEqual([])
        // A link that was replaced or is for somebody else makes the routes stricter than the table: never the other way round.
        if (JSON.stringify(rolesOf(before)) !== JSON.stringify(after)) {
          done += 1
          expect(after, what).toEqual(rolesOf(places))
        }
        for (const [place, role] of after.entries()) {
          const one = places[place]
          if (one !== undefined) one.role = role
        }
      }
    }
    expect(done).toBeGreaterThan(8)
  })
})
