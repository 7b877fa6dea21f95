// A new password, with its length told before the server has to.
import { useState } from 'react'
import { SecretField } from '../components/TextField.tsx'

export const LEAST_PASSWORD = 12

/** The field, and `fits`: false tells it to complain, and that the form must not be sent. */
export function useNewPassword() {
  const [value, setValue] = useState('')
  const [short, setShort] = useState(false)
  return {
    value,
    clear: () => setValue(''),
    fits: () => {
      const tooShort = value.length < LEAST_PASSWORD
      setShort(tooShort)
      return !tooShort
    },
    field: (label: string, error: string | null | undefined) => (
      <SecretField
        label={label}
        hint={`At least ${LEAST_PASSWORD} characters. A sentence is easiest to remember.`}
        autoComplete="new-password"
        required
        mono={false}
        value={value}
        error={
          error ??
          (short ? `This password has ${value.length} characters; it needs ${LEAST_PASSWORD}.` : null)
        }
        onChange={(next) => {
          setValue(next)
          if (next.length >= LEAST_PASSWORD) setShort(false)
        }}
      />
    ),
  }
}
