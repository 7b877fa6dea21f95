// Changes in words: one sentence and what differs, the same in the list of an app and in the history of a person or an asset.
import type { ReactNode } from 'react'
import type { Change } from '../../src/model/change.ts'
import { ranks } from '../../src/model/entitlement.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Diff } from '../components/DiffList.tsx'
import { ChangeMark, DiffList } from '../components/DiffList.tsx'
import { cleanName, Name } from '../components/PersonCell.tsx'
import { rankLabels } from '../components/RankBadge.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { entitlementLabel, typeLabel } from '../place.ts'
import { fromCode } from '../words.ts'

/** The words on the screen for what a change is about. */
export const nounLabels: Record<Change['noun'], string> = {
  partner: 'Partner',
  principal: 'Person',
  resource: 'Asset',
  share: 'Shared asset',
  grant: 'Access',
}
export const kindLabels: Record<Change['kind'], string> = {
  added: 'Added',
  removed: 'Removed',
  changed: 'Changed',
}

const person = (change: Change) => <Name none="Someone without a name">{change.principalName}</Name>
const asset = (change: Change) => <Name none="an asset without a name">{change.resourceName}</Name>
const partner = (change: Change) => <Name none="a partner without a name">{change.partnerName}</Name>

/** What became different, as a sentence. `subject`: whose history this is, and needs not be named. */
export function ChangeSentence({ change, subject }: { change: Change; subject?: 'principal' | 'resource' }) {
  return <>{sentence(change, subject)}</>
}

function sentence(change: Change, subject: 'principal' | 'resource' | undefined): ReactNode {
  const { kind } = change
  switch (change.noun) {
    case 'partner':
      if (kind === 'changed') return <>Partner {partner(change)} changed</>
      return (
        <>
          {partner(change)} {kind === 'added' ? 'became a partner' : 'is no longer a partner'}
        </>
      )
    case 'principal':
      if (subject === 'principal')
        return { added: 'First seen', removed: 'No longer seen', changed: 'Changed' }[kind]
      return (
        <>
          {person(change)} {{ added: 'was added', removed: 'was removed', changed: 'changed' }[kind]}
        </>
      )
    case 'resource':
      if (subject === 'resource')
        return { added: 'First seen', removed: 'No longer seen', changed: 'Changed' }[kind]
      return (
        <>
          Asset {asset(change)} {{ added: 'was added', removed: 'was removed', changed: 'changed' }[kind]}
        </>
      )
    case 'share':
      return (
        <>
          {subject === 'resource' ? '' : <>{asset(change)} </>}
          {
            {
              added: (
                <>
                  {subject === 'resource' ? 'Shared' : 'is shared'} with {partner(change)}
                </>
              ),
              removed: (
                <>
                  {subject === 'resource' ? 'No longer shared' : 'is no longer shared'} with {partner(change)}
                </>
              ),
              changed: (
                <>
                  {subject === 'resource' ? 'What' : '– what'} {partner(change)} may do changed
                </>
              ),
            }[kind]
          }
        </>
      )
    case 'grant': {
      const verb = { added: 'got access', removed: 'lost access', changed: 'has other access' }[kind]
      if (subject === 'principal') {
        return (
          <>
            {verb.charAt(0).toUpperCase() + verb.slice(1)} to {asset(change)}
          </>
        )
      }
      return (
        <>
          {person(change)} {verb}
          {subject === undefined && <> to {asset(change)}</>}
        </>
      )
    }
  }
}

const fieldLabels: Record<string, string> = {
  entitlements: 'Permissions',
  rank: 'Strongest',
  twoFactor: 'Two-factor',
  financePermission: 'Finance access',
  isAgency: 'Agency',
  isClient: 'Client',
  email: 'E-mail',
  reachesAll: 'Reaches everything',
  how: 'How',
}

/** Field names as people read them: `pendingEmail` → "Pending email". */
function fieldLabel(name: string): string {
  return fieldLabels[name] ?? fromCode(name.replace(/([a-z])([A-Z])/g, '$1 $2'))
}

function valueText(
  field: string,
  value: unknown,
  change: Change,
  manifest: Manifest | undefined,
): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) {
    const parts = value.map(String)
    if (parts.length === 0) return null
    return field === 'entitlements'
      ? parts.map((name) => entitlementLabel(manifest, change.resourceType, name)).join(', ')
      : parts.join(', ')
  }
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  const text = typeof value === 'string' ? cleanName(value) : JSON.stringify(value)
  if (text === null) return null
  if (field === 'rank') {
    const rank = ranks.find((one) => one === text)
    return rank === undefined ? text : rankLabels[rank]
  }
  if (field === 'type') return typeLabel(manifest, text)
  return /^[A-Z][A-Z_]+$|^[a-z]+(_[a-z]+)+$/.test(text) ? fromCode(text) : text
}

/** The fields of a change that differ, in words. Of what was added or removed only its permissions are told. */
export function diffsOf(change: Change, manifest: Manifest | undefined): Diff[] {
  const names = [...new Set([...Object.keys(change.before ?? {}), ...Object.keys(change.after ?? {})])]
  const told =
    change.kind === 'changed' ? names : names.filter((name) => name === 'entitlements' || name === 'role')
  return told.flatMap((name) => {
    const before = valueText(name, change.before?.[name], change, manifest)
    const after = valueText(name, change.after?.[name], change, manifest)
    if (before === null && after === null) return []
    // A fact that came or went reads better with its absence named.
    const absent = change.kind === 'changed' ? 'not told' : null
    return [{ field: fieldLabel(name), before: before ?? absent, after: after ?? absent }].filter(
      (diff) => diff.before !== diff.after,
    )
  })
}

/** A history, newest first. */
export function ChangeList(props: {
  rows: readonly Change[]
  manifest: Manifest | undefined
  subject: 'principal' | 'resource'
}) {
  return (
    <ol className="flex flex-col gap-3">
      {props.rows.map((change) => {
        const diffs = diffsOf(change, props.manifest)
        return (
          <li key={change.id} className="flex gap-3">
            <ChangeMark kind={change.kind} />
            <div className="min-w-0 flex-1">
              <div className="flex items-baseline justify-between gap-3">
                <span className="min-w-0 wrap-anywhere">
                  <span className="sr-only">{kindLabels[change.kind]}: </span>
                  <ChangeSentence change={change} subject={props.subject} />
                </span>
                <span className="shrink-0 text-sm text-muted">
                  <RelativeTime at={change.at} />
                </span>
              </div>
              {diffs.length > 0 && <DiffList rows={diffs} />}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
