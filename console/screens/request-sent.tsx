// Requests that were just made: what became of each, with the link that is shown once.
import { Check, Copy } from 'lucide-react'
import type { SentInvitation, SentRequest } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { LinkBox } from '../components/LinkBox.tsx'
import { cleanName } from '../components/PersonCell.tsx'
import { useCopy } from '../components/use-copy.tsx'
import { counted } from '../words.ts'

export interface Made {
  sent: SentRequest[]
  /** Where the guest was invited on the way. */
  invitation: SentInvitation | null
}

/** Each partner with its link in a line: nobody copies a hundred one by one, and none of them is shown again. */
export function AllLinks({ sent }: { sent: readonly SentRequest[] }) {
  const { copied, copy, byHand } = useCopy(
    sent.map(({ partnerName, link }) => `${cleanName(partnerName) ?? 'Partner'}: ${link}`).join('\n'),
  )
  return (
    <div className="flex flex-col gap-1.5">
      <Button
        className="self-start"
        icon={copied ? <Check aria-hidden /> : <Copy aria-hidden />}
        onClick={copy}
      >
        Copy all {counted(sent.length, 'link', 'links')}
      </Button>
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
      {byHand}
    </div>
  )
}

/** One request that was just made, and what became of it. */
export function SentOne({ sent }: { sent: SentRequest }) {
  const { request, partnerName, link, mailed } = sent
  return (
    <div className="flex flex-col gap-2">
      <p role="status">
        {mailed ? (
          <>
            It is mailed to <bdi className="font-medium">{request.email}</bdi>.
          </>
        ) : request.by === 'guest' ? (
          <>
            It stands on the first page of <bdi className="font-medium">{request.email}</bdi>. No mail was
            sent: tell them.
          </>
        ) : (
          <>
            No mail was sent: give this link to an admin of <bdi className="font-medium">{partnerName}</bdi>{' '}
            yourself.
          </>
        )}
      </p>
      <LinkBox label={`Link for ${partnerName}`} text={link} action="Copy link" />
    </div>
  )
}
