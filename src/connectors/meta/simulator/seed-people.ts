// Makes people, system users and invitations of a business.
import type { Ids } from './ids.ts'
import { familyNames, givenNames, titles } from './names.ts'
import type { Random } from './random.ts'
import { addPerson } from './mutate.ts'
import type { Person, World } from './world.ts'

/** What is given for one person; the rest is drawn. */
export interface PersonWish {
  business: string
  /** Domain of the e-mail address. */
  domain: string
  role: 'ADMIN' | 'EMPLOYEE'
  name?: { first: string; last: string; mail: string }
  /** The same human as this person of another business. */
  same?: Person
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[ØøŁł]/g, (letter) => (letter.toLowerCase() === 'ø' ? 'o' : 'l'))
    .replace(/[^A-Za-z]+/g, '')
    .toLowerCase()
}

export function seedPerson(world: World, ids: Ids, chance: Random, wish: PersonWish): Person {
  const id = ids.person()
  const first = wish.same?.firstName ?? wish.name?.first ?? chance.pick(givenNames)
  const last = wish.same?.lastName ?? wish.name?.last ?? chance.pick(familyNames)
  const box = wish.name?.mail ?? `${plain(first)}.${plain(last)}`
  let email = wish.same?.email ?? `${box}@${wish.domain}`
  for (let n = 2; !wish.same && taken(world).has(email); n++) email = `${box}${n}@${wish.domain}`
  taken(world).add(email)
  return addPerson(world, {
    id,
    business: wish.business,
    human: wish.same?.human ?? ids.human(),
    firstName: first,
    lastName: last,
    email,
    title: chance.chance(0.6) ? chance.pick(titles) : null,
    role: wish.role,
    twoFactor: chance.chance(0.75) ? 'enabled' : 'disabled',
    finance: chance.chance(0.15) ? chance.pick(['EDITOR', 'ANALYST']) : null,
    ip: null,
    pendingEmail: chance.chance(0.03) ? `new.${box}@${wish.domain}` : null,
    markedForRemoval: false,
    listed: true,
  })
}

const addresses = new WeakMap<World, Set<string>>()
function taken(world: World): Set<string> {
  let set = addresses.get(world)
  if (!set) addresses.set(world, (set = new Set()))
  return set
}
