// The routes by which a token request is answered: by whoever has the link, or by the guest whom it is addressed to. What both of them do
// stands in request-answer.ts.
import { z } from 'zod'
import type { Actor } from '../model/audit.ts'
import { can } from '../model/can.ts'
import { HandOver, LiveCheck, OpenedRequest } from '../model/token-request.ts'
import { read, write } from '../store/db.ts'
import { isPresent, placesOf } from '../store/members.ts'
import * as store from '../store/token-requests.ts'
import type { RequestRow } from '../store/token-requests.ts'
import { takeTry, triesKey } from '../store/tries.ts'
import { nothingHere, tooMany } from './errors.ts'
import { hashOf, lookedUp, Secret } from './links.ts'
import type { Parts } from './parts.ts'
import { lively, nowhere, opened, taken, trouble } from './request-answer.ts'
import type { Answerer } from './request-answer.ts'
import { Id, inWorkspace, open } from './route.ts'
import type { Ask, WorkspaceAsk } from './route.ts'

/** Looks and live checks per network address; a page that stays open asks every few minutes. */
const LOOKS = { most: 300, windowSeconds: 15 * 60 }
/** Tokens per network address, whatever request they answer. */
const HANDED = { most: 40, windowSeconds: 15 * 60 }

async function limit(parts: Parts, address: string | null, what: string, most: typeof LOOKS): Promise<void> {
  if (!(await takeTry(parts.db, triesKey(what, address ?? 'unknown'), most))) throw tooMany()
}

// ——— By link

type ByLink = Ask<unknown, unknown, { secret: string }>

/** Null where the link leads nowhere. */
async function byLink({ parts, address, headers, body }: ByLink): Promise<Answerer | null> {
  const secretHash = hashOf(body.secret)
  const row = await lookedUp(parts, address, () => store.requestBySecret(parts.db, secretHash))
  if (row === null) return null
  const userId = await memberIn(parts, headers, row.workspaceId)
  const actor: Actor =
    userId === null
      ? { kind: 'system', id: `request:${row.id}`, address }
      : { kind: 'person', id: userId, address }
  const { workspaceId } = row
  return { parts, row, secretHash, userId, actor, write: (fn) => write(parts.db, { workspaceId, actor }, fn) }
}

/** Whoever is signed in in this browser, where they may answer requests of the workspace. */
async function memberIn(parts: Parts, headers: Headers, workspaceId: string): Promise<string | null> {
  const person = (await parts.auth.session(headers))?.person
  if (person === undefined) return null
  const place = await read(parts.db, workspaceId, async (tx) =>
    (await placesOf(tx, [person.id])).get(person.id),
  )
  return isPresent(place) && can({ role: place.role, userId: person.id }, 'request.answer') ? person.id : null
}

const WithSecret = z.object({ secret: Secret })
const Handed = z.object({ token: z.string(), anyway: z.boolean() })

export const look = open({
  body: WithSecret,
  answer: OpenedRequest,
  handle: async (ask) => {
    await limit(ask.parts, ask.address, 'request-look', LOOKS)
    const who = await byLink(ask)
    return who === null ? nowhere : opened(who)
  },
})

export const live = open({
  body: WithSecret,
  answer: LiveCheck.nullable(),
  handle: async (ask) => {
    await limit(ask.parts, ask.address, 'request-look', LOOKS)
    const who = await byLink(ask)
    if (who === null) throw trouble('unknown')
    return lively(who)
  },
})

export const handOver = open({
  body: WithSecret.extend(Handed.shape),
  answer: HandOver,
  handle: async (ask) => {
    await limit(ask.parts, ask.address, 'request-hand-over', HANDED)
    const who = await byLink(ask)
    if (who === null) throw trouble('unknown')
    return taken(who, ask.body)
  },
})

// ——— By the guest whom it is addressed to

const One = z.object({ request: Id })

async function byGuest(ask: WorkspaceAsk<{ request: string }, unknown, unknown>) {
  const { person } = ask
  const row = await ask.read((tx) => store.requestTo(tx, ask.params.request, person.email))
  if (row === null) throw nothingHere()
  return answererOf(ask, row)
}

const answererOf = (ask: WorkspaceAsk<unknown, unknown, unknown>, row: RequestRow): Answerer => {
  const { parts, person, actor, write } = ask
  return { parts, row, secretHash: null, userId: person.id, actor, write }
}

export const mine = inWorkspace({
  answer: z.object({ rows: z.array(OpenedRequest) }),
  handle: async (ask) => {
    const rows = await ask.read((tx) => store.requestsTo(tx, ask.person.email))
    const shown = rows.filter((row) => row.state !== 'revoked').slice(0, 20)
    return { rows: await Promise.all(shown.map((row) => opened(answererOf(ask, row), false))) }
  },
})

export const mineLook = inWorkspace({
  params: One,
  answer: OpenedRequest,
  handle: async (ask) => opened(await byGuest(ask)),
})

export const mineLive = inWorkspace({
  params: One,
  answer: LiveCheck.nullable(),
  handle: async (ask) => {
    await limit(ask.parts, ask.address, 'request-look', LOOKS)
    return lively(await byGuest(ask))
  },
})

export const mineHandOver = inWorkspace({
  params: One,
  body: Handed,
  answer: HandOver,
  handle: async (ask) => {
    await limit(ask.parts, ask.address, 'request-hand-over', HANDED)
    return taken(await byGuest(ask), ask.body)
  },
})
