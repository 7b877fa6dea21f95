// One API key: what can be told of it. Its text was shown once and is nowhere any more.
import { useQuery } from '@tanstack/react-query'
import { keyScopeHelp, keyScopeLabels } from '../../src/model/api-key.ts'
import type { ApiKey } from '../../src/model/api-key.ts'
import { Button } from '../components/Button.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { DrawerContent } from '../components/DrawerContent.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import { apiKeyQuery } from '../queries-beside.ts'
import { day } from '../words.ts'

export const stateWords: Record<ApiKey['state'], { label: string; tone: 'ok' | 'idle' | 'bad' }> = {
  active: { label: 'Active', tone: 'ok' },
  expired: { label: 'Expired', tone: 'idle' },
  revoked: { label: 'Revoked', tone: 'idle' },
  ended: { label: 'Maker left', tone: 'idle' },
}

export function scopeLabels(key: ApiKey): string {
  return key.scopes.map((scope) => keyScopeLabels[scope]).join(', ')
}

export interface KeyDrawerProps {
  workspace: string
  /** The key that the address names; closed where it names none. */
  id: string | undefined
  /** Those that are loaded: one of them is shown at once. */
  rows: readonly ApiKey[]
  onClose: () => void
  onRevoke: (key: ApiKey) => void
}

export function KeyDrawer(props: KeyDrawerProps) {
  const { onClose, onRevoke } = props
  const id = useKept(props.id)
  const asked = useQuery({
    ...apiKeyQuery(props.workspace, id ?? ''),
    enabled: id !== undefined,
    placeholderData: props.rows.find((row) => row.id === id),
  })
  const key = asked.data
  return (
    <Drawer
      open={props.id !== undefined}
      onClose={onClose}
      title={key === undefined ? 'API key' : <Name none="No name">{key.name}</Name>}
      hint={key !== undefined && <span className="font-mono">{key.prefix}…</span>}
      actions={
        key !== undefined &&
        key.state !== 'revoked' && (
          <Button className="text-bad-text!" onClick={() => onRevoke(key)}>
            Revoke key
          </Button>
        )
      }
    >
      <DrawerContent noun="key" asked={asked}>
        {(one) => <KeyFacts apiKey={one} />}
      </DrawerContent>
    </Drawer>
  )
}

function KeyFacts({ apiKey }: { apiKey: ApiKey }) {
  const { label, tone } = stateWords[apiKey.state]
  return (
    <>
      <Section title="Key">
        <Facts
          rows={[
            { label: 'State', value: <StatusDot tone={tone}>{label}</StatusDot> },
            { label: 'Made by', value: <Name none="No name">{apiKey.madeBy.name}</Name> },
            { label: 'Made', value: day(apiKey.createdAt) },
            { label: 'Last used', value: <RelativeTime at={apiKey.lastUsedAt} none="Never" /> },
            { label: 'Ends', value: apiKey.expiresAt === null ? 'No end of its own' : day(apiKey.expiresAt) },
            ...(apiKey.revokedAt === null ? [] : [{ label: 'Revoked', value: day(apiKey.revokedAt) }]),
          ]}
        />
      </Section>
      <Section title="Scopes">
        <Facts
          rows={apiKey.scopes.map((scope) => ({ label: keyScopeLabels[scope], value: keyScopeHelp[scope] }))}
        />
      </Section>
    </>
  )
}
