// One API key: what can be told of it. Its text was shown once and is nowhere any more.
import { useState } from 'react'
import { keyScopeHelp, keyScopeLabels } from '../../src/model/api-key.ts'
import type { ApiKey } from '../../src/model/api-key.ts'
import { Button } from '../components/Button.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
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
  apiKey: ApiKey | undefined
  open: boolean
  onClose: () => void
  onRevoke: (key: ApiKey) => void
}

export function KeyDrawer({ apiKey, open, onClose, onRevoke }: KeyDrawerProps) {
  const [kept, keep] = useState(apiKey)
  if (apiKey !== undefined && apiKey !== kept) keep(apiKey)
  if (kept === undefined) return null
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={<Name none="No name">{kept.name}</Name>}
      hint={<span className="font-mono">{kept.prefix}…</span>}
      actions={
        kept.state !== 'revoked' && (
          <Button className="text-bad-text!" onClick={() => onRevoke(kept)}>
            Revoke key
          </Button>
        )
      }
    >
      <Section title="Key">
        <Facts
          rows={[
            {
              label: 'State',
              value: <StatusDot tone={stateWords[kept.state].tone}>{stateWords[kept.state].label}</StatusDot>,
            },
            { label: 'Made by', value: <Name none="No name">{kept.madeBy.name}</Name> },
            { label: 'Made', value: day(kept.createdAt) },
            { label: 'Last used', value: <RelativeTime at={kept.lastUsedAt} none="Never" /> },
            { label: 'Ends', value: kept.expiresAt === null ? 'No end of its own' : day(kept.expiresAt) },
            ...(kept.revokedAt === null ? [] : [{ label: 'Revoked', value: day(kept.revokedAt) }]),
          ]}
        />
      </Section>
      <Section title="Scopes">
        <Facts
          rows={kept.scopes.map((scope) => ({ label: keyScopeLabels[scope], value: keyScopeHelp[scope] }))}
        />
      </Section>
    </Drawer>
  )
}
