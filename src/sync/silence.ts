// What a whole list does not tell of anybody: a field that every row lacks is left out of the list, and was not taken from everybody at once. What
// was known of it stays. Pure.
import type { Observation, PrincipalFacts } from '../model/snapshot.ts'
import { claimsIn, factIn } from '../store/standing.ts'

/** What everybody in a list of people has. Of what few have nobody may be left who has it. */
const EVERYBODYS = [
  'email',
  'firstName',
  'lastName',
  'twoFactor',
  'markedForRemoval',
  'status',
  'createdBy',
  'createdAt',
  'expiresAt',
] as const satisfies ('email' | keyof PrincipalFacts)[]

/** Takes note of the fields that a row tells. */
export function noteFields(told: Set<string>, o: Observation): void {
  if (o.of === 'resource') for (const label of Object.keys(o.facts)) told.add(label)
  if (o.of !== 'principal' || told.size === EVERYBODYS.length) return
  for (const name of EVERYBODYS) if ((name === 'email' ? o.email : o.facts[name]) !== null) told.add(name)
}

/** The fields that no row of a list told, where the row with this line stands with them. */
export function silentFields(line: string, told: ReadonlySet<string>): string[] {
  if (line.startsWith('principal|')) return EVERYBODYS.filter((name) => !told.has(name))
  if (!line.startsWith('resource|')) return []
  return claimsIn(line)
    .flatMap((claim) => factIn(claim) ?? [])
    .filter((label) => !told.has(label))
}

/** True of a claim of the row with this line about a field that no row of the list told. */
export function isSilent(line: string, claim: string, told: ReadonlySet<string>): boolean {
  const field = line.startsWith('principal|') ? claim.split(' ')[0] : factIn(claim)
  return field !== undefined && silentFields(line, told).includes(field)
}

/** A row that a list told, with what the list did not tell of anybody. */
export function withSilence(
  o: Observation,
  line: string | undefined,
  told: ReadonlySet<string>,
): Observation {
  const untold = line === undefined ? [] : silentFields(line, told)
  return untold.length > 0 && (o.of === 'principal' || o.of === 'resource')
    ? ({ ...o, untold } as Observation)
    : o
}
