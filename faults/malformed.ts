// Rows that are not as they should be: missing, null and wrongly typed fields, ids as numbers beyond 2^53, keys that stand there twice, names of ten
// thousand or half characters, words nobody knows. A list is told as read only where everything in it was understood; what is unknown is kept.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Connector, Target } from '../src/connectors/connector.ts'
import { meta } from '../src/connectors/meta/connector.ts'
import { contextFor, drive } from '../src/connectors/testing/drive.ts'
import type { Driven } from '../src/connectors/testing/drive.ts'
import { random } from '../src/connectors/meta/simulator/random.ts'
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { startSimulator } from '../src/connectors/meta/simulator/server.ts'
import type { Simulator } from '../src/connectors/meta/simulator/server.ts'
import { observationKey } from '../src/model/snapshot.ts'
import type { Observation } from '../src/model/snapshot.ts'
import { asked, runFamily } from './cases.ts'
import type { Case, Family } from './cases.ts'
import { NEVER_FIRED } from './disturb.ts'
import { trueLines } from './oracle.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Row = Record<string, Json>

/** A field of a row of an answer: the nth time that this row is given with this field. */
interface Place {
  id: string
  key: string
  nth: number
  value: Json
}

/** One thing done to one field of one row. */
export interface Malformation {
  place: Place
  what: What
}

interface What {
  name: string
  /** The field as it stands in the answer's text, or null for none. */
  as(key: string, value: Json): string | null
  /** Only fields that this is true of; any but an id where it is left out. */
  fits?(key: string, value: Json): boolean
}

const UNKNOWN_TASK = 'FLY_TO_THE_MOON'
const UNKNOWN_ROLE = 'GRAND_VIZIER'
const LONG = `${'x'.repeat(9_990)}the end😀`
const json = (key: string, value: Json): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`
const put = (name: string, value: Json): What => ({ name, as: (key) => json(key, value) })
const isName = (key: string, value: Json): boolean =>
  typeof value === 'string' && /name|title|email/.test(key)
const named = (name: string, text: string): What => ({
  name,
  fits: isName,
  as: (key) => `${JSON.stringify(key)}:${text}`,
})
const isList = (key: string, value: Json): boolean =>
  /_(tasks|permissions)$/.test(key) || (typeof value === 'object' && value !== null && 'data' in value)
const isTasks = (key: string, value: Json): boolean =>
  /tasks$/.test(key) && Array.isArray(value) && value.length > 0

export const whats: readonly What[] = [
  // A list that is empty is left out, so that one that was taken out cannot be told from it.
  { name: 'is missing', fits: (key, value) => key !== 'id' && !isList(key, value), as: () => null },
  // Some Graph servers write null where a plain list has no rows.
  { ...put('is null', null), fits: (key) => key !== 'id' && !/_(tasks|permissions)$/.test(key) },
  put('is an empty text', ''),
  put('is a number', 7),
  put('is true', true),
  put('is a list', [1, null, {}]),
  put('is an object', { id: {} }),
  {
    name: 'stands there twice, the second one good',
    as: (key, value) => `${json(key, 'first')},${json(key, value)}`,
  },
  {
    name: 'is a number in place of a text of digits',
    fits: (_, value) => typeof value === 'string' && /^[1-9]\d{0,18}$/.test(value),
    as: (key, value) => `${JSON.stringify(key)}:${value as string}`,
  },
  named('has ten thousand characters', JSON.stringify(LONG)),
  named('has half a character', String.raw`"Half \ud83d and \ude00 half"`),
  named('has a zero in it', String.raw`"Nora\u0000 Case"`),
  named('runs from right to left', String.raw`"\u202egro.live\u202c \u2066\u0645\u0631\u2069"`),
  named('is a script', JSON.stringify('<script>alert(1)</script>{{7*7}}\u001b[31m\r\n=1+1')),
  {
    name: 'has neighbours that nobody knows',
    as: (key, value) => `${json(key, value)},"__proto__":{"id":"1"},"something_new":{"data":[{"x":1}]}`,
  },
  {
    name: 'holds a word that nobody knows',
    fits: isTasks,
    as: (key, value) => json(key, [...(value as Json[]), UNKNOWN_TASK]),
  },
  {
    name: 'holds something that is not a word',
    fits: isTasks,
    as: (key, value) => json(key, [...(value as Json[]), 7, null, {}]),
  },
  {
    name: 'is a role that nobody knows',
    fits: (key) => key === 'role',
    as: (key) => json(key, UNKNOWN_ROLE),
  },
  {
    name: 'leads back to itself',
    fits: (_, value) => typeof value === 'object' && value !== null && !Array.isArray(value) && 'id' in value,
    as: (key, value) => {
      const inside = value as Row
      return json(key, { ...inside, [key]: inside, parent: inside })
    },
  },
]

const MARK = 'spoilt field '

/** Every row of an answer that has an id: in lists, in lists inside rows, and in the answers of a batch. */
function rowsIn(value: Json, found: Row[] = []): Row[] {
  if (Array.isArray(value)) for (const one of value) rowsIn(one, found)
  else if (typeof value === 'object' && value !== null) {
    if (typeof value.id === 'string' && Object.keys(value).length > 1) found.push(value)
    for (const one of Object.values(value)) rowsIn(one, found)
  }
  return found
}

export interface Rewriter {
  url: string
  /** Puts one malformation into the answers from now on; null: none. Gives what tells whether it was met, and all fields that were there. */
  arm(one: Malformation | null): { met(): boolean; places: readonly Place[] }
  close(): Promise<void>
}

/** In front of the simulated provider: writes its answers anew. */
export async function startRewriter(target: string): Promise<Rewriter> {
  let armed: Malformation | null = null
  let met = { so: false }
  let places: Place[] = []
  const counts = new Map<string, number>()
  /** Counts a row's fields; gives the one that is to be changed, if it is among them. */
  const visit = (row: Row): string | null => {
    let found: string | null = null
    for (const [key, value] of Object.entries(row)) {
      if (key === 'paging') continue
      const id = row.id as string
      const nth = (counts.get(`${id} ${key}`) ?? 0) + 1
      counts.set(`${id} ${key}`, nth)
      places.push({ id, key, nth, value })
      const { place } = armed ?? {}
      if (place !== undefined && place.id === id && place.key === key && place.nth === nth) found = key
    }
    return found
  }
  const spoil = (text: string): string => {
    let body: Json
    try {
      body = JSON.parse(text) as Json
    } catch {
      return text
    }
    // A batch carries the answers as texts.
    const items = Array.isArray(body) ? body.filter((item): item is Row => isBatchItem(item)) : []
    if (items.length > 0) {
      for (const item of items) item.body = spoil(item.body as string)
      return JSON.stringify(body)
    }
    let spoilt: string | null = null
    for (const row of rowsIn(body)) {
      const key = visit(row)
      if (key === null || armed === null) continue
      spoilt = armed.what.as(key, row[key] as Json)
      met.so = true
      row[key] = `${MARK}${key}`
    }
    const whole = JSON.stringify(body)
    if (!whole.includes(`"${MARK}`)) return text
    const place = new RegExp(`"[^"]+":"${MARK}[^"]*"`)
    const written = spoilt
    return written === null
      ? whole.replace(new RegExp(`,${place.source}|${place.source},?`), '')
      : whole.replace(place, () => written)
  }
  const server = createServer((request, response) => {
    const pass = async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const ofThisHop = ['host', 'connection', 'content-length']
      const answer = await fetch(target + (request.url ?? '/'), {
        method: request.method ?? 'GET',
        headers: Object.fromEntries(
          Object.entries(request.headers).filter(([key]) => !ofThisHop.includes(key)),
        ) as Record<string, string>,
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      })
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(spoil(await answer.text()))
    }
    pass().catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm: (one) => {
      const mine = { so: false }
      ;[armed, met, places] = [one, mine, []]
      counts.clear()
      return { met: () => mine.so, places }
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

const isBatchItem = (item: Json): boolean =>
  typeof item === 'object' && item !== null && !Array.isArray(item) && typeof item.body === 'string'

export interface Reading {
  sim: Simulator
  rewriter: Rewriter
  /** Reads our own business, or the first partner with its token. */
  read(who: 'own' | 'partner', connector?: Connector): Promise<Driven>
  /** Fields that an undisturbed read of each is given. */
  places: Record<'own' | 'partner', readonly Place[]>
  clean: Record<'own' | 'partner', Map<string, { scope: string; o: Observation }>>
  close(): Promise<void>
}

const lineOf = (o: Observation): string => `${o.of} ${observationKey(o)}`

function linesOf({ observations }: Driven): Map<string, { scope: string; o: Observation }> {
  return new Map(
    // Of somebody that a list tells of, an assignment need not tell again.
    observations
      .filter((o) => o.of !== 'principal' || o.source === 'list')
      .map((o) => [`${o.scope} ${lineOf(o)}`, { scope: o.scope, o }]),
  )
}

export async function openReading(): Promise<Reading> {
  const sim = await startSimulator({
    world: {
      ownAssets: 14,
      ownPeople: 9,
      partners: 1,
      peoplePerPartner: 6,
      sharedPerPartner: 8,
      foreignAssets: 2,
    },
    switches: { callsPerHour: 0 },
  })
  const rewriter = await startRewriter(sim.url)
  const [partner] = sim.partners
  const read: Reading['read'] = (who, connector = meta) => {
    const business = sim.businessId
    const { world } = sim.control
    const shared = [...world.assets.values()]
      .filter((asset) => asset.owner === business && asset.shares.has(partner?.id ?? ''))
      .map((asset) => ({ type: asset.kind, externalId: asset.id, direction: 'out' as const }))
    const target: Target =
      who === 'own'
        ? { kind: 'own', business }
        : { kind: 'partner', business, partner: partner?.id ?? '', sharedOnly: false, shared }
    const token = who === 'own' ? sim.token : (partner?.token ?? '')
    const scopes = world.tokens.get(token)?.scopes ?? []
    const of = { address: rewriter.url, appId: sim.appId, appSecret: sim.appSecret }
    return drive(connector, contextFor(of, token, target, { scopes }))
  }
  const places = {} as Record<'own' | 'partner', readonly Place[]>
  const clean = {} as Reading['clean']
  for (const who of ['own', 'partner'] as const) {
    const all = rewriter.arm(null).places
    clean[who] = linesOf(await read(who))
    places[who] = all
  }
  const missing = notIn(sim, clean)
  if (missing.length > 0) throw new Error(['An undisturbed read is not right:', ...missing].join('\n'))
  return {
    sim,
    rewriter,
    read,
    places,
    clean,
    close: async () => {
      await rewriter.close()
      await sim.stop()
    },
  }
}

/** What is true of the world and was not read of it: what a read is laid beside is judged by the world itself first. */
function notIn(sim: Simulator, clean: Reading['clean']): string[] {
  const [partner] = sim.partners
  const read = new Set(
    [...clean.own.values(), ...clean.partner.values()].map(({ o }) =>
      o.of === 'resource'
        ? `asset ${o.type} ${o.externalId} ${o.relation}`
        : o.of === 'principal'
          ? `principal ${o.externalId} ${o.business === sim.businessId ? 'own' : o.business}`
          : o.of === 'grant'
            ? `grant ${o.principal} ${o.type} ${o.resource} ${o.how} ${o.through ?? ''} ${o.entitlements.join(',')}`
            : '',
    ),
  )
  const expected = trueLines(sim.control.world, new Set(partner === undefined ? [] : [partner.id]))
  // What an administrator reaches is worked out later, from the role.
  return [...expected].filter(
    (line) => !read.has(line) && !/^share | role /.test(line) && !/^principal \d+ \d+$/.test(line),
  )
}

/** What was made of a field that nobody can understand, by what it says. */
function meaning(o: Observation): string {
  switch (o.of) {
    case 'grant':
    case 'share':
      return o.entitlements.join()
    case 'principal':
      // Of others a role gives nothing: it is a fact like any other, which may be missing.
      return o.kind === 'person' ? [o.role, o.reachesAll].join() : ''
    case 'resource':
      return o.relation
    case 'partner':
      return o.as
  }
}

/** One read with one malformation, and what is wrong with what it told. */
export async function playMalformed(
  reading: Reading,
  who: 'own' | 'partner',
  one: Malformation,
  connector?: Connector,
): Promise<string[]> {
  const armed = reading.rewriter.arm(one)
  const driven = await reading.read(who, connector).finally(() => reading.rewriter.arm(null))
  if (!armed.met()) return [NEVER_FIRED]
  const told = linesOf(driven)
  const open = (scope: string): boolean =>
    !driven.seals.has(scope) || driven.failed.has(scope) || driven.optional.has(scope)
  const wrong: string[] = []
  for (const [line, { scope, o }] of reading.clean[who]) {
    const now = told.get(line)
    if (now === undefined) {
      if (!open(scope)) wrong.push(`its list was told as read, and this is not in it: ${line}`)
    } else if (meaning(now.o) !== meaning(o) && !open(scope) && !kept(o, now.o))
      wrong.push(`told as read, and means something else: ${line}: ${meaning(o)}, now ${meaning(now.o)}`)
  }
  for (const line of told.keys()) if (!reading.clean[who].has(line)) wrong.push(`made up: ${line}`)
  const { id, key, value } = one.place
  return wrong.map((line) => `${line} (${key} of ${id} was ${JSON.stringify(value).slice(0, 80)})`)
}

/** A word that nobody knows is there beside the others; a role that nobody knows is told as it is. */
function kept(before: Observation, now: Observation): boolean {
  if ((before.of === 'grant' || before.of === 'share') && (now.of === 'grant' || now.of === 'share'))
    return (
      now.entitlements.includes(UNKNOWN_TASK) &&
      before.entitlements.every((one) => now.entitlements.includes(one))
    )
  return now.of === 'principal' && now.role === UNKNOWN_ROLE
}

const fits = ({ key, value }: Place, what: What): boolean =>
  what.fits === undefined ? key !== 'id' : what.fits(key, value)

/** Every kind in turn, each at fields that it fits. */
function malformations(places: readonly Place[], count: number, chance: Random): Malformation[] {
  const kinds = whats.filter((what) => places.some((place) => fits(place, what)))
  return Array.from({ length: count }, (_, n) => {
    const what = kinds[n % kinds.length] as What
    return { what, place: chance.pick(places.filter((place) => fits(place, what))) }
  })
}

export function malformedFamily(reading: Reading, seed: number, count: number): Family {
  const cases = (who: 'own' | 'partner', many: number): Case[] =>
    malformations(reading.places[who], many, random(seed, who)).map((one) => ({
      name: `${who}, ${one.place.key} of ${one.place.id}, time ${one.place.nth}: ${one.what.name}`,
      run: () => playMalformed(reading, who, one),
    }))
  const share = Math.floor(count / 3)
  const [somewhere] = malformations(reading.places.own, 1, random(seed, 'planted'))
  const planted = somewhere as Malformation
  return {
    name: 'malformed',
    seed,
    about: [
      `${whats.length} kinds in ${count} of ${reading.places.own.length + reading.places.partner.length} fields (sampling)`,
    ],
    cases: [...cases('own', count - share), ...cases('partner', share)],
    planted: [
      {
        name: 'rights are left out in silence',
        run: () => playMalformed(reading, 'own', planted, leavesOut),
      },
      {
        name: 'a field that is never met',
        run: () => playMalformed(reading, 'own', { ...planted, place: { ...planted.place, id: 'nobody' } }),
      },
    ],
  }
}

/** Takes every second right away and seals the list all the same. */
const leavesOut: Connector = {
  ...meta,
  read: async function* (ctx, reads) {
    for await (const result of meta.read(ctx, reads)) {
      if ('error' in result) continue
      yield { ...result, observations: result.observations.filter((_, n) => n % 2 === 0) }
    }
  },
}

if (import.meta.main) {
  const { cases, seed, only } = asked(process.argv.slice(2), 20_261)
  const reading = await openReading()
  const family = malformedFamily(reading, seed, cases ?? 300)
  const { failed } = await runFamily(family, (line) => console.log(line), only)
  await reading.close()
  process.exit(failed === 0 ? 0 : 1)
}
