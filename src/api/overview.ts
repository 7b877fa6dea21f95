// What the overview of an app says needs somebody, in words. Pure: what is there is read by the store.
import type { Connection, Overview } from '../model/connection.ts'
import type { Rank } from '../model/entitlement.ts'

type Group = Overview['access'][number]['group']

/** One line per group of holders, groups without anybody too. */
export function accessOf(counts: readonly { group: Group; rank: Rank; count: number }[]): Overview['access'] {
  const groups: Group[] = ['own', 'guests', 'system_users']
  return groups.map((group) => {
    const of = (rank: Rank) =>
      counts.find((entry) => entry.group === group && entry.rank === rank)?.count ?? 0
    return { group, full: of('full'), edit: of('edit'), view: of('view'), none: of('none') }
  })
}

export interface Troubles {
  partners: {
    id: string
    name: string | null
    externalId: string
    status: string
    statusReason: string | null
    expiresAt: Date | null
  }[]
  lastJob: { id: string; status: string; sentence: string | null; fix: string | null } | null
}

/** The things that wait for a person, the gravest first. */
export function attentionOf(connection: Connection, troubles: Troubles): Overview['attention'] {
  const list: Overview['attention'] = []
  if (connection.health === 'expired' || connection.health === 'attention') {
    list.push({
      kind: 'connection',
      sentence:
        connection.healthReason ??
        (connection.health === 'expired'
          ? 'The token of this app does not work any more.'
          : 'Not everything of this app can be read.'),
      fix:
        connection.health === 'expired'
          ? 'Replace the token under Settings.'
          : 'See the last task for what to do.',
      partnerId: null,
      jobId: connection.health === 'expired' ? null : (troubles.lastJob?.id ?? null),
    })
  }
  if (troubles.lastJob?.status === 'not_completed') {
    list.push({
      kind: 'job',
      sentence: troubles.lastJob.sentence ?? 'The last check for updates was not completed.',
      fix: troubles.lastJob.fix ?? 'Open the task to see what could not be read.',
      partnerId: null,
      jobId: troubles.lastJob.id,
    })
  }
  if (connection.counts.heldRemovals > 0) {
    list.push({
      kind: 'held',
      sentence: `Held removals: ${String(connection.counts.heldRemovals)}. More than usual would vanish at once.`,
      fix: 'Look at them, then apply or discard them.',
      partnerId: null,
      jobId: null,
    })
  }
  for (const partner of troubles.partners)
    list.push({ kind: 'partner', ...wordsOf(partner), partnerId: partner.id, jobId: null })
  return list
}

function wordsOf(partner: Troubles['partners'][number]): { sentence: string; fix: string } {
  const name = partner.name ?? partner.externalId
  const day = partner.expiresAt?.toISOString().slice(0, 10)
  switch (partner.status) {
    case 'expires_soon':
      return {
        sentence: `The token of ${name} ends${day === undefined ? ' soon' : ` on ${day}`}.`,
        fix: 'Ask the partner for a new token before that day.',
      }
    case 'checking':
      return {
        sentence: `The token of ${name} could not be checked yet.`,
        fix: 'Nothing: the check is repeated by itself.',
      }
    case 'expired':
      return {
        sentence:
          partner.statusReason ?? `The token of ${name} does not work any more, so its people are not read.`,
        fix: 'Ask the partner for a new token, then replace it.',
      }
    default:
      return {
        sentence: partner.statusReason ?? `The token of ${name} lacks a permission that it had.`,
        fix: 'Ask the partner for a token with all permissions, then replace it.',
      }
  }
}
