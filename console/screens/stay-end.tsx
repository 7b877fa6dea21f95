// The field for the day on which a guest's stay ends.
import { TextField } from '../components/TextField.tsx'
import { guestDays } from './guest-days.ts'

export function StayEnd(props: {
  hint: string
  value: string
  onChange: (day: string) => void
  error: string | undefined
}) {
  const { first, last } = guestDays()
  return <TextField {...props} label="The stay ends on" type="date" required min={first} max={last} />
}
