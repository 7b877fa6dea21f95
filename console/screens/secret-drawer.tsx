// One secret: its value where the reader may open it, who has it, its versions and what happened to it. An opened value is in this
// drawer alone, and leaves it when the vault locks.
import { useQuery } from '@tanstack/react-query'
import { Eye, KeyRound, Pencil, Share2 } from 'lucide-react'
import { useState } from 'react'
import { secretKindLabels } from '../../src/model/secret.ts'
import type { Secret, SecretDetails } from '../../src/model/secret.ts'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Drawer } from '../components/Drawer.tsx'
import { Facts, Section } from '../components/Facts.tsx'
import { useKept } from '../components/kept.ts'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { secretQuery } from '../queries-beside.ts'
import type { Shown, Unlocked } from '../secret-work.ts'
import { download, openSecret } from '../secret-work.ts'
import { sharing } from '../vault.ts'
import { moment } from '../words.ts'
import type { FormAim } from './secret-form.tsx'
import { SecretActions, SecretMembers } from './secret-members.tsx'
import { deedWords, secretEventWords } from './secret-words.ts'
import { ShownSecret } from './shown-secret.tsx'
import type { VaultGate } from './use-vault-gate.tsx'
import { VaultUnknown } from './vault-unknown.tsx'

export function SecretDrawer(props: {
  workspace: string
  id: string | undefined
  gate: VaultGate
  onClose: () => void
  onForm: (aim: FormAim) => void
}) {
  const id = useKept(props.id)
  const query = useQuery({ ...secretQuery(props.workspace, id ?? ''), enabled: props.id !== undefined })
  const secret = query.data
  return (
    <Drawer
      open={props.id !== undefined}
      onClose={props.onClose}
      title={secret === undefined ? 'Secret' : <Name none="No label">{secret.label}</Name>}
      hint={secret !== undefined && secretKindLabels[secret.kind]}
      actions={secret !== undefined && <SecretActions {...props} secret={secret} />}
    >
      {query.error !== null && (
        <Problem
          sentence={query.error.message}
          {...(query.data === undefined ? { onRetry: query.refetch } : {})}
        />
      )}
      {query.isPending && (
        <Skeleton label="Loading the secret">
          <Bone className="mb-4 h-5 w-1/2" />
          <Bone className="h-24" />
        </Skeleton>
      )}
      {secret !== undefined && <Details key={secret.id} {...props} secret={secret} />}
    </Drawer>
  )
}

/** Opens versions on demand; what was opened is forgotten when the vault locks. */
function useOpened(gate: VaultGate, secret: Secret) {
  const [held, hold] = useState<{ shown: Shown; by: unknown; at: number } | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const open = gate.vault.open
  // A version that was written since takes the place of what was shown, unless it is the very one.
  const past = held !== null && held.at !== secret.version && held.shown.claimed.version !== secret.version
  if (held !== null && (held.by !== open || past)) hold(null)
  const show = (then: (shown: Shown, known: Unlocked) => void, version?: number) =>
    gate.withVault((known) => {
      setBusy(true)
      setProblem(null)
      openSecret(known, secret, version)
        .then((shown) => then(shown, known))
        .catch((error: unknown) =>
          setProblem(error instanceof Error ? error.message : 'That did not work. Try again.'),
        )
        .finally(() => setBusy(false))
    })
  const keep = (shown: Shown, known: Unlocked) => hold({ shown, by: known.vault, at: secret.version })
  return {
    shown: held !== null && held.by === open && !past ? held.shown : null,
    busy,
    problem,
    show,
    keep,
    forget: () => hold(null),
  }
}

function Details(props: {
  workspace: string
  secret: SecretDetails
  gate: VaultGate
  onForm: (aim: FormAim) => void
}) {
  const { secret, gate } = props
  const opened = useOpened(gate, secret)
  const isOwner = secret.role === 'owner'
  return (
    <>
      <Section title="Value">
        <Value {...props} opened={opened} />
      </Section>
      <SecretMembers {...props} />
      <Section title="About it">
        <Facts
          rows={[
            { label: 'Your role', value: isOwner ? 'Owner' : 'Collaborator' },
            { label: 'Expires', value: secret.expiresAt === null ? 'Never' : moment(secret.expiresAt) },
            {
              label: 'Last change',
              value: (
                <>
                  <RelativeTime at={secret.changedAt} />, by <bdi>{secret.changedBy.name}</bdi>
                </>
              ),
            },
          ]}
        />
      </Section>
      <Versions {...props} opened={opened} />
      {secret.events.length > 0 && (
        <Section title="Activity">
          <ul className="flex flex-col gap-1.5">
            {secret.events.map((event, at) => (
              <li key={at} className="flex justify-between gap-3">
                <span>
                  {secretEventWords(event.action)} <span className="text-muted">by</span>{' '}
                  <bdi>{event.actorName}</bdi>
                </span>
                <span className="shrink-0 text-sm text-muted">
                  <RelativeTime at={event.at} />
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

type OpenedState = ReturnType<typeof useOpened>

function Value(props: {
  secret: SecretDetails
  gate: VaultGate
  opened: OpenedState
  onForm: (aim: FormAim) => void
}) {
  const { secret, gate, opened } = props
  const { shown } = opened
  if (!secret.canOpen) return <CannotOpen {...props} />
  if (shown === null) {
    return (
      <div className="flex flex-col gap-3">
        <VaultUnknown vault={gate.vault} />
        {opened.problem !== null && <Problem sentence={opened.problem} />}
        <div className="flex flex-wrap gap-2">
          <Button
            icon={<Eye aria-hidden />}
            busy={opened.busy}
            disabled={gate.vault.state === 'loading'}
            onClick={() => opened.show(opened.keep)}
          >
            Show the value
          </Button>
          <Button
            icon={<Pencil aria-hidden />}
            disabled={gate.vault.state === 'loading'}
            onClick={() => opened.show((got) => props.onForm({ edit: secret, shown: got }))}
          >
            Edit
          </Button>
          {secret.role === 'owner' && (
            <Button
              icon={<Share2 aria-hidden />}
              disabled={gate.vault.state === 'loading'}
              onClick={() => opened.show((got) => props.onForm({ share: secret, shown: got }))}
            >
              Share
            </Button>
          )}
        </div>
        <p className="text-sm text-muted">Each look is written to the activity log.</p>
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-3">
      <ShownSecret
        secret={secret}
        shown={shown}
        me={gate.vault.known.me}
        onExport={() =>
          opened.show((got, known) => {
            void sharing()
              .then((lib) => lib.exported(known.vault, got.value))
              .then((file) => download(fileName(secret.label), file))
          }, shown.claimed.version)
        }
        onHide={opened.forget}
      />
      {opened.problem !== null && <Problem sentence={opened.problem} />}
    </div>
  )
}

/** A file name that every system takes. */
function fileName(label: string): string {
  const safe = label.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-+|-+$/g, '')
  return `${safe === '' ? 'secret' : safe.slice(0, 60)}.age`
}

function CannotOpen(props: { secret: SecretDetails; gate: VaultGate; onForm: (aim: FormAim) => void }) {
  const { secret, gate } = props
  const none = gate.vault.state === 'none'
  const others = secret.members.some(({ canOpen }) => canOpen)
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        {none
          ? 'You have no vault, so this was not encrypted to you and you cannot open it. You can put a new value in its place.'
          : others
            ? 'It was encrypted before your present vault was made, so you cannot open it. Ask somebody who can to share it with you again.'
            : 'It was encrypted before your present vault was made, and nobody else can open it: what it held cannot be read any more. You can put a new value in its place, or delete it.'}
      </p>
      <div>
        <Button
          icon={<KeyRound aria-hidden />}
          disabled={gate.vault.state === 'loading'}
          onClick={() => props.onForm({ edit: secret, shown: null })}
        >
          Replace the value
        </Button>
      </div>
    </div>
  )
}

function Versions(props: {
  workspace: string
  secret: SecretDetails
  opened: OpenedState
  onForm: (aim: FormAim) => void
}) {
  const { secret, opened } = props
  if (secret.versions.length < 2) return null
  return (
    <Section title="History" aside={`${String(secret.versions.length)} versions`}>
      <ol className="flex flex-col divide-y rounded-md border">
        {secret.versions.map((one) => (
          <li key={one.version} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
            <span className="min-w-0 flex-1">
              <span className="font-medium">{deedWords[one.deed]}</span>{' '}
              <span className="text-muted">
                by <bdi>{one.by.name}</bdi>, <RelativeTime at={one.at} />
              </span>
            </span>
            {one.version === secret.version ? (
              <Badge>Present</Badge>
            ) : one.canOpen ? (
              <span className="flex gap-1.5">
                <Button
                  size="s"
                  aria-label={`Show version ${String(one.version)}`}
                  onClick={() => opened.show(opened.keep, one.version)}
                >
                  Show
                </Button>
                <Button
                  size="s"
                  aria-label={`Restore version ${String(one.version)}`}
                  onClick={() =>
                    opened.show(
                      (got) => props.onForm({ edit: secret, shown: got, restores: one.version }),
                      one.version,
                    )
                  }
                >
                  Restore
                </Button>
              </span>
            ) : (
              <span className="text-sm text-faint">Not encrypted to you</span>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}
