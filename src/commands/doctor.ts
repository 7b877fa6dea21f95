// `doctor`: looks at everything that a support engineer would ask about, beside a running program or without one, and says what mends it.
import { loadConfig, type Config } from '../config.ts'
import { createLog } from '../lib/log.ts'
import { messageOf } from '../lib/message.ts'
import { database } from './doctor-database.ts'
import { backups, chromium, dataFolder, disk, memory, versions } from './doctor-machine.ts'
import { graph, mail, program, publicAddress } from './doctor-network.ts'
import { meetProvider } from './first-contact.ts'
import { examine, problem, type Finding } from './finding.ts'

const JSON_FLAG = '--json'
const CONTACT_FLAG = '--first-contact'

/** Prints a line for each check; the exit code is 1 where one found a problem. */
export async function doctor(): Promise<void> {
  const words = process.argv.slice(3)
  if (words.length === 1 && words[0] === CONTACT_FLAG) return meetProvider(loadConfig())
  const unknown = words.find((word) => word !== JSON_FLAG)
  if (unknown !== undefined) throw new Error(`Usage: doctor [${JSON_FLAG} | ${CONTACT_FLAG}]`)
  const findings = await examineAll()
  if (words.includes(JSON_FLAG)) console.log(JSON.stringify(findings, null, 2))
  else print(findings)
  process.exitCode = findings.some(({ state }) => state === 'problem') ? 1 : 0
}

async function examineAll(): Promise<Finding[]> {
  let config: Config
  try {
    config = loadConfig()
  } catch (error) {
    return [
      versions(),
      problem('settings', messageOf(error), 'Correct them; `help` tells what each one takes.'),
    ]
  }
  const findings = [
    versions(),
    ...(await examine('data folder', () => dataFolder(config))),
    ...(await examine('disk', () => disk(config))),
    memory(),
    ...(await examine('program', () => program(config))),
  ]
  const { findings: ofDatabase, live } = await database(config, createLog('silent'))
  return [
    ...findings,
    ...ofDatabase,
    ...(await examine('public address', () => publicAddress(config))),
    ...(await examine('mail', () => mail(config))),
    ...(await examine('Graph API (live)', () => graph(config, live))),
    ...(await examine('Chromium', () => chromium(config))),
    ...(await examine('backups', () => backups(config))),
  ]
}

function print(findings: Finding[]): void {
  for (const { check, state, sentence, fix } of findings) {
    console.log(`${state.padEnd(11)} ${check}: ${sentence}`)
    if (fix !== null) console.log(`${' '.repeat(11)} → ${fix}`)
  }
  const count = (state: Finding['state']) => findings.filter((one) => one.state === state).length
  console.log(`\n${count('ok')} ok, ${count('problem')} problems, ${count('cannot tell')} cannot tell`)
}
