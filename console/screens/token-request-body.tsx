// The page of a token request, by link or within the frame: who asks, for what, until when; what is taken and what never is; the steps with
// one's own progress; the token, pasted once; and what became of it. Every word of the provider comes from the connector.
import { Check, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import type { HandedOverState, HandOver, OpenedRequest } from '../../src/model/token-request.ts'
import { cleanName, Name } from '../components/PersonCell.tsx'
import { Facts } from '../components/SettingsSection.tsx'
import { VerdictList } from '../components/VerdictList.tsx'
import { moment } from '../words.ts'
import { askerOf } from './request-words.ts'
import type { Desk, Told } from './request-words.ts'
import { PasteToken } from './token-request-paste.tsx'
import { GuideSteps } from './token-request-steps.tsx'

const partnerOf = (request: Told) => cleanName(request.partner.name) ?? request.partner.id

export function headingOf({ state, request }: OpenedRequest, done: HandOver | null): string {
  if (request === null) return 'This link does not work'
  if (done !== null) return 'Thank you'
  if (state === 'spent') return 'This request was answered'
  if (state !== 'open') return 'This request cannot be answered any more'
  return `${askerOf(request)} asks who at ${partnerOf(request)} can use your shared assets`
}

export function sentenceOf(opened: OpenedRequest, done: HandOver | null): string {
  const { state, sentence, request, guide } = opened
  if (done !== null && request !== null)
    return `You have handed over a token of ${partnerOf(request)} to ${askerOf(request)}.`
  if (state !== 'open' || request === null || guide === null) return sentence ?? ''
  return `You need about ten minutes and full control in ${partnerOf(request)}’s ${guide.name}. There is nothing to install.`
}

export function TokenRequestBody(props: {
  opened: OpenedRequest
  desk: Desk
  /** What became of the token; null until it was taken. */
  done: HandOver | null
  onDone: (done: HandOver) => void
}) {
  const { opened, desk, done } = props
  const { request, guide, state } = opened
  if (request === null) return null
  if (done !== null) return <Done request={request} became={done.became} verdict={done.verdict} />
  if (state === 'spent') return <Became request={request} became={request.became ?? 'gone'} />
  if (state !== 'open' || guide === null) return null
  return (
    <div className="flex flex-col gap-8">
      <Who request={request} guide={guide} />
      <Taken guide={guide} asker={askerOf(request)} />
      <section aria-labelledby="steps">
        <h2 id="steps" className="text-lg font-semibold">
          What to do
        </h2>
        <p className="mt-1 text-muted text-pretty">
          Tick off what is done: this browser remembers it, and the link works until{' '}
          {moment(request.expiresAt)}. You can leave and come back.
        </p>
        <GuideSteps requestId={request.id} guide={guide} live={opened.live} desk={desk}>
          <PasteToken request={request} desk={desk} onDone={props.onDone} />
        </GuideSteps>
      </section>
    </div>
  )
}

type Guide = NonNullable<OpenedRequest['guide']>

function Who({ request, guide }: { request: Told; guide: Guide }) {
  const name = (of: { name: string | null; id: string }) => (
    <>
      <Name none="Name not told">{of.name}</Name>
      <span className="block text-sm text-muted">
        {guide.businessId} <span className="font-mono">{of.id}</span>
      </span>
    </>
  )
  return (
    <section aria-label="Who asks" className="rounded-lg border bg-surface px-4 py-4">
      <Facts
        facts={[
          [
            'Asked by',
            <>
              <Name none="Somebody">{request.requesterName}</Name>, <bdi>{request.workspaceName}</bdi>
            </>,
          ],
          ['Their business', name(request.business)],
          ['Your business', name(request.partner)],
          ['Until', moment(request.expiresAt)],
        ]}
      />
      <p className="mt-4 text-muted text-pretty">
        The two of you share assets in {guide.name}, and {guide.provider} does not show either side who the
        other’s people are. You make an access token, a key that can be taken back at any time, and paste it
        here once. Guestlist, a program on {askerOf(request)}’s own server, then reads with it who can use
        what you share. If you do not know who is asking, ask them by another way first.
      </p>
    </section>
  )
}

function Taken({ guide, asker }: { guide: Guide; asker: string }) {
  return (
    <div className="grid gap-6 sm:grid-cols-2">
      <Points title={`What ${asker} gets to see`} points={guide.taken} Icon={Check} mark="text-ok" />
      <Points title="What is never taken" points={guide.neverTaken} Icon={X} mark="text-bad" />
    </div>
  )
}

function Points(props: { title: string; points: string[]; Icon: typeof Check; mark: string }) {
  const { title, points, Icon, mark } = props
  return (
    <section aria-label={title}>
      <h2 className="font-semibold">{title}</h2>
      <ul className="mt-2 flex flex-col gap-2">
        {points.map((point) => (
          <li key={point} className="grid grid-cols-[1.25rem_1fr] text-muted text-pretty">
            <Icon className={`mt-0.5 size-4 ${mark}`} aria-hidden />
            <span>{point}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function words(became: HandedOverState | null, request: Told): { title: string; text: ReactNode } {
  const asker = askerOf(request)
  switch (became) {
    case 'connected':
      return {
        title: 'The token is in its place',
        text: `It was checked and sealed. Nobody can read it back, ${asker} included; it is used for reading alone.`,
      }
    case 'checking':
      return {
        title: 'The token is sealed, and being checked',
        text: 'It could not be checked at once. Nothing is lost: the check is repeated by itself. Where it finds a fault, this link opens again.',
      }
    case 'confirm':
      return {
        title: 'The token is sealed, and waits',
        text: `Something about it could not be told. An admin of ${asker} has to confirm it before it is used.`,
      }
    case 'problem':
      return {
        title: 'The token has a problem',
        text: `It was handed over, and does not work as it should. ${asker} knows, and will ask you again where it takes another one.`,
      }
    default:
      return {
        title: 'The token is not in use any more',
        text: 'It was withdrawn, disconnected or replaced, and destroyed on this server.',
      }
  }
}

/** After the moment itself: the page's head changes place with what became of it, and is read out. */
function Done({ request, became, verdict }: { request: Told } & Pick<HandOver, 'became' | 'verdict'>) {
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    head.current?.focus()
    scrollTo({ top: 0 })
  }, [])
  const { title, text } = words(became, request)
  return (
    <section className="rounded-lg border bg-surface px-4 py-5">
      <h2 ref={head} tabIndex={-1} className="flex items-center gap-2 text-lg font-semibold outline-none">
        <Check className="size-5 text-ok" aria-hidden />
        {title}
      </h2>
      <p role="status" className="mt-2 text-pretty">
        {text}
      </p>
      <p className="mt-2 text-muted text-pretty">
        There is nothing more to do: close this page. To take the token back, revoke it where you made it, or
        ask <bdi>{request.requesterName}</bdi> to disconnect it.
      </p>
      <details className="mt-4 rounded-md border">
        <summary className="rounded-md px-3 py-2 text-accent-text select-none">What was checked</summary>
        <div className="border-t px-3">
          <VerdictList label="Checks of the token" claims={verdict.claims} still />
        </div>
      </details>
    </section>
  )
}

function Became({ request, became }: { request: Told; became: HandedOverState }) {
  const { title, text } = words(became, request)
  return (
    <section className="rounded-lg border bg-surface px-4 py-5">
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="mt-2 text-muted text-pretty">{text}</p>
    </section>
  )
}
