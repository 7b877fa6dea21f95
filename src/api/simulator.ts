// "Try it with the simulator": a workspace of its own with the simulated business connected, made once per owner.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { can } from '../model/can.ts'
import { AppError } from '../model/error.ts'
import { forUser, read, write } from '../store/db.ts'
import { connectionRows } from '../store/connections.ts'
import { addWorkspace, membershipOf, workspacesOf } from '../store/workspaces.ts'
import { connectOwn, connects, demandToken, judgeOwn } from './connect.ts'
import type { Place } from './connect.ts'
import type { SimulatorOffer } from './parts.ts'
import { signedIn } from './route.ts'
import type { SignedInAsk } from './route.ts'

export const tryOut = signedIn({
  answer: z.object({ workspaceId: z.string(), connectionId: z.string(), jobId: z.string().nullable() }),
  handle: async (ask) => {
    const { parts, person } = ask
    if (parts.simulator === undefined) {
      throw new AppError('not_found', 'The simulator is not offered here: it needs the embedded database.')
    }
    const mine = await forUser(parts.db, person.id, (tx) => workspacesOf(tx, person.id))
    if (!mine.some((workspace) => can({ role: workspace.role, userId: person.id }, 'workspace.make'))) {
      throw new AppError('forbidden', 'Only the owner of a workspace may make another one.')
    }
    const place = await simulatorPlace(ask)
    return {
      workspaceId: place.workspace.id,
      ...(await connected(place, await parts.simulator.credentials())),
    }
  },
})

/** The same id whenever the same person asks, so that two requests at once make one workspace. */
function workspaceIdOf(personId: string): string {
  const hex = createHash('sha256').update(`simulator/${personId}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function simulatorPlace({
  parts,
  person,
  address,
}: SignedInAsk<unknown, unknown, unknown>): Promise<Place> {
  const id = workspaceIdOf(person.id)
  const actor = { kind: 'person' as const, id: person.id, address }
  const find = () => forUser(parts.db, person.id, (tx) => membershipOf(tx, person.id, id))
  if ((await find()) === null) {
    await write(parts.db, { workspaceId: id, actor }, async (tx, audit) => {
      await addWorkspace(tx, { id, name: 'Simulator', environment: 'simulator' }, person.id)
      await audit({
        action: 'workspace.make',
        subjectKind: 'workspace',
        subjectId: id,
        data: { owner: person.id },
      })
    }).catch((error: unknown) => {
      if (!isTaken(error)) throw error
    })
  }
  const found = await find()
  if (found === null)
    throw new AppError('forbidden', 'You are no longer a member of the simulator workspace.')
  return {
    parts,
    person,
    actor,
    workspace: found.workspace,
    write: (fn) => write(parts.db, { workspaceId: id, actor }, fn),
  }
}

/** PostgreSQL's unique violation. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}

async function connected(
  place: Place,
  offer: SimulatorOffer,
): Promise<{ connectionId: string; jobId: string | null }> {
  const present = async () => {
    const rows = await read(place.parts.db, place.workspace.id, (tx) => connectionRows(tx))
    const row = rows.find((one) => one.externalId === offer.business)
    return row === undefined ? null : { connectionId: row.id, jobId: row.runningJobId }
  }
  const there = await present()
  if (there !== null) return there
  const fields = Object.fromEntries(
    Object.entries(offer.fields).map(([name, value]) => [name, value.reveal()]),
  )
  const typed = { connector: offer.connector, label: offer.label, business: offer.business, fields }
  const handed = demandToken(typed)
  const verdict = await judgeOwn(place, typed, handed)
  if (!connects(verdict, true))
    throw new AppError(
      'unavailable',
      'The simulator refused its own token. Restart the program, then try again.',
    )
  try {
    return await connectOwn(place, typed, handed, verdict)
  } catch (error) {
    // A second request at the same moment was faster.
    const other = await present()
    if (other === null) throw error
    return other
  }
}
