// Signing in to Meta's pages: once, with what is sealed; what only a person can answer is asked, and the same run goes on.
import { PagesError } from '../../../model/recipe.ts'
import type { PagesContext } from '../../connector.ts'
import { totpCode } from './totp.ts'

const replace =
  'Check the Meta login in a browser of your own, then store it anew in the settings of the app.'
/** More pages than a sign-in has; then it goes round in circles. */
const MOST = 12

export const signedOut = ['sign-in.email', 'sign-in.captcha', 'sign-in.code', 'sign-in.confirm']

/** Goes to a place, signing in where the pages ask for it; done when `until` shows. Throws PagesError. */
export async function openSignedIn(ctx: PagesContext, place: string, until: string): Promise<void> {
  const { hand } = ctx
  await hand.look('Open the page', () => hand.open(place))
  let [passwords, codes] = [0, 0]
  for (let round = 0; round < MOST; round++) {
    const seen = await hand.look('Look who is signed in', () => hand.first([until, ...signedOut]))
    switch (seen) {
      case 'sign-in.email':
        // The second time the same question is a refusal: never try again by itself.
        if (passwords++ > 0) await refused(ctx)
        await typePassword(ctx)
        if (await hand.look('Sign in', () => hand.sees('sign-in.wrong'))) await refused(ctx)
        break
      case 'sign-in.captcha': {
        const picture = await hand.look('Look at the picture', () => hand.picture('sign-in.captcha-image'))
        await answer(ctx, 'sign-in.captcha', await ctx.ask('captcha', picture))
        break
      }
      case 'sign-in.code': {
        const seed = codes++ === 0 ? ctx.totpSeed() : null
        await answer(ctx, 'sign-in.code', seed === null ? await ctx.ask('code') : totpCode(seed, ctx.clock()))
        break
      }
      case 'sign-in.confirm':
        await answer(ctx, 'sign-in.confirm', await ctx.ask('confirm'))
        break
      default:
        await ctx.signedIn()
        return
    }
  }
  throw new PagesError('refused', 'The sign-in went round in circles.', replace)
}

async function typePassword(ctx: PagesContext): Promise<void> {
  const { hand } = ctx
  const { email, password } = await ctx.login()
  await hand.step('Sign in', async () => {
    await hand.fill('sign-in.email', email)
    await hand.fill('sign-in.password', password)
    await hand.press('sign-in.submit')
  })
}

async function answer(ctx: PagesContext, place: string, text: Parameters<PagesContext['hand']['fill']>[1]) {
  const { hand } = ctx
  await hand.step('Answer the security question', async () => {
    await hand.fill(place, text)
    await hand.press('sign-in.continue')
  })
}

async function refused(ctx: PagesContext): Promise<never> {
  await ctx.refused()
  return ctx.hand.look('Sign in', () => {
    throw new PagesError('refused', 'Meta did not take the login.', replace)
  })
}
