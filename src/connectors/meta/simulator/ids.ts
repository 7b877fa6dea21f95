// Ids in the shapes that Meta uses, each given once.
import type { Random } from './random.ts'

export interface Ids {
  /** 18 digits that start with 122, or an older one of 15 or 16 digits. */
  person(): string
  systemUser(): string
  human(): string
  business(): string
  adAccount(): string
  page(): string
  instagramUser(): string
  app(): string
  /** Pixels, catalogs, WhatsApp accounts, asset groups, Instagram assets, invitations, requests. */
  other(): string
}

/** A maker of ids on this stream; `taken` is shared by all makers of one world. */
export function idMaker(chance: Random, taken: Set<string>): Ids {
  const once = (make: () => string): string => {
    for (;;) {
      const id = make()
      if (taken.has(id)) continue
      taken.add(id)
      return id
    }
  }
  const long = (first: string, rest: number) => () => once(() => first + chance.digits(rest))
  return {
    person: () =>
      once(() =>
        chance.chance(0.85) ? `122${chance.digits(15)}` : `1${chance.digits(chance.between(14, 15))}`,
      ),
    systemUser: long('1000', 11),
    human: long('2', 16),
    business: long('3', 14),
    adAccount: () => `act_${once(() => `${chance.between(1, 9)}${chance.digits(14)}`)}`,
    page: long('1', 14),
    instagramUser: long('17841', 12),
    app: long('7', 15),
    other: () => once(() => `${chance.between(4, 9)}${chance.digits(chance.between(13, 15))}`),
  }
}
