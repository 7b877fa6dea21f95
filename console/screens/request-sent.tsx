// Requests that were just made: what became of each, with the link that is shown once.
import type { SentInvitation, SentRequest } from '../actions.ts'
import { LinkBox } from '../components/LinkBox.tsx'

export interface Made {
  sent: SentRequest[]
  /** Where the guest was invited on the way. */
  invitation: SentInvitation | null
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
