// A person (or a system user, an invitation) as one line of a list: initials, name, and what is beneath the name.
import { Bot, Mail } from 'lucide-react'
import type { ReactNode } from 'react'
import { number } from '../words.ts'

export type PersonKind = 'person' | 'system_user' | 'invitation'

const steering = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A name from a provider as it may be shown: hostile text. Characters that only steer the display (direction marks, line breaks)
 * are dropped (not the two joiners, which scripts and emoji need), piled-up accents are cut, and blank names are null.
 */
export function cleanName(name: string | null): string | null {
  if (name === null) return null
  const clean = name
    .normalize('NFC')
    .replace(steering, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
  return clean.replace(/[\u200c\u200d\s]/g, '') === '' ? null : clean
}

function initialsOf(name: string): string {
  const first = /^[\p{L}\p{N}]/u
  const letters = name.split(/\s+/).flatMap((word) => first.exec(word)?.[0] ?? [])
  if (letters.length === 0) return '?'
  return letters.length === 1 ? letters.join('') : `${letters.at(0) ?? ''}${letters.at(-1) ?? ''}`
}

/** The round mark of a person. Decoration: the name stands beside it. */
export function Initials({
  name,
  kind,
  size = 'md',
}: {
  name: string | null
  kind: PersonKind
  size?: 'md' | 'lg'
}) {
  const box = size === 'lg' ? 'size-11 text-lg' : 'size-7 text-xs compact:size-6'
  const icon = size === 'lg' ? 'size-5' : 'size-3.5'
  return (
    <span
      aria-hidden
      className={`grid shrink-0 place-items-center border border-line bg-hover font-medium text-muted ${box} ${kind === 'system_user' ? 'rounded-md' : 'rounded-full'} ${kind === 'invitation' ? 'border-dashed border-control' : ''}`}
    >
      {kind === 'system_user' ? (
        <Bot className={icon} />
      ) : kind === 'invitation' ? (
        <Mail className={icon} />
      ) : (
        initialsOf(cleanName(name) ?? '').toLocaleUpperCase()
      )}
    </span>
  )
}

/** A hostile name, kept from changing the direction of the text around it. */
export function Name({ children, none }: { children: string | null; none: string }) {
  const clean = cleanName(children)
  if (clean === null) return <span className="text-faint">{none}</span>
  return <bdi>{clean}</bdi>
}

/** The first of several names and how many others there are, so that a narrow column says both; all of them on hover. */
export function FirstOf({
  names,
  count = names.length,
}: {
  names: readonly string[]
  /** Where not all are named. */
  count?: number
}) {
  const [first = ''] = names
  const unnamed = count - names.length
  const all = names.join(', ')
  return (
    <span className="flex min-w-0 gap-1.5" title={unnamed > 0 ? `${all} and ${number(unnamed)} more` : all}>
      <bdi className="truncate">{first}</bdi>
      {count > 1 && <span className="shrink-0 text-muted tabular-nums">+{number(count - 1)}</span>}
    </span>
  )
}

/** Two lines, or one with the second beside the first where rows are compact. */
export function TwoLines({
  first,
  title,
  second,
}: {
  first: ReactNode
  title?: string | undefined
  second?: ReactNode
}) {
  return (
    <span className="min-w-0 flex-1 compact:flex compact:items-baseline compact:gap-2.5">
      <span
        className="block truncate font-medium text-text compact:max-w-full compact:shrink-0"
        title={title}
      >
        {first}
      </span>
      {second !== undefined && <span className="block min-w-0 truncate text-sm text-muted">{second}</span>}
    </span>
  )
}

export function PersonCell(props: {
  name: string | null
  kind: PersonKind
  /** Shown where there is no name. */
  none: string
  /** The line beneath, as the e-mail. */
  beneath?: ReactNode
}) {
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <Initials name={props.name} kind={props.kind} />
      <TwoLines
        first={<Name none={props.none}>{props.name}</Name>}
        title={cleanName(props.name) ?? undefined}
        second={props.beneath}
      />
    </span>
  )
}

/** A fact that the provider did not tell. */
export function Untold() {
  return (
    <span className="text-faint">
      <span aria-hidden>–</span>
      <span className="sr-only">Not told</span>
    </span>
  )
}
