// Mail, where a server for it is set. Plain text only: what people are told comes with names that others chose.
import { createTransport } from 'nodemailer'

export interface Letter {
  to: string
  subject: string
  text: string
  /** Tells the same letter, sent again, from another one. */
  number?: string
}

export interface Mail {
  /** Resolves when the server has taken the letter; throws otherwise, within half a minute. */
  send(letter: Letter): Promise<void>
  /** Resolves where the server answers and takes the name and the password; throws otherwise, within ten seconds. */
  check(): Promise<void>
  close(): void
}

/** `url`: smtp:// or smtps:// with the name and the password, where the server asks for one. */
export function createMail(options: { url: { reveal(): string }; from: string }): Mail {
  const transport = createTransport(options.url.reveal(), {
    from: options.from,
    // A name or an address of somebody else's must not make the server read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const host = /@([\w.-]+)/.exec(options.from)?.[1] ?? 'localhost'
  return {
    send: ({ to, subject, text, number }) => {
      // Given as an object, so that no part of the text can name another recipient.
      const messageId = number === undefined ? {} : { messageId: `<${number}@${host}>` }
      const letter = { to: { name: '', address: to }, subject: oneLine(subject), text, ...messageId }
      return inTime(transport.sendMail(letter), 30_000)
    },
    check: () => inTime(transport.verify(), 10_000),
    close: () => transport.close(),
  }
}

async function inTime(answer: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('The mail server did not answer in time.')), ms)
  })
  await Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').slice(0, 200)
}
