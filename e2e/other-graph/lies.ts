// Answers that look good and are not: HTTP 200, the right form, and less than the truth, or something else. Each lie is told once, at a place that
// fits it; nothing in the answer itself gives it away.
import type { Draw } from './seed.ts'

type Json = Record<string, unknown>
interface List extends Json {
  data: Json[]
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: unknown): value is List => isObject(value) && Array.isArray(value.data)
const nextOf = (list: List): unknown => (isObject(list.paging) ? list.paging.next : undefined)

/** All objects of an answer, those that hold others first. */
function objectsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn)
  if (!isObject(value)) return []
  return [
    value,
    ...Object.entries(value).flatMap(([key, inside]) => (key === 'paging' ? [] : objectsIn(inside))),
  ]
}

/** Lists inside something: where each stands. */
const insideOf = (body: unknown): [Json, string][] =>
  objectsIn(body).flatMap((one) =>
    Object.keys(one)
      .filter((key) => isList(one[key]) && one[key].data.length > 0)
      .map((key): [Json, string] => [one, key]),
  )
const listsIn = (body: unknown): List[] =>
  objectsIn(body).filter((one): one is List => isList(one) && one.data.length > 0)
const named = (body: unknown, name: RegExp): [Json, string][] =>
  objectsIn(body).flatMap((one) =>
    Object.keys(one)
      .filter((key) => name.test(key) && one[key] !== null)
      .map((key): [Json, string] => [one, key]),
  )

/** Changes an answer in place, at one of the places that fit; false where none does. */
export type Lie = (body: unknown, draw: Draw) => boolean

function at<T>(places: readonly T[], draw: Draw, change: (place: T) => void): boolean {
  if (places.length === 0) return false
  change(draw.pick(places))
  return true
}

const without = ([one, key]: [Json, string]): void => {
  Reflect.deleteProperty(one, key)
}

/** A lie about one field, at one of its places where it holds what `fits` says. */
const about =
  (
    name: RegExp,
    change: (place: [Json, string]) => void,
    fits: (value: unknown) => boolean = () => true,
  ): Lie =>
  (body, draw) =>
    at(
      named(body, name).filter(([one, key]) => fits(one[key])),
      draw,
      change,
    )

const becomes =
  (value: unknown) =>
  ([one, key]: [Json, string]): void => {
    one[key] = value
  }
const several = (value: unknown): boolean => Array.isArray(value) && value.length > 1
const some = (value: unknown): boolean => Array.isArray(value) && value.length > 0
const fewer = ([one, key]: [Json, string]): void => {
  one[key] = (one[key] as unknown[]).slice(1)
}
const isAdmin = (value: unknown): boolean => typeof value === 'string' && value.toUpperCase() === 'ADMIN'
const TASKS = /^tasks$/
const PERMITTED = /^permitted_(tasks|roles)$/
const GROUP_TASKS = /^(adaccount|page|pixel)_tasks$/
const ANOTHER = '80000000000000099'

/** What is told is right in form and less than the truth, though no row is left out. */
export const narrower: Readonly<Record<string, Lie>> = {
  'somebody has fewer rights': about(TASKS, fewer, several),
  'somebody has no rights': about(TASKS, becomes([]), some),
  'somebody has rights of a name that nobody knows': about(TASKS, becomes(['UNHEARD_OF']), some),
  'the rights of somebody are left out': about(TASKS, without, some),
  'the rights of somebody are null': about(TASKS, becomes(null), some),
  'nobody has rights': (body) => {
    const places = named(body, TASKS).filter(([one, key]) => some(one[key]))
    for (const place of places) becomes([])(place)
    return places.length > 0
  },
  'a member of a group has fewer rights': about(GROUP_TASKS, fewer, several),
  'a member of a group has no rights': about(GROUP_TASKS, without, some),
  'less is shared': about(PERMITTED, fewer, several),
  'nothing is permitted': about(PERMITTED, becomes([]), some),
  'what is permitted is left out': about(PERMITTED, without, some),
  'a share waits again': about(
    /^access_status$/,
    becomes('CLIENT_RESPONSE_PENDING'),
    (value) => value === 'CONFIRMED',
  ),
  'a role falls': about(/^role$/, becomes('EMPLOYEE'), isAdmin),
  'every role falls': (body) => {
    const places = named(body, /^role$/).filter(([one, key]) => isAdmin(one[key]))
    for (const place of places) becomes('EMPLOYEE')(place)
    return places.length > 0
  },
  'an e-mail is left out': about(/^email$/, without),
  'an e-mail is null': about(/^email$/, becomes(null)),
  'a name is left out': about(/^(name|ig_username)$/, without),
  'a name is null': about(/^(name|ig_username)$/, becomes(null)),
  'a name is empty': about(/^(name|ig_username)$/, becomes('')),
  'a fact of a person is left out': about(
    /^(first_name|last_name|title|two_fac_status|finance_permission|marked_for_removal|created_time)$/,
    without,
  ),
  'a fact of an asset is left out': about(
    /^(account_id|currency|timezone_name|vertical|ig_user_id)$/,
    without,
  ),
  'an owner is left out': (body, draw) =>
    at(
      objectsIn(body).filter((one) => isObject(one.owner_business)),
      draw,
      (one) => {
        without([one, 'owner_business'])
        without([one, 'business'])
      },
    ),
  'an owner is another': (body, draw) =>
    at(
      objectsIn(body).filter((one) => isObject(one.owner_business)),
      draw,
      (one) => {
        for (const key of ['owner_business', 'business']) one[key] = { id: ANOTHER, name: 'Another' }
      },
    ),
  'a partner is another': (body, draw) =>
    at(
      objectsIn(body).filter(
        (one) => Object.keys(one).some((key) => /_permissions$|^permitted_tasks$/.test(key)) && 'id' in one,
      ),
      draw,
      (one) => (one.id = ANOTHER),
    ),
}

/** Rows and lists are left out, swapped, or another's. */
export const lies: Readonly<Record<string, Lie>> = {
  'a list inside is left out': (body, draw) => at(insideOf(body), draw, without),
  'all lists inside are left out': (body) => {
    const places = insideOf(body)
    for (const place of places) without(place)
    return places.length > 0
  },
  'a list inside has no rows': (body, draw) =>
    at(insideOf(body), draw, ([one, key]) => (one[key] = { data: [] })),
  'a list inside is null': (body, draw) => at(insideOf(body), draw, ([one, key]) => (one[key] = null)),
  'a list of permissions is left out': (body, draw) => at(named(body, /_permissions$/), draw, without),
  'a list of permissions is null': (body, draw) =>
    at(named(body, /_permissions$/), draw, ([one, key]) => (one[key] = null)),
  'a list ends before its end': (body, draw) =>
    at(
      listsIn(body).filter((list) => typeof nextOf(list) === 'string'),
      draw,
      (list) => Reflect.deleteProperty(list.paging as Json, 'next'),
    ),
  'a row is left out': (body, draw) =>
    at(listsIn(body), draw, ({ data }) => data.splice(draw.between(0, data.length - 1), 1)),
  'half of the rows are left out': (body, draw) =>
    at(listsIn(body), draw, ({ data }) => data.splice(0, Math.ceil(data.length / 2))),
  'the list of another business': (body, draw) =>
    at(listsIn(body), draw, (list) => {
      list.data = list.data.map((row, n) => ({ ...row, id: `8${String(n).padStart(16, '0')}` }))
    }),
  'two lists are swapped': (body, draw) => {
    const [one, other] = draw.some(
      listsIn(body).filter(({ data }) => data.every((row) => !('tasks' in row))),
      2,
    )
    if (one === undefined || other === undefined) return false
    ;[one.data, other.data] = [other.data, one.data]
    return true
  },
  'fewer are counted than given': (body, draw) =>
    at(listsIn(body), draw, (list) => {
      list.summary = { total_count: list.data.length - 1 }
    }),
  'the last row is the first once more, as where rows moved on between two pages': (body, draw) =>
    at(
      listsIn(body).filter(({ data }) => data.length > 1),
      draw,
      ({ data }) => data.splice(-1, 1, structuredClone(data[0] as Json)),
    ),
  'a page comes once more in place of the rest': (body, draw) =>
    at(
      listsIn(body).filter((list) => typeof nextOf(list) === 'string'),
      draw,
      (list) => {
        list.data.push(...structuredClone(list.data))
        Reflect.deleteProperty(list.paging as Json, 'next')
      },
    ),
  'an id is in another form': (body, draw) =>
    at(
      listsIn(body).flatMap(({ data }) =>
        data.filter((row) => typeof row.id === 'string' || typeof row.id === 'number'),
      ),
      draw,
      (row) => (row.id = /^act_/.test(String(row.id)) ? String(row.id).slice(4) : `${String(row.id)}_0`),
    ),
  'a row comes twice, the second time without rights': (body, draw) =>
    at(
      listsIn(body).filter(({ data }) => data.some((row) => 'tasks' in row)),
      draw,
      ({ data }) => {
        const row = data.find((one) => 'tasks' in one)
        data.push({ ...row, tasks: [] })
      },
    ),
}

/** Answers of a batch, each right by itself, are given to the wrong questions. */
export const shuffles: Readonly<Record<string, Lie>> = {
  'two answers of a batch are swapped': (items, draw) => {
    if (!Array.isArray(items)) return false
    const [one = 0, other = 0] = draw.some([...items.keys()], 2)
    ;[items[one], items[other]] = [items[other], items[one]]
    return JSON.stringify(items[one]) !== JSON.stringify(items[other])
  },
  'the answers of a batch begin with the last': (items) =>
    Array.isArray(items) &&
    new Set(items.map((item) => JSON.stringify(item))).size > 1 &&
    items.unshift(items.pop()) > 0,
  'one answer of a batch is given to all': (items, draw) => {
    if (!Array.isArray(items)) return false
    const one: unknown = draw.pick(items)
    if (items.every((item) => JSON.stringify(item) === JSON.stringify(one))) return false
    items.fill(one)
    return true
  },
}
