// What the doctor asks of the database and of what is sealed in it. Nothing is changed: no migration, no key is made.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { opensSecondFactor } from '../api/auth-library.ts'
import type { Config } from '../config.ts'
import type { Log } from '../lib/log.ts'
import { messageOf } from '../lib/message.ts'
import { EXPIRES_SOON_DAYS } from '../model/partner.ts'
import { verifyChain } from '../store/audit-chain.ts'
import { APP_ROLE, openServer, refuseUnboundRole, type Server } from '../store/database.ts'
import { openPool, read } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { holdsDatabase } from '../store/embedded.ts'
import {
  allWorkspaces,
  newestEvent,
  overdueRows,
  sealerLag,
  structureState,
  tokensInDanger,
  workState,
} from '../store/health.ts'
import { sealedSecondFactors } from '../store/people.ts'
import { refuseHalfRestored } from '../store/restore.ts'
import { sealedValues } from '../store/sealed.ts'
import { heldSlots } from '../store/slots.ts'
import { holdsKey, keyFile, loadVault, type Vault } from '../vault/master-key.ts'
import { letGoWhenEnded } from './end.ts'
import { cannotTell, examine, ok, problem, type Finding } from './finding.ts'
import { strangerTo } from './owner.ts'
import { AUTH_SECRET, databaseOptions, installationSecret, vaultOptions } from './parts.ts'

const MOST_CLOCK_MS = 10_000
const MOST_LAG_SECONDS = 300
const CLOCK = 'clock of the database'

/** All checks of the database; `live` tells whether a workspace works against the live Graph API. */
export async function database(config: Config, log: Log): Promise<{ findings: Finding[]; live: boolean }> {
  if (strangerTo(config.dataDir) !== null) return { findings: [], live: false }
  if (config.databaseUrl === null && !holdsDatabase(config.dataDir))
    return { findings: [cannotTell('database', 'There is none yet; the first start makes it.')], live: false }
  let server: Server
  try {
    server = await openServer({ ...databaseOptions(config, log), look: true })
  } catch (error) {
    const fix =
      config.databaseUrl === null
        ? 'Look at server.log in the postgres folder of the data folder.'
        : 'Check DATABASE_URL and that its server runs; on a new database start Guestlist first.'
    return { findings: [problem('database', messageOf(error), fix)], live: false }
  }
  letGoWhenEnded(() => server.stop())
  const db = openPool(server.appUrl, { max: 2, onError: () => undefined })
  try {
    return await inside(config, server, db)
  } finally {
    await db.close()
    await server.stop()
  }
}

async function inside(
  config: Config,
  server: Server,
  db: Db,
): Promise<{ findings: Finding[]; live: boolean }> {
  const first = [
    ...(await examine('database', () => structure(server.ownerUrl))),
    ...(await examine('restore', () => restored(server.ownerUrl))),
  ]
  if (first.some(({ check, state }) => state !== 'ok' && check !== CLOCK)) {
    const rest = cannotTell(
      'the rest of it',
      'Nothing else of the database is looked at until that is mended.',
    )
    return { findings: [...first, rest], live: false }
  }
  const found = await openedVault(config).catch((error: unknown) => messageOf(error))
  const vault = typeof found === 'string' ? null : found
  const findings = [
    ...first,
    ...(await examine('roles', () => roles(db))),
    ...(await examine('processes', () => processes(db))),
    ...(await examine('master key', () => masterKey(config, db, found))),
    ...(await examine('second factors', () => secondFactors(config, db))),
    ...(await examine('activity log', () => activityLog(db, vault))),
    ...(await examine('clock of the log', () => clock(db))),
    ...(await examine('tokens', () => tokens(db))),
    ...(await examine('retention', () => retention(db))),
  ]
  return { findings, live: (await allWorkspaces(db)).some(({ environment }) => environment === 'live') }
}

async function structure(ownerUrl: string): Promise<Finding[]> {
  const found = await structureState(ownerUrl)
  const size = `${(found.bytes / 1_000_000).toFixed(0)} MB`
  const server = ok('database', `PostgreSQL ${found.serverVersion} answers; ${size}.`)
  const text = `The database has structure ${found.applied}, this release knows ${found.known}.`
  const fixes = {
    newer: 'Start the release that made it, or restore a backup that fits this one.',
    older: 'Make a backup, then start this release or run migrate.',
    foreign: 'Use the release that made it, or an empty database.',
  }
  const drift = Math.abs(found.clockAheadMs) > MOST_CLOCK_MS
  const findings = [server]
  if (found.foreign !== null)
    findings.push(
      problem('migrations', `Migration ${found.foreign} was applied from another text.`, fixes.foreign),
    )
  else if (found.applied > found.known) findings.push(problem('migrations', text, fixes.newer))
  else if (found.applied < found.known) findings.push(problem('migrations', text, fixes.older))
  else findings.push(ok('migrations', text))
  if (drift)
    findings.push(
      problem(
        CLOCK,
        `It is ${Math.round(found.clockAheadMs / 1000)} seconds ahead of ours.`,
        'Let both systems set their clocks: timedatectl set-ntp true.',
      ),
    )
  return findings
}

async function restored(ownerUrl: string): Promise<Finding> {
  try {
    await refuseHalfRestored(ownerUrl)
    return ok('restore', 'No restore was left unfinished.')
  } catch (error) {
    return problem('restore', messageOf(error), 'Run restore with the same file again.')
  }
}

async function roles(db: Db): Promise<Finding> {
  try {
    await refuseUnboundRole(db)
    return ok(
      'roles',
      `The program works as ${APP_ROLE}, which row-level security binds, forced on every table of a workspace.`,
    )
  } catch (error) {
    return problem(
      'roles',
      messageOf(error),
      'See the sentence; the program does not start before it is mended.',
    )
  }
}

async function processes(db: Db): Promise<Finding[]> {
  const [held, state] = [await heldSlots(db), await workState(db)]
  if (state === null) return [cannotTell('job engine', 'It has made no tables yet; the first start does.')]
  const open = Object.entries(state.open).map(([status, count]) => `${count} ${status}`)
  const text = `${held.length} processes hold a slot (${held.join(', ') || 'none'}); open tasks: ${open.join(', ') || 'none'}.`
  const orphaned = state.slotsAtWork.filter((slot) => !held.includes(slot))
  if (state.silent.length > 0) {
    const fix =
      'Cancel them in Automation, or restart the process whose log names them: the work is taken up again.'
    return [problem('tasks', `${text} Nothing was heard for 15 minutes of: ${state.silent.join(', ')}.`, fix)]
  }
  if (orphaned.length > 0 && held.length > 0)
    return [
      problem(
        'tasks',
        `${text} Slots ${orphaned.join(', ')} ended with work open.`,
        'Wait a minute: a living process takes it over. If it stays, restart one.',
      ),
    ]
  if (orphaned.length > 0) return [ok('tasks', `${text} Work waits for the next start.`)]
  return [ok('tasks', text)]
}

/** Null where no key is here: none is made for looking. Throws where it cannot be read. */
async function openedVault(config: Config): Promise<Vault | null> {
  if (config.masterKey === null && !holdsKey(config.dataDir)) return null
  return loadVault(vaultOptions(config))
}

/** `vault`: what is wrong with the key that is here, where it cannot be read. */
async function masterKey(config: Config, db: Db, vault: Vault | string | null): Promise<Finding> {
  const place = config.masterKey === null ? keyFile(config.dataDir) : 'GUESTLIST_MASTER_KEY'
  if (typeof vault === 'string')
    return problem('master key', vault, `Put its copy at ${place}, to be read by the program's user alone.`)
  const nothing = {
    open: () => {
      throw new Error('no key')
    },
  }
  const { opened, closed, versions } = await sealedValues(db, vault ?? nothing)
  const needed = Object.entries(versions).map(([version, count]) => `${count} under version ${version}`)
  const text = `${opened} of ${opened + closed.length} sealed values open${needed.length === 0 ? '' : ` (${needed.join(', ')})`}.`
  if (closed.length > 0) {
    const rows = closed
      .slice(0, 5)
      .map(({ row }) => row)
      .join(', ')
    return problem(
      'master key',
      `${text} Closed: ${rows}.`,
      `Put the key's copy at ${place}; without one, connect those apps and partners again.`,
    )
  }
  if (vault === null)
    return cannotTell('master key', 'None is here, and nothing is sealed yet; the first start makes it.')
  const seals = `${text} Key version ${vault.keyVersion} seals, from ${place}.`
  if (vault.file !== null && vault.olderVersions.length > 0)
    return problem(
      'master key',
      `${seals} The file holds version ${vault.olderVersions.join(', ')} too: a rotation goes on, or was cut off.`,
      'Run rotate-key: it destroys the older ones.',
    )
  return ok('master key', seals)
}

/** Without its secret the program does not start, with another one nobody who has a second factor can sign in. */
async function secondFactors({ dataDir }: Config, db: Db): Promise<Finding> {
  const sealed = await sealedSecondFactors(db.kysely)
  if (sealed.length === 0) return ok('second factors', 'Nobody has one.')
  const file = join(dataDir, AUTH_SECRET)
  const fix = `Put the copy of the secret at ${file}. Where it is lost: reset-password <e-mail> --drop-second-factor for each.`
  if (!existsSync(file))
    return problem('second factors', `${sealed.length} people have one; its secret is missing.`, fix)
  const secret = await installationSecret(dataDir, AUTH_SECRET)
  const opened = await Promise.all(sealed.map((text) => opensSecondFactor(secret, text)))
  const text = `${opened.filter(Boolean).length} of ${sealed.length} open.`
  return opened.every(Boolean) ? ok('second factors', text) : problem('second factors', text, fix)
}

async function activityLog(db: Db, vault: Vault | null): Promise<Finding[]> {
  if (vault === null)
    return [cannotTell('activity log', 'Without the master key its sealed heads cannot be checked.')]
  const workspaces = await allWorkspaces(db)
  let links = 0
  for (const { id } of workspaces) {
    const found = await read(db, id, (tx) => verifyChain(tx, vault, id, null))
    links += found.checked
    if (found.broken !== null) {
      const where = `workspace ${id}${found.broken.seq === null ? '' : `, link ${found.broken.seq}`}`
      return [
        problem(
          'activity log',
          `${found.broken.sentence} (${where})`,
          'Keep the database as it is and find out who had access to it; docs/operate.md, "Verifying the activity log".',
        ),
      ]
    }
  }
  const lag = await sealerLag(db)
  const text = `${links} links of ${workspaces.length} workspaces verify; ${lag.waiting} events wait to be sealed.`
  return lag.seconds > MOST_LAG_SECONDS && (await heldSlots(db)).length > 0
    ? [
        problem(
          'activity log',
          `${text} The oldest has waited ${Math.round(lag.seconds)} seconds.`,
          'Restart a process and look at its log for "seal".',
        ),
      ]
    : [ok('activity log', text)]
}

async function clock(db: Db): Promise<Finding> {
  const newest = await newestEvent(db)
  if (newest === null || newest.getTime() < Date.now() + MOST_CLOCK_MS)
    return ok('clock of the log', 'No event lies in the future.')
  return problem(
    'clock of the log',
    `The newest event is of ${newest.toISOString()}, which is still to come.`,
    "Set this machine's clock: timedatectl set-ntp true.",
  )
}

async function tokens(db: Db): Promise<Finding[]> {
  const found = await tokensInDanger(db, EXPIRES_SOON_DAYS)
  if (found.length === 0) return [ok('tokens', `None is dead or ends within ${EXPIRES_SOON_DAYS} days.`)]
  return found.map((token) => {
    const whose = token.partnerId === null ? `app ${token.connectionId}` : `partner ${token.partnerId}`
    const end =
      token.expiresAt === null ? 'was refused' : `ends ${token.expiresAt.toISOString().slice(0, 10)}`
    return problem('tokens', `The token of ${whose} ${end}.`, 'Replace it in the console.')
  })
}

async function retention(db: Db): Promise<Finding> {
  const [rows, work] = [await overdueRows(db), await workState(db)]
  const text = `${rows.connections} removed apps beyond 30 days, ${rows.staged} staged rows of ended tasks, ${work?.old ?? 0} old records of the job engine.`
  return rows.connections + rows.staged + (work?.old ?? 0) === 0
    ? ok('retention', text)
    : problem(
        'retention',
        text,
        'Let a process run for a day: it deletes them. If they stay, look at its log for "schedule".',
      )
}
