// Signs in to Meta by hand, on a machine with a screen, and writes the session to a file that the settings of an app import.
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { keepLogin } from '../browser/login.ts'
import { browserEnvironment, loadConfig } from '../config.ts'

export async function browserLogin(): Promise<void> {
  const [name, ...rest] = process.argv.slice(3)
  if (name === undefined || rest.length > 0) throw new Error('Usage: browser-login <file to write>')
  const { chromium, metaBusinessUrl } = loadConfig()
  if (chromium === null)
    throw new Error(
      'There is no Chromium on this machine. Install it, or set GUESTLIST_CHROMIUM to its path.',
    )
  const file = resolve(name)
  await keepLogin({
    executable: chromium,
    environment: browserEnvironment(),
    address: metaBusinessUrl,
    file,
    done: () => enterPressed('Sign in in the window that opened. When you are in, press Enter here. '),
  })
  console.log(
    `The session is in ${file}. Import it in the settings of the app, then delete the file: whoever has it is signed in.`,
  )
}

/** Resolves when Enter is pressed. Throws where the input ends before: nobody could press it any more. */
export async function enterPressed(
  question: string,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const terminal = createInterface({ input, output: process.stdout })
  const ended = once(terminal, 'close').then(() => {
    throw new Error('The input ended before Enter was pressed, so nothing was kept: run this in a terminal.')
  })
  try {
    await Promise.race([terminal.question(question), ended])
  } finally {
    terminal.close()
  }
}
