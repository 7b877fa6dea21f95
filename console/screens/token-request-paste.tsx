// The token, pasted once: what is wrong with it stands under the field and the request stays open; a good one ends the page. The token is
// in this form alone, and forgotten as soon as it was taken.
import { useId, useState } from 'react'
import type { Claim, ClaimState } from '../../src/model/credential.ts'
import type { HandOver } from '../../src/model/token-request.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Problem } from '../components/Problem.tsx'
import { SecretField } from '../components/TextField.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { counted } from '../words.ts'
import { askerOf } from './request-words.ts'
import type { Desk, Told } from './request-words.ts'

interface Trouble {
  sentence: string
  field: boolean
  reference: string | null
}

function troubleOf(error: unknown): Trouble {
  const told = error instanceof ApiError ? error : null
  const field = told?.fields.token
  return {
    sentence: field ?? (error instanceof Error ? error.message : 'That did not work. Try again.'),
    field: field !== undefined,
    reference: told?.code === 'internal' ? told.reference : null,
  }
}

function useHandOver(desk: Desk, onDone: (got: HandOver) => void) {
  const [busy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<HandOver | null>(null)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const forget = () => {
    setAnswer(null)
    setTrouble(null)
  }
  const handOver = async (token: string, anyway: boolean) => {
    if (token.trim() === '') {
      setTrouble({ sentence: 'Paste the token.', field: true, reference: null })
      return
    }
    setBusy(true)
    forget()
    try {
      const got = await desk.handOver({ token, anyway })
      if (got.taken) onDone(got)
      else setAnswer(got)
    } catch (error) {
      setTrouble(troubleOf(error))
    } finally {
      setBusy(false)
    }
  }
  return { busy, answer, trouble, forget, handOver }
}

const order: Record<ClaimState, number> = { refuted: 0, unknown: 1, warning: 2, proven: 3 }

/** On a phone the end of a list is far away: what must change stands first. */
function worstFirst(claims: readonly Claim[]): Claim[] {
  return claims.toSorted((a, b) => order[a.state] - order[b.state])
}

export function PasteToken(props: { request: Told; desk: Desk; onDone: (got: HandOver) => void }) {
  const { request } = props
  const form = useId()
  const [token, setToken] = useState('')
  const [anyway, setAnyway] = useState(false)
  const { busy, answer, trouble, forget, handOver } = useHandOver(props.desk, (got) => {
    setToken('')
    props.onDone(got)
  })
  const asks = answer?.needsConfirm === true
  return (
    <form
      id={form}
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy && !(asks && !anyway)) void handOver(token, anyway)
      }}
    >
      <SecretField
        label="Access token"
        hint={`It is checked at once, then sealed for good: nobody at ${askerOf(request)} can read it. Never send it by mail or chat.`}
        value={token}
        error={trouble?.field === true ? trouble.sentence : null}
        readOnly={busy}
        data-1p-ignore
        data-lpignore="true"
        onChange={(value) => {
          setToken(value)
          setAnyway(false)
          forget()
        }}
      />
      {trouble !== null && !trouble.field && (
        <Problem sentence={trouble.sentence} reference={trouble.reference} />
      )}
      {(busy || answer !== null) && (
        <div>
          {answer !== null && (
            <p role="status" className="mb-2 font-medium text-pretty">
              {asks
                ? 'Not everything about this token could be told.'
                : 'This token was not taken, and not kept. The request stays open: change what stands here, then paste the new token.'}
            </p>
          )}
          <VerdictList
            label="Checks of the token"
            claims={busy || answer === null ? null : worstFirst(answer.verdict.claims)}
            expected={['Reading the token', 'Whose it is', 'What it can see']}
          />
        </div>
      )}
      {asks && (
        <Checkbox
          checked={anyway}
          onChange={setAnyway}
          label={
            <>
              This is the token of <bdi>{request.partner.name ?? request.partner.id}</bdi>, made by the steps
              above
            </>
          }
          hint={`It is sealed then, and used only after an admin of ${askerOf(request)} has confirmed it.`}
        />
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button
          type="submit"
          kind="primary"
          size="l"
          busy={busy}
          disabled={asks && !anyway}
          className="max-sm:w-full"
        >
          Hand over the token
        </Button>
        {answer !== null && (
          <span className="text-sm text-muted">{counted(answer.triesLeft, 'try', 'tries')} left</span>
        )}
      </div>
    </form>
  )
}
