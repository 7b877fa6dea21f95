// Signing in to the pages: a password, then whatever the switches put in the way (a picture's text, an authenticator's code, a mailed code).
import type { Simulation } from '../simulation.ts'
import { html } from './html.ts'
import type { Html, Part } from './html.ts'
import {
  captchaOf,
  confirmationCodeOf,
  humanWith,
  isTotp,
  newPending,
  newSession,
  passwordOf,
  pendingCookie,
  sessionCookie,
  stagesOf,
} from './logins.ts'
import type { Pending, Stage } from './logins.ts'
import type { PagesState } from './state.ts'
import { frame, inOrderOf, root } from './visit.ts'
import { wordOf } from './words.ts'

export interface SignInAnswer {
  status: number
  html?: Html
  to?: string
  cookies: string[]
}

const cookie = (name: string, value: string): string =>
  `${name}=${value}; Path=${root}; HttpOnly; SameSite=Lax`
export const dropCookie = (name: string): string => `${cookie(name, '')}; Max-Age=0`

/** Only an address of these pages. */
function target(params: ReadonlyMap<string, string>): string {
  const next = params.get('next') ?? ''
  return /^\/business\/[\w/-]*(\?[\w=&%.-]*)?$/.test(next) ? next : `${root}/home`
}

function form(
  sim: Simulation,
  params: ReadonlyMap<string, string>,
  facts: {
    title: string
    action: string
    text?: Part
    fields: readonly { word: string; name: string; type?: string; hidden?: boolean }[]
    button: string
    wrong?: string | undefined
  },
): Html {
  const t = (word: string): string => wordOf(sim.switches, word)
  const next = target(params)
  return frame(
    sim,
    t(facts.title),
    html`<main class="enter">
      <h1>${t(facts.title)}</h1>
      ${facts.wrong !== undefined && html`<p role="alert" class="wrong">${facts.wrong}</p>`}${facts.text}
      <form method="post" action="${root}${facts.action}">
        <input type="hidden" name="next" value="${next}" />
        ${inOrderOf(sim)(facts.fields).map(
          ({ word, name, type = 'text' }) =>
            html`<p>
              <label for="f-${name}">${t(word)}</label>
              <input id="f-${name}" name="${name}" type="${type}" required autocomplete="off" />
            </p>`,
        )}
        <p><button class="main">${t(facts.button)}</button></p>
      </form>
    </main>`,
  )
}

function passwordForm(sim: Simulation, params: ReadonlyMap<string, string>, wrong?: string): Html {
  return form(sim, params, {
    title: 'Log in',
    action: '/login',
    wrong,
    fields: [
      { word: 'E-mail or phone number', name: 'email' },
      { word: 'Password', name: 'pass', type: 'password' },
    ],
    button: 'Log in',
  })
}

function stageForm(sim: Simulation, params: ReadonlyMap<string, string>, stage: Stage, wrong?: string): Html {
  switch (stage) {
    case 'captcha':
      return form(sim, params, {
        title: 'Security check',
        action: '/login/captcha',
        wrong,
        text: html`<p>Enter the text that you see in the image.</p>
          <img src="${root}/login/captcha-image" alt="Security image" width="220" height="70" />`,
        fields: [{ word: 'Text in the image', name: 'answer' }],
        button: 'Continue',
      })
    case 'code':
      return form(sim, params, {
        title: 'Two-factor authentication required',
        action: '/login/code',
        wrong,
        text: html`<p>Enter the six digits from your authenticator app.</p>`,
        fields: [{ word: 'Login code', name: 'answer' }],
        button: 'Continue',
      })
    case 'confirm':
      return form(sim, params, {
        title: 'Confirm it is you',
        action: '/login/confirm',
        wrong,
        text: html`<p>We do not know this browser. Enter the code that we sent to your e-mail address.</p>`,
        fields: [{ word: 'Confirmation code', name: 'answer' }],
        button: 'Continue',
      })
  }
}

const wrongAnswers: Record<Stage, string> = {
  captcha: 'The text does not match the image. Try this one.',
  code: 'This code does not work. Check it and try again.',
  confirm: 'This code does not work. Check it and try again.',
}

/** The page that is due where nobody is signed in. */
export function showSignIn(
  sim: Simulation,
  params: ReadonlyMap<string, string>,
  pending: Pending | null,
): SignInAnswer {
  return {
    status: 200,
    html: pending ? stageForm(sim, params, pending.stage) : passwordForm(sim, params),
    cookies: [],
  }
}

/** More wrong passwords in a row than this, and the person is kept out. */
const wrongAllowed = 5

export function takePassword(
  sim: Simulation,
  state: PagesState,
  params: ReadonlyMap<string, string>,
): SignInAnswer {
  const email = params.get('email') ?? ''
  const human = humanWith(sim.world, email)
  const mine = state.signIns.filter((one) => one.email === email)
  const lastRight = mine.findLastIndex((one) => one.outcome !== 'wrong password')
  const refuse = (outcome: 'wrong password' | 'blocked', sentence: string): SignInAnswer => {
    state.signIns.push({ email, outcome })
    return { status: 200, html: passwordForm(sim, params, sentence), cookies: [] }
  }
  if (mine.length - 1 - lastRight >= wrongAllowed)
    return refuse('blocked', 'You cannot log in at the moment. Too many attempts were made.')
  if (!human || params.get('pass') !== passwordOf(sim.world, human.id))
    return refuse('wrong password', 'The e-mail address or the password is not right.')
  state.signIns.push({ email, outcome: 'password right' })
  return forward(sim, state, params, human.id, email, stagesOf(sim)[0])
}

function forward(
  sim: Simulation,
  state: PagesState,
  params: ReadonlyMap<string, string>,
  human: string,
  email: string,
  stage: Stage | undefined,
): SignInAnswer {
  if (stage !== undefined) {
    const to = `${root}/login?next=${encodeURIComponent(target(params))}`
    return { status: 303, to, cookies: [cookie(pendingCookie, newPending(sim, human, stage))] }
  }
  state.signIns.push({ email, outcome: 'signed in' })
  const cookies = [cookie(sessionCookie, newSession(sim, human)), dropCookie(pendingCookie)]
  return { status: 303, to: target(params), cookies }
}

export function takeAnswer(
  sim: Simulation,
  state: PagesState,
  params: ReadonlyMap<string, string>,
  pending: Pending,
): SignInAnswer {
  const { human, stage } = pending
  const answer = (params.get('answer') ?? '').replace(/\s/g, '')
  const right =
    stage === 'captcha'
      ? answer.toLowerCase() === captchaOf(sim.world, pending)
      : stage === 'code'
        ? isTotp(sim.world, human, answer, sim.clock())
        : answer === confirmationCodeOf(sim.world, human)
  if (!right) {
    // A picture is shown once: a wrong answer gets a new one.
    const cookies = stage === 'captcha' ? [cookie(pendingCookie, newPending(sim, human, stage))] : []
    return { status: 200, html: stageForm(sim, params, stage, wrongAnswers[stage]), cookies }
  }
  const stages = stagesOf(sim)
  const email = sim.world.humans.get(human)?.email ?? ''
  return forward(sim, state, params, human, email, stages[stages.indexOf(stage) + 1])
}

/** The picture of a security check, as SVG. */
export function captchaImage(sim: Simulation, pending: Pending): string {
  const letters = [...captchaOf(sim.world, pending)]
  const drawn = letters.map(
    (letter, n) =>
      `<text x="${25 + n * 38}" y="46" transform="rotate(${(n % 2 === 0 ? -1 : 1) * (7 + n)} ${25 + n * 38} 46)">${letter}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="220" height="70" viewBox="0 0 220 70"><rect width="220" height="70" fill="#e7eaee"/><path d="M0 40 Q55 5 110 38 T220 30" fill="none" stroke="#8b95a1" stroke-width="2"/><g font-family="serif" font-size="34" fill="#333b44">${drawn.join('')}</g></svg>`
}
