// "Add your partner token": who the partner is, one field, the checks as they come, and what to do about each. The token lives in
// this dialog alone: never in the address, in storage or in a cache.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import type { Manifest } from '../../src/model/manifest.ts'
import type { Partner } from '../../src/model/partner.ts'
import type { ConnectAnswer } from '../actions.ts'
import { connectPartner } from '../actions.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { useKept } from '../components/kept.ts'
import { GuideText } from '../components/GuideText.tsx'
import { Name } from '../components/PersonCell.tsx'
import { Problem } from '../components/Problem.tsx'
import { useReturnFocus } from '../components/return-focus.ts'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { SecretField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { usePlace } from '../place.ts'
import { workspaceKey } from '../queries.ts'
import { partnerQuery } from '../queries-beside.ts'
import { day } from '../words.ts'
import { useCheckForUpdates } from './check-for-updates.ts'
import { directionWords, hasToken, partnerName } from './partner-words.tsx'
import { SharedToken } from './shared-token.tsx'

export function ConnectPartner(props: {
  partnerId: string | undefined
  manifest: Manifest | undefined
  onClose: () => void
}) {
  const { workspace } = usePlace()
  const id = useKept(props.partnerId)
  const partner = useQuery({ ...partnerQuery(workspace, id ?? ''), enabled: id !== undefined })
  const [round, setRound] = useState(0)
  const back = useReturnFocus(props.partnerId !== undefined)
  // Of the moment when the dialog opened: a connect must not turn its title around.
  const key = `${id ?? ''} ${round}`
  const [opened, setOpened] = useState({ key: '', replacing: false })
  if (partner.data !== undefined && opened.key !== key) {
    setOpened({ key, replacing: hasToken(partner.data) })
  }
  return (
    <Dialog
      open={props.partnerId !== undefined}
      onOpenChange={(open) => !open && props.onClose()}
      // What was typed ends with the dialog.
      onClosed={() => setRound((before) => before + 1)}
      title={opened.replacing ? 'Replace the partner token' : 'Add your partner token'}
      finalFocus={back}
      keep
    >
      {partner.data !== undefined ? (
        <ConnectForm key={key} {...props} partner={partner.data} />
      ) : (
        <DialogBody>
          {partner.error !== null ? (
            <Problem sentence={partner.error.message} onRetry={partner.refetch} />
          ) : (
            <Skeleton label="Loading the partner">
              <Bone className="mb-4 h-5 w-1/2" />
              <Bone className="h-9" />
            </Skeleton>
          )}
          <div className="h-3" />
        </DialogBody>
      )}
    </Dialog>
  )
}

type Trouble = { sentence: string; field: boolean; reference: string | null }

function useConnect(partner: Partner, onConnected: (answer: ConnectAnswer) => void) {
  const { workspace } = usePlace()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<ConnectAnswer | null>(null)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const forget = () => {
    setAnswer(null)
    setTrouble(null)
  }
  const connect = async (
    token: string,
    options: { confirm: boolean; replace: boolean; secretId?: string },
  ) => {
    if (token.trim() === '') {
      setTrouble({ sentence: 'Paste the partner’s token.', field: true, reference: null })
      return
    }
    setBusy(true)
    setTrouble(null)
    setAnswer(null)
    try {
      const got = await connectPartner(workspace, partner.id, { token, ...options })
      setAnswer(got)
      void client.invalidateQueries({ queryKey: workspaceKey(workspace) })
      if (got.connected) onConnected(got)
    } catch (error) {
      const told = error instanceof ApiError ? error : null
      const field = told?.fields.token
      setTrouble({
        sentence: field ?? (error instanceof Error ? error.message : 'That did not work. Try again.'),
        field: field !== undefined,
        reference: told?.reference ?? null,
      })
    } finally {
      setBusy(false)
    }
  }
  return { busy, answer, trouble, forget, connect }
}

function ConnectForm(props: { partner: Partner; manifest: Manifest | undefined; onClose: () => void }) {
  const { partner, manifest } = props
  const { workspace, connection } = usePlace()
  const check = useCheckForUpdates(workspace)
  const form = useId()
  const [token, setToken] = useState('')
  const [confirmed, setConfirmed] = useState(false)
  // Where the token came from a secret: which, so that its sender sees what is taken with it.
  const [secret, setSecret] = useState<{ id: string; sender: string } | null>(null)
  const [present] = useState(() => (hasToken(partner) ? partner.credential : null))
  const name = partnerName(partner)
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])
  const { busy, answer, trouble, forget, connect } = useConnect(partner, () => {
    // Meta may take its time: the dialog that is open by now can be of another partner, with a token in it.
    if (here.current) props.onClose()
    toast({
      title: `${name} is onboarded`,
      text: 'Its people are read by the next check for updates.',
      action: {
        label: 'Check for updates now',
        onPress: () => check.mutate({ connection, partner: partner.id }),
      },
    })
  })
  // Kept until it can be judged; not where a token that works would have given way to it, which the checks then tell.
  const later = answer?.verdict.outcome === 'later' && answer.partner.status === 'checking'
  const needs = answer?.needs ?? null
  const replace = present !== null || needs === 'replace'
  const needsConfirm = needs === 'confirm' && !confirmed
  if (later) return <Later name={name} answer={answer} onClose={props.onClose} />
  return (
    <>
      <DialogBody>
        <PartnerLine partner={partner} manifest={manifest} />
        {present !== null && (
          <p className="text-muted">
            Connected since {day(present.createdAt)} with the token ending{' '}
            <span className="font-mono text-sm text-text">{present.lastFour}</span>, fingerprint{' '}
            <span className="font-mono text-sm text-text">{present.fingerprint}</span>. The new token takes
            its place once it has passed the checks.
          </p>
        )}
        <form
          id={form}
          autoComplete="off"
          onSubmit={(event) => {
            event.preventDefault()
            if (busy || needsConfirm) return
            void connect(token, {
              confirm: confirmed,
              replace,
              ...(secret === null ? {} : { secretId: secret.id }),
            })
          }}
        >
          <SecretField
            autoFocus
            label="Partner token"
            hint="A system user’s token from the partner’s own business. It is checked at once, sealed here, and never shown again."
            value={token}
            error={trouble?.field === true ? trouble.sentence : null}
            readOnly={busy}
            data-1p-ignore
            data-lpignore="true"
            onChange={(value) => {
              setToken(value)
              setSecret(null)
              setConfirmed(false)
              forget()
            }}
          />
        </form>
        <SharedToken
          workspace={workspace}
          chosen={secret}
          onToken={(value, from) => {
            setToken(value)
            setSecret(from)
            setConfirmed(false)
            forget()
          }}
        />
        {trouble !== null && !trouble.field && (
          <Problem sentence={trouble.sentence} reference={trouble.reference} />
        )}
        {(busy || answer !== null) && (
          <div>
            <h3 className="mb-1 font-medium">Checks</h3>
            <VerdictList
              label="Checks of the token"
              claims={busy ? null : (answer?.verdict.claims ?? null)}
              expected={['Reading the token', 'Whose it is', 'What it can see']}
            />
          </div>
        )}
        {needs === 'confirm' && (
          <Checkbox
            checked={confirmed}
            onChange={setConfirmed}
            label={
              <>
                I have made sure with <bdi>{name}</bdi> that this is their token
              </>
            }
            hint="What cannot be told is recorded with your name and stays visible on the partner."
          />
        )}
        {needs === 'replace' && present === null && (
          <p role="status" className="rounded-md bg-wait-soft px-3 py-2">
            This partner is onboarded already
            {answer?.partner.credential != null && (
              <>
                , with the token of fingerprint{' '}
                <span className="font-mono text-sm">{answer.partner.credential.fingerprint}</span>
              </>
            )}
            . Replace it with this one?
          </p>
        )}
        <Guide manifest={manifest} />
      </DialogBody>
      <DialogActions>
        <Button onClick={props.onClose}>Cancel</Button>
        <Button type="submit" form={form} kind="primary" busy={busy} disabled={needsConfirm}>
          {replace ? 'Replace token' : 'Connect'}
        </Button>
      </DialogActions>
    </>
  )
}

function PartnerLine({ partner, manifest }: { partner: Partner; manifest: Manifest | undefined }) {
  return (
    <div className="rounded-md border px-3 py-2">
      <div className="font-medium wrap-anywhere">
        <Name none="Name not told">{partner.name}</Name>
      </div>
      <div className="text-sm text-muted">
        {directionWords(partner, manifest)} · {manifest?.words.businessId ?? 'ID'}{' '}
        <span className="font-mono">{partner.externalId}</span>
      </div>
    </div>
  )
}

function Later({ name, answer, onClose }: { name: string; answer: ConnectAnswer; onClose: () => void }) {
  return (
    <>
      <DialogBody>
        <p role="status">
          The token of <bdi>{name}</bdi> could not be judged just now.{' '}
          <strong className="font-medium">Nothing is lost:</strong> it is sealed here, the partner’s status is{' '}
          <strong className="font-medium">Checking token</strong>, and the check is repeated by itself.
        </p>
        <VerdictList label="Checks of the token" claims={answer.verdict.claims} still />
      </DialogBody>
      <DialogActions>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </>
  )
}

function Guide({ manifest }: { manifest: Manifest | undefined }) {
  if (manifest === undefined || manifest.guide.length === 0) return null
  return (
    <details className="group rounded-md border">
      <summary className="rounded-md px-3 py-2 font-medium text-accent-text select-none">
        How the partner makes this token
      </summary>
      <ol className="flex list-decimal flex-col gap-3 border-t py-3 pr-4 pl-9">
        {manifest.guide.map((step) => (
          <li key={step.title}>
            <span className="font-medium">{step.title}</span>
            {step.sentences.map((sentence) => (
              <p key={sentence} className="text-muted">
                <GuideText>{sentence}</GuideText>
              </p>
            ))}
          </li>
        ))}
      </ol>
    </details>
  )
}
