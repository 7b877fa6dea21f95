// What a password must be, and what is said of one that is not.
import { AppError } from '../model/error.ts'
import { PASSWORD_LENGTH } from '../model/person.ts'

/** `field`: the input that is told to be wrong. */
export function wrongPassword(field: string): AppError {
  const sentence = 'This is not your present password.'
  return new AppError('invalid', sentence, { [field]: sentence })
}

/** The password; throws `invalid` for one that is too short or long. */
export function checkedPassword(password: string, field = 'password'): string {
  if (password.length >= PASSWORD_LENGTH.least && password.length <= PASSWORD_LENGTH.most) return password
  const sentence =
    password.length < PASSWORD_LENGTH.least
      ? `A password needs at least ${String(PASSWORD_LENGTH.least)} characters.`
      : `A password may have at most ${String(PASSWORD_LENGTH.most)} characters.`
  throw new AppError('invalid', sentence, { [field]: sentence })
}
