// When a guest's stay ends: ninety days from now, unless another day within a year is said.
import { AppError } from '../model/error.ts'
import { GUEST_DAYS } from '../model/member.ts'

const DAY = 86_400_000

/** The end as a time. Throws `invalid` for one that is past or too far away. */
export function guestEnd(asked: string | undefined): Date {
  if (asked === undefined) return new Date(Date.now() + GUEST_DAYS.usual * DAY)
  const end = new Date(asked)
  const left = end.getTime() - Date.now()
  if (left > 0 && left <= GUEST_DAYS.most * DAY) return end
  const sentence =
    left > 0
      ? `A guest may stay at most ${String(GUEST_DAYS.most)} days from now.`
      : 'The end must be in the future.'
  throw new AppError('invalid', sentence, { endsAt: sentence })
}
