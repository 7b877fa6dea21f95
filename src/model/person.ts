// A person who signs in: what they set for themselves, wherever they are a member.
import { z } from 'zod'

/** Characters of a password. */
export const PASSWORD_LENGTH = { least: 12, most: 128 }

export const PersonName = z.string().trim().min(1).max(200)
export const Theme = z.enum(['system', 'light', 'dark'])
export type Theme = z.infer<typeof Theme>
export const Density = z.enum(['comfortable', 'compact'])
export type Density = z.infer<typeof Density>

function isKnown(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

/** Null: as the browser says. */
const Locale = z
  .string()
  .max(35)
  .refine((text) => isKnown(() => Intl.getCanonicalLocales(text)), 'This is not a language, as en-GB or de.')
const TimeZone = z
  .string()
  .max(60)
  .refine(
    (text) => isKnown(() => new Intl.DateTimeFormat('en', { timeZone: text })),
    'This is not a time zone, as Europe/Berlin.',
  )

export const Settings = z.object({
  name: PersonName,
  locale: Locale.nullable(),
  theme: Theme,
  density: Density,
  timeZone: TimeZone.nullable(),
})
export type Settings = z.infer<typeof Settings>

export const Passkey = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  /** True where its maker keeps a copy elsewhere, as a phone's account does. */
  synced: z.boolean(),
  /** The host that it was made for, where that is not the present one: it does not work any more. */
  otherHost: z.string().nullable(),
})
export type Passkey = z.infer<typeof Passkey>

/** What happened to a person's account by others, shown until it is put away. */
export const News = z.object({ id: z.string(), at: z.string(), sentence: z.string() })
export type News = z.infer<typeof News>
