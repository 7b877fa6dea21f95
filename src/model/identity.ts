// One human behind several principals: those with the same e-mail. Whoever has no e-mail is one alone; nothing is guessed.
import { z } from 'zod'
import { Principal } from './principal.ts'

/**
 * Told as the principal that stands for all, with what holds of all together: assets, the strongest rank, every way, since when the first was
 * seen, and when the one that was confirmed least lately was confirmed.
 */
export const Identity = Principal.extend({
  /** All of them, that one too. */
  principals: z.array(
    Principal.pick({
      id: true,
      connectionId: true,
      kind: true,
      partnerId: true,
      partnerName: true,
      role: true,
      twoFactor: true,
    }),
  ),
})
export type Identity = z.infer<typeof Identity>
